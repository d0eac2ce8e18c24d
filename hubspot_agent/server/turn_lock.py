"""One turn of a conversation at a time, on servers that do not see to that themselves.

Two messages sent at the same time make two runs. LangGraph's server keeps the runs of a conversation apart; Aegra
0.11 does not, and the run that ends last would overwrite what the other one wrote.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph_sdk.runtime import ServerRuntime

from hubspot_agent.settings import Settings

#: Seconds that a turn waits at most for the one before it, which may take as long as its model and HubSpot do.
LOCK_TIMEOUT_S = 600

#: Seconds that PostgreSQL may take to accept a connection.
CONNECT_TIMEOUT_S = 10

Graph = CompiledStateGraph[Any, Any, Any, Any]

#: What LangGraph's servers call for each run and each look at a conversation
#: (https://docs.langchain.com/langsmith/graph-rebuild).
GraphFactory = Callable[[RunnableConfig, ServerRuntime[Any]], AbstractAsyncContextManager[Graph]]


class TurnLockError(RuntimeError):
    """The turn could not begin: PostgreSQL does not answer, or an earlier turn did not end."""


def one_turn_at_a_time(graph: Graph, settings: Settings | None = None) -> GraphFactory:
    """Return a graph factory for ``graphs`` of ``langgraph.json`` whose runs wait for those of the same conversation.

    Args:
        graph: What `build_graph` returns.
        settings: Which PostgreSQL all instances share, as `database_url`; without one nothing waits. `None` reads
            the environment and the ``.env`` file.
    """
    secret = (settings or Settings()).database_url
    database_url = secret.get_secret_value() if secret else None

    @asynccontextmanager
    async def graph_factory(config: RunnableConfig, runtime: ServerRuntime[Any]) -> AsyncIterator[Graph]:
        thread_id = config.get("configurable", {}).get("thread_id")
        if database_url and thread_id and runtime.execution_runtime:
            async with _locked(database_url, str(thread_id)):
                yield graph
        else:
            yield graph

    return graph_factory


@asynccontextmanager
async def _locked(database_url: str, thread_id: str) -> AsyncIterator[None]:
    """Hold the lock of a conversation; PostgreSQL takes it back from a process that dies.

    Raises:
        TurnLockError: It cannot be had.
    """
    from psycopg import AsyncConnection, Error

    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(
                await AsyncConnection.connect(
                    database_url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, keepalives_idle=30
                )
            )
            await connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
            lock = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
            await connection.execute(lock, (f"hubspot-agent:{thread_id}",))
        except Error as error:
            error_type = type(error).__name__  # Its words may hold the password.
        else:
            yield
            return
    raise TurnLockError(
        f"The conversation could not be locked ({error_type}): check DATABASE_URL, and that PostgreSQL answers."
    )
