"""Where the page keeps its own tables, and the checkpointer beside them: SQLite files, or PostgreSQL."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiosqlite
from langgraph.checkpoint.base import BaseCheckpointSaver

from hubspot_agent.chat.storage import conversations_file, prune
from hubspot_agent.errors import CannotStartError, DatabaseError, sqlite_error
from hubspot_agent.paths import private_file

#: The file with the graph's checkpoints.
CHECKPOINTS = "web.sqlite"

#: How many connections to PostgreSQL are kept.
MAX_CONNECTIONS = 10

#: Seconds that a connection to PostgreSQL may take.
CONNECT_TIMEOUT_S = 10

_TABLES = (
    """CREATE TABLE IF NOT EXISTS page_conversations (
        thread TEXT PRIMARY KEY, owner TEXT NOT NULL, id TEXT NOT NULL, name TEXT, first_words TEXT, task TEXT,
        contact TEXT, record_page TEXT, pending_turn TEXT, changed_at DOUBLE PRECISION NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS page_conversations_of ON page_conversations (owner, changed_at)",
    """CREATE TABLE IF NOT EXISTS page_items (
        thread TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL, data TEXT NOT NULL, words TEXT NOT NULL,
        PRIMARY KEY (thread, id))""",
    "CREATE INDEX IF NOT EXISTS page_items_in_order ON page_items (thread, position)",
    """CREATE TABLE IF NOT EXISTS page_sessions (
        token TEXT PRIMARY KEY, user_id TEXT NOT NULL, user_name TEXT NOT NULL, ends_at DOUBLE PRECISION NOT NULL)""",
)

Row = tuple[Any, ...]


class Tables(Protocol):
    """Runs SQL that both databases understand; `%s` stands for a value."""

    async def execute(self, statement: str, *values: object) -> None:
        """Run a statement."""
        ...

    async def fetch(self, query: str, *values: object) -> list[Row]:
        """Return a query's rows."""
        ...


@dataclass(frozen=True)
class Database:
    """Where conversations are kept.

    Attributes:
        tables: The page's own: conversations, their transcripts, sessions.
        checkpointer: What the graph keeps of them.
    """

    tables: Tables
    checkpointer: BaseCheckpointSaver[str]

    async def prune(self, thread: str) -> None:
        """Drop the checkpoints of a thread but the newest."""
        await prune(self.checkpointer, thread)


@asynccontextmanager
async def database(url: str | None, directory: Path) -> AsyncIterator[Database]:
    """Open the database and make its tables, and close it at the end.

    Args:
        url: A URL that begins with ``postgresql://`` or ``postgres://``; `None` for files.
        directory: Where the SQLite files are: `CHECKPOINTS` of the graph, and ``web-transcripts.sqlite`` with the
            page's own tables. Two connections that write into one file would find it locked by each other.

    Raises:
        CannotStartError: It cannot be used.
    """
    if url is not None:
        async with _postgresql(url) as opened:
            yield opened
        return
    async with (
        conversations_file(directory / CHECKPOINTS) as checkpointer,
        sqlite_tables(private_file(directory / "web-transcripts.sqlite")) as tables,
    ):
        yield Database(tables, checkpointer)


@asynccontextmanager
async def sqlite_tables(file: Path | str) -> AsyncIterator[Tables]:
    """Open the page's tables in a SQLite file; ``":memory:"`` keeps them as long as the process lives.

    Raises:
        CannotStartError: The file cannot be used.
    """
    # At DEBUG it logs every statement with its values, which are whole conversations.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    async with aiosqlite.connect(file, isolation_level=None) as connection:
        tables = _SqliteTables(connection, file)
        await tables.execute("PRAGMA journal_mode = WAL")
        await tables.execute("PRAGMA synchronous = NORMAL")
        await _create_tables(tables)
        yield tables


class _SqliteTables:
    def __init__(self, connection: aiosqlite.Connection, file: Path | str) -> None:
        self._connection = connection
        self._file = file

    async def execute(self, statement: str, *values: object) -> None:
        try:
            await (await self._connection.execute(statement.replace("%s", "?"), values)).close()
        except sqlite3.Error as error:
            raise sqlite_error(self._file, error) from error

    async def fetch(self, query: str, *values: object) -> list[Row]:
        try:
            return [tuple(row) for row in await self._connection.execute_fetchall(query.replace("%s", "?"), values)]
        except sqlite3.Error as error:
            raise sqlite_error(self._file, error) from error


def database_error(error: Exception, directory: Path) -> DatabaseError | None:
    """Return what to say of an error, if it is one of the database: of the page's tables or of the checkpoints.

    Args:
        error: What was raised while the page was served.
        directory: Where the SQLite files are.
    """
    if isinstance(error, DatabaseError):
        return error
    if isinstance(error, sqlite3.Error):  # The page's own tables name their file themselves.
        return sqlite_error(directory / CHECKPOINTS, error)
    if type(error).__module__.partition(".")[0] in ("psycopg", "psycopg_pool"):
        return DatabaseError("database_unusable", error=type(error).__name__)
    return None


async def _create_tables(tables: Tables) -> None:
    for statement in _TABLES:
        await tables.execute(statement)


@asynccontextmanager
async def _postgresql(url: str) -> AsyncIterator[Database]:
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise CannotStartError("database_unknown")
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg import AsyncConnection, Error
    from psycopg.rows import DictRow, dict_row, tuple_row
    from psycopg_pool import AsyncConnectionPool, PoolTimeout

    Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    # A connection that the server has ended meanwhile is noticed and replaced when it is next taken.
    check = AsyncConnectionPool.check_connection
    async with Pool(
        url, max_size=MAX_CONNECTIONS, kwargs=options, check=check, open=False, timeout=CONNECT_TIMEOUT_S
    ) as pool:

        class PostgresqlTables:
            async def execute(self, statement: str, *values: object) -> None:
                async with pool.connection() as connection:
                    await connection.execute(statement, values)

            async def fetch(self, query: str, *values: object) -> list[Row]:
                async with pool.connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
                    await cursor.execute(query, values)
                    return await cursor.fetchall()

        tables, checkpointer = PostgresqlTables(), AsyncPostgresSaver(pool)
        try:
            await pool.wait(timeout=CONNECT_TIMEOUT_S)
            await checkpointer.setup()
            await _create_tables(tables)
        except (Error, PoolTimeout) as error:
            # Not its words, which may hold the password.
            raise DatabaseError("database_unusable", error=type(error).__name__) from None

        yield Database(tables, checkpointer)
