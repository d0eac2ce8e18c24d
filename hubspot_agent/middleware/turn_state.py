"""What the agent has at hand in one turn, and what its messages say of it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired

from langchain.agents import AgentState
from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, ToolCall, ToolMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import Runtime

from hubspot_agent.guardrails.write_plan import WRITING_TOOLS, Plan
from hubspot_agent.memory import PinnedContact
from hubspot_agent.state import REOPENED, Context, turn_language
from hubspot_agent.texts import Language
from hubspot_agent.tools.results import Receipt, refused, tool_message


def _merged(left: Mapping[str, Plan], right: Mapping[str, Plan] | None) -> dict[str, Plan]:
    """Add the plans of one answer of the model; `None` begins a turn without any."""
    return {} if right is None else {**left, **right}


class TurnState(AgentState[Any]):
    """What the agent has at hand in one turn, besides the messages.

    Attributes:
        pinned: The contacts this conversation has seen.
        said: What the user typed in this conversation, oldest first.
        latest_write: The receipt of the latest write before this turn that can still be undone.
        language: The language that the turn is spoken in.
        plans: The writes of this turn, by tool call id.
    """

    pinned: NotRequired[list[PinnedContact]]
    said: NotRequired[list[str]]
    latest_write: NotRequired[Receipt | None]
    language: NotRequired[Language]
    plans: NotRequired[Annotated[dict[str, Plan], _merged]]


class TurnStart(AgentMiddleware[TurnState, Context]):
    """Begins a turn: in a language, without plans of the turn before, and without tool calls that nobody answered.

    A call stays unanswered when a message comes in the place of a decision; models refuse a history with one.

    Args:
        default_language: The language while nothing tells another.
    """

    state_schema = TurnState

    def __init__(self, default_language: Language) -> None:
        super().__init__()
        self._default_language = default_language

    def before_agent(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any]:
        """Decide the language, and answer what was left unanswered."""
        typed = typed_in(state["messages"])[-1:]
        context = runtime.context or Context()
        language = turn_language(context, typed[0] if typed else "", state.get("language")) or self._default_language
        update: dict[str, Any] = {"language": language, "plans": None}
        if (answered := _with_every_call_answered(state["messages"])) != state["messages"]:
            update["messages"] = [RemoveMessage(REMOVE_ALL_MESSAGES), *answered]
        return update

    async def abefore_agent(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any]:
        """Decide the language, and answer what was left unanswered."""
        return self.before_agent(state, runtime)


def typed_in(messages: Sequence[AnyMessage]) -> list[str]:
    """Return what the user typed, oldest first; a write that was asked for again is nobody's words."""
    return [each.text for each in messages if isinstance(each, HumanMessage) and REOPENED not in each.additional_kwargs]


def reopened_call(messages: Sequence[AnyMessage]) -> ToolCall | None:
    """Return the write that the turn's message asks for again, if it does."""
    typed = messages[_typed_place(messages)] if messages else None
    asked = typed.additional_kwargs.get(REOPENED) if isinstance(typed, HumanMessage) else None
    if not isinstance(asked, dict) or asked.get("name") not in WRITING_TOOLS or not isinstance(asked.get("args"), dict):
        return None
    return ToolCall(name=asked["name"], args=asked["args"], id=f"reopened-{typed.id if typed else ''}")


def this_turn(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the messages since the one just typed."""
    return list(messages[_typed_place(messages) + 1 :])


def answered_before(messages: Sequence[AnyMessage]) -> str:
    """Return what the assistant said before the message just typed, or ""."""
    earlier = messages[: max(0, _typed_place(messages))]
    return next((each.text for each in reversed(earlier) if isinstance(each, AIMessage)), "")


def _with_every_call_answered(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    dropped = refused("dropped", "the user said something else instead of deciding about this call.")
    completed: list[AnyMessage] = []
    for message in messages:
        completed.append(message)
        calls = message.tool_calls if isinstance(message, AIMessage) else ()
        completed += [tool_message(call, dropped) for call in calls if call["id"] not in answered]
    return completed


def _typed_place(messages: Sequence[AnyMessage]) -> int:
    return max((place for place, each in enumerate(messages) if isinstance(each, HumanMessage)), default=-1)
