"""What belongs to whom on a server: a conversation to the user who started it, and nothing else to anybody."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from langgraph_sdk import Auth

from hubspot_agent.hubspot.threads import in_pool
from hubspot_agent.server.auth.authenticator import build_authenticator
from hubspot_agent.server.auth.errors import UnauthorizedError
from hubspot_agent.settings import Settings
from hubspot_agent.state import ANONYMOUS

logger = logging.getLogger("hubspot_agent.server.auth")

#: What a client that is not let in is told, whatever is wrong with the token.
BEARER_EXPECTED = "A valid token is needed: 'Authorization: Bearer <token>'."


def build_auth(settings: Settings | None = None) -> Auth:
    """Return who may do what on LangGraph's server and on Aegra, for ``auth`` of ``langgraph.json``.

    Who has a token may read the assistants, and start, continue, read, search, change and delete
    conversations of their own. Other people's are as if they did not exist. Assistants cannot be changed;
    schedules, which would run on after a token has expired, and the store, which this package does not use,
    are closed.

    Args:
        settings: Whose tokens are taken; `None` reads the environment and the ``.env`` file.
    """
    auth = Auth()
    user_of = build_authenticator(settings or Settings())
    # Threads of their own: an issuer may be slow to send its keys, and other work may fill asyncio's.
    threads = ThreadPoolExecutor(4, thread_name_prefix="hubspot-agent-auth")

    @auth.authenticate
    async def authenticate(headers: dict[Any, Any], scope: dict[str, Any] | None = None) -> Auth.types.MinimalUserDict:
        """Name the user of a request. LangGraph's server gives headers as bytes, Aegra as text and no scope."""
        named = {_text(name).lower(): _text(value) for name, value in headers.items()}
        peer = (scope or {}).get("client") or (None,)
        try:
            user = await in_pool(threads, user_of, named, peer[0])
        except UnauthorizedError as error:
            logger.warning("A request was refused: %s.", error.reason)
            raise Auth.exceptions.HTTPException(status_code=401, detail=error.fix or BEARER_EXPECTED) from None
        return {"identity": user, "display_name": user, "is_authenticated": user != ANONYMOUS}

    @auth.on
    async def anything_else(ctx: Auth.types.AuthContext, value: Any) -> bool:
        return _is_open(ctx)

    @auth.on.assistants.read
    async def read_assistant(ctx: Auth.types.AuthContext, value: Any) -> bool:
        return True

    @auth.on.assistants.search
    async def search_assistants(ctx: Auth.types.AuthContext, value: Any) -> bool:
        return True

    @auth.on.threads
    async def own_threads(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> Auth.types.FilterType | None:
        if _is_open(ctx):
            return None
        owner = {"owner": ctx.user.identity}
        if ctx.action in ("create", "create_run", "update"):
            # In place, for this is what the server stores: a request's own "owner" must not stand.
            if value.get("metadata") is None:
                value["metadata"] = {}
            value["metadata"].update(owner)
        return owner

    return auth


def _is_open(ctx: Auth.types.AuthContext) -> bool:
    return ctx.user.identity == ANONYMOUS


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
