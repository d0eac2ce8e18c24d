"""The graph as a server runs it: with an audit trail, and one turn of a conversation at a time.

Two messages sent at the same time make two runs. LangGraph's server keeps the runs of a conversation apart; Aegra
0.11 does not, and the run that ends last would forget what the other wrote.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    ExitStack,
    aclosing,
    asynccontextmanager,
    nullcontext,
)
from functools import cache
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from hubspot_agent.audit.file import audit_trail
from hubspot_agent.paths import default_state_directory
from hubspot_agent.settings import Settings

logger = logging.getLogger("hubspot_agent.served")

#: Seconds that a turn waits at most for the one before it, which may take as long as its model and HubSpot do.
PATIENCE = 600

#: What stays open until the process ends.
_kept = ExitStack()


def served(graph: CompiledStateGraph[Any, Any, Any, Any], settings: Settings | None = None) -> "ServedGraph":
    """Return `graph` for a server, and keep the audit trail of this process where `hubspot-agent audit` reads it.

    Args:
        graph: What `build_graph` returns.
        settings: Which PostgreSQL all instances share, as `database_url`; without one turns are not kept apart,
            as LangGraph's own server does that itself. `None` reads the environment.
    """
    settings = settings or Settings()
    _keep_audit_trail()
    # What the graph's own class does, such as masking its traces, it goes on doing.
    kind = type("ServedGraph", (ServedGraph, type(graph)), {})
    one: ServedGraph = kind(**{name: value for name, value in vars(graph).items() if name != "__orig_class__"})
    one.database_url = settings.database_url.get_secret_value() if settings.database_url else None
    return one


class ServedGraph(CompiledStateGraph[Any, Any, Any, Any]):
    """A graph whose turns wait for those of the same conversation that run already.

    Attributes:
        database_url: The PostgreSQL that keeps the locks; `None` for no locks.
    """

    database_url: str | None = None

    def copy(self, update: dict[str, Any] | None = None) -> "ServedGraph":
        """Return a copy, as a server makes one for each run."""
        attributes = {**vars(self), **(update or {})}
        database_url = attributes.pop("database_url", None)
        one = type(self)(**attributes)
        one.database_url = database_url
        return one

    async def astream(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> AsyncIterator[Any]:
        """Run a turn as `CompiledStateGraph.astream` does, when it is its turn."""
        turn = cast("AsyncGenerator[Any]", super().astream(input, config, **options))
        async with self._its_turn(config), aclosing(turn) as events:
            async for event in events:
                yield event

    def _its_turn(self, config: RunnableConfig | None) -> AbstractAsyncContextManager[None]:
        thread_id = (config or {}).get("configurable", {}).get("thread_id")
        return _locked(self.database_url, str(thread_id)) if self.database_url and thread_id else nullcontext()


class LockError(RuntimeError):
    """The turn could not begin: PostgreSQL does not answer, or an earlier turn did not end."""


@asynccontextmanager
async def _locked(database_url: str, thread_id: str) -> AsyncIterator[None]:
    """Hold the lock of a conversation; PostgreSQL takes it back from a process that dies."""
    from psycopg import AsyncConnection, Error

    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(
                await AsyncConnection.connect(database_url, autocommit=True, connect_timeout=10, keepalives_idle=30)
            )
            await connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
            lock = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
            await connection.execute(lock, (f"hubspot-agent:{thread_id}",))
        except Error as error:
            kind = type(error).__name__  # Its words may hold the password.
        else:
            yield
            return
    raise LockError(f"The conversation could not be locked ({kind}): check DATABASE_URL, and that PostgreSQL answers.")


@cache
def _keep_audit_trail() -> None:
    """Keep the trail; a server whose state directory cannot be written says so and goes on."""

    def warn(error: Exception) -> None:
        logger.error("The audit trail cannot be kept: %s. Give XDG_STATE_HOME a directory.", type(error).__name__)

    try:
        _kept.enter_context(audit_trail(default_state_directory(), warn))
    except OSError as error:
        warn(error)
