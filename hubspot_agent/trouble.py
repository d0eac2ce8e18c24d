"""What goes wrong at the command line: what the user is told of it, and what is noted for those who look after it."""

import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from hubspot_agent.texts import Language, text

_PACKAGE = Path(__file__).parent
#: Bytes after which the log begins anew.
_MAX_LOG = 1_000_000


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


def default_state_directory() -> Path:
    """Return where this user's programs keep their state, by the custom of the operating system."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "hubspot-agent"


def private_file(file: Path) -> Path:
    """Make `file` if it does not exist, for its owner's eyes alone, and its directory likewise.

    Raises:
        OSError: It cannot be made or opened.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    return file


def note(error: BaseException, directory: Path) -> Path | None:
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
        mode = "w" if log.stat().st_size > _MAX_LOG else "a"
        with log.open(mode, encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError:
        return None
    return log
