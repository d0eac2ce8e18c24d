"""Creating a contact at most once.

HubSpot has no idempotency key. What stands in for one is the e-mail address, which is unique: a create
repeated after a lost answer is refused, and reading by it tells whether the first one arrived. Without an
address only a unique property of the account's own (`key_property`) does that; without either there is one
attempt, and an honest "unknown".
"""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from unicodedata import normalize

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.conflict import ConflictCount, explained, repeat_conflicts
from hubspot_agent.hubspot.error_mapping import error_from_batch
from hubspot_agent.hubspot.errors import (
    ConflictError,
    ContactExistsError,
    HubSpotError,
    InvalidContactError,
    InvalidRequestError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.read import read_by_unique
from hubspot_agent.hubspot.recent_writes import RecentWrites
from hubspot_agent.hubspot.records import contact_from_record
from hubspot_agent.hubspot.request import ApiResponse
from hubspot_agent.hubspot.retry import Deadline, repeat
from hubspot_agent.hubspot.search import search_contacts
from hubspot_agent.hubspot.search_request import SearchRequest
from hubspot_agent.hubspot.transport import Transport, unknown_outcome
from hubspot_agent.hubspot.verification import holds_identity, is_created_from
from hubspot_agent.hubspot.waiting import notify_wait

#: HubSpot's type of link from a contact to a company, unlabelled (its associations guide).
CONTACT_TO_COMPANY = 279


class Creator:
    """Creates contacts for the port.

    Args:
        transport: Sends the requests.
        recent_writes: What was written lately.
        key_property: The account's own unique property that holds the key of a create, if it has one.
        index_delay: Seconds after which a search is taken to know a new contact.
    """

    def __init__(
        self, transport: Transport, recent_writes: RecentWrites, key_property: str | None, index_delay: float
    ) -> None:
        self._transport = transport
        self._recent_writes = recent_writes
        self._key_property = key_property
        self._index_delay = index_delay

    @property
    def takes_links(self) -> bool:
        """Whether a contact can be created with links; an upsert takes none."""
        return not self._key_property

    def create(self, properties: Mapping[str, str], key: str | None, company_ids: Sequence[str] = ()) -> Contact:
        """Create a contact; arguments, result and errors as for `HubSpotContacts.create`."""
        if company_ids and not self.takes_links:
            raise InvalidRequestError(
                "A contact that is created by a key takes no companies.", fix="Link it to them once it is there."
            )
        deadline = self._transport.deadline()
        if key and self._key_property:
            return self._create_with_key(properties, self._key_property, key, deadline)
        if properties.get("email"):
            return self._create_with_email(properties, company_ids, deadline)
        return self._create_once(properties, company_ids, deadline)

    def find_created(
        self, properties: Mapping[str, str], since: datetime | None, key: str | None, known: Collection[str]
    ) -> Contact | None:
        """Find what an interrupted create left; as for `HubSpotContacts.find_created`."""
        deadline = self._transport.deadline()
        if key and self._key_property:
            return read_by_unique(self._transport, self._key_property, key, properties, deadline)
        if email := properties.get("email"):
            contact = read_by_unique(self._transport, "email", email, properties, deadline)
            return contact if contact and _is_ours(contact, properties, since, known) else None
        return self._find_by_values(properties, since, known, deadline)

    def _create_with_key(self, properties: Mapping[str, str], name: str, key: str, deadline: Deadline) -> Contact:
        """Upsert by a property that only this create has a value of: once or ten times, it is one contact."""
        entry = {"id": key, "idProperty": name, "properties": {**properties, name: key}}

        def check(response: ApiResponse) -> None:
            results = response.data.get("results")
            if not results:
                raise error_from_batch(response.data)
            if contact_from_record(results[0]).properties.get(name) != key:
                raise UnexpectedAnswerError("The answer is about another contact.")

        def attempt() -> Contact:
            try:
                response = self._transport.write(
                    "POST contacts/batch/upsert",
                    self._transport.sdk.batch.upsert,
                    {"inputs": [entry]},
                    deadline=deadline,
                    done="created",
                    check=check,
                )
                return contact_from_record(response.data["results"][0])
            except (ConflictError, UnknownOutcomeError) as error:
                failure = error
            if failure.written == "unknown":
                try:
                    contact = read_by_unique(self._transport, name, key, properties, deadline)
                except HubSpotError:
                    raise unknown_outcome("created", failure) from None
                if contact is not None:
                    return contact
            if isinstance(failure, ConflictError):
                raise explained(self._transport, failure, properties, deadline)
            raise failure

        return repeat_conflicts(attempt, self._transport, deadline)

    def _create_with_email(
        self, properties: Mapping[str, str], company_ids: Sequence[str], deadline: Deadline
    ) -> Contact:
        """Post until it is certain: after a lost answer look by e-mail, post again if nothing is there."""
        started = time.monotonic()
        conflicts = ConflictCount()
        unanswered: HubSpotError | None = None

        def attempt() -> Contact:
            nonlocal unanswered
            try:
                return self._post(properties, company_ids, deadline)
            except HubSpotError as error:
                if error.written == "no" and not isinstance(error, ConflictError):
                    raise
                failure = error
            if unanswered is None and failure.written == "unknown":
                unanswered = failure
            existing = read_by_unique(self._transport, "email", properties["email"], properties, deadline)
            if existing is None:
                if isinstance(failure, ConflictError):
                    raise explained(self._transport, failure, properties, deadline)
                raise failure
            if unanswered is not None and _is_ours(existing, properties, self._transport.hubspot_time(started)):
                return existing
            raise ContactExistsError(existing, correlation_id=failure.correlation_id)

        try:
            return repeat(attempt, conflicts.may_repeat, self._transport.policy, deadline)
        except (ContactExistsError, InvalidContactError, InvalidRequestError):
            raise  # The refusal also answers for an attempt that nobody answered.
        except HubSpotError:
            if unanswered is None:
                raise
            raise unknown_outcome("created", unanswered) from None

    def _create_once(self, properties: Mapping[str, str], company_ids: Sequence[str], deadline: Deadline) -> Contact:
        """Post once; again only after an answer or a fault which says that nothing was written."""
        conflicts = ConflictCount()

        def attempt() -> Contact:
            try:
                return self._post(properties, company_ids, deadline)
            except ConflictError as error:
                failure = error
            raise explained(self._transport, failure, properties, deadline)

        try:
            return repeat(
                attempt,
                lambda error: error.written == "no" and conflicts.may_repeat(error),
                self._transport.policy,
                deadline,
            )
        except HubSpotError as error:
            if error.written == "no":
                raise
            raise unknown_outcome("created", error) from None

    def _post(self, properties: Mapping[str, str], company_ids: Sequence[str], deadline: Deadline) -> Contact:
        def check(response: ApiResponse) -> None:
            if not is_created_from(contact_from_record(response.data), properties):
                raise UnexpectedAnswerError("The answer is about another contact.")

        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": CONTACT_TO_COMPANY}]
        links = [{"to": {"id": company_id}, "types": types} for company_id in company_ids]
        response = self._transport.send(
            "POST contacts",
            self._transport.sdk.basic.create,
            {"properties": dict(properties), **({"associations": links} if links else {})},
            deadline=deadline,
            check=check,
        )
        return contact_from_record(response.data)

    def _find_by_values(
        self, properties: Mapping[str, str], since: datetime | None, known: Collection[str], deadline: Deadline
    ) -> Contact | None:
        """Search the index, when it has had time to learn of the contact."""
        if since is not None:
            age = (self._transport.hubspot_time() - since).total_seconds()
            # A moment that is still to come is of a clock that was wrong.
            wait = min(self._index_delay - age, self._index_delay)
            if wait > 0:
                notify_wait("index", wait)
                deadline.sleep(wait)
        names = [
            SearchFilter(name, "EQ", normalize("NFC", properties[name]).strip())
            for name in ("firstname", "lastname")
            if properties.get(name)
        ]
        search = SearchRequest(filters=tuple(names), properties=tuple(properties), sort="-createdate", limit=100)
        found = search_contacts(self._transport, search, self._recent_writes, deadline)
        return next((one for one in found.contacts if _is_ours(one, properties, since, known)), None)


def _is_ours(
    contact: Contact, properties: Mapping[str, str], since: datetime | None, known: Collection[str] = ()
) -> bool:
    """Tell whether a contact is as sent, none of those known, and no older than a moment of HubSpot's clock."""
    if contact.id in known or not holds_identity(contact, properties):
        return False
    try:
        return since is None or datetime.fromisoformat(contact.created_at) >= since
    except ValueError:
        return False
