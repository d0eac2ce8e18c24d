"""Runs a planned write: once, as planned, and with a receipt of what HubSpot answered."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.config import get_config

from hubspot_agent.audit.record import audit
from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.guardrails.duplicates import find_duplicates
from hubspot_agent.guardrails.write_plan import WRITING_TOOLS, Plan
from hubspot_agent.hubspot import ContactNotFoundError, HubSpotContacts, HubSpotError
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.middleware.approval import PROCESS
from hubspot_agent.middleware.progress import ToolAnswer
from hubspot_agent.middleware.turn_state import TurnState
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context
from hubspot_agent.texts.sanitizing import data_block
from hubspot_agent.tools import Answer, contact_line, creation_key, failure, given_properties, receipt_of


class Execution(AgentMiddleware[TurnState, Context]):
    """Stands around the writing tools: nothing runs that was not planned, and nothing twice."""

    state_schema = TurnState

    def __init__(self, contacts: Callable[[], HubSpotContacts], settings: Settings):
        super().__init__()
        self._contacts = contacts
        self._settings = settings
        self._attempts = Attempts()

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolAnswer]) -> ToolAnswer:
        """Run a planned write, or answer why it may not run."""
        if request.tool_call["name"] not in WRITING_TOOLS:
            return with_status(handler(request))
        plan, key = _planned(request)
        answer = self._before(plan, key)
        if answer is None:
            with _creation_key(key):
                return self._after(request, plan, with_status(handler(request)))
        return self._after(request, plan, _message(request, *answer))

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolAnswer]]
    ) -> ToolAnswer:
        """Run a planned write, or answer why it may not run."""
        if request.tool_call["name"] not in WRITING_TOOLS:
            return with_status(await handler(request))
        plan, key = _planned(request)
        write = self._attempts.write(key)
        if write is None:
            answer = await in_thread(self._before, plan, key)
            if answer is not None:
                return await in_thread(self._after, request, plan, _message(request, *answer))
            # In a task of its own: a run that is cancelled, because its client left, leaves the write to end and to
            # be recorded, and is told what came of it when it goes on.
            loop = asyncio.get_running_loop()
            write = asyncio.run_coroutine_threadsafe(self._write(request, plan, key, handler), loop)
            self._attempts.keep(key, write)
        return await asyncio.shield(asyncio.wrap_future(write))

    async def _write(
        self,
        request: ToolCallRequest,
        plan: Plan | None,
        key: str,
        handler: Callable[[ToolCallRequest], Awaitable[ToolAnswer]],
    ) -> ToolAnswer:
        try:
            with _creation_key(key):
                answer = with_status(await handler(request))
            return await in_thread(self._after, request, plan, answer)
        except asyncio.CancelledError:
            # The program ends. The call to HubSpot goes on in its thread; nobody is left to hear what comes of it.
            _audit(request, plan, "", {"outcome": "unknown"})
            raise

    def _before(self, plan: Plan | None, key: str) -> Answer | None:
        """Return the answer to a write that is not to be run (again), or `None` to run it."""
        if plan is None:
            return "Not done (not_planned): this call was not checked. Call the tool again.", {}
        if plan["refusal"]:
            return plan["refusal"], {"contacts": plan["duplicates"], "error": {"code": "refused", "written": "no"}}
        first = self._attempts.first(key)
        try:
            port = self._contacts()
            if plan["process"] != PROCESS or not first:
                return _outcome_of_earlier_attempt(port, plan, key)
            if plan["ask"] and plan["contact"]:
                return _changed_meanwhile(port, plan)
            if plan["ask"]:
                return _created_meanwhile(port, plan, self._settings.default_region)
        except HubSpotError as error:
            # Only an earlier attempt can have written anything by now.
            written = "no" if plan["process"] == PROCESS and first else "unknown"
            return failure(error), {"error": {"code": error.code, "written": written}}
        return None

    def _after(self, request: ToolCallRequest, plan: Plan | None, answer: ToolAnswer) -> ToolAnswer:
        """Give the answer its receipt and write the audit trail."""
        if not isinstance(answer, ToolMessage):
            return answer
        artifact = dict(answer.artifact or {})
        error = artifact.get("error")
        if plan and error and error["written"] == "unknown":
            artifact["receipt"] = receipt_of(plan["tool"], None, plan["changes"], outcome="unknown")
        elif plan and error and not plan["refusal"]:
            artifact["receipt"] = receipt_of(plan["tool"], None, plan["changes"], outcome="failed")
        receipt = artifact.get("receipt")
        if receipt and plan and plan["contact"]:
            receipt["contact_id"] = plan["contact"]["id"]
        if receipt and receipt["contact_id"] and not receipt["url"] and self._settings.hubspot_portal_id:
            portal = self._settings.hubspot_portal_id
            # The address of a record's page, as HubSpot's own answers have carried it since 2025.
            receipt["url"] = f"https://app.hubspot.com/contacts/{portal}/record/0-1/{receipt['contact_id']}"
        content = str(answer.content)
        if plan and plan["edited"] and receipt and receipt["outcome"] == "done":
            content += "\nA person edited this write before it ran; this is what was written."
        _audit(request, plan, content, receipt)
        return answer.model_copy(update={"artifact": artifact, "content": content})


class Attempts:
    """Which writes this process has begun, the latest thousand."""

    def __init__(self) -> None:
        self._begun: dict[str, Future[ToolAnswer] | None] = {}
        self._lock = Lock()

    def first(self, key: str) -> bool:
        """Note an attempt and tell whether it is the first."""
        with self._lock:
            if key in self._begun:
                return False
            self._begun[key] = None
            while len(self._begun) > 1000:
                self._begun.pop(next(iter(self._begun)))
            return True

    def keep(self, key: str, write: Future[ToolAnswer]) -> None:
        """Keep the write that an attempt makes."""
        with self._lock:
            self._begun[key] = write

    def write(self, key: str) -> Future[ToolAnswer] | None:
        """Return the write that an attempt of this process makes or has made; `None` where none came to an answer."""
        with self._lock:
            write = self._begun.get(key)
        broken = write is not None and write.done() and (write.cancelled() or write.exception())
        return None if broken else write


def with_status(answer: ToolAnswer) -> ToolAnswer:
    """Return a tool's answer marked as an error when it is one."""
    if isinstance(answer, ToolMessage) and "error" in (answer.artifact or {}):
        return answer.model_copy(update={"status": "error"})
    return answer


@contextmanager
def _creation_key(key: str) -> Iterator[None]:
    token = creation_key.set(key)
    try:
        yield
    finally:
        creation_key.reset(token)


def _planned(request: ToolCallRequest) -> tuple[Plan | None, str]:
    """Return the plan of a call, and a key that no other call of any conversation has."""
    call_id = request.tool_call["id"] or ""
    configurable: Mapping[str, Any] = get_config().get("configurable", {})
    place = (configurable.get("thread_id", ""), configurable.get("checkpoint_ns", "").split("|")[0], call_id)
    return request.state.get("plans", {}).get(call_id), "/".join(map(str, place))


def _message(request: ToolCallRequest, content: str, artifact: dict[str, Any]) -> ToolMessage:
    return ToolMessage(
        content,
        artifact=artifact,
        name=request.tool_call["name"],
        tool_call_id=request.tool_call["id"],
        status="success" if "receipt" in artifact else "error",
    )


def _changed_meanwhile(port: HubSpotContacts, plan: Plan) -> Answer | None:
    """Refuse an approved update when the contact is no longer as it was shown."""
    shown = plan["contact"] or {}
    now = port.get(shown["id"], properties=tuple(given_properties(plan["args"])))
    names = {*SHOWN_PROPERTIES, *given_properties(plan["args"])}
    if all((now.properties.get(name) or "") == (shown["properties"].get(name) or "") for name in names):
        return None
    return (
        "Not done (changed_meanwhile): the contact was changed in HubSpot after this was shown for approval. "
        f"Show the user the new state and ask whether to go on.\n{data_block([contact_line(now)])}"
    ), {"contacts": [now.as_dict()]}


def _created_meanwhile(port: HubSpotContacts, plan: Plan, default_region: str) -> Answer | None:
    """Refuse an approved creation when somebody like that was created after it was shown."""
    known = {each["id"] for each in plan["duplicates"]}
    found = find_duplicates(port, given_properties(plan["args"]), default_region=default_region)
    new = [each.contact for each in found if each.contact.id not in known]
    if not new:
        return None
    return (
        "Not done (duplicate_suspected): while this waited for approval, a contact was created that may be the same. "
        f"Show it to the user and ask whether to update that one.\n{data_block(map(contact_line, new))}"
    ), {"contacts": [each.as_dict() for each in new], "error": {"code": "duplicate_suspected", "written": "no"}}


def _outcome_of_earlier_attempt(port: HubSpotContacts, plan: Plan, key: str) -> Answer | None:
    """Find out what became of a write whose process ended, or was cancelled, before it could tell.

    Only what certainly did not happen is run again.
    """
    if plan["contact"]:
        return _outcome_of_earlier_update(port, plan)
    properties = given_properties(plan["args"])
    found = port.find_created(properties, since=datetime.fromisoformat(plan["started"]), key=key)
    if found is not None:
        receipt = receipt_of("create_contact", found, plan["changes"])
        return f"Created.\n{data_block([contact_line(found)])}", {"contacts": [found.as_dict()], "receipt": receipt}
    if "email" in properties:
        return None  # HubSpot takes an address only once, so trying again is safe.
    return (
        "Outcome unknown (unknown_outcome): the assistant was interrupted while creating this contact, and HubSpot's "
        "search does not show it. Ask the user to look in HubSpot in a minute before creating it again."
    ), {"error": {"code": "unknown_outcome", "written": "unknown"}}


def _outcome_of_earlier_update(port: HubSpotContacts, plan: Plan) -> Answer | None:
    shown = plan["contact"] or {}
    try:
        now = port.get(shown["id"], properties=tuple(given_properties(plan["args"])))
    except ContactNotFoundError:
        return None
    if any((now.properties.get(each["property"]) or "") != each["new"] for each in plan["changes"]):
        return None  # Absolute values: writing them again is safe.
    receipt = receipt_of("update_contact", now, plan["changes"])
    return f"Updated.\n{data_block([contact_line(now)])}", {"contacts": [now.as_dict()], "receipt": receipt}


def _audit(request: ToolCallRequest, plan: Plan | None, content: str, receipt: Mapping[str, Any] | None) -> None:
    """Record a write that the model asked for, whatever came of it."""
    context = request.runtime.context
    changes = (receipt or {}).get("changes") or (plan["changes"] if plan else [])
    audit(
        tool=request.tool_call["name"],
        user=context.user if context else None,
        contact_id=(receipt or {}).get("contact_id") or request.tool_call["args"].get("contact_id"),
        changes=changes,
        approved_by=plan["approved_by"] if plan else None,
        outcome=receipt["outcome"] if receipt else _code(content),
    )


def _code(content: str) -> str:
    if content.startswith("Nothing to change"):
        return "unchanged"
    # Only a code of our own: other parentheses may hold anything.
    code = re.match(r"(?:Not done|Outcome unknown) \((\w+)\)", content)
    return code[1] if code else "failed"
