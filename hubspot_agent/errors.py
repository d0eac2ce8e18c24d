"""Errors that a person can do something about, and the log of those that nobody expected."""

import sqlite3
import traceback
from datetime import UTC, datetime
from pathlib import Path

from hubspot_agent.paths import private_file
from hubspot_agent.texts import Language, Texts, text

_PACKAGE = Path(__file__).parent
#: Size in bytes after which the log begins anew.
_MAX_LOG_BYTES = 1_000_000


class CannotStartError(Exception):
    """A command cannot begin, for a reason that the user can do something about.

    Args:
        key: Which sentence of ``texts/*/terminal.toml`` says so.
        **values: What its placeholders stand for.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def sentence(self, language: Language) -> str:
        """Return what to tell the user."""
        return text(f"terminal.{self.key}", language, **self.values)


class DatabaseError(CannotStartError):
    """A database of ours cannot be used, at the start or since: which it is, and what helps; see `CannotStartError`."""


def sqlite_error(file: Path | str, error: sqlite3.Error) -> DatabaseError:
    """Return what to say of an error of SQLite's: that a file is damaged, or why it cannot be used.

    Args:
        file: Which file.
        error: What SQLite raised; a damaged file is a `sqlite3.DatabaseError` of no narrower class.
    """
    key = "file_damaged" if type(error) is sqlite3.DatabaseError else "file_unusable"
    return DatabaseError(key, file=file, error=error)


class ModelNotConfiguredError(RuntimeError):
    """A setting that this turn needs is missing; the message names it."""

    def __init__(self, setting: str):
        self.setting = setting
        super().__init__(f"{setting} is not set. Set it in the environment or in a .env file.")


def log_error(error: BaseException, directory: Path) -> Path | None:
    """Add `error` to the log in `directory`, readable by its owner alone.

    Only the types of the error and its causes and the places in this package are noted: an error's text may
    hold what someone typed, or a contact.

    Returns:
        The log, or `None` when it cannot be written.
    """
    lines = [datetime.now(UTC).isoformat(timespec="seconds")]
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"  {type(cause).__module__}.{type(cause).__name__}")
        frames = traceback.extract_tb(cause.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
        lines += [f"    {Path(f.filename).relative_to(_PACKAGE)}:{f.lineno} in {f.name}" for f in own]
        cause = cause.__cause__ or cause.__context__
    try:
        log = private_file(directory / "errors.log")
        mode = "w" if log.stat().st_size > _MAX_LOG_BYTES else "a"
        with log.open(mode, encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError:
        return None
    return log


def report_error(directory: Path, error: Exception, texts: Texts) -> str:
    """Add an error that nobody expected to the log in `directory`, and return the sentence for the user."""
    log = log_error(error, directory)
    key = "terminal.unexpected" if log else "terminal.unexpected_unlogged"
    return texts(key, error=type(error).__name__, log=log)
