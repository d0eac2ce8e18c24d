"""The connections of the page's server: slow ones are cut, and their number is bounded."""

import asyncio
from typing import Any, ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

#: How many connections may wait before they are taken. They are taken all at once, whatever the process has room for.
BACKLOG = 256

#: Seconds that a server told to end waits for the pages that look on.
SHUTDOWN_TIMEOUT_S = 1


class Connection(H11Protocol):
    """A connection that has to send each request in time, and makes room for others while it sends none.

    Uvicorn itself waits for ever for the rest of a request.

    Attributes:
        REQUEST_TIMEOUT_S: Seconds in which a whole request has to arrive.
        MAX_CONNECTIONS: How many there are at most. For one more, the oldest that is sending no whole request is cut.
    """

    REQUEST_TIMEOUT_S: ClassVar[float] = 20
    MAX_CONNECTIONS: ClassVar[int] = 500

    _cutting: asyncio.TimerHandle | None = None
    _since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._watch()
        if len(self.connections) > self.MAX_CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self._cutting:
            self._cutting.cancel()
        super().connection_lost(exc)

    @property
    def _waits(self) -> bool:
        """Whether no whole request of it is being answered."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def _watch(self) -> None:
        if self._waits and self._cutting is None:
            self._cutting = self.loop.call_later(self.REQUEST_TIMEOUT_S, self.transport.close)
        elif not self._waits and self._cutting:
            self._cutting.cancel()
            self._cutting = None

    def _make_room(self) -> None:
        waiting = [each for each in self.connections if isinstance(each, Connection) and each._waits]
        oldest = min(waiting, key=lambda each: each._since, default=self)
        self.connections.discard(oldest)
        oldest.transport.abort()


def server_config(app: ASGIApp, *, connection: type[Connection] = Connection, **options: Any) -> uvicorn.Config:
    """Return how uvicorn serves the page.

    Args:
        app: The page.
        connection: What a connection does.
        **options: As `uvicorn.Config` takes them.
    """
    return uvicorn.Config(
        app,
        http=connection,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
        **options,
    )
