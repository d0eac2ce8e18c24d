"""Plans every write a model asks for, before anyone is asked and anything runs."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.errors import GraphInterrupt
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from hubspot_agent.guardrails.write_plan import WRITING_TOOLS, Plan, Situation, plan_write
from hubspot_agent.hubspot import HubSpotContacts, on_wait
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.memory import pin
from hubspot_agent.middleware.progress import wait_events
from hubspot_agent.middleware.step_limit import within_limit
from hubspot_agent.middleware.turn_state import TurnState, answered_before, this_turn, typed_in
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context, keeps_conversations, texts_of
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools.results import refused
from hubspot_agent.validation.wording import folded


class WritePlanning(AgentMiddleware[TurnState, Context]):
    """Plans the writes in the model's answer and puts their cleaned arguments in its tool calls."""

    state_schema = TurnState

    def __init__(self, contacts: Callable[[], HubSpotContacts], settings: Settings):
        super().__init__()
        self._contacts = contacts
        self._settings = settings

    def after_model(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Plan the writes of the model's latest answer."""
        if not asks_to_write(state):
            return None
        if keeps_conversations():
            _forget_earlier_decision()
        with on_wait(wait_events(runtime.stream_writer, texts_of(state))):
            return self._plan(state, self.situation(state, runtime))

    async def aafter_model(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Plan the writes of the model's latest answer."""
        return await in_thread(self.after_model, state, runtime) if asks_to_write(state) else None

    def situation(self, state: TurnState, runtime: Runtime[Context]) -> Situation:
        """Return what the writes of this turn are judged by."""
        messages = state["messages"]
        context = runtime.context or Context()
        typed = typed_in(messages)
        seen = pin(state.get("pinned", []), this_turn(messages))
        return Situation(
            seen=seen,
            said=state.get("said", typed),
            recent=typed,
            asked=answered_before(messages),
            crm_text=bool(seen) or any(isinstance(each, ToolMessage) for each in messages),
            approve_writes=context.approve_writes or self._settings.approve_writes,
            can_ask=keeps_conversations(),
            policy=self._settings.field_policy,
            default_region=self._settings.default_region,
        )

    def _plan(self, state: TurnState, situation: Situation) -> dict[str, Any]:
        answer = latest_answer(state)
        plans: dict[str, Plan] = {}
        for call in answer.tool_calls:
            if call["name"] in WRITING_TOOLS and call["id"] and within_limit(call, state["messages"]):
                plan = plan_write(self._contacts, call, situation)
                _refuse_repetition(plan, plans)
                plans[call["id"]] = plan
        return {"plans": plans, "messages": [with_planned_calls(answer, plans)]}


def latest_answer(state: TurnState) -> AIMessage:
    """Return what the model said last."""
    return next(each for each in reversed(state["messages"]) if isinstance(each, AIMessage))


def asks_to_write(state: TurnState) -> bool:
    """Tell whether the model's latest answer asks for a write."""
    return any(call["name"] in WRITING_TOOLS for call in latest_answer(state).tool_calls)


def with_planned_calls(answer: AIMessage, plans: Mapping[str, Plan]) -> AIMessage:
    """Return `answer` with each planned call as it will run."""
    calls = [
        {**call, "name": plan["tool"], "args": plan["args"]} if (plan := plans.get(call["id"] or "")) else call
        for call in answer.tool_calls
    ]
    # Providers keep a copy of the calls there, which would be sent instead of these.
    extras = {name: value for name, value in answer.additional_kwargs.items() if name != "tool_calls"}
    return answer.model_copy(update={"tool_calls": calls, "additional_kwargs": extras})


def _refuse_repetition(plan: Plan, earlier: Mapping[str, Plan]) -> None:
    """Refuse a second contact of the same name or address in one answer: HubSpot cannot know of the first yet."""
    if plan["tool"] != "create_contact" or plan["refusal"]:
        return
    for other in earlier.values():
        if other["tool"] == "create_contact" and not other["refusal"] and _same_person(plan, other):
            plan["refusal"] = refused(
                "duplicate_suspected",
                "the same contact is being created by another call of this answer. Create it once.",
            )


def _same_person(one: Plan, other: Plan) -> bool:
    def of(plan: Plan, *names: str) -> str:
        return " ".join(folded(shortened(str(plan["args"].get(name) or ""))) for name in names).strip()

    emails = of(one, "email"), of(other, "email")
    if all(emails):
        return emails[0] == emails[1]
    return of(one, "firstname", "lastname") == of(other, "firstname", "lastname") != ""


def _forget_earlier_decision() -> None:
    """Drop a decision that belongs to an earlier pause, before a new one is asked for.

    A server whose instance dies gives the same `Command(resume=...)` to another. If the decided write was done by
    then, LangGraph would hand the decision to the next pause of the turn, which nobody has seen.
    """
    with suppress(GraphInterrupt):  # Nothing is left over.
        interrupt(None)
