"""Who is let in: whoever has a signed token; without an issuer of tokens, Studio on this machine, or nobody."""

import logging
import os
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from hubspot_agent.server.auth.errors import UnauthorizedError
from hubspot_agent.server.loopback import is_loopback
from hubspot_agent.settings import Settings
from hubspot_agent.state import ANONYMOUS

logger = logging.getLogger("hubspot_agent.server.auth")

#: Names the user of a request by its headers, whose names are in lower case, and the address it came from; raises
#: `UnauthorizedError` for whoever is not let in.
Authenticator = Callable[[Mapping[str, str], str | None], str]

#: Pages on the web that talk to a server on the machine of whoever opens them: Studio and Agent Chat UI.
STUDIO_HOSTS = ("smith.langchain.com", "eu.smith.langchain.com", "agentchat.vercel.app")

#: What a proxy or a tunnel adds, behind which everybody comes from this machine.
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip")

_REQUIRE_TOKENS = "Set HUBSPOT_AGENT_JWKS_URL to have every request need a signed token"
_OPEN_UP = f"{_REQUIRE_TOKENS}, or HUBSPOT_AGENT_OPEN=1 where everybody who reaches this server may use it."


def build_authenticator(settings: Settings) -> Authenticator:
    """Return the authenticator that the settings ask for, and log once who is let in.

    Args:
        settings: Whose tokens are taken; or that everybody is let in.
    """
    if settings.jwks_url:
        return _by_token(settings, settings.jwks_url)
    if settings.open:
        logger.warning("Open to everybody who reaches this server, by HUBSPOT_AGENT_OPEN. %s.", _REQUIRE_TOKENS)
        return _anybody
    # Set by `langgraph dev`, and by no other way of running LangGraph's server or Aegra.
    if os.environ.get("LANGSMITH_LANGGRAPH_API_VARIANT") == "local_dev":
        logger.warning("Open to Studio and programs on this machine, without a token. %s.", _REQUIRE_TOKENS)
        return _local_user
    return _closed("no_issuer", f"This server is closed to everybody. {_OPEN_UP}")


def _by_token(settings: Settings, jwks_url: str) -> Authenticator:
    # Nothing is raised here: Aegra lets everybody in when it cannot import its auth module.
    try:
        from hubspot_agent.server.auth.token_verifier import TokenVerifier, jwks_client

        jwks = jwks_client(jwks_url)
    except ImportError:
        return _closed("package_missing", 'Tokens cannot be verified: pip install "hubspot-agent[serve]".')
    except ValueError as error:
        return _closed("jwks_url", str(error))
    verifier = TokenVerifier(jwks, issuer=settings.jwt_issuer, audience=settings.jwt_audience)
    logger.info("Every request needs a signed token.")

    def user_of(headers: Mapping[str, str], peer: str | None) -> str:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise UnauthorizedError("no_token")
        return verifier.user_of(token.strip())

    return user_of


def _anybody(headers: Mapping[str, str], peer: str | None) -> str:
    if not _is_known_page(headers):
        fix = f"A page at another address may not use this server without a token. {_REQUIRE_TOKENS}."
        raise UnauthorizedError("origin", fix=fix)
    return ANONYMOUS


def _local_user(headers: Mapping[str, str], peer: str | None) -> str:
    # Any page in the browser can reach a server on the same machine: by its own address, which its origin tells,
    # or by a name of its own that leads here, which the host tells.
    host = _host_of(f"//{headers.get('host', '')}")
    local = is_loopback(peer) and is_loopback(host) and not any(name in headers for name in _PROXY_HEADERS)
    if not local or not _is_known_page(headers):
        raise UnauthorizedError("not_this_machine", fix=f"This server is open to its own machine alone. {_OPEN_UP}")
    return ANONYMOUS


def _is_known_page(headers: Mapping[str, str]) -> bool:
    """Tell whether a request comes from no page at all, or from one of this machine, Studio or Agent Chat UI."""
    origin = _host_of(headers["origin"]) if "origin" in headers else "localhost"
    return is_loopback(origin) or origin in STUDIO_HOSTS


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _closed(reason: str, fix: str) -> Authenticator:
    logger.error("Closed to everybody. %s", fix)

    def refuse(headers: Mapping[str, str], peer: str | None) -> str:
        raise UnauthorizedError(reason, fix=fix)

    return refuse
