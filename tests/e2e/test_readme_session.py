"""The session in the README is what the program prints: run here by the real command, with piped input."""

import re
from pathlib import Path

from support.terminal_chat import command

README = Path(__file__).parents[2] / "README.md"

TYPED = [
    "create Emily Jonson, emily@johnson.example, company Globex",
    "reject",
    "change the job title of emily.johnson@globex.example to CFO",
    "edit",
    "CEO",
    "set her owner to 77",
    "undo",
    "undo",
]


def test_the_readme_shows_what_the_program_prints(tmp_path: Path) -> None:
    ran = command(tmp_path, "chat", "--demo", typed=TYPED)
    assert (ran.status, ran.err) == (0, "")
    shown = re.search(r"<!-- session -->\n```\w*\n(.*?)```\n<!-- /session -->", README.read_text("utf-8"), re.DOTALL)
    assert shown is not None, "the README has no session between its markers"
    assert shown[1] == ran.out
