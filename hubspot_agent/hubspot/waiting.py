"""Telling whoever listens that a call has to wait.

The listener hangs on the context of the call, not on the port, so that each conversation hears of its own
waits only. It is called in the thread that waits, which for the async methods is not the event loop's.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from hubspot_agent.observability import metrics

log = logging.getLogger("hubspot_agent.hubspot")

#: Waits up to this many seconds are not announced.
NOTICEABLE = 1.0

Reason = Literal["search_limit", "call_limit", "rate_limited", "unavailable", "index"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wait that a person would notice.

    Attributes:
        reason: Our own pace of searches or calls, HubSpot's refusal, HubSpot's absence, or its search index.
        seconds: About how long.
    """

    reason: Reason
    seconds: float


Listener = Callable[[Waiting], None]

_listener: ContextVar[Listener | None] = ContextVar("hubspot_agent_waiting_listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have `listener` called, within this block, for every wait of more than a second."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def announce(reason: Reason, seconds: float) -> None:
    """Tell the listener, if there is one, about a wait that is long enough to matter; every wait is counted."""
    metrics.wait(reason, seconds)
    listener = _listener.get()
    if listener is None or seconds <= NOTICEABLE:
        return
    try:
        listener(Waiting(reason, seconds))
    except Exception:
        log.exception("A listener for waits failed; the call goes on.")
