"""Keeping the account's limits by waiting, before HubSpot has to refuse.

Each request reserves its place and sleeps until then, so that the order is fair, the wait is known when it
begins, and no place is lost to polling. Searches leave evenly rather than in bursts: HubSpot counts
arrivals, which the network brings closer together than they left.
"""

import logging
import time
from hashlib import sha256
from math import ceil

from pyrate_limiter import GCRA, Decision, InMemoryStateStore, Rate, StateStore
from pyrate_limiter.abstracts.algorithm import State

from hubspot_agent.hubspot.errors import RateLimitedError
from hubspot_agent.hubspot.rate_limit_stores import shared_store
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.waiting import WaitReason, notify_wait

log = logging.getLogger("hubspot_agent.hubspot")

#: Part of each limit that is left unused. It spaces 5 searches a second by 230 ms, so that the way there may take
#: 150 ms longer for one than for another before HubSpot sees six in a second.
SAFETY_MARGIN = 0.13
#: Part of the ten-second limit that may be spent at once.
BURST = 0.2
#: Part of a shared limit that each process keeps to while the place is away in which they share it.
PART_ALONE = 0.5
#: Seconds after which that place is asked again.
STORE_PAUSE_S = 5.0


class ReservingGCRA(GCRA):
    """GCRA that reserves a place in the near future instead of refusing.

    A decision that is allowed means at once; one with `retry_after_ms` that the place after that time is
    reserved; one without that there is no place soon enough.

    Args:
        max_wait: Seconds within which the place must be.
    """

    def __init__(self, max_wait: float) -> None:
        self._max_wait_us = round(max_wait * 1_000_000)

    def step(self, rates: list[Rate], state: State, now: int, weight: int) -> tuple[State, Decision]:
        """Reserve `weight` places at the first and only rate."""
        (rate,), (reserved_until,), now_us = rates, state, now * 1000
        emission = self._emission_us(rate)
        reserved_until = max(int(reserved_until), now_us) + weight * emission
        wait = reserved_until - rate.burst * emission - now_us
        if wait <= 0:
            return (reserved_until,), Decision()
        if wait > self._max_wait_us:
            return state, Decision(failing_rate=rate)
        return (reserved_until,), Decision(failing_rate=rate, retry_after_ms=ceil(wait / 1000))

    def redis_script(self) -> str:
        """Return `step` in Lua."""
        return _STEP_IN_LUA

    def redis_args(self, rates: list[Rate]) -> list[int | float]:
        """Return what the script needs to know."""
        return [*super().redis_args(rates), self._max_wait_us]


_STEP_IN_LUA = """
local now_us, weight, ttl = tonumber(ARGV[1]) * 1000, tonumber(ARGV[2]), tonumber(ARGV[3])
local emission, burst, max_wait = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local reserved_until = math.max(tonumber(redis.call('HGET', KEYS[1], 'tat1') or 0), now_us) + weight * emission
local wait = reserved_until - burst * emission - now_us
if wait > max_wait then
    return {0, -1}
end
redis.call('HSET', KEYS[1], 'tat1', string.format('%.0f', reserved_until))
redis.call('PEXPIRE', KEYS[1], ttl)
if wait > 0 then
    return {0, math.ceil(wait / 1000)}
end
return {-1, 0}
"""


class RateLimiter:
    """One limit, kept by every request that waits its turn here.

    Args:
        reason: What a listener is told when the wait is long.
        rate: How often, and how many at once.
        store: Where the reservations are kept; shared by several processes or not.
        rate_alone: The rate that is kept while the store cannot be used.
    """

    def __init__(self, reason: WaitReason, rate: Rate, store: StateStore, rate_alone: Rate) -> None:
        self._reason: WaitReason = reason
        self._shared = store, rate
        self._alone = InMemoryStateStore(), rate_alone
        self._alone_until = 0.0

    def wait(self, deadline: Deadline) -> None:
        """Wait until one more request may leave.

        Args:
            deadline: Until when there is time to wait.

        Raises:
            RateLimitedError: There is not enough time.
        """
        seconds = self._reserve(deadline.left())
        notify_wait(self._reason, seconds)
        time.sleep(seconds)

    def close(self) -> None:
        """Close the store."""
        self._shared[0].close()

    def _reserve(self, max_wait: float) -> float:
        """Reserve a place and return the seconds until then, less those that the reservation took."""
        started = time.monotonic()
        if started < self._alone_until:
            decision = _reserved(*self._alone, max_wait)
        else:
            try:
                decision = _reserved(*self._shared, max_wait)
            except Exception as error:  # whatever the shared store's driver raises
                self._alone_until = time.monotonic() + STORE_PAUSE_S
                kind, part = type(error).__name__, f"{PART_ALONE:.0%}"
                log.warning("The place of the shared rate limit is away (%s): keeping to %s of it.", kind, part)
                decision = _reserved(*self._alone, max_wait)
        if decision.allowed:
            return 0
        if decision.retry_after_ms is None:
            too_many = RateLimitedError("Too many calls to HubSpot are waiting their turn.")
            too_many.transient = False  # in this operation: the queue moves no faster than its time runs out
            raise too_many
        return max(0.0, decision.retry_after_ms / 1000 - (time.monotonic() - started))


def _reserved(store: StateStore, rate: Rate, max_wait: float) -> Decision:
    now = store.default_clock.now()
    assert isinstance(now, int)
    decision = store.check(ReservingGCRA(max_wait), [rate], now, 1)
    assert isinstance(decision, Decision)
    return decision


def search_rate(per_second: float) -> Rate:
    """Return the rate of searches that keeps a limit: evenly, a little below it."""
    return Rate(1, round(1000 / per_second / (1 - SAFETY_MARGIN)))


def call_rate(per_ten_seconds: int) -> Rate:
    """Return the rate of other requests that keeps a limit: burst and even rate make it up in any ten seconds."""
    burst = max(1, round(per_ten_seconds * BURST))
    steady = max(1, round((per_ten_seconds - burst) * (1 - SAFETY_MARGIN)))
    return Rate(steady, 10_000, burst=burst)


class RateLimits:
    """The account's two limits that matter within seconds (HubSpot's API usage guidelines).

    Args:
        searches_per_second: HubSpot allows 5; None for no limit.
        calls_per_ten_seconds: All other requests: 100, 190 or 250 by subscription; None for no limit.
        shared: Where several processes share the limits (see `shared_store`); None for this object only.
        account: What tells one account from another; only its digest is kept.
    """

    def __init__(
        self, searches_per_second: float | None, calls_per_ten_seconds: int | None, shared: str | None, account: str
    ) -> None:
        digest = sha256(account.encode()).hexdigest()[:16]

        def limiter(reason: WaitReason, rate: Rate) -> RateLimiter:
            name = f"hubspot-agent:{digest}:{reason}"
            # Evenly, for what was left of the shared burst may just have been used.
            alone = Rate(1, round(rate.interval / rate.limit / PART_ALONE))
            return RateLimiter(reason, rate, shared_store(shared, name) if shared else InMemoryStateStore(), alone)

        self.searches: RateLimiter | None = None
        self.calls: RateLimiter | None = None
        if searches_per_second is not None:
            self.searches = limiter("search_limit", search_rate(searches_per_second))
        if calls_per_ten_seconds is not None:
            self.calls = limiter("call_limit", call_rate(calls_per_ten_seconds))

    def close(self) -> None:
        """Close the stores."""
        for limiter in (self.searches, self.calls):
            if limiter is not None:
                limiter.close()
