"""Searching: HubSpot's index, corrected where it lags behind what we wrote ourselves."""

import logging
from dataclasses import replace

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.errors import HubSpotError, UnexpectedAnswerError
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.matching import has_email, has_phone, matches
from hubspot_agent.hubspot.property_definitions import PropertyDefinition
from hubspot_agent.hubspot.read import read_by_ids, read_by_unique
from hubspot_agent.hubspot.recent_writes import RecentWrites
from hubspot_agent.hubspot.records import contact_from_record, next_page
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.search_request import SearchRequest, SearchResult
from hubspot_agent.hubspot.transport import Transport

log = logging.getLogger("hubspot_agent.hubspot")


def search_contacts(
    transport: Transport, search: SearchRequest, recent_writes: RecentWrites, deadline: Deadline
) -> SearchResult:
    """Return one page of a search.

    Raises:
        HubSpotError: See `errors`.
    """
    if search.email and _has_only_email(search):
        contact = read_by_unique(transport, "email", search.email, search.properties, deadline)
        if contact is not None:
            return SearchResult((contact,), 1)
    page = _search_index(transport, search, deadline)
    page = _with_contacts(page, [one for one in page.contacts if _has_email_and_phone(one, search)])
    archived = recent_writes.archived_ids()
    page = _with_contacts(page, [one for one in page.contacts if one.id not in archived])
    written = recent_writes.ids_to_read(page.contacts, search)
    if not written:
        return page
    try:
        current = read_by_ids(transport, written, search.examined_properties(), deadline)
        return _corrected(transport, page, search, recent_writes, current, deadline)
    except HubSpotError as error:
        log.warning("Recent writes could not be read back (%s); the search shows HubSpot's index.", error.code)
        return page


def lower_listed_values(
    filters: tuple[SearchFilter, ...], definitions: dict[str, PropertyDefinition]
) -> tuple[SearchFilter, ...]:
    """Return the filters with listed values in lower case, as HubSpot wants them except for enumerations."""

    def lowered(condition: SearchFilter) -> SearchFilter:
        definition = definitions.get(condition.property)
        if not condition.takes_list() or (definition is not None and definition.type == "enumeration"):
            return condition
        return replace(condition, value=tuple(value.lower() for value in condition.values()))

    return tuple(map(lowered, filters))


def _search_index(transport: Transport, search: SearchRequest, deadline: Deadline) -> SearchResult:
    """Return what HubSpot's index has."""
    response = transport.read(
        "POST contacts/search",
        transport.sdk.search.do_search,
        search.body(),
        deadline=deadline,
        search=True,
    )
    results, total = response.data.get("results"), response.data.get("total")
    if not isinstance(results, list) or not isinstance(total, int):
        raise UnexpectedAnswerError("The answer is not HubSpot's (no results in it).")
    return SearchResult(tuple(map(contact_from_record, results)), total, next_page(response.data))


def _corrected(
    transport: Transport,
    page: SearchResult,
    search: SearchRequest,
    recent_writes: RecentWrites,
    current: dict[str, Contact],
    deadline: Deadline,
) -> SearchResult:
    """Return a page of the index as it would be if the index knew the newest writes."""
    kept = []
    linked = replace(search, company_ids=())  # The index knows a contact's other links, and its properties do not.
    for contact in page.contacts:
        now = current.pop(contact.id, None)
        if now is None or recent_writes.forget_indexed(contact):
            kept.append(contact)
        elif matches(now, linked if now.properties.get("associatedcompanyid") else search):
            kept.append(now)
    missing = [] if search.after else [one for one in current.values() if matches(one, search)]
    if missing and page.after:
        # The index may have them on a later page.
        indexed = _indexed_among(transport, search, [one.id for one in missing], deadline)
        missing = [one for one in missing if one.id not in indexed]
    # Those that the index does not know yet stand on the first page, wherever they belong: later ones cannot tell.
    from_index = kept[: max(0, search.limit - len(missing))]
    shown = (*missing[: search.limit], *from_index)
    corrected = _with_contacts(page, missing + kept)
    if len(shown) < len(corrected.contacts):
        corrected = replace(corrected, contacts=shown, after=str(search.offset + len(from_index)))
    return _sorted(corrected, search.sort) if search.sort and missing else corrected


def _indexed_among(transport: Transport, search: SearchRequest, ids: list[str], deadline: Deadline) -> set[str]:
    """Return which of the contacts the index gives for a search, on whatever page."""
    among = SearchFilter("hs_object_id", "IN", ids)
    only = replace(search, filters=(*search.filters, among), sort=None, limit=len(ids), after=None)
    return {contact.id for contact in _search_index(transport, only, deadline).contacts}


def _with_contacts(page: SearchResult, contacts: list[Contact]) -> SearchResult:
    return replace(page, contacts=tuple(contacts), total=max(0, page.total + len(contacts) - len(page.contacts)))


def _sorted(page: SearchResult, sort: str) -> SearchResult:
    name = sort.removeprefix("-")
    ordered = sorted(page.contacts, key=lambda one: one.properties.get(name, ""), reverse=sort.startswith("-"))
    return replace(page, contacts=tuple(ordered))


def _has_email_and_phone(contact: Contact, search: SearchRequest) -> bool:
    return has_email(contact, search.email) and has_phone(contact, search.phone, search.default_region)


def _has_only_email(search: SearchRequest) -> bool:
    return not (search.query or search.phone or search.filters or search.company_ids or search.after)
