"""The ReAct agent: its instructions, its tools, and what stands around them."""

from collections.abc import Callable
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.language_models import BaseChatModel
from langgraph.graph.state import CompiledStateGraph

from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.middleware.approval import Approval
from hubspot_agent.middleware.model_errors import ModelFailures
from hubspot_agent.middleware.progress import Progress
from hubspot_agent.middleware.search_guard import Searches
from hubspot_agent.middleware.step_limit import StepLimit
from hubspot_agent.middleware.turn_state import TurnState
from hubspot_agent.middleware.write_execution import Execution
from hubspot_agent.middleware.write_planning import Review
from hubspot_agent.prompts import instructions
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context
from hubspot_agent.tools import contact_tools


def build_agent(
    model: BaseChatModel, contacts: Callable[[], HubSpotContacts], settings: Settings
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Build the ReAct agent that answers one turn: `model` in a loop with the three tools.

    Around each answer of the model that asks to write: `Review` plans the writes, `Approval` puts them
    before a person, and `Execution` runs what was planned.
    """
    review = Review(contacts, settings)
    # Hooks after the model run from the last of these to the first, hooks around a tool from the first to the last.
    middleware: list[AgentMiddleware[Any, Any, Any]] = [
        instructions,
        StepLimit(),
        ModelFailures(),
        Searches(),
        Execution(contacts, settings),
        Approval(contacts, review),
        review,
        Progress(),
    ]
    return create_agent(
        model,
        contact_tools(contacts, settings.shown_properties),
        state_schema=TurnState,
        context_schema=Context,
        middleware=middleware,
        name="agent",
    )
