"""Chats in the documentation, as the program prints them: `make docs` runs them again and writes them anew."""

import re
import sys
import tempfile
from pathlib import Path

from support.terminal_chat import command

PROJECT = Path(__file__).parents[2]

#: What is typed in the chat that each file shows, line by line.
SESSIONS = {
    PROJECT / "README.md": (
        "create Emily Jonson, emily@johnson.example, company Globex",
        "reject",
        "change the job title of emily.johnson@globex.example to CEO",
        "approve",
    ),
    PROJECT / "hubspot_agent" / "terminal" / "README.md": (
        "change the job title of emily.johnson@globex.example to CFO",
        "edit",
        "CEO",
        "assign her to Noor, link her to Acme and log a note: called her, wants a quote",
        "approve",
        "undo",
        "undo",
    ),
}

_BETWEEN_MARKERS = re.compile(r"<!-- session -->\n```text\n(.*?)```\n<!-- /session -->", re.DOTALL)


def printed(file: Path, directory: Path) -> str:
    """Return what the demo prints in the session of `file`; `directory` keeps its state."""
    ran = command(directory, "chat", "--demo", typed=SESSIONS[file])
    assert (ran.status, ran.err) == (0, "")
    return ran.out


def shown(file: Path) -> str:
    """Return the session that `file` shows."""
    return _session_in(file.read_text(encoding="utf-8"))[1]


def _session_in(page: str) -> re.Match[str]:
    found = _BETWEEN_MARKERS.search(page)
    assert found, "no session between its markers"
    return found


def main() -> None:
    """Write the sessions."""
    for file in SESSIONS:
        page = file.read_text(encoding="utf-8")
        start, end = _session_in(page).span(1)
        with tempfile.TemporaryDirectory() as directory:
            file.write_text(page[:start] + printed(file, Path(directory)) + page[end:], encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
