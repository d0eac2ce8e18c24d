"""The ReAct agent: its instructions, its tools, and what stands around them."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.graph.state import CompiledStateGraph

from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.middleware import contact_guards
from hubspot_agent.middleware.pinned_contacts import PinnedContacts
from hubspot_agent.middleware.receipts import Receipts
from hubspot_agent.middleware.turn_state import TurnStart, TurnState
from hubspot_agent.prompts import Instructions, system_prompt
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context
from hubspot_agent.tools import contact_tools


def build_agent(
    model: BaseChatModel,
    contacts: Callable[[], HubSpotContacts],
    settings: Settings,
    *,
    instructions: Instructions | None = None,
    tools: Sequence[BaseTool | Callable[..., Any]] = (),
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Build the ReAct agent that answers one turn: `model` in a loop with the three tools and the guards around them.

    Args:
        model: A chat model that can call tools.
        contacts: Returns the port to HubSpot for the run under way.
        settings: The settings.
        instructions: As for `build_graph`.
        tools: As for `build_graph`.
    """
    # What begins and ends a turn is the graph's own, see `nodes.agent_node`: each hook would be a step more.
    guards = contact_guards(lambda context: contacts(), settings)
    guards = [each for each in guards if not isinstance(each, TurnStart | PinnedContacts | Receipts)]
    return create_agent(
        model,
        [*contact_tools(contacts, settings.shown_properties), *tools],
        state_schema=TurnState,
        context_schema=Context,
        middleware=[system_prompt(instructions), *guards],
        name="agent",
    )
