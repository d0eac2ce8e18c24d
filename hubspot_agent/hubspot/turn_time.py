"""How long one turn's work in HubSpot may take, shared by everything that is tried in it.

Only the time that is spent on HubSpot counts, its answers and the waits for it, not that of the language model.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from time import monotonic

#: The part of a turn's time that is kept for reading what became of a write when the rest is used up.
_FOR_READING_BACK = 0.1


class TurnTime:
    """The time of one turn; several threads may spend it at once.

    Args:
        seconds: How long all its work in HubSpot may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds * (1 - _FOR_READING_BACK)
        self._lock = Lock()
        self._under_way = 0
        self._begun_at = 0.0

    def left(self) -> float:
        """Return the seconds left, 0 when there are none."""
        with self._lock:
            running = monotonic() - self._begun_at if self._under_way else 0.0
            return max(0.0, self._seconds - running)

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time of this block; that of several at once counts once."""
        with self._lock:
            if not self._under_way:
                self._begun_at = monotonic()
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                if not self._under_way:
                    self._seconds -= monotonic() - self._begun_at


_current: ContextVar[TurnTime | None] = ContextVar("hubspot_agent_turn_time", default=None)


@contextmanager
def turn_time(seconds: float) -> Iterator[None]:
    """Have all that is asked of HubSpot within this block share `seconds`."""
    token = _current.set(TurnTime(seconds))
    try:
        yield
    finally:
        _current.reset(token)


def current_turn_time() -> TurnTime | None:
    """Return the time of the turn under way, if one was set."""
    return _current.get()
