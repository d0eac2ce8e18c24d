"""How the page is served, and who may use it."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from hubspot_agent.errors import CannotStartError
from hubspot_agent.settings import Settings
from hubspot_agent.texts import Language

Report = Callable[[Exception, Language], str]


@dataclass(frozen=True, kw_only=True)
class WebOptions:
    """How to serve the page.

    Attributes:
        state_directory: Where the audit trail and conversations are kept.
        host: The address to listen on.
        port: The TCP port; 0 is a free one.
        language: The language to speak; `None` follows the user's.
        approve_writes: Whether each write waits for the user's approval.
        sandbox_file: Use the sandbox, kept in this file, whatever keys there are.
        demo: Use the sandbox and the demo model whatever keys there are.
        certificate: A certificate, to speak HTTPS; with its `key`.
        key: The certificate's private key, if it is not in the same file.
    """

    state_directory: Path
    host: str = "127.0.0.1"
    port: int = 7860
    language: Language | None = None
    approve_writes: bool = True
    sandbox_file: Path | None = None
    demo: bool = False
    certificate: Path | None = None
    key: Path | None = None


def log_in_of(settings: Settings) -> Literal["openid", "proxy"] | None:
    """Return how users log in; `None` where nobody does.

    Raises:
        CannotStartError: Only some of the settings are there that a way to log in needs, or one cannot be used.
    """
    openid = {
        "HUBSPOT_AGENT_OIDC_ISSUER": settings.oidc_issuer,
        "HUBSPOT_AGENT_OIDC_CLIENT_ID": settings.oidc_client_id,
        "HUBSPOT_AGENT_OIDC_CLIENT_SECRET": settings.oidc_client_secret,
    }
    proxy = {
        "HUBSPOT_AGENT_PROXY_USER_HEADER": settings.proxy_user_header,
        "HUBSPOT_AGENT_PROXY_ADDRESS": settings.proxy_address,
    }
    for needed in (openid, proxy):
        missing = [name for name, value in needed.items() if not value]
        if 0 < len(missing) < len(needed):
            raise CannotStartError("web_log_in_incomplete", missing=", ".join(missing))
    if all(openid.values()) and all(proxy.values()):
        raise CannotStartError("web_log_in_twice")
    if all(openid.values()):
        return "openid"
    if settings.proxy_address is None:
        return None
    try:
        ip_network(settings.proxy_address, strict=False)
    except ValueError as error:
        raise CannotStartError("web_proxy_unusable", address=settings.proxy_address) from error
    return "proxy"
