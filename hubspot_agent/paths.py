"""Where this user's programs keep their state, and files that only their owner can read."""

import os
import sys
from pathlib import Path


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
