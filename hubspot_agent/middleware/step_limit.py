"""A polite end to a turn that does not end by itself."""

from collections.abc import Awaitable, Callable

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ToolCallRequest
from langchain_core.messages import AIMessage, AnyMessage, ToolCall, ToolMessage

from hubspot_agent.middleware.progress import ToolAnswer
from hubspot_agent.middleware.turn_state import this_turn
from hubspot_agent.state import texts_of
from hubspot_agent.tools.results import refused, tool_message

#: How many tool calls one turn may make.
MAX_TOOL_CALLS = 12


class StepLimit(AgentMiddleware):
    """Lets a turn make at most `MAX_TOOL_CALLS` tool calls.

    Calls beyond are refused; the model may then say what it has, and is not asked again after that.

    The calls are counted in the messages. LangChain's `ToolCallLimitMiddleware` counts in a state that no checkpoint
    keeps, so that each approval would begin the count anew.
    """

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse | AIMessage:
        """Call the model, unless the turn has used up its calls."""
        return _end(request) or handler(request)

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse | AIMessage:
        """Call the model, unless the turn has used up its calls."""
        return _end(request) or await handler(request)

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolAnswer]) -> ToolAnswer:
        """Run the tool, unless the turn has used up its calls."""
        return _refusal(request) or handler(request)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolAnswer]]
    ) -> ToolAnswer:
        """Run the tool, unless the turn has used up its calls."""
        return _refusal(request) or await handler(request)


def within_limit(call: ToolCall, messages: list[AnyMessage]) -> bool:
    """Tell whether `call` is among those this turn may make."""
    return call["id"] in _calls(messages)[:MAX_TOOL_CALLS]


def _calls(messages: list[AnyMessage]) -> list[str | None]:
    return [
        call["id"] for message in this_turn(messages) if isinstance(message, AIMessage) for call in message.tool_calls
    ]


def _end(request: ModelRequest) -> AIMessage | None:
    if len(_calls(request.messages)) < MAX_TOOL_CALLS:
        return None
    return AIMessage(texts_of(request.state)("failures.too_many_steps", limit=MAX_TOOL_CALLS))


def _refusal(request: ToolCallRequest) -> ToolMessage | None:
    if within_limit(request.tool_call, request.state["messages"]):
        return None
    message = "this turn has used up its tool calls. Tell the user what is done and what is not."
    return tool_message(request.tool_call, refused("too_many_steps", message))
