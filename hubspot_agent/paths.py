"""Where this user's programs keep their state, and files that only their owner can read."""

import errno
import os
import stat
import sys
from pathlib import Path


def default_state_directory() -> Path:
    """Return where this user's programs keep their state, by the custom of the operating system."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "hubspot-agent"


def unusable(directory: Path) -> str | None:
    """Return why files cannot be read and kept in `directory`, in the system's words; `None` where they can.

    It changes nothing: a directory that does not exist is judged by where it would be made.
    """
    for place in (directory, *directory.parents):
        try:
            mode = place.stat().st_mode
        except FileNotFoundError:
            continue
        except OSError as error:
            return error.strerror
        if not stat.S_ISDIR(mode):
            return os.strerror(errno.ENOTDIR)
        if not _is_open(place, os.R_OK | os.W_OK | os.X_OK):
            return os.strerror(errno.EACCES)
        kept = sorted(place.iterdir()) if place == directory else []
        closed = [file.name for file in kept if not _is_open(file, os.R_OK | os.W_OK)]
        return f"{closed[0]}: {os.strerror(errno.EACCES)}" if closed else None
    return os.strerror(errno.ENOENT)


def _is_open(file: Path, mode: int) -> bool:
    return os.access(file, mode, effective_ids=os.access in os.supports_effective_ids)


def private_file(file: Path) -> Path:
    """Make `file` if it does not exist, for its owner's eyes alone, and its directory likewise.

    Raises:
        OSError: It cannot be made or opened.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    return file
