"""What the assistant is doing while the user waits, as LangGraph custom events `{"progress": sentence}`."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from hubspot_agent.hubspot import WaitNotice, on_wait
from hubspot_agent.state import texts_of
from hubspot_agent.texts import Texts, text_or_none

ToolAnswer = ToolMessage | Command[Any]


class Progress(AgentMiddleware):
    """Says which tool runs, and each wait for HubSpot of more than a second."""

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolAnswer]) -> ToolAnswer:
        """Run the tool, saying so."""
        with on_wait(_announced(request)):
            return handler(request)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolAnswer]]
    ) -> ToolAnswer:
        """Run the tool, saying so."""
        with on_wait(_announced(request)):
            return await handler(request)


def wait_events(write: Callable[[Any], None], texts: Texts) -> Callable[[WaitNotice], None]:
    """Return a listener that writes each wait as an event with `write`, LangGraph's stream writer."""

    def write_wait(notice: WaitNotice) -> None:
        seconds = max(1, round(notice.seconds))
        write({"progress": texts(f"progress.waiting_{notice.reason}", seconds=seconds)})

    return write_wait


def _announced(request: ToolCallRequest) -> Callable[[WaitNotice], None]:
    """Say that the tool runs, and return the listener that says when it waits."""
    write, texts = request.runtime.stream_writer, texts_of(request.state)
    sentence = text_or_none(f"progress.{request.tool_call['name']}", texts.language)
    if request.tool is not None and sentence:  # None of the application's own tools.
        write({"progress": sentence})
    return wait_events(write, texts)
