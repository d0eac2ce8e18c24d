"""The chat model itself: messages in, one text or one tool call out."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from hubspot_agent.demo_model.dialogue import decide
from hubspot_agent.demo_model.next_step import PlannedToolCall, next_step
from hubspot_agent.demo_model.view import read_messages


class DemoModel(BaseChatModel):
    """A rule-based chat model for running the assistant without a key.

    It understands common wordings in English and Dutch, calls the three contact tools, and says
    what it is when it is lost. It needs no network and is deterministic: the same messages always
    get the same answer.
    """

    model_name: str = "demo-rules"

    @property
    def _llm_type(self) -> str:
        return "hubspot-agent-demo"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with the tools it may call; `tool_choice` does not bind rules."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=_answer(messages, tools))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> ChatResult:
        # A few milliseconds of computing and no waiting: no thread needed.
        return ChatResult(generations=[ChatGeneration(message=_answer(messages, tools))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from _chunks(_answer(messages, tools))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in _chunks(_answer(messages, tools)):
            yield chunk
            await asyncio.sleep(0)


def _answer(messages: Sequence[BaseMessage], tools: Sequence[Mapping[str, Any]]) -> AIMessage:
    view = read_messages(messages)
    task = decide(view)
    step = task if isinstance(task, str) else next_step(task, view)
    if isinstance(step, str):
        return AIMessage(step)
    schemas = {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in tools}
    if step.tool not in schemas:
        return AIMessage(view.texts("demo.no_tool", tool=step.tool))
    arguments = _fit_to_schema(step, schemas[step.tool].get("properties", {}))
    return AIMessage("", tool_calls=[ToolCall(name=step.tool, args=arguments, id=_call_id(messages))])


def _fit_to_schema(call: PlannedToolCall, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the call's arguments, properties without an argument of their own under ``other_properties``."""
    others = [{"property": name, "value": value} for name, value in call.arguments.items() if name not in known]
    own = {name: value for name, value in call.arguments.items() if name in known}
    return own | ({"other_properties": others} if others else {})


def _call_id(messages: Sequence[BaseMessage]) -> str:
    """Return an id that is new for every turn and step, and the same when the same step is asked again."""
    identity = json.dumps([[message.id, message.type, message.text] for message in messages])
    return f"call_{hashlib.sha256(identity.encode()).hexdigest()[:24]}"


def _chunks(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    """Cut an answer as a real model streams it: word by word, a tool call's arguments in parts."""
    for word in re.findall(r"\s*\S+\s*$|\s*\S+", message.text):
        yield ChatGenerationChunk(message=AIMessageChunk(content=word))
    for index, call in enumerate(message.tool_calls):
        head = tool_call_chunk(name=call["name"], args="", id=call["id"], index=index)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[head]))
        for part in re.findall(r"[^,]*,?", json.dumps(call["args"], ensure_ascii=False)):
            body = tool_call_chunk(name=None, args=part, id=None, index=index)
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[body]))
    yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last"))
