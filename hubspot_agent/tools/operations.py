"""What the two writing tools do, on a port to HubSpot. Each raises a `HubSpotError` when that fails.

The contact's own values are one request, a new contact's company record included where the account's way of creating
takes links. What is written about it besides, a link or a note, follows in requests of its own: if one of them fails,
the receipt says which parts were done.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from hubspot_agent.contacts import IDENTIFYING_PROPERTIES, SHOWN_PROPERTIES, Change, Contact, changes
from hubspot_agent.hubspot import Company, CompanyExistsError, HubSpotContacts, HubSpotError
from hubspot_agent.tools.companies import RelatedCompany
from hubspot_agent.tools.names import named
from hubspot_agent.tools.related import Related, linked_label, related_to
from hubspot_agent.tools.results import NotDone, Receipt, ToolResult, failed, receipt_of, refused, written
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER, given_properties
from hubspot_agent.tools.unsettled import UnsettledError
from hubspot_agent.tools.user import current_user
from hubspot_agent.validation.words import folded


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """What is known of a write before the tool runs it.

    Attributes:
        key: Names the write, so that HubSpot can recognise it when it is sent again.
        before: The contact of an update, as it has just been read.
        related: What the write relates the contact with.
        since: When an earlier attempt of the same write began, which may have written some of it.
    """

    key: str
    before: Contact | None
    related: Related | None = None
    since: datetime | None = None


#: The write that runs, where it was planned.
planned_write: ContextVar[PlannedWrite | None] = ContextVar("planned_write", default=None)


def create(port: HubSpotContacts, **arguments: Any) -> ToolResult:
    """Create one contact; arguments as `CreateContact` has them."""
    properties = given_properties(arguments)
    if not any(properties.get(name) for name in IDENTIFYING_PROPERTIES):
        return refused("missing_identity", "a contact needs an e-mail address, a first name or a last name.")
    planned = planned_write.get()
    try:
        related = _related(port, arguments, None, properties.get("email", ""))
    except UnsettledError as error:
        return error.result
    owner, company = related.get("owner"), _company_of_creation(port, related)
    values = properties | ({OWNER: owner["id"]} if owner and owner["id"] else {})
    linked = [company["id"]] if company and company["id"] else []
    try:
        contact = port.create(values, key=planned.key if planned else None, company_ids=linked)
    except HubSpotError as error:
        rows = changes({}, properties) + _created_with(port, related)
        return _first_part_failed(error, "create_contact", None, rows, _of_own_requests(port, related))
    return complete_creation(port, contact, properties, related)


def complete_creation(
    port: HubSpotContacts,
    contact: Contact,
    properties: dict[str, str],
    related: Related,
    *,
    only_found_since: datetime | None = None,
) -> ToolResult:
    """Do what is left once a contact was created, and return the result.

    Args:
        port: The account.
        contact: The contact as HubSpot created it.
        properties: What it was given.
        related: What else the write does; the owner, and what else stands in the creation, is there by now.
        only_found_since: Of a write that is not to go on: when it began. What it did by then is only looked for.
    """
    made = [
        Change(property=name, old="", new=contact.properties.get(name, value)) for name, value in properties.items()
    ]
    owner, company = related.get("owner"), _company_of_creation(port, related)
    own = {name: value for name, value in contact.properties.items() if name in {*properties, *SHOWN_PROPERTIES, OWNER}}
    if company:
        own[COMPANY] = company["name"]
    # HubSpot answers with everything it calculated; what was given and what people are shown is enough.
    result = written("create_contact", replace(contact, properties=own), made + _created_with(port, related))
    result["written_ids"] = {"owner": contact.properties.get(OWNER, owner["id"] if owner else "")}
    left = _of_own_requests(port, related)
    if only_found_since is not None:
        return named(port, with_parts_found(port, result, left, only_found_since))
    return _with_related(port, result, left)


def _company_of_creation(port: HubSpotContacts, related: Related) -> RelatedCompany | None:
    """Return the company record that stands in the request which creates the contact: one that exists, by its id."""
    company = related.get("company")
    return company if company and company["id"] and port.creates_with_links else None


def _created_with(port: HubSpotContacts, related: Related) -> list[Change]:
    """Return what stands in the request that creates the contact besides its own values."""
    owner, company = related.get("owner"), _company_of_creation(port, related)
    rows = [Change(property=OWNER, old="", new=owner["name"])] if owner and owner["id"] else []
    return rows + ([Change(property=COMPANY, old="", new=company["label"])] if company else [])


def _of_own_requests(port: HubSpotContacts, related: Related) -> Related:
    """Return what is left to do once a contact was created: a company record that it was not created with, a note."""
    left: Related = {**related}
    if _company_of_creation(port, related):
        del left["company"]
    return left


def update(port: HubSpotContacts, *, contact_id: str, **arguments: Any) -> ToolResult:
    """Change the given fields of one contact, arguments as `UpdateContact` has them; what already is so is not sent."""
    properties = given_properties(arguments)
    planned = planned_write.get()
    before = (planned and planned.before) or port.get(contact_id, properties=tuple(properties))
    try:
        related = _related(port, arguments, before, before.email)
    except UnsettledError as error:
        return error.result
    owner = related.get("owner")
    wanted = properties | ({OWNER: owner["id"]} if owner else {})
    differing = changes(before.properties, wanted)
    if not differing:
        if not related.get("company") and not related.get("note"):
            return named(port, ToolResult(outcome="unchanged", contacts=[before.as_dict()]))
        return _with_related(port, written("update_contact", before, []), related)
    try:
        after = port.update(before.id, {each["property"]: each["new"] for each in differing})
    except HubSpotError as error:
        return _first_part_failed(
            error, "update_contact", before, [_by_name(each, related) for each in differing], related
        )
    now: list[Change] = [{**each, "new": after.properties.get(each["property"], each["new"])} for each in differing]
    stored = [each for each in now if each["new"] != each["old"]]
    kept = [each for each, is_now in zip(differing, now, strict=True) if is_now["new"] == each["old"]]
    names = ", ".join(each["property"] for each in kept)
    not_taken = f"HubSpot accepted the call but kept the former value of {names}."
    if not stored and not related_rows(related):
        return ToolResult(outcome="failed", code="not_taken", message=not_taken, contacts=[before.as_dict()])
    merged = {**before.properties, **{each["property"]: each["new"] for each in stored}}
    contact = replace(before, id=after.id, properties=merged, updated_at=after.updated_at)
    result = written("update_contact", contact, [_by_name(each, related) for each in stored])
    if kept:
        result["receipt"]["not_done"] = [_not_done(_by_name(each, related), "failed", "not_taken") for each in kept]
        result["notes"] = [not_taken]
    if owner:
        result["written_ids"] = {"owner": owner["id"], "former_owner": before.properties.get(OWNER, "")}
    return _with_related(port, result, related)


def related_rows(related: Related) -> list[Change]:
    """Return what a write does in requests of its own, a company to link or a note, as changes."""
    rows = []
    if company := related.get("company"):
        rows.append(Change(property=COMPANY, old=company["former"], new=linked_label(company)))
    if note := related.get("note"):
        rows.append(Change(property=NOTE, old="", new=note))
    return rows


def _related(port: HubSpotContacts, arguments: dict[str, Any], before: Contact | None, email: str) -> Related:
    planned = planned_write.get()
    if planned and planned.related is not None:
        return planned.related
    return related_to(port, arguments, current_user(), before, email)


def _with_related(port: HubSpotContacts, result: ToolResult, related: Related) -> ToolResult:
    """Link and log what is `related`, one after another until one fails, and return the result with these."""
    contact_id = result["contacts"][0]["id"]
    does = {COMPANY: _link, NOTE: _log}
    ids, notes = dict(result.get("written_ids", {})), list(result.get("notes", ()))
    kept = result["receipt"].get("not_done", [])
    done: list[Change] = []
    not_done: list[NotDone] = []
    for row in related_rows(related):
        if not_done:
            not_done.append(_not_done(row, "not_tried"))
            continue
        try:
            does[row["property"]](port, contact_id, related, ids)
            done.append(row)
        except HubSpotError as error:
            code = "company_not_linked" if row["property"] == COMPANY and "new_company" in ids else error.code
            not_done.append(_not_done(row, "unknown" if error.written == "unknown" else "failed", code))
            notes.append(f"{error} {error.fix}".rstrip())
            if code == "company_not_linked":
                notes.append("The company record itself was created.")
    made = [*result["receipt"]["changes"], *done]
    if not made:  # Of several parts the first one failed: nothing was done.
        result = {**result, "outcome": "failed", "code": not_done[0]["code"], "message": " ".join(notes)}
        if not_done[0]["outcome"] == "unknown":
            result["outcome"] = "unknown"
        first, *others = related_rows(related)
        result["receipt"] = {**result["receipt"], "outcome": result["outcome"], "changes": [first]}
        told = [each for each in not_done if each["code"] == "company_not_linked"]
        not_done, notes = told + [_not_done(each, "not_tried") for each in others], []
    else:
        result = {**result, "receipt": {**result["receipt"], "changes": made}, "written_ids": ids}
    if kept or not_done:
        result["receipt"]["not_done"] = [*kept, *not_done]
    if notes:
        result["notes"] = notes
    return named(port, result)


def _link(port: HubSpotContacts, contact_id: str, related: Related, ids: dict[str, str]) -> None:
    """Link the company, one that is new after creating it; the account may have linked it by itself meanwhile."""
    company = related["company"]
    company_id = company["id"]
    if company_id is None:
        if any(_is_meant(each, company) for each in port.companies.linked_to(contact_id)):
            return
        company_id = _new_company(port, company, ids)
    port.companies.link(contact_id, company_id)
    ids["company"] = company_id


def _new_company(port: HubSpotContacts, company: RelatedCompany, ids: dict[str, str]) -> str:
    """Return the id of the company that was to be created, and note that it was; another write may have done so."""
    planned = planned_write.get()
    key, since = (planned.key, planned.since) if planned else (None, None)
    with port.companies.creating:
        known = port.companies.matching(company["domain"] or company["name"])
        if found := next((each for each in known if _is_meant(each, company)), None):
            return found.id
        try:
            made = port.companies.create(company["name"], company["domain"] or None, key=key, since=since)
        except CompanyExistsError as error:  # Of that domain, and not in the index yet.
            return error.existing_id
    ids["new_company"] = company["label"]
    return made.id


def _is_meant(known: Company, company: RelatedCompany) -> bool:
    """Tell whether a company record is the one that was to be created: of its domain, or without one of its name."""
    if company["domain"]:
        return company["domain"] in (known.domain, *known.domains)
    return folded(known.name) == folded(company["name"])


def _log(port: HubSpotContacts, contact_id: str, related: Related, ids: dict[str, str]) -> None:
    planned = planned_write.get()
    note = port.notes.log(
        contact_id,
        related["note"],
        owner_id=related.get("author"),
        key=planned.key if planned else uuid4().hex,
        since=planned.since if planned else None,
    )
    ids["note"] = note.id


def with_parts_found(
    port: HubSpotContacts, result: ToolResult, related: Related, since: datetime, left: Sequence[Change] = ()
) -> ToolResult:
    """Return the result of an interrupted write with the link and the note that it made, if it came so far.

    Args:
        port: The account.
        result: The result so far.
        related: What the write was to relate the contact with.
        since: When it began.
        left: Changes of its own that were not made.
    """
    contact_id = result["contacts"][0]["id"]
    finds = {COMPANY: _find_link, NOTE: _find_note}
    done, ids = [], dict(result.get("written_ids", {}))
    not_done = [_not_done(each, "not_tried") for each in left]
    for row in related_rows(related):
        if found := finds[row["property"]](port, contact_id, related, since):
            ids |= found
            done.append(row)
        else:
            not_done.append(_not_done(row, "not_tried"))
    receipt: Receipt = {**result["receipt"], "changes": [*result["receipt"]["changes"], *done]}
    if not_done:
        receipt["not_done"] = not_done
    return {**result, "receipt": receipt, "written_ids": ids}


def _find_link(port: HubSpotContacts, contact_id: str, related: Related, since: datetime) -> dict[str, str] | None:
    company = related["company"]
    linked = port.companies.linked_to(contact_id)
    found = next((each for each in linked if each.id == company["id"] or _is_meant(each, company)), None)
    return {"company": found.id} if found else None


def _find_note(port: HubSpotContacts, contact_id: str, related: Related, since: datetime) -> dict[str, str] | None:
    found = port.notes.find_logged(contact_id, related["note"], since)
    return {"note": found.id} if found else None


def _first_part_failed(
    error: HubSpotError, tool: str, contact: Contact | None, rows: list[Change], left: Related
) -> ToolResult:
    """Return the result of a write whose first request failed, so that no other was made.

    Raises:
        HubSpotError: The same error, where that request was all.
    """
    if not (not_tried := related_rows(left)):
        raise error
    result = failed(error)
    result["receipt"] = receipt_of(tool, contact, rows, outcome=result["outcome"])
    result["receipt"]["not_done"] = [_not_done(each, "not_tried") for each in not_tried]
    return result


def _not_done(row: Change, outcome: Any, code: str = "") -> NotDone:
    return NotDone(property=row["property"], new=row["new"], outcome=outcome, code=code)


def _by_name(change: Change, related: Related) -> Change:
    """Return a change with the owner's name in the place of the id."""
    owner = related.get("owner")
    if change["property"] != OWNER or owner is None:
        return change
    return Change(property=OWNER, old=related.get("former_owner", ""), new=owner["name"])
