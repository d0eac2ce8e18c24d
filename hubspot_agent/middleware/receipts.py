"""Ends a turn with what was really written, whatever the model says of it."""

from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime

from hubspot_agent.guardrails.claims import contradiction
from hubspot_agent.guardrails.undo import receipts_in
from hubspot_agent.middleware.turn_state import TurnState, this_turn
from hubspot_agent.state import Context, texts_of


class Receipts(AgentMiddleware[TurnState, Context]):
    """Puts the receipts of a turn's writes on its last message, and corrects a claim that they contradict."""

    state_schema = TurnState

    def after_agent(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Complete the last message."""
        return {"messages": [completed]} if (completed := with_receipts(state)) else None

    async def aafter_agent(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Complete the last message."""
        return self.after_agent(state, runtime)


def with_receipts(state: TurnState) -> AIMessage | None:
    """Return the last message of a turn completed; `None` when there is nothing to add to it."""
    last, receipts = state["messages"][-1], receipts_in(this_turn(state["messages"]))
    if not isinstance(last, AIMessage):
        return None
    changes: dict[str, Any] = {}
    if receipts:
        changes["additional_kwargs"] = {**last.additional_kwargs, "receipts": receipts}
    if isinstance(last.content, str) and (note := contradiction(last.content, receipts)):
        changes["content"] = f"{last.content}\n\n{texts_of(state)(f'writes.{note}')}"
    return last.model_copy(update=changes) if changes else None
