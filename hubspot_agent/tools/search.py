"""What `search_contacts` does, on a port to HubSpot. Raises a `HubSpotError` when that fails."""

from collections.abc import Sequence
from typing import Any

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError, SearchFilter, SearchResult
from hubspot_agent.hubspot.filters import LINKED_COMPANY
from hubspot_agent.tools.names import named
from hubspot_agent.tools.owners import find_owner, owner_name
from hubspot_agent.tools.results import ToolResult, refused
from hubspot_agent.tools.schemas import OWNER, Condition
from hubspot_agent.tools.search_conditions import record_id, search_filter
from hubspot_agent.tools.unsettled import UnsettledError
from hubspot_agent.tools.user import current_user
from hubspot_agent.validation.errors import InvalidValueError
from hubspot_agent.validation.words import words

#: Of how many contacts a search shows the notes, each of which takes calls of its own.
MAX_CONTACTS_WITH_NOTES = 3

#: Conditions on the company's name, which the linked company records may meet as well.
_NAMING = ("EQ", "CONTAINS_TOKEN")


def search(
    port: HubSpotContacts, *, shown_properties: Sequence[str] = (), user: str | None = None, **arguments: Any
) -> ToolResult:
    """Search; arguments as `SearchContacts` has them.

    Args:
        port: The account.
        shown_properties: What is shown besides `SHOWN_PROPERTIES`.
        user: Who "me" is, where that is not the user of the run under way.
        **arguments: The tool call's.
    """
    user = user or current_user()
    conditions = [Condition.model_validate(each) for each in arguments.pop("filters", None) or ()]
    fields = list(arguments.pop("fields", None) or ())
    with_notes = arguments.pop("notes", False)
    given = {name: value for name, value in arguments.items() if value not in (None, "")}
    if "contact_id" in given:
        result = _found_by_id(port, str(given["contact_id"]), fields, shown_properties)
        return _with_notes(port, result) if with_notes else result
    definitions = port.property_definitions() if conditions else {}
    try:
        for each in conditions:
            if each.property == OWNER and each.value:
                each.value = find_owner(port, each.value, user, left=True).id
        filters = [search_filter(each, definitions) for each in conditions]
        if owner := str(given.pop("owner", "")).strip():
            filters.append(SearchFilter(OWNER, "EQ", find_owner(port, owner, user, left=True).id))
    except InvalidValueError as error:
        return refused("invalid_value", str(error))
    except UnsettledError as error:
        return error.result
    # A person who sorts or filters by something wants to see it.
    fields += [each.property for each in conditions]
    fields += [str(given["sort"]).removeprefix("-")] if "sort" in given else []
    given["properties"] = (*shown_properties, *fields)
    by_name = next((each for each in filters if each.property == "company" and each.operator in _NAMING), None)
    companies = _companies(port, str(by_name.value).strip("*")) if by_name else []
    if by_name and companies:
        given["any_of"] = [[by_name], [SearchFilter(LINKED_COMPANY, "IN", companies)]]
        filters.remove(by_name)
    found = port.search(filters=filters, **given)
    notes: list[str] = []
    if query := str(given.get("query", "")).strip():
        found, notes = _with_linked(port, found, query, filters, given)
    if not found.total and query:
        several = len(query.split()) > 1
        how = "one word of it, or another spelling, may find it" if several else "it may be spelled otherwise"
        notes.append(f"If the user is looking for somebody who is there: {how}. Before a creation this is good news.")
    result = ToolResult(
        outcome="done",
        contacts=[contact.as_dict() for contact in found.contacts],
        fields=list(dict.fromkeys(fields)),
        total=found.total,
        first=int(given.get("after", 0) or 0) + 1,
        after=found.after,
        notes=notes,
    )
    result = named(port, result)
    return _with_notes(port, result) if with_notes else result


def _found_by_id(port: HubSpotContacts, text: str, fields: Sequence[str], shown: Sequence[str]) -> ToolResult:
    if (contact_id := record_id(text)) is None:
        return refused(
            "not_a_contact_id", "this is neither the id of a contact nor the address of its page in HubSpot."
        )
    contact = port.get(contact_id, properties=(*shown, *fields))
    found = ToolResult(outcome="done", contacts=[contact.as_dict()], fields=list(fields), total=1, first=1, after=None)
    return named(port, found)


def _companies(port: HubSpotContacts, name: str) -> list[str]:
    """Return the ids of the company records of that name; none where the token may not read them."""
    try:
        return [each.id for each in port.companies.matching(name)] if name else []
    except HubSpotError:
        return []  # The contacts that name the company themselves are found all the same.


def _with_linked(
    port: HubSpotContacts, found: SearchResult, query: str, filters: Sequence[SearchFilter], given: dict[str, Any]
) -> tuple[SearchResult, list[str]]:
    """Return what was found, with the contacts that are linked to a company record of that name.

    HubSpot's query looks at a contact's own fields. Only when nothing is found, or the words are the company of what
    is found, are they taken for a company.
    """
    asked = words(query)
    is_company = any(asked <= words(each.properties.get("company", "")) for each in found.contacts)
    if given.get("after") or (found.total and not is_company):
        return found, []
    companies = _companies(port, query)
    if not companies:
        return found, []
    others = {name: each for name, each in given.items() if name != "query"}
    also = port.search(filters=filters, company_ids=companies, **others)
    if found.after or also.after:
        how = f'To list them, search again without query and with filters: company EQ "{query}".'
        return found, [f"{also.total} contacts are linked to a company record of that name. {how}"]
    known = {each.id for each in found.contacts}
    contacts = (*found.contacts, *(each for each in also.contacts if each.id not in known))
    limit = int(given.get("limit", len(contacts)))
    shown = SearchResult(contacts[:limit], len(contacts), None)
    if len(contacts) > limit:
        return shown, [f'For all of them, search again without query and with filters: company EQ "{query}".']
    return shown, []


def _with_notes(port: HubSpotContacts, result: ToolResult) -> ToolResult:
    """Return a search's result with the latest notes of its first contacts."""
    records, unread = [], ""
    for place, record in enumerate(result["contacts"]):
        if place >= MAX_CONTACTS_WITH_NOTES:
            unread = f"Notes are shown of the first {MAX_CONTACTS_WITH_NOTES} contacts only."
        elif not unread:
            try:
                record = {**record, "notes": _latest_notes(port, Contact.from_dict(record))}
            except HubSpotError as error:
                unread = f"Notes could not be read ({error.code}). {error.fix}"
        records.append(record)
    shown: ToolResult = {**result, "contacts": records}
    if unread:
        shown["notes"] = [*result.get("notes", ()), unread]
    return shown


def _latest_notes(port: HubSpotContacts, contact: Contact) -> list[dict[str, str]]:
    notes = []
    for note in port.notes.latest(contact.id):
        by = owner_name(port, note.owner_id)
        notes.append({"time": note.timestamp, "text": note.body, **({"by": by} if by else {})})
    return notes
