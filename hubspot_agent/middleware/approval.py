"""Puts writes before a person: the run pauses, and what runs afterwards is exactly what was decided.

The pause is a LangGraph interrupt in the schema of LangChain's `HumanInTheLoopMiddleware`, which LangGraph
Studio, Agent Inbox and Agent Chat UI render. LangChain's middleware itself is not used: it lets an edit
switch to any tool, past every check, and keeps the unedited call in the conversation.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.human_in_the_loop import HITLRequest, ReviewConfig
from langchain_core.messages import ToolCall
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from hubspot_agent.guardrails.write_plan import Plan, Situation, plan_write
from hubspot_agent.guardrails.write_summary import described
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.memory import PinnedContact
from hubspot_agent.middleware.turn_state import TurnState
from hubspot_agent.middleware.write_planning import WritePlanning, asks_to_write, latest_answer, with_planned_calls
from hubspot_agent.state import Context, texts_of
from hubspot_agent.tools.results import refused

#: This process, to know after a crash that another one was about to write.
PROCESS = uuid4().hex

DECISIONS = ("approve", "edit", "reject")


class Approval(AgentMiddleware[TurnState, Context]):
    """Asks a person about the planned writes that need it, all those of one answer at once."""

    state_schema = TurnState

    def __init__(self, contacts: Callable[[], HubSpotContacts], planning: WritePlanning):
        super().__init__()
        self._contacts = contacts
        self._planning = planning

    def after_model(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Pause for the decisions, if any are needed, and make the plans what was decided."""
        if not asks_to_write(state):
            return None
        decisions = _ask(state)
        return self._decide(state, self._planning.situation(state, runtime), decisions, runtime)

    async def aafter_model(self, state: TurnState, runtime: Runtime[Context]) -> dict[str, Any] | None:
        """Pause for the decisions, if any are needed, and make the plans what was decided."""
        return await in_thread(self.after_model, state, runtime) if asks_to_write(state) else None

    def _decide(
        self,
        state: TurnState,
        situation: Situation,
        decisions: dict[str, dict[str, Any]],
        runtime: Runtime[Context],
    ) -> dict[str, Any]:
        user = (runtime.context and runtime.context.user) or "user"
        plans: dict[str, Plan] = {}
        answer = latest_answer(state)
        for call in answer.tool_calls:
            plan = state.get("plans", {}).get(call["id"] or "")
            if plan is None or call["id"] is None:
                continue
            decision = decisions.get(call["id"])
            if decision is not None:
                plan = _decided(self._contacts, call, plan, decision, situation, user)
            plans[call["id"]] = {**plan, "process": PROCESS, "started": datetime.now(UTC).isoformat()}
        return {"plans": plans, "messages": [with_planned_calls(answer, plans)]}


def _ask(state: TurnState) -> dict[str, dict[str, Any]]:
    """Pause until the pending writes are decided; return the decisions by tool call id.

    Decisions that do not fit what was asked are asked for again, with what is wrong under ``"error"``.
    """
    plans = state.get("plans", {})
    pending = [
        call["id"]
        for call in latest_answer(state).tool_calls
        if call["id"] in plans and plans[call["id"]]["ask"] and not plans[call["id"]]["refusal"]
    ]
    if not pending:
        return {}
    texts = texts_of(state)
    request = HITLRequest(
        action_requests=[
            {  # type: ignore[typeddict-unknown-key]  # More than LangChain's schema, for front ends that show it.
                "name": plans[each]["tool"],
                "args": plans[each]["args"],
                "description": described(plans[each], texts),
                "contact": plans[each]["contact"],
                "changes": plans[each]["changes"],
                "duplicates": plans[each]["duplicates"],
                "unsaid": plans[each]["unsaid"],
                "language": texts.language,
            }
            for each in pending
        ],
        review_configs=[
            ReviewConfig(action_name=name, allowed_decisions=list(DECISIONS))  # type: ignore[arg-type]
            for name in dict.fromkeys(plans[each]["tool"] for each in pending)
        ],
    )
    while problem := _problem(answer := interrupt(request), len(pending)):
        # Asked again rather than raised: an exception would leave the wrong answer with the paused run.
        request = {**request, "error": problem}  # type: ignore[typeddict-unknown-key]
    return dict(zip(pending, map(dict, answer["decisions"]), strict=True))


def _problem(answer: Any, count: int) -> str | None:
    """Return what is wrong with an answer to a pause, or `None`."""
    decisions = answer.get("decisions") if isinstance(answer, dict) else None
    if not isinstance(decisions, list) or len(decisions) != count:
        return f'Resume with {{"decisions": [...]}}, one decision for each of the {count} requests, in their order.'
    for decision in decisions:
        if not isinstance(decision, dict) or decision.get("type") not in DECISIONS:
            return f"A decision's type must be one of {', '.join(DECISIONS)}."
        action = decision.get("edited_action")
        if decision["type"] == "edit" and not (isinstance(action, dict) and isinstance(action.get("args"), dict)):
            return 'An edit needs {"edited_action": {"name": ..., "args": {...}}}.'
    return None


def _decided(
    contacts: Callable[[], HubSpotContacts],
    call: ToolCall,
    plan: Plan,
    decision: dict[str, Any],
    situation: Situation,
    user: str,
) -> Plan:
    """Return `plan` as it was decided; an edited write passes the same checks as any."""
    if decision["type"] == "approve":
        return {**plan, "approved_by": user}
    if decision["type"] == "reject":
        reason = f" The user said: {decision['message']}" if decision.get("message") else ""
        message = f"the user does not want this. Do not try it again unless the user asks.{reason}"
        return {**plan, "refusal": refused("rejected", message)}
    action = decision["edited_action"]
    name, args = action.get("name") or plan["tool"], action["args"]
    becomes_update = plan["tool"] == "create_contact" and name == "update_contact"
    if name != plan["tool"] and not (becomes_update and args.get("contact_id") in _ids(plan)):
        message = (
            f"an edit of {plan['tool']} cannot become {name}; only the creation of a likely duplicate can become the "
            "update of that contact."
        )
        return {**plan, "refusal": refused("edit_refused", message)}
    if plan["contact"] and args.get("contact_id", plan["contact"]["id"]) != plan["contact"]["id"]:
        message = "an edit cannot choose another contact. Start a new request."
        return {**plan, "refusal": refused("edit_refused", message)}
    shown = replace(situation, by_hand=True, seen=[*situation.seen, *map(_as_seen, plan["duplicates"])])
    if plan["contact"]:
        args = {"contact_id": plan["contact"]["id"], **args}
    edited = plan_write(contacts, ToolCall(name=name, args=args, id=call["id"], type="tool_call"), shown)
    if plan["contact"] and edited["contact"] and edited["refusal"] is None:
        edited["contact"] = plan["contact"]  # What the person saw is what must still hold.
    if new := [each["id"] for each in edited["duplicates"] if each["id"] not in _ids(plan)]:
        edited["refusal"] = refused(
            "duplicate_suspected",
            f"as edited, this may be a contact that exists already (id {', '.join(new)}). Tell the user.",
        )
    return {**edited, "approved_by": user, "ask": True}


def _ids(plan: Plan) -> list[str]:
    return [each["id"] for each in plan["duplicates"]]


def _as_seen(record: dict[str, Any]) -> PinnedContact:
    email = record["properties"].get("email", "")
    return PinnedContact(id=record["id"], name="", email=email, properties={}, listing=None, of=1, place=0)
