"""Requests as the rest of the port makes them: within the rate limits, in the time allowed, again if that helps."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hubspot_agent.hubspot.availability import Availability
from hubspot_agent.hubspot.errors import (
    AuthenticationError,
    ConflictError,
    ContactNotFoundError,
    HubSpotError,
    InvalidContactError,
    InvalidRequestError,
    RequestTimeoutError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from hubspot_agent.hubspot.rate_limit import RateLimits
from hubspot_agent.hubspot.request import ApiResponse, send_request
from hubspot_agent.hubspot.retry import Deadline, RetryPolicy, repeat
from hubspot_agent.hubspot.sdk import HubSpotSdk
from hubspot_agent.hubspot.turn_time import current_turn_time

#: HubSpot's Date header is cut to the second, and the response took some time to arrive.
_CLOCK_MARGIN = timedelta(seconds=2)
#: A refusal of the values themselves also answers for an earlier attempt that nobody answered.
_REFUSED_VALUES = (InvalidContactError, InvalidRequestError)
#: A request gets at least this long, however little of the operation's time is left.
_SHORTEST_TIMEOUT_S = 0.5

#: No request gets more than this part of the time left, so that others can find out what became of it.
_PART_FOR_ONE_REQUEST = 1 / 3
#: For connecting, and for the answer, when it is only to be known whether HubSpot is back.
_PROBE_TIMEOUT_S = 2.0

Check = Callable[[ApiResponse], None]


class Transport:
    """Sends the requests of one account.

    Args:
        sdk: The official client.
        rate_limits: The account's limits.
        policy: How requests are repeated.
        timeout: Seconds for connecting and for one response.
        time_budget: Seconds for one operation with all its waits and repetitions.
    """

    def __init__(
        self,
        sdk: HubSpotSdk,
        rate_limits: RateLimits,
        policy: RetryPolicy,
        timeout: tuple[float, float],
        time_budget: float,
    ) -> None:
        self.sdk = sdk
        self.policy = policy
        self._rate_limits = rate_limits
        self._timeout = timeout
        self._time_budget = time_budget
        self._availability = Availability(self._probe)
        #: HubSpot's time, and when that was by the clock that never jumps.
        self._clock: tuple[datetime, float] | None = None

    def deadline(self) -> Deadline:
        """Return the end of an operation that begins now.

        Raises:
            RequestTimeoutError: The turn has no time left for another.
        """
        turn = current_turn_time()
        if turn is not None and not turn.left():
            raise RequestTimeoutError("HubSpot took all the time that one turn has.")
        return Deadline(self._time_budget, turn)

    def send(
        self,
        name: str,
        method: Callable[..., Any],
        *args: Any,
        deadline: Deadline,
        search: bool = False,
        check: Check | None = None,
        **kwargs: Any,
    ) -> ApiResponse:
        """Send one request when it is its turn; once more after a 401 if another token can be had.

        Args:
            name: What logs and metrics call it.
            method: A method of the official client.
            *args: Its arguments.
            deadline: The end of the operation that the request belongs to.
            search: Whether it counts against the limit of searches.
            check: Raises `UnexpectedAnswerError` for an answer that is not the one to this request.
            **kwargs: Its keyword arguments.

        Raises:
            HubSpotError: `written` is "unknown" when HubSpot may have carried the request out all the same.
        """
        with deadline.spending():
            try:
                response = self._send(name, method, *args, deadline=deadline, search=search, **kwargs)
            except AuthenticationError:
                if not self.sdk.access_token.can_change:
                    raise
                response = self._send(name, method, *args, deadline=deadline, search=search, **kwargs)
        if check is not None:
            try:
                check(response)
            except UnexpectedAnswerError as error:
                error.written = "unknown"
                raise
        return response

    def read(self, name: str, method: Callable[..., Any], *args: Any, deadline: Deadline, **kwargs: Any) -> ApiResponse:
        """Send a request that changes nothing, again if need be. Arguments and errors as for `send`."""

        def attempt() -> ApiResponse:
            try:
                return self.send(name, method, *args, deadline=deadline, **kwargs)
            except ConflictError:
                pass
            raise UnexpectedAnswerError("The answer is not HubSpot's (a conflict, where nothing is written).")

        try:
            return repeat(attempt, lambda error: True, self.policy, deadline)
        except HubSpotError as error:
            error.written = "no"
            raise

    def write(
        self,
        name: str,
        method: Callable[..., Any],
        *args: Any,
        deadline: Deadline,
        done: str,
        idempotent: bool = True,
        **kwargs: Any,
    ) -> ApiResponse:
        """Send a request that changes something, again if need be.

        Args:
            name: What logs and metrics call it.
            method: A method of the official client.
            *args: Its arguments.
            deadline: The end of the operation that the request belongs to.
            done: What it does to a contact, for an error's message: "changed", "archived".
            idempotent: Whether doing it twice is the same as doing it once.
            **kwargs: The method's keyword arguments, and those of `send`.

        Raises:
            UnknownOutcomeError: HubSpot may or may not have carried it out.
            ConflictError: HubSpot refuses it now; `written` says whether an attempt before may have been carried out.
            HubSpotError: HubSpot did not carry it out.
        """
        maybe_written = False

        def attempt() -> ApiResponse:
            nonlocal maybe_written
            try:
                return self.send(name, method, *args, deadline=deadline, **kwargs)
            except HubSpotError as error:
                maybe_written = maybe_written or error.written == "unknown"
                raise

        try:
            return repeat(attempt, lambda error: idempotent or not maybe_written, self.policy, deadline)
        except HubSpotError as error:
            if not maybe_written or isinstance(error, _REFUSED_VALUES):
                raise
            if isinstance(error, ContactNotFoundError | ConflictError):
                error.written = "unknown"
                raise
            raise unknown_outcome(done, error) from None

    @property
    def knows_hubspot_time(self) -> bool:
        """Whether HubSpot has told its time."""
        return self._clock is not None

    def hubspot_time(self, moment: float | None = None) -> datetime:
        """Return what HubSpot's clock showed at a moment, rather too early than too late.

        This machine's clock, which may be wrong or set anew, serves only before HubSpot's first answer.

        Args:
            moment: Of `time.monotonic`; now if `None`.
        """
        now = time.monotonic()
        date, at = self._clock or (datetime.now(UTC), now)
        return date + timedelta(seconds=(now if moment is None else moment) - at) - _CLOCK_MARGIN

    def _probe(self) -> None:
        connect, read = (min(seconds, _PROBE_TIMEOUT_S) for seconds in self._timeout)
        page = self.sdk.basic.get_page
        send_request("GET contacts", page, limit=1, properties=["hs_object_id"], timeout=(connect, read))

    def _send(
        self, name: str, method: Callable[..., Any], *args: Any, deadline: Deadline, search: bool, **kwargs: Any
    ) -> ApiResponse:
        self._availability.check()
        limiter = self._rate_limits.searches if search else self._rate_limits.calls
        if limiter is not None:
            limiter.wait(deadline)
        left = max(_SHORTEST_TIMEOUT_S, deadline.left() * _PART_FOR_ONE_REQUEST)
        connect, read = (min(seconds, left) for seconds in self._timeout)
        try:
            response = send_request(name, method, *args, timeout=(connect, read), **kwargs)
        except HubSpotError as error:
            self._availability.note(error)
            raise
        self._availability.note(None)
        if (date := response.date) is not None:
            self._clock = date, time.monotonic()
        return response


def unknown_outcome(done: str, error: HubSpotError) -> UnknownOutcomeError:
    """Return the error for a write that HubSpot has neither confirmed nor refused."""
    return UnknownOutcomeError(
        f"HubSpot did not answer, so it is unknown whether the contact was {done}.",
        correlation_id=error.correlation_id,
    )
