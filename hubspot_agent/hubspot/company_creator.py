"""Creating a company at most once.

HubSpot's API does not refuse a second company of one domain, and its search learns of a new one some seconds later. So
a create whose answer is lost is looked for, and not sent again.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from threading import Lock

from hubspot_agent.hubspot.company_records import Company, as_domain, company_from_record
from hubspot_agent.hubspot.company_search import CompanySearch
from hubspot_agent.hubspot.errors import CompanyExistsError, ConflictError, HubSpotError, UnknownOutcomeError
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.records import as_object
from hubspot_agent.hubspot.retry import Deadline, repeat
from hubspot_agent.hubspot.scopes import COMPANIES_WRITE_SCOPE, needing
from hubspot_agent.hubspot.transport import Transport
from hubspot_agent.hubspot.waiting import notify_wait

#: Keys that are remembered at most.
_MAX_KEYS = 10_000


class CompanyCreator:
    """Creates companies for the port.

    Args:
        transport: Sends the requests.
        search: Finds what an attempt without an answer left.
        index_delay: Seconds after which HubSpot's search is taken to know a new company.
    """

    def __init__(self, transport: Transport, search: CompanySearch, index_delay: float) -> None:
        self._transport = transport
        self._search = search
        self._index_delay = index_delay
        self._lock = Lock()
        self._earlier: dict[str, float | Company] = {}

    def create(self, name: str, domain: str | None, key: str | None, since: datetime | None) -> Company:
        """Create a company; arguments, result and errors as for `Companies.create`."""
        properties = {"name": " ".join(name.split()), **({"domain": as_domain(domain) or domain} if domain else {})}
        deadline = self._transport.deadline()
        earlier = self._earlier.get(key) if key else None
        if isinstance(earlier, Company):
            return earlier
        if earlier is None and since is not None:
            earlier = time.monotonic() - max(0.0, (self._transport.hubspot_time() - since).total_seconds())
        if earlier is not None and (found := self._created_since(properties, earlier, deadline)):
            return self._made(found, key)
        started = time.monotonic()
        self._note(key, started if earlier is None else earlier)
        try:
            return self._made(self._send(properties, deadline), key)
        except ConflictError as error:
            raise CompanyExistsError(error.existing_id, correlation_id=error.correlation_id) from None
        except HubSpotError as error:
            if error.written == "no":
                raise
            unanswered = error
        if found := self._created_since(properties, started, deadline):
            return self._made(found, key)
        raise _unknown_outcome(unanswered.correlation_id)

    def _send(self, properties: Mapping[str, str], deadline: Deadline) -> Company:
        """Send it until HubSpot answers, or until it may have been written."""
        with needing(COMPANIES_WRITE_SCOPE):
            response = repeat(
                lambda: self._transport.send(
                    "POST companies",
                    self._transport.sdk.companies.create,
                    {"properties": dict(properties)},
                    deadline=deadline,
                ),
                lambda error: error.written == "no",
                self._transport.policy,
                deadline,
            )
        stored = {**properties, **as_object(response.data.get("properties"))}
        return company_from_record({**response.data, "properties": stored})

    def _made(self, company: Company, key: str | None) -> Company:
        self._note(key, company)
        return self._search.remember(company)

    def _note(self, key: str | None, what: float | Company) -> None:
        """Keep when, by `time.monotonic`, the create with a key began, or what it made."""
        if key:
            with self._lock:
                self._earlier[key] = what
                while len(self._earlier) > _MAX_KEYS:
                    del self._earlier[next(iter(self._earlier))]

    def _created_since(self, properties: Mapping[str, str], since: float, deadline: Deadline) -> Company | None:
        """Search the index at once, and again when it has had time to learn of the company.

        Args:
            properties: What was sent.
            since: When, by `time.monotonic`.
            deadline: Until when it is tried.

        Returns:
            The company, or `None` if it certainly was not created.

        Raises:
            UnknownOutcomeError: The index could not be asked, or not late enough.
        """
        start = str(int(self._transport.hubspot_time(since).timestamp() * 1000))
        ours = [SearchFilter("createdate", "GTE", start)]
        ours += [SearchFilter(name, "EQ", value) for name, value in properties.items()]
        known_at = since + self._index_delay
        while True:
            is_last = time.monotonic() >= known_at
            try:
                found = self._search.search([ours], deadline)
            except HubSpotError as error:
                if is_last or not error.transient:
                    raise _unknown_outcome(error.correlation_id) from None
                found = []
            if found:
                return found[0]
            if is_last:
                return None
            if (wait := known_at - time.monotonic()) >= deadline.left():
                raise _unknown_outcome()
            if wait > 0:
                notify_wait("index", wait)
                deadline.sleep(wait)


def _unknown_outcome(correlation_id: str = "") -> UnknownOutcomeError:
    return UnknownOutcomeError(
        "HubSpot did not answer, so it is unknown whether the company was created.", correlation_id=correlation_id
    )
