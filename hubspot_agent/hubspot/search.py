"""Searching: HubSpot's index, put right where it lags behind what we wrote ourselves."""

import logging
from dataclasses import replace

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.errors import HubSpotError, UnexpectedAnswerError
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.matching import has_email, has_phone, matches
from hubspot_agent.hubspot.property_definitions import PropertyDefinition
from hubspot_agent.hubspot.read import by_ids, by_unique
from hubspot_agent.hubspot.recent_writes import RecentWrites
from hubspot_agent.hubspot.records import contact_of
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.search_query import Search, SearchResult
from hubspot_agent.hubspot.transport import Connection

log = logging.getLogger("hubspot_agent.hubspot")


def search_contacts(connection: Connection, search: Search, recent: RecentWrites, deadline: Deadline) -> SearchResult:
    """Return one page of a search.

    Raises:
        HubSpotError: See `errors`.
    """
    if _is_for_address_only(search) and search.email:
        contact = by_unique(connection, "email", search.email, search.properties, deadline)
        if contact is not None:
            return SearchResult((contact,), 1)
    page = _indexed(connection, search, deadline)
    page = _only(page, [one for one in page.contacts if _has_addresses(one, search)])
    changed, archived = recent.split()
    page = _only(page, [one for one in page.contacts if one.id not in archived])
    if not changed:
        return page
    try:
        current = by_ids(connection, changed, search.examined(), deadline)
    except HubSpotError as error:
        log.warning("Recent writes could not be read back (%s); the search shows HubSpot's index.", error.code)
        return page
    return _corrected(page, search, recent, current)


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


def _indexed(connection: Connection, search: Search, deadline: Deadline) -> SearchResult:
    """Return what HubSpot's index has."""
    answer = connection.read(
        "POST contacts/search",
        connection.client.search.do_search,
        search.body(),
        deadline=deadline,
        search=True,
    )
    results, total = answer.data.get("results"), answer.data.get("total")
    if not isinstance(results, list) or not isinstance(total, int):
        raise UnexpectedAnswerError("The answer is not HubSpot's (no results in it).")
    following = (answer.data.get("paging") or {}).get("next") or {}
    return SearchResult(tuple(map(contact_of, results)), total, str(following.get("after") or "") or None)


def _corrected(page: SearchResult, search: Search, recent: RecentWrites, current: dict[str, Contact]) -> SearchResult:
    """Return a page of the index as it would be if the index knew the newest writes."""
    kept = []
    for contact in page.contacts:
        now = current.pop(contact.id, contact)
        if not recent.is_stale(contact):
            kept.append(contact)
        elif matches(now, search):
            kept.append(now)
    # A contact that the index does not give on the first page is taken to be one that it does not know yet.
    missing = [] if search.after else [one for one in current.values() if matches(one, search)]
    corrected = _only(page, missing + kept)
    if search.sort and missing:
        corrected = _sorted(corrected, search.sort)
    if len(corrected.contacts) <= search.limit:
        return corrected
    shown = corrected.contacts[: search.limit]
    from_index = sum(contact.id in {one.id for one in page.contacts} for contact in shown)
    return replace(corrected, contacts=shown, after=str(search.offset + from_index))


def _only(page: SearchResult, contacts: list[Contact]) -> SearchResult:
    return replace(page, contacts=tuple(contacts), total=max(0, page.total + len(contacts) - len(page.contacts)))


def _sorted(page: SearchResult, sort: str) -> SearchResult:
    name = sort.removeprefix("-")
    ordered = sorted(page.contacts, key=lambda one: one.properties.get(name, ""), reverse=sort.startswith("-"))
    return replace(page, contacts=tuple(ordered))


def _has_addresses(contact: Contact, search: Search) -> bool:
    return has_email(contact, search.email) and has_phone(contact, search.phone, search.default_region)


def _is_for_address_only(search: Search) -> bool:
    return not (search.query or search.phone or search.filters or search.after)
