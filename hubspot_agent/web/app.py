"""The page as an ASGI application."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib.resources import as_file, files
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from hubspot_agent.texts import Language
from hubspot_agent.web.access import UserAccess
from hubspot_agent.web.conversation import Speech
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.routes import Pages
from hubspot_agent.web.security import SameOrigin
from hubspot_agent.web.turn import Report

#: Seconds that a log-in at the provider may take.
LOG_IN_TIMEOUT_S = 600

#: Bytes from which an answer is compressed.
MIN_COMPRESSED_BYTES = 500


class _PageFiles(StaticFiles):
    """The page's scripts, style and icon; a browser asks each time whether they have changed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def page_app(
    conversations: Conversations,
    access: UserAccess,
    *,
    speech_of: Callable[[Request], Speech],
    notice: Callable[[Language], str],
    report: Report,
    hosts: Iterable[str] = (),
    in_notebook: bool = False,
) -> Starlette:
    """Return the application.

    Args:
        conversations: The conversations of every user.
        access: Tells who asks.
        speech_of: Tells the languages of a request.
        notice: Returns what the user is told of the services at the start, in a language.
        report: Notes an unexpected error and returns the sentence for the user.
        hosts: The names by which the page is reached from this machine alone; none means any.
        in_notebook: Whether a notebook shows the page in a frame.
    """
    folder = files("hubspot_agent.web") / "static"
    with as_file(folder) as directory:
        static = _PageFiles(directory=directory)
    version = sha256(b"".join(each.read_bytes() for each in sorted(folder.iterdir(), key=str))).hexdigest()[:12]
    pages = Pages(
        conversations=conversations,
        access=access,
        speech_of=speech_of,
        notice=notice,
        report=report,
        version=version,
    )

    middleware = [
        Middleware(SameOrigin, hosts=hosts, in_notebook=in_notebook),
        Middleware(GZipMiddleware, minimum_size=MIN_COMPRESSED_BYTES),
    ]
    if access.logs_out:
        # It holds a log-in under way and nothing else, so that a key of this process's own is enough.
        key = secrets.token_urlsafe(32)
        middleware.append(Middleware(SessionMiddleware, secret_key=key, max_age=LOG_IN_TIMEOUT_S, same_site="lax"))
    return Starlette(
        routes=[*pages.routes(), Mount("/static", static)],
        middleware=middleware,
        lifespan=_lifespan(conversations),
    )


def _lifespan(conversations: Conversations) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        removing = asyncio.create_task(conversations.remove_old())
        yield
        removing.cancel()

    return lifespan
