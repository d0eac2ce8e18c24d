"""Faults on demand: what networks and gateways do to calls, from a seeded random generator."""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["latency", "rate_limit", "error", "reset", "truncated", "slow", "unreadable", "misdirected"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with some calls.

    Attributes:
        kind: `latency` answers late; `rate_limit` answers 429; `error` answers `status`, from 500 on with
            the HTML page of a gateway; `reset` closes the connection without an answer; `truncated` sends half
            of the answer's body; `slow` sends the body in small pieces; `unreadable` sends a page of HTML as the
            body of a good answer; `misdirected` sends another contact's record in the place of the one asked for.
        probability: share of matching calls it affects, 0 to 1.
        times: How many calls it affects at most; None for no end.
        method: HTTP method it affects, or None for all.
        path: Text that the path contains, or "" for all.
        applied: For `error` and `reset`: the call is carried out before it fails, so that only its answer is
            lost. `truncated`, `slow` and `latency` always carry it out.
        status: Status of an `error`.
        seconds: Duration of `latency` and of a `slow` body.
        retry_after: Value of the `Retry-After` header of `rate_limit` and `error`; None for no such header.
    """

    kind: Kind
    probability: float = 1.0
    times: int | None = None
    method: str | None = None
    path: str = ""
    applied: bool = False
    status: int = 502
    seconds: float = 1.0
    retry_after: str | None = None

    @property
    def carried_out(self) -> bool:
        """Whether the call takes effect although it fails."""
        return self.applied or self.kind not in ("rate_limit", "error", "reset")

    def matches(self, method: str, path: str) -> bool:
        """Return whether a call is one of those it may affect."""
        return (self.method is None or self.method.upper() == method) and self.path in path


class Faults:
    """The active faults; a call gets the first one that applies to it."""

    def __init__(self, *, seed: int = 0):
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._lock = threading.Lock()
        self._left: dict[Fault, int | None] = {}

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter(list(self._left))

    def add(self, *faults: Fault) -> None:
        """Add faults; adding an equal one again starts its count anew."""
        with self._lock:
            self._left.update((fault, fault.times) for fault in faults)

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._left.clear()

    def next_fault(self, method: str, path: str) -> Fault | None:
        """Return the fault that applies to this call, if any."""
        with self._lock:
            for fault, left in self._left.items():
                if left == 0 or not fault.matches(method, path):
                    continue
                if self._random.random() < fault.probability:
                    if left is not None:
                        self._left[fault] = left - 1
                    return fault
        return None
