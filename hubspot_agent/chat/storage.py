"""What a front end keeps on this machine: the audit trail, and conversations in a file."""

import getpass
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from hubspot_agent.audit.file import audit_trail
from hubspot_agent.errors import CannotStartError
from hubspot_agent.paths import private_file


@contextmanager
def audited(directory: Path, warn: Callable[[Exception], None], *, required: bool) -> Iterator[None]:
    """Keep the audit trail in `directory` for as long as the context lasts.

    Args:
        directory: The state directory.
        warn: Told when it cannot be kept, or a record of it cannot be written.
        required: Whether nothing may be written without it.

    Raises:
        CannotStartError: It is required and cannot be kept.
    """
    with ExitStack() as kept:
        try:
            kept.enter_context(audit_trail(directory, warn))
        except OSError as error:
            if required:
                raise CannotStartError("audit_unusable", directory=directory, error=error.strerror) from error
            warn(error)
        yield


@asynccontextmanager
async def conversations_file(file: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """Open a file of conversations, its owner's alone, as a checkpointer.

    Raises:
        CannotStartError: It cannot be used.
    """
    # At DEBUG it logs every statement with its values, which are whole conversations.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    try:
        opening = AsyncSqliteSaver.from_conn_string(str(private_file(file)))
    except OSError as error:
        raise CannotStartError("file_unusable", file=file, error=error.strerror) from error
    async with opening as saver:
        try:
            await saver.setup()
        except sqlite3.Error as error:
            raise CannotStartError("file_unusable", file=file, error=error) from error
        yield saver


def user_name() -> str | None:
    """Return the name of whoever runs this process; `None` where they have none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
