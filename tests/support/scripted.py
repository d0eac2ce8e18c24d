"""A chat model that says what a test wrote down for it, and remembers what it was shown."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field, PrivateAttr

Reply = str | AIMessage | list[tuple[str, dict[str, Any]]] | Callable[[list[BaseMessage]], Any]


class ScriptedModel(BaseChatModel):
    """Answers with `replies` one after another: a text, or a list of tool calls `(name, args)`, or a function."""

    replies: list[Any] = Field(default_factory=list)
    delay: float = 0.0
    _seen: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _ids: int = PrivateAttr(default=0)

    @property
    def seen(self) -> list[list[BaseMessage]]:
        return self._seen

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> "ScriptedModel":
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self._seen.append(messages)
        reply = self.replies.pop(0) if self.replies else "Fine."
        if callable(reply):
            reply = reply(messages)
        return ChatResult(generations=[ChatGeneration(message=self._message(reply))])

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        await asyncio.sleep(self.delay)
        return self._generate(messages)

    def _message(self, reply: Any) -> AIMessage:
        if isinstance(reply, AIMessage):
            return reply
        if isinstance(reply, str):
            return AIMessage(reply)
        calls = []
        for name, args in reply:
            self._ids += 1
            calls.append({"name": name, "args": args, "id": f"call_{self._ids}", "type": "tool_call"})
        return AIMessage("", tool_calls=calls)
