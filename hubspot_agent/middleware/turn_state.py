"""What the agent has at hand in one turn."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from langchain.agents import AgentState

from hubspot_agent.guardrails.write_plan import Plan
from hubspot_agent.memory import PinnedContact
from hubspot_agent.texts import Language


def _merged(left: Mapping[str, Plan], right: Mapping[str, Plan]) -> dict[str, Plan]:
    return {**left, **right}


class TurnState(AgentState[Any]):
    """What the agent has at hand in one turn, besides the messages.

    Attributes:
        pinned: The contacts this conversation has seen.
        said: What the user typed in this conversation, oldest first.
        language: The language to speak when the model cannot.
        plans: The writes of this turn, by tool call id.
    """

    pinned: NotRequired[list[PinnedContact]]
    said: NotRequired[list[str]]
    language: NotRequired[Language]
    plans: NotRequired[Annotated[dict[str, Plan], _merged]]
