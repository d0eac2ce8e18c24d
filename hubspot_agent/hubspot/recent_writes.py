"""Which contacts were written through this port lately, so that searches need not wait for HubSpot's index."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.matching import matches
from hubspot_agent.hubspot.search_request import SearchRequest

#: Seconds after which HubSpot's index is taken to know a write; reports name a few to 30 (there is no
#: official bound).
REMEMBER_S = 60.0
#: No more writes than can be read back in one request are remembered.
MAX_WRITES = 100


@dataclass(frozen=True, slots=True)
class _Write:
    """The latest write of a contact: what is known of its properties, all of them or only those that were written."""

    at: float
    updated_at: str
    known: Contact | None
    complete: bool


class RecentWrites:
    """The newest writes of the last minute, by contact."""

    def __init__(self) -> None:
        self._writes: dict[str, _Write] = {}
        self._lock = Lock()

    def created(self, contact: Contact) -> None:
        """Remember that a contact was created; HubSpot answered with every value that it has."""
        self._remember(contact.id, _Write(time.monotonic(), contact.updated_at, contact, complete=True))

    def wrote(self, contact: Contact) -> None:
        """Remember that a contact was changed; HubSpot answered with what was written."""
        with self._lock:
            earlier = self._writes.get(contact.id)
            complete = bool(earlier and earlier.complete)
            if earlier and earlier.known:
                contact = replace(contact, properties={**earlier.known.properties, **contact.properties})
        self._remember(contact.id, _Write(time.monotonic(), contact.updated_at, contact, complete))

    def links_changed(self, contact_id: str) -> None:
        """Remember that a contact was linked to, or unlinked from, a company: what it has now, HubSpot has to say."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            earlier = self._writes.get(contact_id)
        if earlier and earlier.known is None:
            return
        known = earlier.known.properties if earlier and earlier.known else {}
        contact = Contact(contact_id, {**known, "associatedcompanyid": ""}, updated_at=now)
        self._remember(contact_id, _Write(time.monotonic(), now, contact, complete=False))

    def archived(self, contact_id: str) -> None:
        """Remember that a contact was archived."""
        self._remember(contact_id, _Write(time.monotonic(), "", None, complete=True))

    def archived_ids(self) -> set[str]:
        """Return the ids of the contacts that were archived."""
        return {key for key, write in self._current().items() if write.known is None}

    def ids_to_read(self, page: Iterable[Contact], search: SearchRequest) -> list[str]:
        """Return the ids of the contacts that have to be read for a page of the index to be right.

        A contact that was created is known whole, so whether it belongs there is known too. Of one that was changed
        only the written properties are known: it may belong there, or not any more, when these decide.
        """
        shown = {contact.id: contact for contact in page}
        deciding = search.deciding_properties()

        def is_needed(contact_id: str, write: _Write) -> bool:
            if write.known is None:
                return False
            if contact_id in shown:
                return shown[contact_id].updated_at < write.updated_at
            return matches(write.known, search) if write.complete else bool(deciding & write.known.properties.keys())

        return [key for key, write in self._current().items() if is_needed(key, write)]

    def forget_indexed(self, found: Contact) -> bool:
        """Tell whether a search result is as new as our last write of it, which then need not be remembered."""
        with self._lock:
            write = self._writes.get(found.id)
            if write is None or write.known is None or found.updated_at < write.updated_at:
                return write is None
            del self._writes[found.id]
            return True

    def _current(self) -> dict[str, _Write]:
        with self._lock:
            horizon = time.monotonic() - REMEMBER_S
            self._writes = {key: write for key, write in self._writes.items() if write.at > horizon}
            return dict(self._writes)

    def _remember(self, contact_id: str, write: _Write) -> None:
        with self._lock:
            self._writes.pop(contact_id, None)
            self._writes[contact_id] = write
            while len(self._writes) > MAX_WRITES:
                del self._writes[next(iter(self._writes))]
