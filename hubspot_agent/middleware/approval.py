"""Puts writes before a person: the run pauses, and what runs afterwards is exactly what was decided.

The pause is a LangGraph interrupt in the schema of LangChain's `HumanInTheLoopMiddleware`, which LangGraph
Studio, Agent Inbox and Agent Chat UI render. LangChain's middleware itself is not used: it lets an edit
switch to any tool, past every check, and keeps the unedited call in the conversation.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NotRequired
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.human_in_the_loop import ActionRequest, ReviewConfig
from langchain_core.messages import ToolCall
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from typing_extensions import TypedDict

from hubspot_agent.contacts import Change, Contact
from hubspot_agent.guardrails.doubts import Doubt
from hubspot_agent.guardrails.seal import turn_place
from hubspot_agent.guardrails.situation import Situation
from hubspot_agent.guardrails.write_plan import Plan, plan_write
from hubspot_agent.guardrails.write_summary import described
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.memory import PinnedContact
from hubspot_agent.middleware.resumption import (
    aend_pause,
    drop_late_decision,
    end_pause,
    late_decision,
    named_decision,
    pause_id,
    run_id,
)
from hubspot_agent.middleware.turn_state import TurnState
from hubspot_agent.middleware.write_planning import WritePlanning, asks_to_write, latest_answer
from hubspot_agent.state import Context
from hubspot_agent.texts import Texts
from hubspot_agent.tools.results import refused
from hubspot_agent.tools.schemas import COMPANY, OWNER, RELATED_ARGUMENTS

DECISIONS = ("approve", "edit", "reject")

#: The sentences of ``texts/*/approval.toml`` for what can be wrong with an edited value.
_WRONG = {
    "INVALID_EMAIL": "email",
    "INVALID_OPTION": "option",
    "INVALID_NUMBER": "number",
    "INVALID_DATE": "date",
    "READ_ONLY_VALUE": "read_only",
    "PROPERTY_DOESNT_EXIST": "unknown_property",
    "AMBIGUOUS_OWNER": "ambiguous_owner",
    "UNKNOWN_OWNER": "unknown_owner",
    "UNKNOWN_ME": "unknown_owner",
    "AMBIGUOUS_COMPANY": "ambiguous_company",
    "UNKNOWN_COMPANY": "unknown_company",
}


class WriteRequest(ActionRequest):
    """A write that waits, as LangChain's schema has it and with what people decide by.

    Attributes:
        contact: The contact before an update, as `Contact.as_dict` gives it.
        changes: What would change.
        duplicates: Contacts that may be the same person, each with the `reason` and what `differs`.
        doubts: Why a person should look; empty when it is asked only because every write is approved.
        language: The language of the sentences.
    """

    contact: dict[str, Any] | None
    changes: list[Change]
    duplicates: list[dict[str, Any]]
    doubts: list[Doubt]
    language: str


class Problem(TypedDict):
    """Why a decision cannot be taken: of which request, about which property, in a sentence for the user."""

    request: int
    property: str | None
    message: str


class Pause(TypedDict):
    """The value of the interrupt: the requests, and in the same order what may be decided about each."""

    action_requests: list[WriteRequest]
    review_configs: list[ReviewConfig]
    problems: NotRequired[list[Problem]]


class Approval(AgentMiddleware[TurnState, Context]):
    """Asks a person about the planned writes that need it, all those of one answer at once."""

    state_schema = TurnState

    def __init__(self, contacts: Callable[[], HubSpotContacts], planning: WritePlanning):
        super().__init__()
        self._contacts = contacts
        self._planning = planning
        self._made = uuid4().hex

    @property
    def process(self) -> str:
        """A name of who executes what is decided here, to know after a crash that another one was about to write."""
        return f"{self._made}-{os.getpid()}"  # Servers fork.

    def after_model(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Pause for the decisions, if any are needed, and make the plans what was decided."""
        if not asks_to_write(state):
            return None
        update, paused = self._approved(state, runtime)
        if paused:
            end_pause()
        return update

    async def aafter_model(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Pause for the decisions, if any are needed, and make the plans what was decided."""
        if not asks_to_write(state):
            return None
        update, paused = await in_thread(self._approved, state, runtime)
        if paused:
            await aend_pause()
        return update

    def decided_last(self, plan: Plan, state: TurnState, runtime: Any) -> Plan:
        """Return a plan as it was decided last.

        After a crash a person may have decided once more. Until the write has begun, what they decided last counts.

        Args:
            plan: The plan, as a pause of an earlier run was answered or as nobody was asked about it.
            state: The state of the turn.
            runtime: What the run was told.
        """
        answer = named_decision(plan.get("pauses", ())) or late_decision()
        decisions = answer.get("decisions") if isinstance(answer, dict) else None
        if not plan["decision"] or not isinstance(decisions, list) or len(decisions) <= plan["place"]:
            return plan
        decision = decisions[plan["place"]]
        asked = plan["asked"] or {**plan, "refusal": None, "approved_by": None}
        if decision == plan["decision"] or not _is_decision(decision, asked):
            return plan
        decided = self._decided(asked, decision, self._planning.situation(state, runtime), _user(runtime))
        return {**plan, **decided, "process": plan["process"], "started": plan["started"]}

    def _approved(self, state: TurnState, runtime: Runtime[Context]) -> tuple[dict[str, Any], bool]:
        """Return the plans as they were decided, and whether anybody was asked."""
        calls = {call["id"]: call for call in latest_answer(state).tool_calls if call["id"]}
        seal, place = self._planning.seal, turn_place()
        plans = {
            name: plan
            for name, plan in state.get("plans", {}).items()
            if name in calls and seal.holds(plan, "planned", place, name)
        }
        waiting = [name for name, plan in plans.items() if plan["ask"] and not plan["refusal"]]
        if waiting:
            if (run := run_id()) and any(plans[name]["run"] == run for name in waiting):
                drop_late_decision()  # What came with the run that planned them was said of an earlier pause.
            decided = self._decide([plans[name] for name in waiting], self._planning.situation(state, runtime), runtime)
            plans |= dict(zip(waiting, decided, strict=True))
        started = self._now().isoformat()
        plans = {name: {**plan, "process": self.process, "started": started} for name, plan in plans.items()}
        sealed = {name: seal.put_on(plan, "decided", place, name) for name, plan in plans.items()}
        return {"plans": sealed}, bool(waiting)

    def _now(self) -> datetime:
        """Return the time by HubSpot's clock, by which a contact that is created is dated."""
        try:
            return self._contacts().now()
        except HubSpotError:
            return datetime.now(UTC)

    def _decide(self, plans: Sequence[Plan], situation: Situation, runtime: Runtime[Context]) -> list[Plan]:
        """Ask until every plan is decided, and return the plans as they were decided.

        Decisions that cannot be taken are asked for again, with the reason in `problems`: an exception would leave
        the wrong answer with the paused run.
        """
        pause = _pause(plans, situation.texts)
        pauses: list[str] = []
        while True:
            pauses.append(pause_id(len(pauses)))
            answer = interrupt(pause)
            problems = _problems(answer, plans, situation.texts)
            if not problems:
                decided = [
                    self._decided({**plan, "place": place, "pauses": pauses}, decision, situation, _user(runtime))
                    for place, (plan, decision) in enumerate(zip(plans, answer["decisions"], strict=True))
                ]
                problems = _problems_of_edits(decided, situation.texts)
                if not problems:
                    return decided
            pause = {**pause, "problems": problems}

    def _decided(self, plan: Plan, decision: dict[str, Any], situation: Situation, user: str) -> Plan:
        decided = _decided(self._contacts, plan, decision, situation, user)
        asked = plan if decision["type"] == "edit" else None
        return {**decided, "decision": decision, "place": plan["place"], "pauses": plan["pauses"], "asked": asked}


def _user(runtime: Any) -> str:
    return (runtime.context and runtime.context.user) or "user"


def _pause(plans: Sequence[Plan], texts: Texts) -> Pause:
    return Pause(
        action_requests=[
            WriteRequest(
                name=plan["tool"],
                args=plan["args"],
                description=described(plan, texts),
                contact=_without_ids(plan["contact"]),
                changes=plan["changes"],
                duplicates=plan["duplicates"],
                doubts=plan["doubts"],
                language=texts.language,
            )
            for plan in plans
        ],
        review_configs=[
            ReviewConfig(action_name=plan["tool"], allowed_decisions=_allowed_decisions(plan))  # type: ignore[typeddict-item]
            for plan in plans
        ],
    )


def _without_ids(contact: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a contact without the ids of its owner and its company, which say nothing to a person."""
    if contact is None:
        return None
    properties = {name: value for name, value in contact["properties"].items() if name not in (OWNER, COMPANY)}
    return {**contact, "properties": properties}


def _allowed_decisions(plan: Plan) -> list[str]:
    """Return what may be decided.

    A contact whose e-mail address another one has cannot be created; of several with one name, one has to be chosen.
    """
    exists = any(each["reason"] == "email" for each in plan["duplicates"])
    return [decision for decision in DECISIONS if not ((exists or _open_choice(plan)) and decision == "approve")]


def _open_choice(plan: Plan) -> Doubt | None:
    """Return the doubt about a name that means several, if there is one."""
    return next((each for each in plan["doubts"] if each.get("choices")), None)


def _problems(answer: Any, plans: Sequence[Plan], texts: Texts) -> list[Problem]:
    """Return what is wrong with the form of an answer to a pause."""
    decisions = answer.get("decisions") if isinstance(answer, dict) else None
    if not isinstance(decisions, list) or len(decisions) != len(plans):
        message = texts("approval.wrong_number", count=len(plans))
        return [Problem(request=index, property=None, message=message) for index in range(len(plans))]
    problems = []
    for index, (plan, decision) in enumerate(zip(plans, decisions, strict=True)):
        if _is_decision(decision, plan):
            continue
        if isinstance(decision, dict) and decision.get("type") == "approve":
            problems.append(_not_approvable(plan, index, texts))
        else:
            problems.append(Problem(request=index, property=None, message=texts("approval.not_a_decision")))
    return problems


def _not_approvable(plan: Plan, index: int, texts: Texts) -> Problem:
    if doubt := _open_choice(plan):
        return Problem(request=index, property=doubt["property"], message=texts("approval.choose"))
    return Problem(request=index, property="email", message=texts("approval.exists_already"))


def _is_decision(decision: Any, plan: Plan) -> bool:
    """Tell whether this is a decision, and one that may be taken about `plan`."""
    kind = decision.get("type") if isinstance(decision, dict) else None
    if kind == "edit":
        action = decision.get("edited_action")
        return isinstance(action, dict) and isinstance(action.get("args"), dict)
    return kind in _allowed_decisions(plan)


def _problems_of_edits(decided: Sequence[Plan], texts: Texts) -> list[Problem]:
    """Return the values of edits that cannot be written."""
    return [
        Problem(
            request=index, property=each["property"], message=texts(f"approval.{_WRONG.get(each['code'], 'value')}")
        )
        for index, plan in enumerate(decided)
        if plan["edited"] and plan["refusal"]
        for each in plan["refusal"].get("problems", ())
    ]


def _decided(
    contacts: Callable[[], HubSpotContacts], plan: Plan, decision: Mapping[str, Any], situation: Situation, user: str
) -> Plan:
    """Return `plan` as it was decided; an edited write passes the same checks as any."""
    if decision["type"] == "approve":
        return {**plan, "approved_by": user}
    if decision["type"] == "reject":
        return {**plan, "refusal": _rejection(plan, decision.get("message"))}
    action = decision["edited_action"]
    name, args = action.get("name") or plan["tool"], action["args"]
    becomes_update = plan["tool"] == "create_contact" and name == "update_contact"
    if name != plan["tool"] and not (becomes_update and args.get("contact_id") in _duplicate_ids(plan)):
        message = (
            f"an edit of {plan['tool']} cannot become {name}; only the creation of a likely duplicate can become the "
            "update of that contact."
        )
        return {**plan, "refusal": refused("edit_refused", message)}
    if plan["contact"] and args.get("contact_id", plan["contact"]["id"]) != plan["contact"]["id"]:
        message = "an edit cannot choose another contact. Start a new request."
        return {**plan, "refusal": refused("edit_refused", message)}
    shown = replace(
        situation,
        by_hand=True,
        seen=[*situation.seen, *map(_as_seen, plan["duplicates"])],
        shown_company=plan.get("related", {}).get("company"),
        shown_company_text=plan["args"].get(RELATED_ARGUMENTS[COMPANY], ""),
    )
    if plan["contact"]:
        args = {"contact_id": plan["contact"]["id"], **args}
    edited = plan_write(contacts, ToolCall(name=name, args=args, id="", type="tool_call"), shown)
    if plan["contact"] and edited["contact"] and edited["refusal"] is None:
        edited["contact"] = plan["contact"]  # What the person saw is what must still hold.
    if new := [each for each in edited["duplicates"] if each["id"] not in _duplicate_ids(plan)]:
        message = "as edited, this may be a contact that exists already. Tell the user."
        existing = [Contact.from_dict(each) for each in new]
        edited["refusal"] = refused("duplicate_suspected", message, existing)
    return {**edited, "approved_by": user, "ask": True}


def _rejection(plan: Plan, reason: str | None) -> Any:
    """Return what the model is told of a rejected write: why, and what else is possible."""
    message = (
        "the user, or whoever approves writes for the user, was shown this one and decided against it. Do not try it "
        "again unless the user asks."
    )
    if doubts := [_doubtful(each) for each in plan["doubts"]]:
        message += f" What was doubtful about it: {', '.join(doubts)}."
    choices = [choice for each in plan["doubts"] for choice in each.get("choices", ())]
    if choices:
        message += " It could mean each of those below: ask the user which one."
    existing = [each for each in plan["duplicates"] if each["reason"] == "email"]
    if existing:
        message = (
            "the contact below has this e-mail address already, and HubSpot takes an address only once. Tell the user "
            "that it exists, and offer to update it with whatever was given that differs."
        )
    if reason:
        message += f" The user said: {reason}"
    contacts = [Contact.from_dict(each) for each in existing or plan["duplicates"]]
    result = refused("rejected", message, contacts)
    return {**result, "choices": choices} if choices else result


def _doubtful(doubt: Doubt) -> str:
    if (doubt["kind"], doubt["property"]) == ("unusual", COMPANY):
        return "there is no such company record, and one would have been created"
    return f"{doubt['kind']} {doubt['property'] or 'contact'}"


def _duplicate_ids(plan: Plan) -> list[str]:
    return [each["id"] for each in plan["duplicates"]]


def _as_seen(record: dict[str, Any]) -> PinnedContact:
    email = record["properties"].get("email", "")
    return PinnedContact(id=record["id"], name="", email=email, properties={}, listing=None, of=1, place=0)
