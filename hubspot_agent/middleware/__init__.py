"""What `create_agent` is given around the model and the tools, one class a file.

`contact_guards` gives the guards to anyone's own `create_agent`.
"""

from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware

from hubspot_agent.accounts import contacts_source
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.middleware.answer_check import AnswerCheck
from hubspot_agent.middleware.approval import Approval
from hubspot_agent.middleware.model_errors import ModelErrors
from hubspot_agent.middleware.pinned_contacts import PinnedContacts
from hubspot_agent.middleware.progress import Progress
from hubspot_agent.middleware.receipts import Receipts
from hubspot_agent.middleware.reopened_write import ReopenedWrite
from hubspot_agent.middleware.search_guard import SearchGuard
from hubspot_agent.middleware.step_limit import StepLimit
from hubspot_agent.middleware.turn_state import TurnStart
from hubspot_agent.middleware.write_execution import WriteExecution
from hubspot_agent.middleware.write_planning import WritePlanning
from hubspot_agent.settings import Settings
from hubspot_agent.state import ContextT

__all__ = ["contact_guards"]


def contact_guards(
    contacts: HubSpotContacts | Callable[[ContextT], HubSpotContacts] | None = None, settings: Settings | None = None
) -> list[AgentMiddleware[Any, Any, Any]]:
    """Return the guards around the three tools, for an agent of `create_agent`'s.

    `create_agent(model, contact_tools(port), middleware=contact_guards(port), context_schema=Context,
    checkpointer=...)`. Without a checkpointer nobody can be asked, and what needs a person is refused.

    Args:
        contacts: The port that the agent's tools work on; or a callable that is given the run's `Context` and
            returns one; `None` takes it from the settings.
        settings: The settings; `None` reads the environment and the ``.env`` file.

    Returns:
        Middleware, to be given in this order: hooks around a tool run from the first to the last, hooks after the
        model from the last to the first.
    """
    settings = settings or Settings()
    source = contacts_source(contacts, settings)
    planning = WritePlanning(source, settings)
    approval = Approval(source, planning)
    return [
        TurnStart(settings.language),
        StepLimit(),
        ReopenedWrite(),
        ModelErrors(),
        AnswerCheck(),
        SearchGuard(),
        WriteExecution(source, settings, approval),
        approval,
        planning,
        PinnedContacts(),
        Receipts(),
        Progress(),
    ]
