"""Plans every write a model asks for, before anyone is asked and anything runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, AnyMessage
from langgraph.runtime import Runtime

from hubspot_agent.guardrails.doubts import repeated_creation
from hubspot_agent.guardrails.seal import Seal, turn_place
from hubspot_agent.guardrails.situation import Situation
from hubspot_agent.guardrails.write_plan import WRITING_TOOLS, Plan, plan_write
from hubspot_agent.hubspot import HubSpotContacts, on_wait
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.memory import PinnedContact, pin
from hubspot_agent.middleware.progress import wait_events
from hubspot_agent.middleware.resumption import (
    aforget_answer,
    drop_late_decision,
    forget_answer,
    late_decision,
    run_id,
)
from hubspot_agent.middleware.step_limit import within_limit
from hubspot_agent.middleware.turn_state import TurnState, answered_before, reopened_call, this_turn, typed_in
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context, keeps_conversations, run_context, texts_of
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools.results import refused, result_in
from hubspot_agent.validation.words import folded


class WritePlanning(AgentMiddleware[TurnState, Context]):
    """Plans the writes in the model's answer, which itself stays as the model gave it."""

    state_schema = TurnState

    def __init__(self, contacts: Callable[[], HubSpotContacts], settings: Settings):
        super().__init__()
        self._contacts = contacts
        self._settings = settings
        self.seal = Seal(settings.signing_key)

    def after_model(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Plan the writes of the model's latest answer."""
        if not asks_to_write(state):
            return None
        if _answered_before(state):
            forget_answer()
        return self._planned(state, runtime)

    async def aafter_model(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Plan the writes of the model's latest answer."""
        if not asks_to_write(state):
            return None
        if _answered_before(state):
            await aforget_answer()
        return await in_thread(self._planned, state, runtime)

    def situation(self, state: TurnState, runtime: Runtime[Context]) -> Situation:
        """Return what the writes of this turn are judged by."""
        messages = state["messages"]
        context = runtime.context or Context()
        typed = typed_in(messages)
        seen = pin(state.get("pinned", []), this_turn(messages))
        reopened = reopened_call(messages)
        if reopened and (contact_id := reopened["args"].get("contact_id")):
            seen = [*seen, _chosen_before(str(contact_id))]
        return Situation(
            seen=seen,
            said=state.get("said", typed),
            recent=typed,
            asked=answered_before(messages),
            crm_values=_crm_values(seen, messages),
            approve_writes=context.approve_writes or self._settings.approve_writes or reopened is not None,
            can_ask=keeps_conversations(),
            texts=texts_of(state),
            policy=self._settings.field_policy,
            default_region=self._settings.default_region,
            user=run_context().user,
        )

    def _planned(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any]:
        drop_late_decision()
        with on_wait(wait_events(runtime.stream_writer, texts_of(state))):
            return self._plan(state, self.situation(state, runtime))

    def _plan(self, state: TurnState, situation: Situation) -> dict[str, Any]:
        plans: dict[str, Plan] = {}
        for call in latest_answer(state).tool_calls:
            if call["name"] in WRITING_TOOLS and call["id"] and within_limit(call, state["messages"]):
                plan = plan_write(self._contacts, call, situation)
                _doubt_repetition(plan, plans, situation)
                plans[call["id"]] = plan
        if any(plan["ask"] for plan in plans.values()):
            # The writes of one answer belong together, as those of a swap do: all wait, so that none is half done.
            plans = {name: {**plan, "ask": bool(plan["changes"])} for name, plan in plans.items()}
        run, place = run_id(), turn_place()
        planned: dict[str, Plan] = {name: {**plan, "run": run} for name, plan in plans.items()}
        return {"plans": {name: self.seal.put_on(plan, "planned", place, name) for name, plan in planned.items()}}


def _chosen_before(contact_id: str) -> PinnedContact:
    """Return the contact of a write that is asked for again, which may have been forgotten meanwhile."""
    return PinnedContact(id=contact_id, name="", email="", properties={}, listing=None, of=1, place=0)


def latest_answer(state: TurnState) -> AIMessage:
    """Return what the model said last."""
    return next(each for each in reversed(state["messages"]) if isinstance(each, AIMessage))


def asks_to_write(state: TurnState) -> bool:
    """Tell whether the model's latest answer asks for a write."""
    return any(call["name"] in WRITING_TOOLS for call in latest_answer(state).tool_calls)


def _answered_before(state: TurnState) -> bool:
    """Tell whether this turn, or this run in its place, was given the answer to an earlier pause.

    A server whose instance dies gives the same answer to another. If the decided write was done by then, LangGraph
    would hand it to the next pause of the turn, which nobody has seen.
    """
    return late_decision() is not None or any(plan["decision"] for plan in state.get("plans", {}).values())


def _crm_values(seen: Sequence[PinnedContact], messages: Sequence[AnyMessage]) -> frozenset[str]:
    """Return the values, and the notes, of the contacts that the model has read, folded."""
    records = [record for each in messages if (result := result_in(each)) for record in result["contacts"]]
    values = [value for record in records for value in record["properties"].values()]
    values += [note["text"] for record in records for note in record.get("notes", ())]
    values += [value for each in seen for value in (each["name"], each["email"], *each["properties"].values())]
    return frozenset(folded(value) for value in values if value)


def _doubt_repetition(plan: Plan, earlier: Mapping[str, Plan], situation: Situation) -> None:
    """Doubt a second contact of the same name or address in one answer: HubSpot cannot know of the first yet."""
    if plan["tool"] != "create_contact" or plan["refusal"]:
        return
    others = [each for each in earlier.values() if each["tool"] == "create_contact" and not each["refusal"]]
    if not any(_same_person(plan, other) for other in others):
        return
    if situation.can_ask:
        plan["doubts"] = [*plan["doubts"], repeated_creation(situation.texts)]
        plan["ask"] = True
    else:
        message = "the same contact is being created by another call of this answer. Create it once."
        plan["refusal"] = refused("duplicate_suspected", message)


def _same_person(one: Plan, other: Plan) -> bool:
    def of(plan: Plan, *names: str) -> str:
        return " ".join(folded(shortened(str(plan["args"].get(name) or ""))) for name in names).strip()

    emails = of(one, "email"), of(other, "email")
    if all(emails):
        return emails[0] == emails[1]
    return of(one, "firstname", "lastname") == of(other, "firstname", "lastname") != ""
