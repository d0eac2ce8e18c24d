"""What a model's answer must be before anything is done with it.

LangChain is lenient: it completes the arguments of a streamed tool call that was cut off (``"Jan van de`` becomes
``"Jan van de"``), and passes on calls without an id. Acting on those would write half a name into a CRM.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any, Literal
from uuid import uuid4

from langchain.agents.middleware import ModelRequest, ModelResponse
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, ToolCall
from langchain_core.runnables.config import ensure_config, merge_configs, var_child_runnable_config

from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, as_language, text

#: The names of functions that OpenAI accepts in a conversation.
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class UnusableAnswerError(Exception):
    """The model answered, and nothing can be done with its answer.

    Attributes:
        reason: ``"unreadable"``: a tool call is not what was agreed; ``"refused"``: by the model or a content
            filter; ``"no_answer"``: it is empty.
    """

    def __init__(self, reason: Literal["unreadable", "refused", "no_answer"]):
        self.reason = reason
        super().__init__(f"The model's answer is of no use: {reason}.")


def is_unreadable(error: BaseException) -> bool:
    """Tell whether a model's answer could not be read: by this module, or by the libraries that take it apart.

    These raise whatever they stumble into, so this goes by the place. An error out of our own code is never
    one of these.
    """
    if isinstance(error, UnusableAnswerError):
        return error.reason == "unreadable"
    stumbled = isinstance(error, LookupError | ValueError | TypeError | AttributeError) or type(error) is RuntimeError
    modules = [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]
    in_openai = any(module.startswith(("openai.", "langchain_openai.")) for module in modules)
    return stumbled and (in_openai or "".join(modules[-1:]).startswith("langchain_core.language_models."))


def language_of(request: ModelRequest) -> Language:
    """Return the language to speak in the turn of `request`."""
    return as_language(request.state.get("language")) or DEFAULT_LANGUAGE


class Answer:
    """One answer of the model, from before it is asked until it may be acted upon."""

    def __init__(self, request: ModelRequest) -> None:
        self._watch = _Watch()
        self._messages = request.messages
        self._language = language_of(request)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the answer as it streams; the model is to be called within."""
        config = merge_configs(ensure_config(), {"callbacks": [self._watch]})
        token = var_child_runnable_config.set(config)
        try:
            yield
        finally:
            var_child_runnable_config.reset(token)

    def accept(self, response: ModelResponse) -> ModelResponse:
        """Return `response` when it can be acted upon, with an id of its own for each tool call.

        Raises:
            UnusableAnswerError: When it cannot.
        """
        answer = response.result[-1]
        if not isinstance(answer, AIMessage):
            return response
        finish = answer.response_metadata.get("finish_reason")
        if answer.invalid_tool_calls or self._watch.broken() or not all(map(_well_named, answer.tool_calls)):
            raise UnusableAnswerError("unreadable")
        if finish == "content_filter":
            raise UnusableAnswerError("refused")
        if not answer.tool_calls and not answer.text.strip():
            raise UnusableAnswerError("refused" if answer.additional_kwargs.get("refusal") else "no_answer")
        # `name` would be sent back to servers that do not all know it.
        changes: dict[str, Any] = {"name": None, "tool_calls": list(_with_ids(answer.tool_calls, self._messages))}
        if not answer.tool_calls and self._cut_off(answer):
            changes["content"] = f"{answer.text}\n\n{text('failures.model_cut_off', self._language)}"
        response.result[-1] = answer.model_copy(update=changes)
        return response

    def _cut_off(self, answer: AIMessage) -> bool:
        """Tell whether there should have been more: the limit was reached, or the stream ended without its end."""
        ending = answer.response_metadata.get("finish_reason")
        openai = answer.response_metadata.get("model_provider") == "openai"
        chat = "status" not in answer.response_metadata  # The Responses API has a status in place of the reason.
        return ending == "length" or (openai and chat and self._watch.streamed and ending is None)


class _Watch(BaseCallbackHandler):
    """Keeps the tool calls of a stream as they came."""

    run_inline = True

    def __init__(self) -> None:
        self.streamed = False
        self._parts: list[AIMessageChunk] = []

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **kwargs: Any) -> None:
        self.streamed = True
        message = getattr(chunk, "message", None)
        if isinstance(message, AIMessageChunk) and message.tool_call_chunks:
            self._parts.append(message)

    def broken(self) -> bool:
        """Tell whether the arguments of a call are not, as they came, a JSON object."""
        if not self._parts:
            return False
        whole = self._parts[0] + self._parts[1:]
        return not all(_is_object(call["args"]) for call in whole.tool_call_chunks)


def _is_object(arguments: str | None) -> bool:
    try:
        return isinstance(json.loads(arguments or "{}", strict=False), dict)
    except ValueError:
        return False


def _well_named(call: ToolCall) -> bool:
    return bool(_FUNCTION_NAME.fullmatch(call["name"]))


def _with_ids(calls: list[ToolCall], messages: list[AnyMessage]) -> Iterator[ToolCall]:
    """Yield `calls`, those without an id or with that of another call of this turn under a new one."""
    taken = {call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls}
    for call in calls:
        identified = call if call["id"] and call["id"] not in taken else {**call, "id": f"call_{uuid4().hex}"}
        taken.add(identified["id"])
        yield identified
