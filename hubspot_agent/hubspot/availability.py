"""Whether HubSpot is known to be away: then a call is answered at once, and not tried.

The library's breaker counts and keeps the state, by a clock that never jumps. What is here: it is shared by threads,
one failure among answers is none, and instead of a user's call a small one of its own finds out that HubSpot is back.
"""

from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic

from circuitbreaker import CircuitBreaker

from hubspot_agent.hubspot.errors import HubSpotError, UnavailableError

#: So many failures in a row, and none of them within `ANSWERED_S` of an answer, are an outage.
FAILURES = 4
ANSWERED_S = 3.0
#: Seconds between two looks whether HubSpot is back.
PAUSE_S = 2.0
#: Seconds that a call waits for the outcome of such a look.
PROBE_WAIT_S = 0.7


class Availability:
    """What is known of whether HubSpot answers.

    Args:
        probe: Makes a small call of HubSpot, within a few seconds; raises a `HubSpotError` when that fails.
    """

    def __init__(self, probe: Callable[[], object]) -> None:
        self._probe = probe
        self._circuit = CircuitBreaker(
            FAILURES, PAUSE_S, expected_exception=lambda kind, error: error.outage, name="hubspot"
        )
        self._lock = Lock()
        self._answered_at = float("-inf")
        self._probing: Future[None] | None = None
        self._probed_at = 0.0

    def check(self) -> None:
        """Return if HubSpot may be asked.

        Raises:
            UnavailableError: It is known to be away.
        """
        if self._circuit.closed:
            return
        if (probing := self._probe_when_due()) is not None:
            wait([probing], max(0.0, self._probed_at + PROBE_WAIT_S - monotonic()))
        if self._circuit.closed:
            return
        away = UnavailableError("HubSpot has not answered for some time.")
        away.transient = False  # in this operation: it is not for it to wait until HubSpot is back
        raise away

    def note(self, error: HubSpotError | None) -> None:
        """Note what came of a call: HubSpot's answer, which a refusal is too, or none.

        Args:
            error: The error, if there was one.
        """
        with self._lock:
            if error is None or not error.outage:
                self._answered_at = monotonic()
                self._circuit.reset()
            elif monotonic() - self._answered_at > ANSWERED_S:
                with suppress(HubSpotError), self._circuit:
                    raise error

    def _probe_when_due(self) -> Future[None] | None:
        """Return the look at HubSpot that is under way; one begins after each pause."""
        with self._lock:
            if self._probing is None and not self._circuit.opened:
                self._probing, self._probed_at = Future(), monotonic()
                Thread(target=self._look, args=(self._probing,), name="hubspot-agent-probe", daemon=True).start()
            return self._probing

    def _look(self, probing: Future[None]) -> None:
        failure: HubSpotError | None = None
        try:
            self._probe()
        except HubSpotError as error:
            failure = error
        finally:
            self.note(failure)
            with self._lock:
                self._probing = None
            probing.set_result(None)
