"""The search endpoint: limits, filters, order and paging over the index.

Limits come from HubSpot's search guide of 2026-03-30, which differs from older texts.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from hubspot_agent.sandbox.bodies import Filter, SearchBody, Sort, whole_number
from hubspot_agent.sandbox.errors import validation
from hubspot_agent.sandbox.index import Document, Index
from hubspot_agent.sandbox.operators import NEGATIONS, matching
from hubspot_agent.sandbox.properties import Definitions, Property

MAX_GROUPS: Final = 5
MAX_FILTERS_PER_GROUP: Final = 6
MAX_FILTERS: Final = 18
#: Results that can be reached by paging.
MAX_RESULTS: Final = 10_000
MAX_PAGE_SIZE: Final = 200
DEFAULT_PAGE_SIZE: Final = 10
#: Characters of a request body.
MAX_BODY_CHARACTERS: Final = 3_000

#: What filters know besides properties: the companies that a contact is linked to, by id.
LINKED_COMPANIES: Final = Property("associations.company", type="enumeration", field_type="checkbox")


@dataclass(frozen=True, slots=True)
class Page:
    """Some results of a search: how many match in all, these in full, and where the next page starts."""

    total: int
    documents: list[Document]
    after: str | None


class Searcher:
    """Answers searches from an index."""

    def __init__(self, index: Index, definitions: Definitions, *, negation_matches_empty: bool = True):
        self._index = index
        self._definitions = definitions
        self._negation_matches_empty = negation_matches_empty

    def search(self, request: SearchBody) -> Page:
        """Return the page of contacts that a request asks for.

        Raises:
            ApiError: 400 for what HubSpot refuses.
        """
        start, limit = _paging(request)
        groups = _groups(request)
        self._index.catch_up()
        found: Collection[int] = self._index.documents.keys()
        if request.query and request.query.strip():
            found = self._index.matching(request.query)
        if groups:
            found = {one for filters in groups for one in self._matching_all(filters, found)}
        ids = self._ordered(set(found), request.sorts or [])
        end = start + limit
        return Page(
            total=len(ids),
            documents=[self._index.documents[one] for one in ids[start:end]],
            after=str(end) if end < len(ids) else None,
        )

    def _matching_all(self, filters: list[Filter], among: Iterable[int]) -> set[int]:
        found = set(among)
        for condition in filters:
            found = self._matching(condition, found)
        return found

    def _matching(self, condition: Filter, among: set[int]) -> set[int]:
        definition = self._definition(condition.property_name)
        positive = NEGATIONS.get(condition.operator)
        if positive is None:
            return among & matching(condition, definition, self._index)
        if condition.operator != "NOT_HAS_PROPERTY" and not self._negation_matches_empty:
            among = among & set().union(*self._index.column(definition).values())
        return among - matching(condition.model_copy(update={"operator": positive}), definition, self._index)

    def _ordered(self, found: set[int], sorts: list[Sort | str]) -> list[int]:
        """Return the ids found, oldest first or as sorted.

        Contacts without the value come last; one with several values stands where its first one does.
        """
        if not sorts:
            return sorted(found)
        if len(sorts) > 1:
            raise validation("There was a problem with the request. Only one sort is allowed.")
        name, descending = _sort(sorts[0])
        column = self._index.column(self._definition(name))
        ids = [one for value in sorted(column, reverse=descending) for one in sorted(column[value] & found)]
        return list(dict.fromkeys(ids + sorted(found)))

    def _definition(self, name: str) -> Property:
        definition = LINKED_COMPANIES if name == LINKED_COMPANIES.name else self._definitions.get(name)
        if definition is None:
            raise validation(f"There was a problem with the request. Property {name[:200]} does not exist")
        return definition


def _groups(request: SearchBody) -> list[list[Filter]]:
    groups = [group.filters for group in request.filter_groups or []]
    if request.filters:
        groups.append(request.filters)
    if len(groups) > MAX_GROUPS:
        raise validation(f"There was a problem with the request. At most {MAX_GROUPS} filterGroups are allowed")
    if any(len(filters) > MAX_FILTERS_PER_GROUP for filters in groups):
        raise validation(f"There was a problem with the request. At most {MAX_FILTERS_PER_GROUP} filters a group")
    if sum(map(len, groups)) > MAX_FILTERS:
        raise validation(f"There was a problem with the request. At most {MAX_FILTERS} filters are allowed in all")
    return groups


def _paging(request: SearchBody) -> tuple[int, int]:
    limit = DEFAULT_PAGE_SIZE if request.limit is None else request.limit
    if not 1 <= limit <= MAX_PAGE_SIZE:
        raise validation(f"There was a problem with the request. limit must be from 1 to {MAX_PAGE_SIZE}")
    start = whole_number(request.after or "0")
    if start is None:
        raise validation("There was a problem with the request. after must be an integer")
    if start + limit > MAX_RESULTS:
        raise validation(f"There was a problem with the request. Only the first {MAX_RESULTS} results can be reached")
    return start, limit


def _sort(sort: Sort | str) -> tuple[str, bool]:
    if isinstance(sort, str):
        return sort.removeprefix("-"), sort.startswith("-")
    return sort.property_name, sort.direction == "DESCENDING"
