"""Calls as the rest of the port makes them: at the account's pace, in the time allowed, again if that helps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hubspot_agent.hubspot.errors import ContactNotFoundError, HubSpotError, UnknownOutcomeError
from hubspot_agent.hubspot.http import Answer, call
from hubspot_agent.hubspot.rate_limit import Limits
from hubspot_agent.hubspot.retry import Deadline, RetryPolicy, repeat
from hubspot_agent.hubspot.sdk import Client

#: HubSpot's Date header is cut to the second, and the answer took some time to arrive.
_CLOCK_MARGIN = timedelta(seconds=2)
#: Less time than this is not worth starting a call in.
_SHORTEST_TIMEOUT = 0.5


class Connection:
    """One account's calls.

    Args:
        client: The official client.
        limits: The account's pace.
        policy: How calls are repeated.
        timeout: Seconds for connecting and for one answer.
        time_budget: Seconds for one operation with all its waits and repetitions.
    """

    def __init__(
        self,
        client: Client,
        limits: Limits,
        policy: RetryPolicy,
        timeout: tuple[float, float],
        time_budget: float,
    ) -> None:
        self.client = client
        self.policy = policy
        self._limits = limits
        self._timeout = timeout
        self._time_budget = time_budget
        self._clock_offset = timedelta()

    def deadline(self) -> Deadline:
        """Return the end of an operation that begins now."""
        return Deadline(self._time_budget)

    def once(
        self,
        name: str,
        method: Callable[..., Any],
        *args: Any,
        deadline: Deadline,
        search: bool = False,
        **kwargs: Any,
    ) -> Answer:
        """Make one call, once, when it is its turn.

        Args:
            name: What the log calls it.
            method: A method of the official client.
            *args: Its arguments.
            deadline: The end of the operation that the call belongs to.
            search: Whether the call counts against the limit of searches.
            **kwargs: Its keyword arguments.

        Raises:
            HubSpotError: `written` is "unknown" when HubSpot may have carried the call out all the same.
        """
        pace = self._limits.searches if search else self._limits.calls
        if pace is not None:
            pace.wait(deadline)
        left = max(_SHORTEST_TIMEOUT, deadline.left())
        connect, read = self._timeout
        answer = call(name, method, *args, timeout=(min(connect, left), min(read, left)), **kwargs)
        if answer.date is not None:
            self._clock_offset = answer.date - datetime.now(UTC)
        return answer

    def read(self, name: str, method: Callable[..., Any], *args: Any, deadline: Deadline, **kwargs: Any) -> Answer:
        """Make a call that changes nothing, again if need be. Arguments and errors as for `once`."""
        try:
            return repeat(
                lambda: self.once(name, method, *args, deadline=deadline, **kwargs),
                lambda error: True,
                self.policy,
                deadline,
            )
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
        repeatable: bool = True,
        **kwargs: Any,
    ) -> Answer:
        """Make a call that changes something.

        Args:
            name: What the log calls it.
            method: A method of the official client.
            *args: Its arguments.
            deadline: The end of the operation that the call belongs to.
            done: What the call does to a contact, for an error's message: "changed", "archived".
            repeatable: Whether doing it twice is the same as doing it once.
            **kwargs: The method's keyword arguments.

        Raises:
            UnknownOutcomeError: HubSpot may or may not have carried it out.
            HubSpotError: HubSpot did not carry it out.
        """
        doubt = False

        def attempt() -> Answer:
            nonlocal doubt
            try:
                return self.once(name, method, *args, deadline=deadline, **kwargs)
            except HubSpotError as error:
                doubt = doubt or error.written == "unknown"
                raise

        try:
            return repeat(attempt, lambda error: repeatable or not doubt, self.policy, deadline)
        except HubSpotError as error:
            if doubt and error.transient:
                raise unknown(done, error) from None
            if doubt and isinstance(error, ContactNotFoundError):
                error.written = "unknown"
            raise

    def hubspot_time(self, local: datetime) -> datetime:
        """Return a moment of this machine's clock by HubSpot's clock, rather too early than too late."""
        return local + self._clock_offset - _CLOCK_MARGIN


def unknown(done: str, error: HubSpotError) -> UnknownOutcomeError:
    """Return the error for a write that HubSpot has not confirmed and not refused."""
    return UnknownOutcomeError(
        f"HubSpot did not answer, so it is unknown whether the contact was {done}.",
        correlation_id=error.correlation_id,
    )
