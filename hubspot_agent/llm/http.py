"""The HTTP clients of OpenAI's models, one pair a process: they keep connections open for the next call.

`ChatOpenAI`'s own asynchronous client fails in a second event loop ("Event loop is closed"), and both of its clients
close an idle connection after 5 s, which is sooner than a user types the next message. Only a synchronous stream
opens a connection for each call: OpenAI's package closes it unread (https://github.com/openai/openai-python/issues/3440).
"""

import asyncio
import ssl
from functools import cache
from typing import Any

import httpx2
import openai

#: Seconds that an idle connection is kept. One that the server has closed meanwhile is never used.
KEEPALIVE_S = 60.0


class EventLoopClient(openai.DefaultAsyncHttpxClient):
    """An asynchronous client with connections of its own for each event loop.

    A connection works only in the event loop that opened it, and a program may run each turn in a new one
    (`asyncio.run`).
    """

    def __init__(self) -> None:
        super().__init__(**_options())
        self._clients: dict[asyncio.AbstractEventLoop, httpx2.AsyncClient] = {}

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send `request` on a connection of the running event loop."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = openai.DefaultAsyncHttpxClient(**_options())
            still_open = {each: theirs for each, theirs in self._clients.items() if not each.is_closed()}
            self._clients = {**still_open, loop: client}
        return await client.send(request, **options)


@cache
def sync_client() -> httpx2.Client:
    """Return the client of synchronous calls."""
    return openai.DefaultHttpxClient(**_options())


@cache
def async_client() -> httpx2.AsyncClient:
    """Return the client of asynchronous calls."""
    return EventLoopClient()


def _options() -> dict[str, Any]:
    return {"verify": _trusted_certificates(), "limits": httpx2.Limits(keepalive_expiry=KEEPALIVE_S)}


@cache
def _trusted_certificates() -> ssl.SSLContext:
    # Read once: that takes longer than all else in making a client.
    return httpx2.create_ssl_context()
