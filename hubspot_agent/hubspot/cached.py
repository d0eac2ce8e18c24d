"""What HubSpot is asked for once, and again when the answer is too old."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from hubspot_agent.hubspot.errors import HubSpotError, UnavailableError

T = TypeVar("T")


class Cached(Generic[T]):
    """Reads something when it is first needed, and again when it is too old.

    Args:
        read: Reads it from HubSpot.
        max_age: Seconds after which it is read again.
    """

    def __init__(self, read: Callable[[], T], max_age: float) -> None:
        self._read = read
        self._max_age = max_age
        self._lock = Lock()
        self._known: list[T] = []
        self._read_at = 0.0

    def get(self) -> T:
        """Return it; as it was last known when HubSpot cannot tell just now."""
        with self._lock:
            if not self._known or monotonic() - self._read_at > self._max_age:
                try:
                    self._known = [self._read()]
                    self._read_at = monotonic()
                except HubSpotError as error:
                    # While HubSpot is known to be away, no call is worth repeating, so that is not transient.
                    if not self._known or not (error.transient or isinstance(error, UnavailableError)):
                        raise
            return self._known[0]
