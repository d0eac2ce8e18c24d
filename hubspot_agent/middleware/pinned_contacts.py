"""Keeps in mind which contacts the conversation has seen, and which of them the user has chosen."""

from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langgraph.runtime import Runtime

from hubspot_agent.guardrails.contact_selection import is_chosen
from hubspot_agent.memory import PinnedContact, pin, settle
from hubspot_agent.middleware.turn_state import TurnState, answered_before, this_turn, typed_in
from hubspot_agent.state import Context


class PinnedContacts(AgentMiddleware[TurnState, Context]):
    """Pins, at the end of a turn, the contacts that its tools showed."""

    state_schema = TurnState

    def after_agent(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any]:
        """Pin the contacts, the one that the user chose in this turn as chosen."""
        return {"pinned": pinned_after(state)}

    async def aafter_agent(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any]:
        """Pin the contacts, the one that the user chose in this turn as chosen."""
        return self.after_agent(state, runtime)


def pinned_after(state: TurnState) -> list[PinnedContact]:
    """Return the contacts that the conversation has seen when a turn has ended."""
    messages = state["messages"]
    pinned = pin(state.get("pinned", []), this_turn(messages))
    typed, asked = typed_in(messages)[-1:], answered_before(messages)
    return settle(pinned, lambda contact: is_chosen(contact, pinned, typed, asked))
