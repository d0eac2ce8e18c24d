"""What a front end keeps on this machine: conversations in a file."""

import getpass
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from hubspot_agent.errors import CannotStartError, sqlite_error
from hubspot_agent.paths import private_file


@asynccontextmanager
async def conversations_file(file: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """Open a file of conversations, its owner's alone, as a checkpointer.

    Raises:
        CannotStartError: It cannot be used.
    """
    try:
        opening = AsyncSqliteSaver.from_conn_string(str(private_file(file)))
    except OSError as error:
        raise CannotStartError("file_unusable", file=file, error=error.strerror) from error
    with _aiosqlite_logs_no_statements():
        async with opening as saver:
            try:
                await saver.setup()
            except sqlite3.Error as error:
                raise sqlite_error(file, error) from error
            yield saver


async def prune(checkpointer: BaseCheckpointSaver[str], thread: str) -> None:
    """Keep the newest checkpoint of a conversation whose turn has ended, where its checkpointer can prune."""
    if isinstance(checkpointer, AsyncSqliteSaver):
        await _prune_sqlite(checkpointer, thread)
        return
    with suppress(NotImplementedError):
        await checkpointer.aprune([thread], strategy="keep_latest")


async def _prune_sqlite(checkpointer: AsyncSqliteSaver, thread: str) -> None:
    """Keep the newest checkpoint of the graph; `AsyncSqliteSaver` has no `aprune` of its own yet.

    Those of the agent within it belong to turns that have ended.
    """
    newest = "(SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = '')"
    async with checkpointer.lock:
        try:
            for table in ("writes", "checkpoints"):
                statement = (
                    f"DELETE FROM {table} WHERE thread_id = ? AND (checkpoint_ns <> '' OR checkpoint_id <> {newest})"  # noqa: S608
                )
                await checkpointer.conn.execute(statement, (thread, thread))
            await checkpointer.conn.commit()
        except BaseException:
            await checkpointer.conn.rollback()  # An open transaction would keep others out of the file.
            raise


@contextmanager
def _aiosqlite_logs_no_statements() -> Iterator[None]:
    """Keep whole conversations out of the log: at DEBUG aiosqlite logs every statement with its values."""
    logger = logging.getLogger("aiosqlite")
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)


def user_name() -> str | None:
    """Return the name of whoever runs this process; `None` where they have none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
