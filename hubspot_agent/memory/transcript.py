"""The transcript that a conversation's state keeps for people; the model is shown only the window of it.

Every checkpoint holds it all, and a turn writes several, so it is kept short. What is needed for longer has a place of
its own: the contacts seen and the writes that can be undone in the state, everything said in the page's transcript.
"""

from collections.abc import Sequence
from itertools import compress
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, ToolMessage
from langgraph.graph.message import add_messages

#: How many messages a conversation's state keeps, however many the model may be shown.
MAX_TRANSCRIPT = 60

#: How many messages of earlier turns stay, for people to read, where the model is shown fewer.
MIN_KEPT_MESSAGES = 16

#: How many characters of earlier turns stay for each token that the model may be shown: twice as many as a token of
#: English has.
KEPT_CHARACTERS_PER_TOKEN = 8


def bounded_transcript(left: Sequence[AnyMessage], right: Any) -> list[AnyMessage]:
    """Add messages as LangGraph's `add_messages` does and keep the newest `MAX_TRANSCRIPT`.

    The greeting stays in front, for the buttons that it brings. What follows never begins with a tool's result whose
    call is gone. Of the turns before the one just begun only what was said stays, with its receipts and buttons: no
    tool calls, no results, and nothing that a provider tells of its answer.
    """
    merged: list[AnyMessage] = add_messages(list(left), _not_let_go(left, right))  # type: ignore[assignment, arg-type]
    typed = max((place for place, message in enumerate(merged) if isinstance(message, HumanMessage)), default=0)
    merged = [*(_light(each) for each in merged[:typed] if _is_said(each)), *merged[typed:]]
    if len(merged) > MAX_TRANSCRIPT:
        greeting = _greeting_in(merged)
        newest = merged[len(greeting) - MAX_TRANSCRIPT :]
        while isinstance(newest[0], ToolMessage):
            newest = newest[1:]
        merged = [*greeting, *newest]
    return merged


def outdated(messages: Sequence[AnyMessage], *, max_messages: int, max_tokens: int) -> list[RemoveMessage]:
    """Return what takes the messages out of the transcript that neither the model nor people need any more.

    Args:
        messages: The transcript at the beginning of a turn.
        max_messages: How many messages the model is shown.
        max_tokens: How many tokens these may have together.
    """
    most, characters = max(max_messages, MIN_KEPT_MESSAGES), max_tokens * KEPT_CHARACTERS_PER_TOKEN
    kept = 0
    for message in reversed(messages):
        characters -= len(message.text) if kept else 0  # What was just typed stays, however long it is.
        if kept == most or characters < 0:
            break
        kept += 1
    return [RemoveMessage(str(each.id)) for each in messages[: len(messages) - kept]]


def _greeting_in(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    return [each for each in messages[:1] if each.additional_kwargs.get("buttons")]


def _not_let_go(left: Sequence[AnyMessage], right: Any) -> Any:
    """Return `right` without what is not in `left` and stands before what is.

    A larger graph hands down its whole conversation at each turn; what was let go of must not come back as new.
    """
    if not isinstance(right, list):
        return right
    known = {each.id for each in left}
    places = [place for place, each in enumerate(right) if getattr(each, "id", None) in known]
    newest = places[-1] if places else -1
    kept = (place in places or place > newest or isinstance(each, RemoveMessage) for place, each in enumerate(right))
    return list(compress(right, kept))


def _is_said(message: AnyMessage) -> bool:
    return not isinstance(message, ToolMessage) and not (isinstance(message, AIMessage) and message.tool_calls)


def _light(message: AnyMessage) -> AnyMessage:
    """Return a message of an earlier turn without what a provider tells of it: which model it was, and its tokens."""
    if not isinstance(message, AIMessage) or not (message.response_metadata or message.usage_metadata):
        return message
    return message.model_copy(update={"response_metadata": {}, "usage_metadata": None})
