"""The command line as people and scripts run it: in a process of its own, or, for speed, in this one."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hubspot_agent.cli.main import main
from hubspot_agent.sandbox import Sandbox

COMMAND = shutil.which("hubspot-agent", path=str(Path(sys.executable).parent)) or "hubspot-agent"


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return what runs a command here: `run("chat", "--demo", typed=["1"], OPENAI_API_KEY="sk-1")`."""

    def run(*arguments: str, typed: Sequence[str] = (), **settings: str) -> Ran:
        for name, value in {"XDG_STATE_HOME": str(tmp_path / "state"), **settings}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        status = main(arguments)
        return Ran(status, *capsys.readouterr())

    return run


def environment(directory: Path, **settings: str) -> dict[str, str]:
    """Return this process's environment, which has no settings, with `directory` as the user's home."""
    return {**os.environ, "HOME": str(directory), "XDG_STATE_HOME": str(directory / "state"), **settings}


def command(directory: Path, *arguments: str, typed: Sequence[str] = (), **settings: str) -> Ran:
    """Run the real command, with `typed` as its piped input."""
    ended = subprocess.run(
        [COMMAND, *arguments],
        input="".join(f"{line}\n" for line in typed),
        env=environment(directory, **settings),
        cwd=directory,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def stored(file: Path) -> dict[str, dict[str, Any]]:
    """Return the properties of the contacts in a sandbox's file, by e-mail address."""
    with Sandbox(path=file) as sandbox:
        return {each["properties"].get("email", each["id"]): each["properties"] for each in sandbox.contacts()}


def seed(file: Path, *contacts: dict[str, str]) -> None:
    """Make a sandbox's file that holds `contacts`."""
    Sandbox(contacts=contacts, path=file).close()
