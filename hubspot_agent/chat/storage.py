"""What a front end keeps on this machine: conversations in a file."""

import getpass
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

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
