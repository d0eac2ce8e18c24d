"""What belongs to whom on a server: a conversation to the user who started it, and nothing else to anybody."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from langgraph_sdk import Auth

from hubspot_agent.hubspot.threads import in_pool
from hubspot_agent.server.auth.door import door
from hubspot_agent.server.auth.refusal import RefusedError
from hubspot_agent.settings import Settings
from hubspot_agent.state import ANONYMOUS

logger = logging.getLogger("hubspot_agent.access")

#: What whoever is refused is told, whatever is wrong with the token.
REFUSED = "A valid token is needed: 'Authorization: Bearer <token>'."


def signed_in(settings: Settings | None = None) -> Auth:
    """Return the rules of LangGraph's server and of Aegra, for ``auth.path`` of ``langgraph.json``.

    Who has a token may read the assistants, and start, continue, read, search, change and delete
    conversations of their own. Other people's are as if they did not exist. Assistants cannot be changed;
    schedules, which would run on after a token has expired, and the store, which this package does not use,
    are closed.

    Args:
        settings: The keys; `None` reads the environment and the ``.env`` file.
    """
    auth = Auth()
    enter = door(settings or Settings())
    # Of its own, for a check may read a file or ask an issuer, and must not wait behind calls of HubSpot.
    pool = ThreadPoolExecutor(4, thread_name_prefix="hubspot-agent-access")

    @auth.authenticate
    async def authenticate(headers: dict[Any, Any], scope: dict[str, Any] | None = None) -> Auth.types.MinimalUserDict:
        """Name the user of a request. LangGraph's server gives headers as bytes, Aegra as text and no scope."""
        named = {_text(name).lower(): _text(value) for name, value in headers.items()}
        peer = (scope or {}).get("client") or (None,)
        try:
            user = await in_pool(pool, enter, named, peer[0])
        except RefusedError as refused:
            logger.warning("A request was refused: %s.", refused.reason)
            raise Auth.exceptions.HTTPException(status_code=401, detail=refused.fix or REFUSED) from None
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
