"""What the assistant is doing while the user waits, as LangGraph custom events `{"progress": sentence}`."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from hubspot_agent.hubspot.waiting import Waiting, listening
from hubspot_agent.state import language_in
from hubspot_agent.texts import Language, text

ToolAnswer = ToolMessage | Command[Any]


class Progress(AgentMiddleware):
    """Says which tool runs, and each wait for HubSpot of more than a second."""

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolAnswer]) -> ToolAnswer:
        """Run the tool, saying so."""
        with listening(_announced(request)):
            return handler(request)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolAnswer]]
    ) -> ToolAnswer:
        """Run the tool, saying so."""
        with listening(_announced(request)):
            return await handler(request)


def told(write: Callable[[Any], None], language: Language) -> Callable[[Waiting], None]:
    """Return the listener that tells each wait with `write`, LangGraph's stream writer."""

    def waits(waiting: Waiting) -> None:
        seconds = max(1, round(waiting.seconds))
        write({"progress": text(f"progress.waiting_{waiting.reason}", language, seconds=seconds)})

    return waits


def _announced(request: ToolCallRequest) -> Callable[[Waiting], None]:
    """Say that the tool runs, and return the listener that says when it waits."""
    write, language = request.runtime.stream_writer, language_in(request.state)
    if request.tool is not None:
        write({"progress": text(f"progress.{request.tool_call['name']}", language)})
    return told(write, language)
