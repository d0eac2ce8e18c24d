"""When a request is sent again after a 429, a 5xx or a network fault: one policy, applied with tenacity.

Which requests may be repeated is for the caller to say; how long to wait follows from the error.
"""

import logging
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception

from hubspot_agent.hubspot.errors import HubSpotError, RateLimitedError, UnreachableError
from hubspot_agent.hubspot.turn_time import TurnTime
from hubspot_agent.hubspot.waiting import WaitReason, notify_wait

log = logging.getLogger("hubspot_agent.hubspot")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is repeated, and after how long.

    The defaults are those of HubSpot's own Node client where that has one.

    Attributes:
        attempts: How often a request is sent at most.
        unreachable_attempts: How often at most while no connection can be made, so that a user soon hears of it.
        server_wait: Seconds, times the number of attempts, after a 5xx or a network fault.
        secondly_wait: Seconds, times the number of attempts, after a 429 for the limit of a second
            (search).
        ten_secondly_wait: Seconds after a 429 for the limit of ten seconds.
        longest_wait: No single wait is longer, whatever Retry-After says (HubSpot has been seen to mean
            milliseconds).
    """

    attempts: int = 12
    unreachable_attempts: int = 4
    server_wait: float = 0.5
    secondly_wait: float = 1.0
    ten_secondly_wait: float = 10.0
    longest_wait: float = 15.0

    def seconds(self, error: HubSpotError, attempt: int) -> float:
        """Return how long to wait after the failed attempt of this number (from 1), jittered by a fifth."""
        if error.retry_after is not None:
            wait = error.retry_after
        elif isinstance(error, RateLimitedError):
            wait = self.ten_secondly_wait if error.ten_secondly else self.secondly_wait * attempt
        else:
            wait = self.server_wait * attempt
        return min(wait, self.longest_wait) * random.uniform(1.0, 1.2) + random.uniform(0, 0.05)  # noqa: S311


class Deadline:
    """The end of the time that one operation may take, waits and repetitions included.

    Args:
        seconds: From now.
        turn: The time of the turn that the operation belongs to, which it shares with others.
    """

    def __init__(self, seconds: float, turn: TurnTime | None = None) -> None:
        self._end = time.monotonic() + seconds
        self._turn = turn

    def left(self) -> float:
        """Return the seconds left, 0 when there are none."""
        left = max(0.0, self._end - time.monotonic())
        return min(left, self._turn.left()) if self._turn else left

    def spending(self) -> AbstractContextManager[None]:
        """Return what counts a block as time of the turn."""
        return self._turn.spending() if self._turn else nullcontext()

    def sleep(self, seconds: float) -> None:
        """Wait, as long as there is time."""
        with self.spending():
            time.sleep(min(seconds, self.left()))


def repeat(
    attempt: Callable[[], T],
    may_repeat: Callable[[HubSpotError], bool],
    policy: RetryPolicy,
    deadline: Deadline,
) -> T:
    """Return what `attempt` returns, making it again while its error allows, the policy and the time left.

    Args:
        attempt: Sends the request once.
        may_repeat: Whether it may be sent again after this error.
        policy: How often and how fast.
        deadline: No wait begins that would end after it.

    Raises:
        HubSpotError: That of the last attempt.
    """

    def wait(state: RetryCallState) -> float:
        return policy.seconds(_error(state), state.attempt_number)

    def stop(state: RetryCallState) -> bool:
        unreachable = isinstance(_error(state), UnreachableError)
        attempts = min(policy.attempts, policy.unreachable_attempts) if unreachable else policy.attempts
        return state.attempt_number >= attempts or state.upcoming_sleep > deadline.left()

    def before_sleep(state: RetryCallState) -> None:
        error, wait = _error(state), state.upcoming_sleep
        log.debug("Attempt %d: %s; again in %.1f s", state.attempt_number, error.code, wait)
        reason: WaitReason = "rate_limited" if isinstance(error, RateLimitedError) else "unavailable"
        notify_wait(reason, wait, waited=state.seconds_since_start or 0.0)

    def repeatable(error: BaseException) -> bool:
        return isinstance(error, HubSpotError) and error.transient and may_repeat(error)

    retrying = Retrying(
        retry=retry_if_exception(repeatable),
        wait=wait,
        stop=stop,
        before_sleep=before_sleep,
        sleep=deadline.sleep,
        reraise=True,
    )
    return retrying(attempt)


def _error(state: RetryCallState) -> HubSpotError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, HubSpotError)
    return error
