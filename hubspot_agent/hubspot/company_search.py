"""Finding companies: by id, by domain, by name."""

import time
from collections.abc import Callable, Iterable, Sequence
from threading import Lock

from hubspot_agent.hubspot.company_records import (
    COMPANY_PROPERTIES,
    Company,
    as_domain,
    checked_company_id,
    company_from_record,
    email_domain,
    name_words,
)
from hubspot_agent.hubspot.errors import CompanyNotFoundError, ContactNotFoundError
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.names import folded_name
from hubspot_agent.hubspot.read import MAX_BATCH
from hubspot_agent.hubspot.recent_writes import REMEMBER_S
from hubspot_agent.hubspot.records import as_objects
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.scopes import COMPANIES_READ_SCOPE, needing
from hubspot_agent.hubspot.search_request import MAX_FILTERS_PER_GROUP
from hubspot_agent.hubspot.transport import Transport

#: Seconds for which a company that was read is kept.
COMPANIES_MAX_AGE_S = 60.0
#: Companies that are kept at most.
_MAX_KEPT = 10_000
#: Companies that one search gives.
_PAGE_SIZE = 100
_MAX_SEARCHED_CHARACTERS = 500


class CompanySearch:
    """Finds the companies of one account, and keeps what it read for a while.

    Args:
        transport: Sends the requests.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = Lock()
        self._kept: dict[str, tuple[float, Company]] = {}
        self._created: dict[str, tuple[float, Company]] = {}

    def get(self, company_id: str) -> Company:
        """Return a company.

        Raises:
            CompanyNotFoundError: There is none with this id, or it is archived.
        """
        try:
            with needing(COMPANIES_READ_SCOPE):
                response = self._transport.read(
                    "GET companies/{id}",
                    self._transport.sdk.companies.get_by_id,
                    checked_company_id(company_id),
                    properties=list(COMPANY_PROPERTIES),
                    deadline=self._transport.deadline(),
                )
        except ContactNotFoundError as error:
            raise CompanyNotFoundError(correlation_id=error.correlation_id) from None
        return self._keep([company_from_record(response.data)])[0]

    def of(self, ids: Iterable[str]) -> dict[str, Company]:
        """Return those of the companies that exist, by id; what was read within a minute is not read again."""
        wanted = [one for one in dict.fromkeys(ids) if one.isascii() and one.isdigit()]
        found = self._unexpired(self._kept, COMPANIES_MAX_AGE_S)
        missing = [one for one in wanted if one not in found]
        deadline = self._transport.deadline()
        for start in range(0, len(missing), MAX_BATCH):
            inputs = [{"id": one} for one in missing[start : start + MAX_BATCH]]
            body = {"inputs": inputs, "properties": list(COMPANY_PROPERTIES), "propertiesWithHistory": []}
            with needing(COMPANIES_READ_SCOPE):
                response = self._transport.read(
                    "POST companies/batch/read", self._transport.sdk.company_batch.read, body, deadline=deadline
                )
            read = map(company_from_record, as_objects(response.data.get("results")))
            found |= {company.id: company for company in self._keep(read)}
        return {one: found[one] for one in wanted if one in found}

    def matching(self, text: str, limit: int = 10) -> list[Company]:
        """Return the companies that a text may mean, the oldest first.

        Args:
            text: A domain, which must be one of a company's exactly; or a name: exactly, whatever its case, else
                companies in whose name some word begins with each of these words.
            limit: How many at most.
        """
        text = " ".join(text.split())[:_MAX_SEARCHED_CHARACTERS]
        domain = as_domain(text)
        found = self._with_domain(domain) if domain else []
        if text and not found:
            found = self._with_name(text)
        return found[:limit]

    def for_email(self, address: str) -> list[Company]:
        """Return the companies of an address's domain; none for that of a mail provider such as gmail.com."""
        domain = email_domain(address)
        return self._with_domain(domain) if domain else []

    def search(self, groups: Sequence[Sequence[SearchFilter]], deadline: Deadline | None = None) -> list[Company]:
        """Return the companies for which all conditions of one of the groups hold, the oldest first, at most 100."""
        body = {
            "filterGroups": [{"filters": [condition.body() for condition in group]} for group in groups],
            "properties": list(COMPANY_PROPERTIES),
            "limit": _PAGE_SIZE,
        }
        with needing(COMPANIES_READ_SCOPE):
            response = self._transport.read(
                "POST companies/search",
                self._transport.sdk.company_search.do_search,
                body,
                deadline=deadline or self._transport.deadline(),
                search=True,
            )
        return self._keep(map(company_from_record, as_objects(response.data.get("results"))))

    def _keep(self, companies: Iterable[Company]) -> list[Company]:
        read = list(companies)
        with self._lock:
            now = time.monotonic()
            for company in read:
                self._kept.pop(company.id, None)
                self._kept[company.id] = (now, company)
            while len(self._kept) > _MAX_KEPT:
                del self._kept[next(iter(self._kept))]
        return read

    def _unexpired(self, kept: dict[str, tuple[float, Company]], max_age: float) -> dict[str, Company]:
        with self._lock:
            horizon = time.monotonic() - max_age
            return {company_id: company for company_id, (at, company) in kept.items() if at > horizon}

    def remember(self, company: Company) -> Company:
        """Keep a company that was created, which HubSpot's search does not know yet."""
        with self._lock:
            self._created[company.id] = (time.monotonic(), company)
        return self._keep([company])[0]

    def _with_domain(self, domain: str) -> list[Company]:
        found = self.search(
            [
                [SearchFilter("domain", "EQ", domain)],
                [SearchFilter("hs_additional_domains", "CONTAINS_TOKEN", domain)],
            ]
        )
        return self._and_created(found, lambda one: domain in one.domains)

    def _with_name(self, name: str) -> list[Company]:
        exactly = self._and_created(
            self.search([[SearchFilter("name", "EQ", name)]]),
            lambda one: folded_name(one.name) == folded_name(name),
        )
        words = name_words(name)
        if exactly or not words:
            return exactly
        group = [SearchFilter("name", "CONTAINS_TOKEN", f"{word}*") for word in words[:MAX_FILTERS_PER_GROUP]]
        by_words = self._and_created(
            self.search([group]),
            lambda one: all(any(has.startswith(word) for has in name_words(one.name)) for word in words),
        )
        if by_words or len(words) == 1:
            return by_words
        # "Acme bv" for "Acme B.V.": the same letters, taken apart otherwise.
        return self._and_created(
            self.search([group[:1]]),
            lambda one: "".join(name_words(one.name)) == "".join(words),
        )

    def _and_created(self, found: Sequence[Company], is_meant: Callable[[Company], bool]) -> list[Company]:
        """Return what is meant of the companies found, and of those created so lately that no search finds them."""
        created = self._unexpired(self._created, REMEMBER_S)
        return [one for one in {**{one.id: one for one in found}, **created}.values() if is_meant(one)]
