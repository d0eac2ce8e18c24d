"""Company records, and which contacts are linked to them.

HubSpot's search finds companies some seconds after they are made, and its API does not refuse a second company of one
domain. So what was created here is remembered, and looked for after a lost answer, before anybody may try again.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from hubspot_agent.hubspot.company_records import (
    COMPANY_PROPERTIES,
    Company,
    as_domain,
    checked_company_id,
    company_from_record,
    email_domain,
    folded_name,
    name_words,
)
from hubspot_agent.hubspot.errors import (
    CompanyExistsError,
    CompanyNotFoundError,
    ConflictError,
    ContactNotFoundError,
    HubSpotError,
    InvalidRequestError,
    UnknownOutcomeError,
)
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.read import MAX_BATCH, checked_id, read_by_id
from hubspot_agent.hubspot.recent_writes import REMEMBER_S, RecentWrites
from hubspot_agent.hubspot.records import as_object, as_objects
from hubspot_agent.hubspot.retry import Deadline, repeat
from hubspot_agent.hubspot.scopes import needing
from hubspot_agent.hubspot.search_request import MAX_FILTERS_PER_GROUP
from hubspot_agent.hubspot.transport import Transport
from hubspot_agent.hubspot.waiting import notify_wait

READ_SCOPE, WRITE_SCOPE = "crm.objects.companies.read", "crm.objects.companies.write"
#: Seconds for which a company that was read is kept.
COMPANIES_MAX_AGE_S = 60.0
#: Companies that are kept at most.
_MAX_KEPT = 10_000
#: Companies that one search gives.
_PAGE_SIZE = 100
#: Links that HubSpot gives at once.
_LINKS_PAGE_SIZE = 500
#: The id of the type of link from a contact to its primary company (HubSpot's associations guide).
_PRIMARY = 1
_MAX_SEARCHED_CHARACTERS = 500


class Companies:
    """The companies of one account. Every method raises `MissingScopesError` where the token may not do it.

    Args:
        transport: Sends the requests.
        recent_writes: Is told of contacts whose links change.
        index_delay: Seconds after which HubSpot's search is taken to know a new company.
    """

    def __init__(self, transport: Transport, recent_writes: RecentWrites, index_delay: float) -> None:
        self._transport = transport
        self._recent_writes = recent_writes
        self._index_delay = index_delay
        self._lock = Lock()
        self._kept: dict[str, tuple[float, Company]] = {}
        self._created: dict[str, tuple[float, Company]] = {}
        self._begun: dict[str, float] = {}

    def get(self, company_id: str) -> Company:
        """Return a company.

        Raises:
            CompanyNotFoundError: There is none with this id, or it is archived.
        """
        try:
            with needing(READ_SCOPE):
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
            with needing(READ_SCOPE):
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

    def linked_to(self, contact_id: str) -> list[Company]:
        """Return the companies that a contact is linked to, the primary one first; knows every link at once.

        Raises:
            ContactNotFoundError: There is no such contact.
        """
        deadline = self._transport.deadline()
        links: list[Mapping[str, Any]] = []
        page: dict[str, str] = {}
        while True:
            with needing(READ_SCOPE):
                response = self._transport.read(
                    "GET contacts/{id}/associations/companies",
                    self._transport.sdk.associations.get_page,
                    "contacts",
                    checked_id(contact_id),
                    "companies",
                    limit=_LINKS_PAGE_SIZE,
                    deadline=deadline,
                    **page,
                )
            links += as_objects(response.data.get("results"))
            after = as_object(as_object(response.data.get("paging")).get("next")).get("after")
            if not after or page.get("after") == str(after):
                break
            page = {"after": str(after)}
        links.sort(key=lambda link: not _is_primary(link))
        return list(self.of(str(link.get("toObjectId")) for link in links).values())

    def link(self, contact_id: str, company_id: str) -> None:
        """Link a contact to a company; linking again changes nothing.

        Raises:
            ContactNotFoundError: There is no such contact.
            CompanyNotFoundError: There is no such company.
            UnknownOutcomeError: HubSpot did not answer.
        """
        contact_id, company_id = checked_id(contact_id), checked_company_id(company_id)
        deadline = self._transport.deadline()
        try:
            with needing(WRITE_SCOPE):
                self._transport.write(
                    "PUT contacts/{id}/associations/default/companies/{id}",
                    self._transport.sdk.associations.create_default,
                    "contacts",
                    contact_id,
                    "companies",
                    company_id,
                    deadline=deadline,
                    done="linked to the company",
                )
        except (ContactNotFoundError, InvalidRequestError):
            read_by_id(self._transport, contact_id, (), deadline)  # which of the two is not there
            self.get(company_id)
            raise
        self._recent_writes.links_changed(contact_id)

    def unlink(self, contact_id: str, company_id: str) -> None:
        """Take the link between a contact and a company away; where there is none, nothing changes.

        Raises:
            UnknownOutcomeError: HubSpot did not answer.
        """
        try:
            with needing(WRITE_SCOPE):
                self._transport.write(
                    "DELETE contacts/{id}/associations/companies/{id}",
                    self._transport.sdk.associations.archive,
                    "contacts",
                    checked_id(contact_id),
                    "companies",
                    checked_company_id(company_id),
                    deadline=self._transport.deadline(),
                    done="unlinked from the company",
                )
        except ContactNotFoundError:
            return  # Without a contact, or without a company, there is no link.
        self._recent_writes.links_changed(contact_id)

    def create(self, name: str, domain: str | None = None, *, key: str | None = None) -> Company:
        """Create a company, at most once, whatever the network does.

        Args:
            name: Its name.
            domain: Its domain, if that is known.
            key: What tells this create from every other, such as the tool call's id. Called again with the same key,
                this object looks for what the earlier call may have left before it creates.

        Raises:
            CompanyExistsError: The account allows one company for a domain, and there is one.
            InvalidContactError: HubSpot refuses values.
            UnknownOutcomeError: HubSpot did not answer, and the company cannot be found.
        """
        properties = {"name": " ".join(name.split()), **({"domain": as_domain(domain) or domain} if domain else {})}
        deadline = self._transport.deadline()
        since = self._begin(key)
        if since is not None and (earlier := self._created_since(properties, since, deadline)):
            return self._remember(earlier)
        started = time.monotonic()
        try:
            with needing(WRITE_SCOPE):
                response = repeat(
                    lambda: self._transport.send(
                        "POST companies",
                        self._transport.sdk.companies.create,
                        {"properties": properties},
                        deadline=deadline,
                    ),
                    lambda error: error.written == "no",
                    self._transport.policy,
                    deadline,
                )
            stored = {**properties, **as_object(response.data.get("properties"))}
            return self._remember(company_from_record({**response.data, "properties": stored}))
        except ConflictError as error:
            raise CompanyExistsError(error.existing_id, correlation_id=error.correlation_id) from None
        except HubSpotError as error:
            if error.written == "no":
                raise
            unanswered = error
        if (found := self._created_since(properties, started, deadline)) is not None:
            return self._remember(found)
        raise UnknownOutcomeError(
            "HubSpot did not answer, so it is unknown whether the company was created.",
            correlation_id=unanswered.correlation_id,
        )

    def _begin(self, key: str | None) -> float | None:
        """Return when, by `time.monotonic`, a create with this key began before, if it did."""
        if not key:
            return None
        with self._lock:
            earlier = self._begun.pop(key, None)
            self._begun[key] = earlier or time.monotonic()
            while len(self._begun) > _MAX_KEPT:
                del self._begun[next(iter(self._begun))]
        return earlier

    def _created_since(self, properties: Mapping[str, str], since: float, deadline: Deadline) -> Company | None:
        """Search the index at once, and again when it has had time to learn of the company."""
        start = str(int(self._transport.hubspot_time(since).timestamp() * 1000))
        ours = [SearchFilter("createdate", "GTE", start)]
        ours += [SearchFilter(name, "EQ", value) for name, value in properties.items()]
        for waited in (False, True):
            if waited:
                wait = min(self._index_delay - (time.monotonic() - since), deadline.left())
                if wait <= 0:
                    break
                notify_wait("index", wait)
                time.sleep(wait)
            try:
                found = self._search([ours], deadline)
            except HubSpotError as error:
                if not error.transient:
                    raise
                continue
            if found:
                return found[0]
        return None

    def _remember(self, company: Company) -> Company:
        with self._lock:
            self._created[company.id] = (time.monotonic(), company)
        return self._keep([company])[0]

    def _with_domain(self, domain: str) -> list[Company]:
        found = self._search(
            [
                [SearchFilter("domain", "EQ", domain)],
                [SearchFilter("hs_additional_domains", "CONTAINS_TOKEN", domain)],
            ]
        )
        return self._and_created(found, lambda one: domain in one.domains)

    def _with_name(self, name: str) -> list[Company]:
        exactly = self._and_created(
            self._search([[SearchFilter("name", "EQ", name)]]),
            lambda one: folded_name(one.name) == folded_name(name),
        )
        words = name_words(name)
        if exactly or not words:
            return exactly
        group = [SearchFilter("name", "CONTAINS_TOKEN", f"{word}*") for word in words[:MAX_FILTERS_PER_GROUP]]
        by_words = self._and_created(
            self._search([group]),
            lambda one: all(any(has.startswith(word) for has in name_words(one.name)) for word in words),
        )
        if by_words or len(words) == 1:
            return by_words
        # "Acme bv" for "Acme B.V.": the same letters, taken apart otherwise.
        return self._and_created(
            self._search([group[:1]]),
            lambda one: "".join(name_words(one.name)) == "".join(words),
        )

    def _and_created(self, found: Sequence[Company], is_meant: Callable[[Company], bool]) -> list[Company]:
        """Return what is meant of the companies found, and of those created so lately that no search finds them."""
        created = self._unexpired(self._created, REMEMBER_S)
        return [one for one in {**{one.id: one for one in found}, **created}.values() if is_meant(one)]

    def _search(self, groups: Sequence[Sequence[SearchFilter]], deadline: Deadline | None = None) -> list[Company]:
        body = {
            "filterGroups": [{"filters": [condition.body() for condition in group]} for group in groups],
            "properties": list(COMPANY_PROPERTIES),
            "limit": _PAGE_SIZE,
        }
        with needing(READ_SCOPE):
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


def _is_primary(link: Mapping[str, Any]) -> bool:
    return any(spec.get("typeId") == _PRIMARY for spec in as_objects(link.get("associationTypes")))
