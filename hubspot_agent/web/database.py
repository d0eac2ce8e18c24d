"""Where the page keeps conversations and their titles: a SQLite file of the user's own, or PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.store.base import BaseStore
from langgraph.store.sqlite.aio import AsyncSqliteStore

from hubspot_agent.chat.storage import conversations_file
from hubspot_agent.errors import CannotStartError
from hubspot_agent.paths import private_file

#: How many connections to PostgreSQL are kept.
CONNECTIONS = 10


@dataclass(frozen=True)
class Database:
    """Where conversations are kept.

    Attributes:
        checkpointer: What is said in them.
        store: What they are called.
    """

    checkpointer: BaseCheckpointSaver[str]
    store: BaseStore


@asynccontextmanager
async def database(url: str | None, file: Path) -> AsyncIterator[Database]:
    """Open the database and make its tables, and close it at the end.

    Args:
        url: A URL that begins with ``postgresql://`` or ``postgres://``; `None` for the file.
        file: The SQLite file of the conversations; their titles are in another beside it.

    Raises:
        CannotStartError: It cannot be used.
    """
    if url is not None:
        async with _postgresql(url) as opened:
            yield opened
        return
    # Two files: two connections that write into one would find it locked by each other.
    titles = file.with_stem(f"{file.stem}-titles")
    async with (
        conversations_file(file) as checkpointer,
        AsyncSqliteStore.from_conn_string(str(private_file(titles))) as store,
    ):
        await store.setup()
        yield Database(checkpointer, store)


@asynccontextmanager
async def _postgresql(url: str) -> AsyncIterator[Database]:
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise CannotStartError("database_unknown")
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from langgraph.store.postgres.aio import AsyncPostgresStore
    from psycopg import AsyncConnection, Error
    from psycopg.rows import DictRow, dict_row
    from psycopg_pool import AsyncConnectionPool, PoolTimeout

    Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    # A connection that the server has ended meanwhile is noticed and replaced when it is next taken.
    check = AsyncConnectionPool.check_connection
    async with Pool(url, max_size=CONNECTIONS, kwargs=options, check=check, open=False, timeout=10) as pool:
        checkpointer, store = AsyncPostgresSaver(pool), AsyncPostgresStore(pool)
        try:
            await pool.wait(timeout=10)
            await checkpointer.setup()
            await store.setup()
        except (Error, PoolTimeout) as error:
            # Not its words, which may hold the password.
            raise CannotStartError("database_unusable", error=type(error).__name__) from None
        yield Database(checkpointer, store)
