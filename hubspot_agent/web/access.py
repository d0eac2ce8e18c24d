"""Who may use the page: whoever uses this machine, or whom a proxy before the page has let in.

A third way, logging in at an OpenID provider, is in `openid.py`.
"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Protocol

from starlette.requests import Request
from starlette.routing import Route

from hubspot_agent.web.identity import LOCAL_USER, User

#: Most characters of a user name that a proxy names.
MAX_NAME_LENGTH = 200


class UserAccess(Protocol):
    """Tells who asks.

    Attributes:
        routes: The addresses that logging in and out needs.
        logs_out: Whether users can log out on the page.
    """

    routes: Sequence[Route]
    logs_out: bool

    def user(self, request: Request) -> User | None:
        """Return who asks; `None` of whom is not let in."""
        ...


class LocalAccess:
    """Lets in everybody who reaches the page, which only this machine does."""

    routes: Sequence[Route] = ()
    logs_out = False

    def user(self, request: Request) -> User | None:
        """Return the one user there is."""
        return LOCAL_USER


class ProxyAccess:
    """Lets in whom an authenticating proxy names in a header.

    Args:
        header: The name of the header, which the proxy must take out of what browsers send.
        proxy: The address or network of the proxy; who asks from elsewhere is not let in.

    Raises:
        ValueError: `proxy` is no address or network.
    """

    routes: Sequence[Route] = ()
    logs_out = False

    def __init__(self, header: str, proxy: str) -> None:
        self._header = header
        self._proxy = ip_network(proxy, strict=False)

    def user(self, request: Request) -> User | None:
        """Return whom the proxy names."""
        name = request.headers.get(self._header, "").strip()
        try:
            from_proxy = request.client is not None and ip_address(request.client.host) in self._proxy
        except ValueError:
            from_proxy = False
        named = from_proxy and name.isprintable() and 0 < len(name) <= MAX_NAME_LENGTH
        return User(name, name) if named else None
