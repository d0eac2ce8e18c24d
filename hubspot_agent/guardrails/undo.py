"""Takes back the latest write of a conversation, if nobody has changed the contact since."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from langchain_core.messages import BaseMessage

from hubspot_agent.audit.record import BEGUN, attempt_key, audit
from hubspot_agent.contacts import SHOWN_PROPERTIES, Change, Contact
from hubspot_agent.guardrails.seal import Seal
from hubspot_agent.hubspot import ContactNotFoundError, HubSpotContacts, HubSpotError
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools.results import Outcome, Receipt, ToolResult, result_in
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER, RELATED_ARGUMENTS

#: How many writes of a conversation can be undone.
MAX_WRITES = 10

#: What the seal of a write is proof of.
WRITTEN = "written"


def receipts_in(messages: Sequence[BaseMessage]) -> list[Receipt]:
    """Return the receipts of the writes among `messages`, oldest first."""
    return [result["receipt"] for message in messages if (result := result_in(message)) and "receipt" in result]


def undoable(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Return what is needed to undo the writes among `messages`: each receipt, and how the contact then was."""
    return [
        _write_of(result)
        for message in messages
        if (result := result_in(message)) and "receipt" in result and result["outcome"] == "done"
    ]


def sealed_write(result: ToolResult, seal: Seal) -> ToolResult:
    """Return the result of a write with the seal without which it cannot be undone."""
    sealed = seal.put_on(_write_of(result), WRITTEN)
    return {**result, "seal": sealed["seal"]} if "seal" in sealed else result


def latest_receipt(writes: Sequence[dict[str, Any]], seal: Seal) -> Receipt | None:
    """Return the receipt of the latest of `writes` that was made here."""
    return next((each["receipt"] for each in reversed(writes) if seal.holds(each, WRITTEN)), None)


def _write_of(result: ToolResult) -> dict[str, Any]:
    sealed = {"seal": result["seal"]} if "seal" in result else {}
    return {"receipt": result["receipt"], "after": _after(result), "ids": result.get("written_ids", {}), **sealed}


def _after(result: ToolResult) -> dict[str, str]:
    """Return the properties as the write left them, of an update those it changed, for that is what undo looks at.

    Owner and company record stand in the result by name.
    """
    receipt, properties = result["receipt"], result["contacts"][0]["properties"]
    names = {each["property"] for each in receipt["changes"]} if receipt["tool"] == "update_contact" else {*properties}
    properties = {name: properties[name] for name in properties if name in names - {*RELATED_ARGUMENTS}}
    owner = result.get("written_ids", {}).get("owner")
    return properties | ({OWNER: owner} if owner is not None else {})


def undo_latest(
    contacts: Callable[[], HubSpotContacts],
    writes: Sequence[dict[str, Any]],
    texts: Texts,
    user: str | None,
    seal: Seal,
) -> tuple[str, Receipt | None, list[dict[str, Any]]]:
    """Undo the last of `writes`.

    Returns:
        What to tell the user, the receipt if something was written, and the writes that can still be
        undone. A write that cannot be undone any more is dropped; one that failed for now is kept.
    """
    if not writes:
        return texts("writes.undo_nothing"), None, []
    *others, write = writes
    if not seal.holds(write, WRITTEN):
        audit(
            attempt=attempt_key("undo"),
            tool="undo",
            user=user,
            contact_id=None,
            changes=[],
            approved_by=None,
            outcome="not_proven",
        )
        return texts("writes.undo_not_proven"), None, others
    receipt, after, ids = write["receipt"], write["after"], write.get("ids", {})
    name = shortened(receipt["name"])
    created = receipt["tool"] == "create_contact"
    reverted = [Change(property=each["property"], old=each["new"], new=each["old"]) for each in receipt["changes"]]
    outcome: Outcome = "done"
    code = ""
    note = partial(
        audit,
        attempt=attempt_key("undo"),
        tool="undo",
        user=user,
        contact_id=receipt["contact_id"],
        changes=reverted,
        approved_by=user or "user",
    )
    try:
        port = contacts()
        now = port.get(receipt["contact_id"], properties=tuple(after))
        if now.id != receipt["contact_id"] or _written_since(
            after, now.properties, [each["property"] for each in reverted], created
        ):
            outcome, code, sentence = "refused", "changed", texts("writes.undo_changed", name=name)
        else:
            note(outcome=BEGUN)
            _take_back_related(port, now.id, ids)
            if created:
                port.archive(now.id)
            else:
                _restore(port, now, _former_values(reverted, ids))
            sentence = texts(_undone(created, receipt), name=name)
            if company := ids.get("new_company"):
                sentence += " " + texts("writes.undo_company_stays", company=shortened(company))
    except ContactNotFoundError:
        outcome, code, sentence = "refused", "gone", texts("writes.undo_gone", name=name)
    except HubSpotError as error:
        outcome = "unknown" if error.written == "unknown" else "failed"
        sentence = texts("writes.undo_failed", reason=texts.reason(error.code))
        others = list(writes)
    note(outcome=code or outcome)
    if outcome == "refused":
        return sentence, None, others
    undone = Receipt(
        tool="undo",
        contact_id=receipt["contact_id"],
        name=name,
        outcome=outcome,
        changes=reverted,
        url=receipt["url"],
    )
    return sentence, undone, others


def _take_back_related(port: HubSpotContacts, contact_id: str, ids: Mapping[str, str]) -> None:
    """Archive the note and take off the link; both can be done again, when undo fails after them."""
    if note_id := ids.get("note"):
        port.notes.archive(note_id)
    if company_id := ids.get("company"):
        port.companies.unlink(contact_id, company_id)


def _former_values(reverted: Sequence[Change], ids: Mapping[str, str]) -> dict[str, str]:
    """Return the values to put back, the owner's as HubSpot keeps it."""
    former = {each["property"]: each["new"] for each in reverted if each["property"] not in RELATED_ARGUMENTS}
    return former | ({OWNER: ids["former_owner"]} if "former_owner" in ids else {})


def _restore(port: HubSpotContacts, now: Contact, former: Mapping[str, str]) -> None:
    if former.get("lifecyclestage") and now.properties.get("lifecyclestage"):
        # It moves forward only; to go back it has to be cleared first (HubSpot's lifecycle guide).
        port.update(now.id, {"lifecyclestage": ""})
    if former:
        port.update(now.id, former)


def _undone(created: bool, receipt: Receipt) -> str:
    """Return the sentence: of what was only related with a contact, its values are not spoken of."""
    if created:
        return "writes.undone_create"
    own = any(each["property"] not in (COMPANY, NOTE) for each in receipt["changes"])
    return "writes.undone_update" if own else "writes.undone_related"


def _written_since(after: dict[str, str], now: Any, changed: Sequence[str], created: bool) -> bool:
    """Tell whether the contact is no longer as the write left it.

    For an update only the properties it wrote matter; a created contact is archived whole, so all do. An empty
    lifecycle stage is what an undo leaves that failed halfway.
    """
    names = {*after, *SHOWN_PROPERTIES} - {COMPANY} if created else {*changed} - {COMPANY, NOTE}
    return any(
        (after.get(name) or "") != (now.get(name) or "")
        for name in names
        if created or name != "lifecyclestage" or now.get(name)
    )
