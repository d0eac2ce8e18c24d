"""Creating a contact at most once.

HubSpot has no idempotency key. What stands in for one is the e-mail address, which is unique: a create
repeated after a lost answer is refused, and reading by it tells whether the first one arrived. Without an
address only a unique property of the account's own (`key_property`) does that; without either there is one
attempt, and an honest "unknown".
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from unicodedata import normalize

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.error_mapping import ConflictError, refusal_in_batch
from hubspot_agent.hubspot.errors import (
    ContactExistsError,
    HubSpotError,
    InvalidContactError,
    InvalidRequestError,
)
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.read import by_unique, holder
from hubspot_agent.hubspot.recent_writes import RecentWrites
from hubspot_agent.hubspot.records import contact_of
from hubspot_agent.hubspot.retry import Deadline, repeat
from hubspot_agent.hubspot.search import search_contacts
from hubspot_agent.hubspot.search_query import Search
from hubspot_agent.hubspot.transport import Connection, unknown
from hubspot_agent.hubspot.waiting import announce

#: What tells our own new contact from somebody else's; other values HubSpot may have put into another form.
_TELLING = ("firstname", "lastname", "phone", "mobilephone", "company", "jobtitle")


class Creator:
    """Creates contacts for the port.

    Args:
        connection: The account's calls.
        recent: What was written lately.
        key_property: The account's own unique property that holds the key of a create, if it has one.
        index_delay: Seconds after which a search is taken to know a new contact.
    """

    def __init__(
        self, connection: Connection, recent: RecentWrites, key_property: str | None, index_delay: float
    ) -> None:
        self._connection = connection
        self._recent = recent
        self._key_property = key_property
        self._index_delay = index_delay

    def create(self, properties: Mapping[str, str], key: str | None) -> Contact:
        """Create a contact; arguments, result and errors as for `HubSpotContacts.create`."""
        deadline = self._connection.deadline()
        if key and self._key_property:
            return self._create_with_key(properties, self._key_property, key, deadline)
        if properties.get("email"):
            return self._create_with_email(properties, deadline)
        return self._create_once(properties, deadline)

    def find_created(self, properties: Mapping[str, str], since: datetime, key: str | None) -> Contact | None:
        """Find what an interrupted create left; as for `HubSpotContacts.find_created`."""
        deadline = self._connection.deadline()
        if key and self._key_property:
            return by_unique(self._connection, self._key_property, key, properties, deadline)
        if email := properties.get("email"):
            contact = by_unique(self._connection, "email", email, properties, deadline)
            return contact if contact and self._is_ours(contact, properties, since) else None
        return self._find_by_values(properties, since, deadline)

    def _create_with_key(self, properties: Mapping[str, str], name: str, key: str, deadline: Deadline) -> Contact:
        """Upsert by a property that only this create has a value of: once or ten times, it is one contact."""
        entry = {"id": key, "idProperty": name, "properties": {**properties, name: key}}
        try:
            answer = self._connection.write(
                "POST contacts/batch/upsert",
                self._connection.client.batch.upsert,
                {"inputs": [entry]},
                deadline=deadline,
                done="created",
            )
            results = answer.data.get("results") or ()
            if not results:
                raise refusal_in_batch(answer.data)
        except ConflictError as error:
            conflict = error
        else:
            return contact_of(results[0], written="unknown")
        raise ContactExistsError(
            holder(self._connection, conflict, properties, deadline), correlation_id=conflict.correlation_id
        )

    def _create_with_email(self, properties: Mapping[str, str], deadline: Deadline) -> Contact:
        """Post until it is certain: after a lost answer look by e-mail, post again if nothing is there."""
        started = datetime.now(UTC)
        doubt: HubSpotError | None = None

        def settle(existing: Contact, error: HubSpotError) -> Contact:
            if doubt is not None and self._is_ours(existing, properties, started):
                return existing
            raise ContactExistsError(existing, correlation_id=error.correlation_id)

        def attempt() -> Contact:
            nonlocal doubt
            try:
                return self._post(properties, deadline)
            except ConflictError as error:
                failure: HubSpotError = error
            except HubSpotError as error:
                if error.written == "no":
                    raise
                failure = doubt = error
            if isinstance(failure, ConflictError):
                return settle(holder(self._connection, failure, properties, deadline), failure)
            existing = by_unique(self._connection, "email", properties["email"], properties, deadline)
            if existing is not None:
                return settle(existing, failure)
            raise failure

        try:
            return repeat(attempt, lambda error: True, self._connection.policy, deadline)
        except ContactExistsError:
            raise
        except HubSpotError as error:
            failure = error
        # A refusal of the values themselves also answers for the attempt that nobody answered.
        if doubt is not None and not isinstance(failure, InvalidContactError | InvalidRequestError):
            raise unknown("created", doubt)
        raise failure

    def _create_once(self, properties: Mapping[str, str], deadline: Deadline) -> Contact:
        """Post once; again only after an answer or a fault which says that nothing was written."""
        try:
            return repeat(
                lambda: self._post(properties, deadline),
                lambda error: error.written == "no",
                self._connection.policy,
                deadline,
            )
        except ConflictError as error:
            failure: HubSpotError = error
        except HubSpotError as error:
            if error.written == "no":
                raise
            failure = unknown("created", error)
        if isinstance(failure, ConflictError):
            existing = holder(self._connection, failure, properties, deadline)
            raise ContactExistsError(existing, correlation_id=failure.correlation_id)
        raise failure

    def _post(self, properties: Mapping[str, str], deadline: Deadline) -> Contact:
        answer = self._connection.once(
            "POST contacts",
            self._connection.client.basic.create,
            {"properties": dict(properties)},
            deadline=deadline,
        )
        return contact_of(answer.data, written="unknown")

    def _find_by_values(self, properties: Mapping[str, str], since: datetime, deadline: Deadline) -> Contact | None:
        """Search the index, when it has had time to learn of the contact."""
        wait = self._index_delay - (datetime.now(UTC) - since).total_seconds()
        if wait > 0:
            announce("index", wait)
            time.sleep(min(wait, deadline.left()))
        start = str(int(self._connection.hubspot_time(since).timestamp() * 1000))
        known = [
            SearchFilter(name, "EQ", normalize("NFC", properties[name]).strip())
            for name in ("firstname", "lastname")
            if properties.get(name)
        ]
        search = Search(
            filters=(SearchFilter("createdate", "GTE", start), *known),
            properties=tuple(properties),
            limit=100,
        )
        found = search_contacts(self._connection, search, self._recent, deadline)
        return next((one for one in found.contacts if self._is_ours(one, properties, since)), None)

    def _is_ours(self, contact: Contact, properties: Mapping[str, str], since: datetime) -> bool:
        """Tell whether a contact was created since a moment of this machine's clock, with these values."""
        try:
            created_at = datetime.fromisoformat(contact.created_at)
        except ValueError:
            return False
        return created_at >= self._connection.hubspot_time(since) and all(
            _essence(contact.properties.get(name, "")) == _essence(properties[name])
            for name in _TELLING
            if properties.get(name)
        )


def _essence(value: str) -> str:
    """Return the letters and digits of a value; HubSpot may trim, compose or re-space the rest."""
    return "".join(char for char in normalize("NFKC", value).casefold() if char.isalnum())
