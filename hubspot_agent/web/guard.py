"""What stands before the page: who may come in, from where, and to which of Gradio's addresses.

Gradio brings many addresses that this page has no use for: files, uploads, proxies, descriptions of itself. Only
those that the page needs are let through, and only to a browser that shows this page: another site's script can
reach a server on the reader's machine, by its address or by a name of its own that leads here, and is known by
`Host` and `Origin` (https://owasp.org/www-community/attacks/csrf).
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubspot_agent.web.sessions import COOKIE

_GET = re.compile(
    r"/|/config/?|/theme\.css|/manifest\.json|/favicon\.ico|/(?:assets|static)/[\w./@-]+"
    r"|/gradio_api/(?:app_id|startup-events|queue/data|heartbeat/\w+)"
)
_POST = re.compile(r"/gradio_api/(?:queue/join|cancel)/?")

#: What a server before this one adds, which brings others than those on this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

#: Bytes of a request: the longest message that the assistant reads is far shorter.
MAX_BODY = 1_000_000

#: How many pages are remembered with whose they are.
MAX_PAGES = 100_000

#: Characters of the id that a page chose itself; Gradio's own have some ten.
MAX_PAGE_ID = 64

#: Gradio's own page needs inline scripts, and `eval` for the templates of its components; nothing may come from,
#: or go to, anywhere else.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors "
)

#: Who may frame the page inside a notebook: Jupyter on this machine, and the editor that shows notebooks itself.
NOTEBOOKS = "http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:* vscode-webview: vscode-file:"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """ASGI middleware that lets through what the page needs.

    Args:
        app: The page.
        user_of: Returns whose cookie it is; `None` where nobody logs in.
        hosts: The names by which the page is reached from this machine alone; none where it is reached from others.
        in_notebook: Whether a notebook shows the page in a frame; else nobody may.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        user_of: Callable[[str], str | None] | None,
        hosts: Iterable[str] = (),
        in_notebook: bool = False,
    ) -> None:
        self._app = app
        self._user_of = user_of
        self._hosts = frozenset(hosts)
        self._pages: dict[str, str] = {}
        framed = {"Content-Security-Policy": POLICY + NOTEBOOKS}
        unframed = {"Content-Security-Policy": POLICY + "'none'", "X-Frame-Options": "DENY"}
        self._headers = _HEADERS | (framed if in_notebook else unframed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_headers(send, self._headers))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        if not self._from_this_page(headers, method):
            await PlainTextResponse("This is not the address of this page.", 403)(scope, receive, send)
            return
        if path in ("/login", "/login.css", "/logout") and self._user_of:
            await self._app(scope, receive, send)
            return
        if not (_POST if method == "POST" else _GET).fullmatch(path) or method not in ("GET", "HEAD", "POST"):
            await PlainTextResponse("There is nothing here.", 404)(scope, receive, send)
            return
        if self._user_of:
            user = self._user_of(_cookie(headers))
            if user is None:
                refused = RedirectResponse("/login", 303) if path == "/" else PlainTextResponse("Log in first.", 401)
                await refused(scope, receive, send)
                return
            scope["hubspot_agent_user"] = user
        body = await _body(receive) if method == "POST" else b""
        if body is None:
            await PlainTextResponse("This is too long.", 413)(scope, receive, send)
        elif not self._own_page(scope, body):
            await PlainTextResponse("This page is not yours.", 403)(scope, receive, send)
        else:
            await self._app(scope, _again(body, receive) if method == "POST" else receive, send)

    def _from_this_page(self, headers: Headers, method: str) -> bool:
        """Tell whether the browser asks for this page by its own name, and on behalf of this page."""
        host, origin = headers.get("host", ""), headers.get("origin")
        try:
            name, asking = urlsplit(f"//{host}").hostname, host if origin is None else urlsplit(origin).netloc
        except ValueError:  # Such as `http://[x`, which is no address.
            return False
        if self._hosts and (name not in self._hosts or any(each in headers for each in _FORWARDED)):
            return False
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and method != "GET":
            return False
        return asking == host

    def _own_page(self, scope: Scope, body: bytes) -> bool:
        """Tell whether the page that asks is the user's: what a page is sent goes by an id that it chose itself."""
        if not self._user_of:
            return True
        named = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
        named += [scope["path"].rpartition("/")[2]] if "/heartbeat/" in scope["path"] else []
        if body:
            try:
                sent = json.loads(body)
            except ValueError:
                return False
            if not isinstance(sent, dict) or not isinstance(sent.get("session_hash"), str):
                return False
            named.append(sent["session_hash"])
        if len(self._pages) > MAX_PAGES:
            self._pages.clear()
        user = scope["hubspot_agent_user"]
        return all(len(name) <= MAX_PAGE_ID and self._pages.setdefault(name, user) == user for name in named)


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


async def _body(receive: Receive) -> bytes | None:
    """Read a request's body; `None` when it is too long."""
    pieces, more = b"", True
    while more:
        message = await receive()
        pieces += message.get("body", b"")
        more = message.get("more_body", False)
        if len(pieces) > MAX_BODY:
            return None
    return pieces


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that has been read once more."""
    first = True

    async def give() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return give


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return answer
