"""Which contacts were written through this port lately, so that searches need not wait for HubSpot's index."""

import time
from dataclasses import dataclass
from threading import Lock

from hubspot_agent.contacts import Contact

#: Seconds after which HubSpot's index is taken to know a write; reports name a few to 30 (there is no
#: official bound).
REMEMBER_S = 60.0
#: No more writes than can be read back in one request are remembered.
MAX_WRITES = 100


@dataclass(frozen=True, slots=True)
class _Write:
    at: float
    updated_at: str
    archived: bool


class RecentWrites:
    """The newest writes of the last minute, by contact."""

    def __init__(self) -> None:
        self._writes: dict[str, _Write] = {}
        self._lock = Lock()

    def wrote(self, contact: Contact) -> None:
        """Remember that a contact was created or changed."""
        self._remember(contact.id, _Write(time.monotonic(), contact.updated_at, archived=False))

    def archived(self, contact_id: str) -> None:
        """Remember that a contact was archived."""
        self._remember(contact_id, _Write(time.monotonic(), "", archived=True))

    def split(self) -> tuple[list[str], set[str]]:
        """Return the ids of the contacts that were created or changed, and of those that were archived."""
        with self._lock:
            horizon = time.monotonic() - REMEMBER_S
            self._writes = {key: write for key, write in self._writes.items() if write.at > horizon}
            changed = [key for key, write in self._writes.items() if not write.archived]
            return changed, self._writes.keys() - set(changed)

    def is_stale(self, found: Contact) -> bool:
        """Tell whether a search result is older than our last write of it; forget the write if it is not."""
        with self._lock:
            write = self._writes.get(found.id)
            if write is None:
                return False
            if write.archived or found.updated_at < write.updated_at:
                return True
            del self._writes[found.id]
            return False

    def _remember(self, contact_id: str, write: _Write) -> None:
        with self._lock:
            self._writes.pop(contact_id, None)
            self._writes[contact_id] = write
            while len(self._writes) > MAX_WRITES:
                del self._writes[next(iter(self._writes))]
