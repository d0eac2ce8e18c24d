"""What can be asked of HubSpot's search, and how it is asked.

Limits are those of HubSpot's search guide, "Search the CRM" (March 2026).
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.errors import InvalidRequestError, SearchLimitError
from hubspot_agent.hubspot.filters import LINKED_COMPANY, SearchFilter
from hubspot_agent.hubspot.phone_search import PHONE_PROPERTIES, Phone
from hubspot_agent.hubspot.records import requested_properties

#: Contacts a page.
MAX_PAGE_SIZE = 200
#: Contacts that paging can reach.
MAX_RESULTS = 10_000
MAX_BODY_CHARACTERS = 3_000
#: Alternatives, each a group of filters.
MAX_GROUPS = 5
MAX_FILTERS_PER_GROUP = 6
#: Filters of all groups together.
MAX_FILTERS = 18

#: The properties in which HubSpot looks for `query`.
QUERY_PROPERTIES = ("firstname", "lastname", "email", "phone", "hs_additional_emails", "fax", "mobilephone", "company")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One page of a search; every condition given must hold.

    Attributes:
        query: Free text.
        email: An address, in lower case.
        phone: A phone number.
        default_region: The country whose national phone numbers are meant.
        filters: Conditions on single properties.
        any_of: Alternatives of which one must hold as well, each with conditions that all must hold; at most
            `MAX_GROUPS`, and none beside `phone`.
        company_ids: Companies of which a contact must be linked to one.
        sort: A property's name, with "-" before it for the highest first; None for the oldest contact first.
        limit: Contacts a page, 1 to 200.
        after: Where the page begins, None for the first.
        properties: Properties wanted besides the shown ones.
    """

    query: str | None = None
    email: str | None = None
    phone: Phone | None = None
    default_region: str | None = None
    filters: tuple[SearchFilter, ...] = ()
    any_of: tuple[tuple[SearchFilter, ...], ...] = ()
    company_ids: tuple[str, ...] = ()
    sort: str | None = None
    limit: int = 10
    after: str | None = None
    properties: tuple[str, ...] = ()

    @property
    def offset(self) -> int:
        """How many results come before this page.

        Raises:
            InvalidRequestError: `after` is no number.
        """
        if not self.after:
            return 0
        if not re.fullmatch(r"[0-9]{1,9}", self.after):
            raise InvalidRequestError(
                "That is not where a page of a search begins.", fix="Use the `after` of the page before."
            )
        return int(self.after)

    def body(self) -> dict[str, Any]:
        """Return the search as HubSpot wants it.

        Raises:
            SearchLimitError: More than HubSpot's search can do.
            InvalidRequestError: Not a search at all.
        """
        if not 1 <= self.limit <= MAX_PAGE_SIZE:
            raise SearchLimitError(
                f"A page of a search has 1 to {MAX_PAGE_SIZE} contacts.", fix="Ask for fewer a page."
            )
        if self.offset + self.limit > MAX_RESULTS:
            raise SearchLimitError(f"A search reaches the first {MAX_RESULTS:,} contacts only.")
        groups = self._filter_groups()
        large = any(len(group) > MAX_FILTERS_PER_GROUP for group in groups) or len(groups) > MAX_GROUPS
        if large or sum(map(len, groups)) > MAX_FILTERS:
            raise SearchLimitError("The search has too many conditions.", fix="Use fewer conditions.")
        body: dict[str, Any] = {"limit": self.limit, "properties": self._returned_properties()}
        if self.query:
            body["query"] = self.query
        if any(groups):
            body["filterGroups"] = [{"filters": group} for group in groups]
        if self.sort:
            direction = "DESCENDING" if self.sort.startswith("-") else "ASCENDING"
            body["sorts"] = [{"propertyName": self.sort.removeprefix("-"), "direction": direction}]
        if self.offset:
            body["after"] = str(self.offset)
        if len(json.dumps(body)) > MAX_BODY_CHARACTERS:
            raise SearchLimitError(
                f"The search is longer than the {MAX_BODY_CHARACTERS:,} characters that HubSpot takes.",
                fix="Use a shorter text, fewer values or fewer properties.",
            )
        return body

    def examined_properties(self) -> list[str]:
        """Return the properties that are shown, or decide whether and where a contact belongs into the results."""
        return requested_properties((*self._returned_properties(), *self.deciding_properties()))

    def deciding_properties(self) -> set[str]:
        """Return the properties that decide whether and where a contact belongs into the results."""
        conditions = (*self.filters, *(one for group in self.any_of for one in group))
        return {
            *(one.read_from() for one in conditions),
            *(QUERY_PROPERTIES if self.query else ()),
            *(("email", "hs_additional_emails") if self.email else ()),
            *(PHONE_PROPERTIES if self.phone else ()),
            *(("associatedcompanyid",) if self.company_ids else ()),
            *([self.sort.removeprefix("-")] if self.sort else ()),
        }

    def _returned_properties(self) -> list[str]:
        secondary = ("hs_additional_emails",) if self.email else ()
        sorting = [self.sort.removeprefix("-")] if self.sort else []
        return requested_properties((*self.properties, *secondary, *sorting))

    def _filter_groups(self) -> list[list[dict[str, Any]]]:
        """Return the alternatives: one, or one for each way in which a phone number is kept."""
        common = [condition.body() for condition in self.filters]
        if self.email:
            common.append(SearchFilter("email", "EQ", self.email).body())
        if len(self.company_ids) == 1:
            common.append(SearchFilter(LINKED_COMPANY, "EQ", self.company_ids[0]).body())
        elif self.company_ids:
            common.append(SearchFilter(LINKED_COMPANY, "IN", self.company_ids).body())
        if self.any_of:
            return [[*(condition.body() for condition in group), *common] for group in self.any_of]
        if self.phone is None:
            return [common]
        return [[alternative.body(), *common] for alternative in self.phone.filters()]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of a search.

    Attributes:
        contacts: The contacts of this page.
        total: How many contacts match in all.
        after: Where the next page begins, for `search(after=...)`; None on the last page.
    """

    contacts: tuple[Contact, ...]
    total: int
    after: str | None = None
