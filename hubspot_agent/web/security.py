"""What a browser may do with the page, and on whose behalf it may ask.

Another site's script can reach a server on the reader's machine, by its address or by a name of its own that leads
here, and is known by `Host`, `Origin` and `Sec-Fetch-Site` (https://owasp.org/www-community/attacks/csrf).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors "
)

#: Who may frame the page inside a notebook: Jupyter on this machine, and the editor that shows notebooks itself.
NOTEBOOKS = "http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:* vscode-webview: vscode-file:"

#: The names of this machine.
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

#: What a server before this one adds, which brings others than those on this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SameOrigin:
    """ASGI middleware that answers the page itself alone, and tells browsers what the page may do.

    Args:
        app: The page.
        hosts: The names by which the page is reached from this machine alone; none where it is reached from others.
        in_notebook: Whether a notebook shows the page in a frame; else nobody may.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str] = (), in_notebook: bool = False) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        framed = {"Content-Security-Policy": POLICY + NOTEBOOKS}
        unframed = {"Content-Security-Policy": POLICY + "'none'", "X-Frame-Options": "DENY"}
        self._headers = _HEADERS | (framed if in_notebook else unframed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        allowed = self._from_this_page(Headers(scope=scope), scope["method"])
        answer = self._app if allowed else PlainTextResponse("This is not the address of this page.", 403)
        await answer(scope, receive, send_with_headers)

    def _from_this_page(self, headers: Headers, method: str) -> bool:
        """Tell whether the browser asks for this page by its own name, and on behalf of this page."""
        host, origin = headers.get("host", ""), headers.get("origin")
        try:
            name, asking = urlsplit(f"//{host}").hostname, host if origin is None else urlsplit(origin).netloc
        except ValueError:  # Such as `http://[x`, which is no address.
            return False
        if self._hosts and (name not in self._hosts or any(each in headers for each in _FORWARDED)):
            return False
        navigates = method == "GET" and headers.get("sec-fetch-mode", "navigate") == "navigate"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not navigates:
            return False
        return asking == host
