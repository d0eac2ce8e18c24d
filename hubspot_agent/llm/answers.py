"""What a model's answer must be before anything is done with it.

LangChain is lenient: it completes the arguments of a streamed tool call that was cut off (``"Jan van de`` becomes
``"Jan van de"``), and passes on calls without an id. Acting on those would write half a name into a CRM.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import ModelConnectionError
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, ToolCall
from langchain_core.tracers.context import register_configure_hook

from hubspot_agent.llm.errors import UnusableAnswerError

#: The names of functions that OpenAI accepts in a conversation.
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class StreamedAnswer(BaseCallbackHandler):
    """The tool calls of an answer as they streamed, before LangChain completes their arguments.

    Attributes:
        streamed: Whether the answer came as a stream.
    """

    run_inline = True

    def __init__(self) -> None:
        self.streamed = False
        self._chunks: list[AIMessageChunk] = []

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **kwargs: Any) -> None:
        """Keep what `chunk` has of tool calls."""
        self.streamed = True
        message = getattr(chunk, "message", None)
        if isinstance(message, AIMessageChunk) and message.tool_call_chunks:
            self._chunks.append(message)

    def is_broken(self) -> bool:
        """Tell whether the arguments of a call are not, as they came, a JSON object."""
        if not self._chunks:
            return False
        whole = self._chunks[0] + self._chunks[1:]
        return not all(_is_json_object(call["args"]) for call in whole.tool_call_chunks)


_streamed_answer: ContextVar[StreamedAnswer | None] = ContextVar("streamed_answer", default=None)
register_configure_hook(_streamed_answer, inheritable=False)


@contextmanager
def watched_stream() -> Iterator[StreamedAnswer]:
    """Yield what holds the tool calls of the one answer that is asked for within, if it streams.

    Raises:
        UnusableAnswerError: When the connection breaks after the user has seen the beginning.
    """
    answer = StreamedAnswer()
    token = _streamed_answer.set(answer)
    try:
        yield answer
    except ModelConnectionError as error:
        if answer.streamed:
            raise UnusableAnswerError("connection") from error
        raise
    finally:
        _streamed_answer.reset(token)


def checked(answer: AIMessage, stream: StreamedAnswer, messages: Sequence[AnyMessage]) -> AIMessage:
    """Return `answer` when it can be acted upon, with an id of its own for each tool call.

    Args:
        answer: What LangChain made of the model's answer.
        stream: The answer as it streamed.
        messages: What the model was shown.

    Raises:
        UnusableAnswerError: When it cannot be acted upon.
    """
    if answer.invalid_tool_calls or stream.is_broken() or not all(map(_is_well_named, answer.tool_calls)):
        raise UnusableAnswerError("unreadable")
    if answer.response_metadata.get("finish_reason") == "content_filter":
        raise UnusableAnswerError("refused")
    if not answer.tool_calls and not answer.text.strip():
        raise UnusableAnswerError("refused" if answer.additional_kwargs.get("refusal") else "no_answer")
    # `name` would be sent back to servers that do not all know it.
    return answer.model_copy(update={"name": None, "tool_calls": list(_with_ids(answer.tool_calls, messages))})


def is_cut_off(answer: AIMessage, stream: StreamedAnswer) -> bool:
    """Tell whether a text should have gone on: its limit was reached, or the stream ended without its end."""
    if answer.tool_calls:
        return False
    metadata = answer.response_metadata
    finish = metadata.get("finish_reason")
    # The Responses API has a status in place of the reason.
    names_finish = metadata.get("model_provider") == "openai" and "status" not in metadata
    return finish == "length" or (stream.streamed and names_finish and finish is None)


def _is_json_object(arguments: str | None) -> bool:
    try:
        return isinstance(json.loads(arguments or "{}", strict=False), dict)
    except ValueError:
        return False


def _is_well_named(call: ToolCall) -> bool:
    return bool(_FUNCTION_NAME.fullmatch(call["name"]))


def _with_ids(calls: Sequence[ToolCall], messages: Sequence[AnyMessage]) -> Iterator[ToolCall]:
    """Yield `calls`, those without an id or with that of another call in `messages` under a new one."""
    taken = {call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls}
    for call in calls:
        identified = call if call["id"] and call["id"] not in taken else {**call, "id": f"call_{uuid4().hex}"}
        taken.add(identified["id"])
        yield identified
