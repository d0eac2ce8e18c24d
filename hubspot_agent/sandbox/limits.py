"""What an account allows: rate limits with their headers and refusals, tokens and scopes."""

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from hubspot_agent.sandbox.errors import PORTAL_ID, ApiError, expired, missing_scopes, unauthenticated

#: What the sandbox's own token may do unless told otherwise.
ALL_SCOPES: Final = frozenset(
    {
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
        "crm.objects.owners.read",
        "crm.objects.companies.read",
        "crm.objects.companies.write",
    }
)

_BURST_INTERVAL_S: Final = 10
_HEADER_PREFIX: Final = "X-HubSpot-RateLimit-"


@dataclass(slots=True)
class Access:
    """The one access token and what it may do; change it while the sandbox runs to revoke rights.

    Attributes:
        token: The bearer token.
        scopes: Scopes granted to it, for example `crm.objects.contacts.read`.
        expired_at: Epoch seconds since which it is expired, or None.
    """

    token: str
    scopes: Collection[str] = ALL_SCOPES
    expired_at: float | None = None

    def check_token(self, authorization: str) -> None:
        """Raise ApiError (401) unless the header carries the token and it is valid."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unauthenticated()
        if token.strip() != self.token:
            raise unauthenticated() if token.startswith("pat-") else expired(0, time.time())
        if self.expired_at is not None:
            raise expired(self.expired_at, time.time())

    def check_scopes(self, scopes: Collection[str]) -> None:
        """Raise ApiError (403) unless at least one of `scopes` is granted."""
        if scopes and not set(scopes) & set(self.scopes):
            raise missing_scopes(scopes)


@dataclass(frozen=True, slots=True)
class Limits:
    """Rate limits of an account; None for none.

    Attributes:
        burst: Calls in any 10 seconds, searches not counted (HubSpot: 100, 190 or 250).
        search: Searches in any second (HubSpot: 5).
        daily: Calls a day, searches counted (HubSpot: from 250,000).
        retry_after: Seconds to send as `Retry-After` with a 429, or None for no such header, as recorded.
    """

    burst: int | None = None
    search: int | None = None
    daily: int | None = None
    retry_after: int | None = None


class SlidingWindow:
    """At most `limit` events in any `seconds`."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float]):
        self.limit = limit
        self._seconds = seconds
        self._clock = clock
        self._taken: deque[float] = deque()

    def take(self) -> bool:
        """Count an event and return True, or return False if it would be one too many."""
        if self.remaining < 1:
            return False
        self._taken.append(self._clock())
        return True

    @property
    def remaining(self) -> int:
        """Events still allowed now."""
        start = self._clock() - self._seconds
        while self._taken and self._taken[0] <= start:
            self._taken.popleft()
        return self.limit - len(self._taken)


@dataclass(slots=True)
class _DailyQuota:
    limit: int
    day: date = field(default_factory=date.today)
    used: int = 0

    def take(self) -> bool:
        if self.day != date.today():
            self.day, self.used = date.today(), 0
        if self.used >= self.limit:
            return False
        self.used += 1
        return True


class Meter:
    """Counts the calls of an account against its limits. A refused call does not count."""

    def __init__(self, limits: Limits, *, policy_named: bool = False, clock: Callable[[], float] = time.monotonic):
        self._policy_named = policy_named
        self._burst = None if limits.burst is None else SlidingWindow(limits.burst, _BURST_INTERVAL_S, clock)
        self._search = None if limits.search is None else SlidingWindow(limits.search, 1, clock)
        self._day = None if limits.daily is None else _DailyQuota(limits.daily)
        self._headers = {} if limits.retry_after is None else {"Retry-After": str(limits.retry_after)}

    def count(self, *, search: bool) -> None:
        """Count one call; raise ApiError (429) if it is over a limit."""
        if search and self._search and not self._search.take():
            raise rate_limited("search", headers=self._headers, policy_named=self._policy_named)
        if not search and self._burst and not self._burst.take():
            raise rate_limited("burst", headers=self._headers)
        if self._day and not self._day.take():
            raise rate_limited("daily", headers=self._headers)

    def headers(self, *, search: bool) -> dict[str, str]:
        """Return the rate limit headers of an answer; searches carry only the daily ones."""
        headers: dict[str, str] = {}
        if self._day:
            headers[_HEADER_PREFIX + "Daily"] = str(self._day.limit)
            headers[_HEADER_PREFIX + "Daily-Remaining"] = str(self._day.limit - self._day.used)
        if self._burst and not search:
            headers[_HEADER_PREFIX + "Interval-Milliseconds"] = str(_BURST_INTERVAL_S * 1000)
            headers[_HEADER_PREFIX + "Max"] = str(self._burst.limit)
            headers[_HEADER_PREFIX + "Remaining"] = str(max(0, self._burst.remaining))
            headers[_HEADER_PREFIX + "Secondly"] = str(self._burst.limit // _BURST_INTERVAL_S)
            headers[_HEADER_PREFIX + "Secondly-Remaining"] = str(max(0, self._burst.limit // _BURST_INTERVAL_S - 1))
        return headers


def rate_limited(policy: str, *, headers: dict[str, str], policy_named: bool = True) -> ApiError:
    """Return the 429 of policy `burst`, `daily` or `search`, each with its own body."""
    if policy == "search":
        named = {"errorType": "RATE_LIMIT", "policyName": "SECONDLY"} if policy_named else {}
        return ApiError(
            429,
            "You have reached your secondly limit.",
            headers=headers,
            category="RATE_LIMITS",
            **named,
        )
    if policy == "daily":
        return ApiError(
            429,
            "You have reached your daily limit.",
            headers=headers,
            errorType="RATE_LIMIT",
            policyName="DAILY",
            requestId="00000000-0000-0000-0000-000000000000",
        )
    return ApiError(
        429,
        "You have reached your ten_secondly_rolling limit.",
        headers=headers,
        errorType="RATE_LIMIT",
        policyName="TEN_SECONDLY_ROLLING",
        groupName=f"publicapi:private_app-api-calls-ten-secondly:{PORTAL_ID}:1",
    )
