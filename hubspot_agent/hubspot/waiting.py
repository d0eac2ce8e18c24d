"""Waits for HubSpot: who wants to hear of them is told, and all are counted.

The listener belongs to the context of the call, not to the port, so that each conversation hears of its own
waits only. It is called in the thread that waits.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from hubspot_agent.observability import metrics

log = logging.getLogger("hubspot_agent.hubspot")

#: Seconds; nobody is told of a wait that is not longer.
SHORTEST_NOTICED_WAIT_S = 1.0

#: Our own limit of searches or of other calls, HubSpot's refusal, HubSpot's absence, or its search index.
WaitReason = Literal["search_limit", "call_limit", "rate_limited", "unavailable", "index"]


@dataclass(frozen=True, slots=True)
class WaitNotice:
    """A wait that begins now, and that a person would notice.

    Attributes:
        reason: What is waited for.
        seconds: About how long.
    """

    reason: WaitReason
    seconds: float


WaitListener = Callable[[WaitNotice], None]

_listener: ContextVar[WaitListener | None] = ContextVar("hubspot_agent_wait_listener", default=None)


@contextmanager
def on_wait(listener: WaitListener) -> Iterator[None]:
    """Have `listener` called, within this block, for every wait of more than a second."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def notify_wait(reason: WaitReason, seconds: float, *, waited: float = 0.0) -> None:
    """Count a wait, and tell the listener about it if there is one and the wait is long enough to matter.

    Args:
        reason: What is waited for.
        seconds: How long the wait is that begins now.
        waited: How long the same call has waited before, for an answer that did not come.
    """
    metrics.wait(reason, seconds)
    listener = _listener.get()
    if listener is None or seconds + waited <= SHORTEST_NOTICED_WAIT_S:
        return
    try:
        listener(WaitNotice(reason, seconds))
    except Exception:
        log.exception("A listener for waits failed; the call goes on.")
