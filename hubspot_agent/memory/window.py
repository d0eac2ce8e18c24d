"""The window: the newest messages that the model is shown again."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from hubspot_agent.memory.tokens import fit

#: The user's own rule: the last 5 messages, at most 800 tokens.
MAX_MESSAGES = 5
MAX_TOKENS = 800


def recall(
    messages: Sequence[BaseMessage], *, max_messages: int = MAX_MESSAGES, max_tokens: int = MAX_TOKENS
) -> list[BaseMessage]:
    """Return the newest human and assistant texts that fit, oldest first.

    Tool calls and their results are left out, so none is ever cut from the other. A message is kept
    whole or dropped, the oldest first. The last human message is always there, even when it alone
    is over `max_tokens`.

    Args:
        messages: The conversation, oldest first.
        max_messages: How many messages at most; at least 1.
        max_tokens: How many ``o200k_base`` tokens their texts may have together.

    Raises:
        ValueError: When `max_messages` is below 1 or `max_tokens` below 0.
    """
    if max_messages < 1 or max_tokens < 0:
        raise ValueError(
            f"max_messages must be at least 1 and max_tokens at least 0, not {max_messages} and {max_tokens}."
        )
    typed = next((message for message in reversed(messages) if isinstance(message, HumanMessage)), None)
    places = max_messages - (1 if typed else 0)
    texts = [typed.text] if typed else []
    window: list[BaseMessage] = []
    full = False
    for message in reversed(messages):
        if message is typed:
            window.append(message)
            continue
        if full or not _is_text(message):
            continue
        full = places == 0 or not fit([*texts, message.text], max_tokens)
        if not full:
            places -= 1
            texts.append(message.text)
            window.append(_only_text(message))
    return window[::-1]


def _is_text(message: BaseMessage) -> bool:
    if isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls):
        return False
    return isinstance(message, HumanMessage | AIMessage) and bool(message.text.strip())


def _only_text(message: BaseMessage) -> BaseMessage:
    """Return `message` without what is not text, such as a reasoning block, which OpenAI would refuse alone."""
    return message if isinstance(message.content, str) else message.model_copy(update={"content": message.text})
