"""Who is let in: whoever has a signed token; without keys, Studio on this machine, or nobody."""

import logging
import os
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from hubspot_agent.server.auth.refusal import RefusedError
from hubspot_agent.server.loopback import is_loopback
from hubspot_agent.settings import Settings
from hubspot_agent.state import ANONYMOUS

logger = logging.getLogger("hubspot_agent.access")

#: Names the user of a request by its headers, whose names are in lower case, and the address it came from.
Door = Callable[[Mapping[str, str], str | None], str]

#: Pages on the web that talk to a server on the machine of whoever opens them: Studio and Agent Chat UI.
PAGES = ("smith.langchain.com", "eu.smith.langchain.com", "agentchat.vercel.app")

#: What a proxy or a tunnel adds, behind which everybody comes from this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip")

_SET_KEYS = "Set HUBSPOT_AGENT_JWT_KEYS to have every request need a signed token (see: hubspot-agent token --help)"
_OTHERWISE = f"{_SET_KEYS}, or HUBSPOT_AGENT_OPEN=1 where everybody who reaches this server may use it."


def door(settings: Settings) -> Door:
    """Return what names the user of a request, or raises `RefusedError`; and log once who is let in.

    Args:
        settings: The keys that tokens are signed with; or that everybody is let in.
    """
    if settings.jwt_keys:
        logger.info("Every request needs a signed token.")
        return _with_token(settings)
    if settings.open:
        logger.warning("Open to everybody who reaches this server, by HUBSPOT_AGENT_OPEN. %s.", _SET_KEYS)
        return lambda headers, peer: ANONYMOUS
    # Set by `langgraph dev`, and by no other way of running LangGraph's server or Aegra.
    if os.environ.get("LANGSMITH_LANGGRAPH_API_VARIANT") == "local_dev":
        logger.warning("Open to Studio and programs on this machine, without a token. %s.", _SET_KEYS)
        return _from_this_machine
    logger.error("Closed to everybody. %s", _OTHERWISE)
    return _closed("no_keys", f"This server is closed to everybody. {_OTHERWISE}")


def _with_token(settings: Settings) -> Door:
    try:
        from hubspot_agent.server.auth.bearer import token_check
    except ImportError:
        # Not raised: Aegra lets everybody in when these rules cannot be loaded.
        fix = 'Tokens cannot be checked: pip install "hubspot-agent[access]".'
        logger.error(fix)
        return _closed("package_missing", fix)
    user_of = token_check(settings)

    def enter(headers: Mapping[str, str], peer: str | None) -> str:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise RefusedError("no_token")
        return user_of(token.strip())

    return enter


def _from_this_machine(headers: Mapping[str, str], peer: str | None) -> str:
    # Any page in the browser can reach a server on the same machine: by its own address, which its origin tells,
    # or by a name of its own that leads here, which the host tells.
    origin = _host_of(headers["origin"]) if "origin" in headers else "localhost"
    host = _host_of(f"//{headers.get('host', '')}")
    local = is_loopback(peer) and is_loopback(host) and not any(name in headers for name in _FORWARDED)
    if not local or not (is_loopback(origin) or origin in PAGES):
        raise RefusedError("not_this_machine", fix=f"This server is open to its own machine alone. {_OTHERWISE}")
    return ANONYMOUS


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _closed(reason: str, fix: str) -> Door:
    def refuse(headers: Mapping[str, str], peer: str | None) -> str:
        raise RefusedError(reason, fix=fix)

    return refuse
