"""What the documentation shows works, and what it names exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hubspot_agent.middleware import contact_guards
from hubspot_agent.texts import text
from support.readme_blocks import PROJECT, block
from support.sessions import SESSIONS, printed, shown

RECIPES = "hubspot_agent/INTEGRATION.md"

PAGES = [
    path
    for folder in (".", "graphs", "hubspot_agent", "notebooks", "tests")
    for path in (PROJECT / folder).glob("*.md" if folder == "." else "**/*.md")
]


def run(heading: str, file: str = "README.md") -> None:
    exec(compile(block(heading, file), file, "exec"), {})


def test_the_import_example(capsys: pytest.CaptureFixture[str]) -> None:
    run("In your own program")
    printed = capsys.readouterr().out.strip()
    assert printed.startswith(text("graph.welcome").strip().splitlines()[0])
    assert printed.endswith("+31201234567")


def test_the_guards_around_an_agent(capsys: pytest.CaptureFixture[str]) -> None:
    run("An agent of your own, with the guards", RECIPES)
    printed = capsys.readouterr().out
    assert printed.startswith(text("writes.create"))
    assert "Created:\n• Bob Jones" in printed


def test_what_is_an_applications_own(tmp_path: Path) -> None:
    """In a process of its own: a language is added for the whole process."""
    owns = ("button", "language", "instructions", "tools", "properties and rules", "accounts")
    code = "\n".join(block(f"Your own {each}", RECIPES) for each in owns)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=60)


@pytest.mark.parametrize("file", SESSIONS, ids=lambda file: file.parent.name)
def test_a_chat_is_as_the_program_prints_it(file: Path, tmp_path: Path) -> None:
    assert shown(file) == printed(file, tmp_path), "run `make docs`"


def test_every_folder_and_every_guard_is_in_the_architecture() -> None:
    page = (PROJECT / "hubspot_agent" / "README.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (PROJECT / "hubspot_agent").glob("*/__init__.py")}
    assert folders - set(re.findall(r"`(\w+)/`", page)) == set()
    guards = re.findall(r"^\| `(\w+)` \|", page.partition("## Guards")[2], re.MULTILINE)
    assert guards == [type(each).__name__ for each in contact_guards()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_what_a_page_names_exists(page: Path) -> None:
    contents = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", contents):
        target, _, anchor = "".join(link).partition("#")
        if not target.startswith("http"):
            found = (page.parent / target) if target else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), f"{target}#{anchor}"
    for name in re.findall(r"`([a-z_]+/[a-z_/]*|[a-z_/]+\.py)`", contents):
        assert any((folder / name).exists() for folder in (page.parent, PROJECT, PROJECT / "hubspot_agent")), name


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
