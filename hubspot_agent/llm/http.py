"""The HTTP clients under an OpenAI model: an answer comes within the time-out, or the user hears that it does not.

OpenAI's own client counts a time-out anew for each attempt and each read, makes a timed-out call again, and waits
up to two minutes when the server asks for it. Someone in a chat would wait for the sum of these. Here one time-out
is for everything: all attempts, the waits between them, and the reading, which ends with the first thing that comes
after it. (Only a server that falls silent halfway can stretch that, to less than twice the time-out.)
"""

import random
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any

import httpx2
import openai
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
)

#: How often a request is sent at most: OpenAI's own number.
ATTEMPTS = 3

#: Seconds before the second attempt, doubled before the third: OpenAI's own numbers.
FIRST_WAIT = 0.5

#: A server that asks for a longer wait, in seconds, is not waited for: the user is told, and may do something else.
LONGEST_WAIT = 5.0

#: What may be gone in a moment, besides 5xx: time-out at the server, conflict, too many requests.
_PASSING = (408, 409, 429)


class TimelyClient(openai.DefaultHttpxClient):
    """Sends each request, and again while that helps, within one time-out.

    Args:
        seconds: The time-out of a request with all that belongs to it.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(verify=_trust())
        self._seconds = seconds

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Send `request` and return the response, its body still to be read when `stream`."""
        deadline = _Deadline(self._seconds)
        send = super().send

        def attempt() -> httpx2.Response:
            request.extensions["timeout"] = deadline.timeouts()
            response = send(request, stream=True, **options)
            response.stream = _TimelyBody(response.stream, deadline)
            if response.is_error or not stream:
                response.read()
            return response

        return Retrying(**deadline.retries())(attempt)


class AsyncTimelyClient(openai.DefaultAsyncHttpxClient):
    """The async twin of `TimelyClient`.

    It keeps no idle connections: one belongs to the event loop that opened it, and a program may run each
    turn in a loop of its own.

    Args:
        seconds: The time-out of a request with all that belongs to it.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(verify=_trust(), limits=httpx2.Limits(max_keepalive_connections=0))
        self._seconds = seconds

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Send `request` and return the response, its body still to be read when `stream`."""
        deadline = _Deadline(self._seconds)
        send = super().send

        async def attempt() -> httpx2.Response:
            request.extensions["timeout"] = deadline.timeouts()
            response = await send(request, stream=True, **options)
            response.stream = _TimelyBody(response.stream, deadline)
            if response.is_error or not stream:
                await response.aread()
            return response

        return await AsyncRetrying(**deadline.retries())(attempt)


@cache
def _trust() -> ssl.SSLContext:
    """Return whom to trust, read once: that takes longer than all else in making a client."""
    return httpx2.create_ssl_context()


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())

    def timeouts(self) -> dict[str, float]:
        return dict.fromkeys(("connect", "read", "write", "pool"), self.left())

    def check(self) -> None:
        if not self.left():
            raise httpx2.ReadTimeout("The time-out passed while the answer was still coming.")

    def retries(self) -> dict[str, Any]:
        """Return when to send again, as tenacity takes it; the last outcome stands as it is."""
        return {
            "retry": retry_if_result(_may_pass) | retry_if_exception_type(httpx2.TransportError),
            "wait": _wait,
            "stop": lambda state: (
                state.attempt_number >= ATTEMPTS or state.upcoming_sleep > min(LONGEST_WAIT, self.left())
            ),
            "retry_error_callback": lambda state: state.outcome.result(),
        }


class _TimelyBody(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that ends in time even when something always comes: a word now and then, or comments between events."""

    def __init__(self, body: Any, deadline: _Deadline) -> None:
        self._body = body
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        for part in self._body:
            self._deadline.check()
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            self._deadline.check()
            yield part

    def close(self) -> None:
        self._body.close()

    async def aclose(self) -> None:
        await self._body.aclose()


def _may_pass(response: httpx2.Response) -> bool:
    if response.status_code not in _PASSING and not response.is_server_error:
        return False
    # OpenAI answers an exhausted budget with 429 as well, and that does not pass.
    return response.headers.get("x-should-retry") != "false" and "insufficient_quota" not in response.text


def _wait(state: RetryCallState) -> float:
    """Return the seconds that the server asked for; else OpenAI's own, less up to a quarter at random."""
    outcome = state.outcome
    headers = outcome.result().headers if outcome and not outcome.failed else {}
    for header, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0.0, float(headers[header]) / unit)
        except (KeyError, ValueError):
            continue
    return FIRST_WAIT * 2.0 ** (state.attempt_number - 1) * random.uniform(0.75, 1)  # noqa: S311
