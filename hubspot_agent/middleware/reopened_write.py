"""Asks again for a write that was set aside, exactly as the model asked for it, and without asking the model."""

from collections.abc import Awaitable, Callable

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage

from hubspot_agent.middleware.turn_state import reopened_call, this_turn


class ReopenedWrite(AgentMiddleware):
    """Begins a turn with the write that its message carries (`state.REOPENED`), which is planned as any other.

    It always waits for a person, see `WritePlanning.situation`: the former doubts need not be there again.
    """

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse | AIMessage:
        """Return the write in the place of the turn's first answer of the model."""
        return _first_answer(request) or handler(request)

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse | AIMessage:
        """Return the write in the place of the turn's first answer of the model."""
        return _first_answer(request) or await handler(request)


def _first_answer(request: ModelRequest) -> AIMessage | None:
    call = reopened_call(request.messages)
    return AIMessage("", tool_calls=[call]) if call and not this_turn(request.messages) else None
