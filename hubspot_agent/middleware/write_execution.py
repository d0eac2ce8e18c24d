"""Runs a planned write: once, as planned, and with a receipt of what HubSpot answered."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from langchain.agents.middleware import AgentMiddleware, ToolCallRequest
from langchain_core.messages import ToolCall, ToolMessage

from hubspot_agent.audit.record import BEGUN, attempt_key, audit
from hubspot_agent.contacts import SHOWN_PROPERTIES, Change, Contact
from hubspot_agent.guardrails.duplicates import find_duplicates
from hubspot_agent.guardrails.seal import Seal, turn_place
from hubspot_agent.guardrails.undo import sealed_write
from hubspot_agent.guardrails.write_plan import WRITING_TOOLS, Plan
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.middleware.approval import Approval
from hubspot_agent.middleware.attempts import Attempts
from hubspot_agent.middleware.earlier_attempt import decided_too_late, outcome_of_earlier_attempt
from hubspot_agent.middleware.progress import ToolAnswer
from hubspot_agent.middleware.turn_state import TurnState
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools import contact_tools
from hubspot_agent.tools.operations import PlannedWrite, planned_write
from hubspot_agent.tools.results import (
    Receipt,
    ToolResult,
    UnknownCreation,
    failed,
    model_text,
    receipt_of,
    refused,
    result_in,
    tool_message,
)
from hubspot_agent.tools.schemas import OWNER, TOOL_NAMES, given_properties


class WriteExecution(AgentMiddleware[TurnState, Context]):
    """Stands around the writing tools: nothing runs that was not planned, and nothing twice."""

    state_schema = TurnState

    def __init__(self, contacts: Callable[[], HubSpotContacts], settings: Settings, approval: Approval):
        super().__init__()
        self._contacts = contacts
        self._approval = approval
        self._settings = settings
        self._attempts = Attempts()
        self._seal = Seal(settings.signing_key)
        self._tools = {tool.name: tool for tool in contact_tools(contacts)}

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolAnswer]) -> ToolAnswer:
        """Run a planned write, or answer why it may not run."""
        if request.tool_call["name"] not in WRITING_TOOLS:
            return _with_status(request, handler(request))
        plan, key = _planned(request, self._seal)
        former, again = self._attempts.write(key), self._is_again(plan, key)
        if former is not None and not former.done():
            return former.result()
        plan, result = self._before(request, plan, key)
        if result is not None:
            # What was looked at may be what another run wrote that goes on with the same pause.
            begun = self._attempts.write(key)
            if begun is not None and begun is not former:
                return begun.result()
            return self._after(request, plan, tool_message(request.tool_call, result))
        write: Future[ToolAnswer] = Future()
        if (begun := self._attempts.begin(key, write, former)) is not write:
            return begun.result()  # Of another run that goes on with the same pause, as after a double click.
        try:
            with _running(plan, key, again):
                answer = _with_status(request, handler(self._as_planned(request, plan)))
            write.set_result(self._after(request, plan, answer))
        except BaseException as error:
            write.set_exception(error)
            raise
        return write.result()

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolAnswer]]
    ) -> ToolAnswer:
        """Run a planned write, or answer why it may not run."""
        if request.tool_call["name"] not in WRITING_TOOLS:
            return _with_status(request, await handler(request))
        plan, key = _planned(request, self._seal)
        write = self._attempts.write(key)
        if write is None:
            again = self._is_again(plan, key)
            plan, result = await in_thread(self._before, request, plan, key)
            # Once more: another run that goes on with the same pause, as after a double click, may have begun it.
            write = self._attempts.write(key)
            if write is None and result is not None:
                return await in_thread(self._after, request, plan, tool_message(request.tool_call, result))
        if write is None:
            # Nothing is awaited between the check and this: a write counts as begun once it is on its way.
            # In a task of its own: a run that is cancelled, because its client left, leaves the write to end and to
            # be recorded, and is told what came of it when it goes on.
            loop = asyncio.get_running_loop()
            write = asyncio.run_coroutine_threadsafe(self._write(request, plan, key, again, handler), loop)
            self._attempts.begin(key, write)
        return await asyncio.shield(asyncio.wrap_future(write))

    async def _write(
        self,
        request: ToolCallRequest,
        plan: Plan | None,
        key: str,
        again: bool,
        handler: Callable[[ToolCallRequest], Awaitable[ToolAnswer]],
    ) -> ToolAnswer:
        try:
            with _running(plan, key, again):
                answer = _with_status(request, await handler(self._as_planned(request, plan)))
            return await in_thread(self._after, request, plan, answer)
        except asyncio.CancelledError:
            # The program ends. The call to HubSpot goes on in its thread; nobody is left to hear what comes of it.
            _audit(request, plan, ToolResult(outcome="unknown", contacts=[]))
            raise

    def _as_planned(self, request: ToolCallRequest, plan: Plan | None) -> ToolCallRequest:
        """Return `request` with what was planned in the place of the model's own words, which stay in the history."""
        if plan is None:
            return request
        call: ToolCall = {**request.tool_call, "name": plan["tool"], "args": plan["args"]}
        return replace(request, tool_call=call, tool=self._tools[plan["tool"]])

    def _before(self, request: ToolCallRequest, plan: Plan | None, key: str) -> tuple[Plan | None, ToolResult | None]:
        """Return the plan as it was decided last, and the answer to a write that is not to be run (again)."""
        if plan is None:
            return None, refused("not_planned", "this call was not checked. Call the tool again.")
        again = not plan["refusal"] and self._is_again(plan, key)
        try:
            last = self._approval.decided_last(plan, request.state, request.runtime)
            if again:
                with _running(plan, key, again):
                    result = outcome_of_earlier_attempt(self._contacts(), plan, key, finish=last is plan)
                if result:
                    return plan, result if last is plan else decided_too_late(result)
            if last["refusal"]:
                return last, {**last["refusal"], "contacts": last["refusal"]["contacts"] or last["duplicates"]}
            if last["ask"] and not (again and last is plan) and (result := self._changed_meanwhile(last)):
                return last, result
        except HubSpotError as error:
            # Only an earlier attempt can have written anything by now.
            error.written = "unknown" if again else "no"
            return plan, failed(error)
        if last["changes"]:
            _note(request, last, BEGUN)
        return last, None

    def _changed_meanwhile(self, plan: Plan) -> ToolResult | None:
        port = self._contacts()
        if plan["contact"]:
            return _changed_meanwhile(port, plan)
        return _created_meanwhile(port, plan, self._settings.default_region)

    def _is_again(self, plan: Plan | None, key: str) -> bool:
        """Tell whether an earlier attempt may have written something."""
        return plan is not None and (plan["process"] != self._approval.process or self._attempts.has_begun(key))

    def _after(self, request: ToolCallRequest, plan: Plan | None, answer: ToolAnswer) -> ToolAnswer:
        """Give the answer its receipt and write the audit trail."""
        if not isinstance(answer, ToolMessage) or (result := result_in(answer)) is None:
            return answer
        result = self._with_receipt(result, plan, request.tool_call["name"])
        if plan and plan["tool"] == "create_contact" and result["outcome"] == "unknown":
            result["unknown_creation"] = UnknownCreation(
                properties=given_properties(plan["args"]),
                key=attempt_key(request.tool_call["id"] or ""),
                since=plan["started"],
                known=[each["id"] for each in plan["duplicates"]],
                approved_by=plan["approved_by"],
            )
        _audit(request, plan, result)
        if result.get("code") == "invalid_arguments":  # LangChain has said what does not fit.
            return answer
        # A person may have made an update of a creation.
        text = model_text(plan["tool"] if plan else request.tool_call["name"], result)
        return answer.model_copy(update={"artifact": result, "content": text})

    def _with_receipt(self, result: ToolResult, plan: Plan | None, tool: str) -> ToolResult:
        """Return `result` with the receipt of a write that was sent, which names the contact and its page."""
        if plan is None or plan["refusal"] or result["outcome"] in ("refused", "unchanged"):
            return result
        receipt = result.get("receipt") or receipt_of(plan["tool"], None, plan["changes"], outcome=result["outcome"])
        if plan["contact"]:
            receipt = {**receipt, "contact_id": plan["contact"]["id"]}
        if receipt["contact_id"] and not receipt["url"] and self._settings.hubspot_portal_id:
            portal = self._settings.hubspot_portal_id
            # The address of a record's page, as HubSpot's own answers have carried it since 2025.
            url = f"https://app.hubspot.com/contacts/{portal}/record/0-1/{receipt['contact_id']}"
            receipt = {**receipt, "url": url}
        noted: ToolResult = {**result, "receipt": receipt}
        if result["outcome"] == "done":
            noted["notes"] = [*result.get("notes", ()), *_notes(plan, receipt, asked=tool)]
            noted = sealed_write(noted, self._seal)
        return noted


def _notes(plan: Plan, receipt: Receipt, *, asked: str) -> list[str]:
    """Return what the model is told besides: what was stored otherwise than it said, and what a person made of it."""
    stored = {each["property"]: each["new"] for each in receipt["changes"]}
    notes = [
        f"{name}: saved as {shortened(stored[name]) or '(empty)'}, from {shortened(given)}."
        for name, given in plan["respelled"].items()
        if name in stored
    ]
    if plan["tool"] != asked:
        notes.append("A person chose to update this contact, which existed, in the place of creating another.")
    elif plan["edited"]:
        notes.append("A person edited this write before it ran; this is what was written.")
    return notes


def _with_status(request: ToolCallRequest, answer: ToolAnswer) -> ToolAnswer:
    """Return a tool's answer marked as an error when it is one, and with a result when LangChain itself refused it."""
    if not isinstance(answer, ToolMessage) or request.tool_call["name"] not in TOOL_NAMES:
        return answer
    result = result_in(answer)
    if result is None and answer.status == "error":
        # Arguments that do not fit the schema, on which LangChain leaves the artifact out.
        result = ToolResult(outcome="refused", code="invalid_arguments", contacts=[])
    if result is None or result["outcome"] in ("done", "unchanged"):
        return answer
    return answer.model_copy(update={"status": "error", "artifact": result})


@contextmanager
def _running(plan: Plan | None, key: str, again: bool) -> Iterator[None]:
    """Tell the tool what is known of the write that it runs."""
    record = plan["contact"] if plan else None
    before = Contact.from_dict(record) if record else None
    since = datetime.fromisoformat(plan["started"]) if plan and again else None
    token = planned_write.set(PlannedWrite(key, before, plan.get("related") if plan else None, since))
    try:
        yield
    finally:
        planned_write.reset(token)


def _planned(request: ToolCallRequest, seal: Seal) -> tuple[Plan | None, str]:
    """Return the plan of a call, if it was decided here, and a key that no other call of any conversation has."""
    call_id = request.tool_call["id"] or ""
    plan = request.state.get("plans", {}).get(call_id)
    is_ours = plan is not None and seal.holds(plan, "decided", turn_place(), call_id)
    return plan if is_ours else None, attempt_key(call_id)


def _changed_meanwhile(port: HubSpotContacts, plan: Plan) -> ToolResult | None:
    """Refuse an approved update when the contact is no longer as it was shown."""
    shown = plan["contact"] or {}
    now = port.get(shown["id"], properties=tuple(given_properties(plan["args"])))
    names = {*SHOWN_PROPERTIES, OWNER, *given_properties(plan["args"])}
    if all((now.properties.get(name) or "") == (shown["properties"].get(name) or "") for name in names):
        return None
    message = (
        "the contact was changed in HubSpot after this was shown for approval. Show the user the new state and ask "
        "whether to go on."
    )
    return refused("changed_meanwhile", message, [now])


def _created_meanwhile(port: HubSpotContacts, plan: Plan, default_region: str) -> ToolResult | None:
    """Refuse an approved creation when somebody like that was created after it was shown.

    An e-mail address that is taken by now is for HubSpot to refuse.
    """
    known = {each["id"] for each in plan["duplicates"]}
    properties = given_properties(plan["args"])
    found = find_duplicates(port, properties, default_region=default_region, by_email=False)
    new = [each.contact for each in found if each.contact.id not in known]
    if not new:
        return None
    message = (
        "while this waited for approval, a contact was created that may be the same. Show it to the user and ask "
        "whether to update that one."
    )
    return refused("duplicate_suspected", message, new)


def _audit(request: ToolCallRequest, plan: Plan | None, result: ToolResult) -> None:
    """Record what came of a write that the model asked for."""
    outcome = str(result["code"] if result["outcome"] == "refused" else result["outcome"])
    receipt = result.get("receipt")
    _note(request, plan, outcome, receipt["changes"] if receipt else None, receipt and receipt["contact_id"])
    for part in receipt.get("not_done", ()) if receipt else ():
        if part["outcome"] != "not_tried":
            row = Change(property=part["property"], old="", new=part["new"])
            _note(request, plan, part["outcome"], [row], receipt and receipt["contact_id"])


def _note(
    request: ToolCallRequest,
    plan: Plan | None,
    outcome: str,
    changes: Sequence[Change] | None = None,
    contact_id: str | None = None,
) -> None:
    context = request.runtime.context
    audit(
        attempt=attempt_key(request.tool_call["id"] or ""),
        tool=request.tool_call["name"],
        user=context.user if context else None,
        contact_id=contact_id or request.tool_call["args"].get("contact_id"),
        changes=changes if changes is not None else plan["changes"] if plan else [],
        approved_by=plan["approved_by"] if plan else None,
        outcome=outcome,
    )
