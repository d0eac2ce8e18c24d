"""The command line around the commands: help, what cannot start, and what nobody expected."""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hubspot_agent import HubSpotContacts
from hubspot_agent.cli.main import main
from hubspot_agent.errors import log_error
from support.terminal_chat import COMMAND, Run, environment, run, stored

__all__ = ["run"]

#: What imports optional packages.
IMPORTING = (
    *(f"hubspot_agent.{name}" for name in ("server", "chat.storage", "sandbox", "terminal", "web")),
    "langgraph.checkpoint.sqlite",
)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--help"], "chat "),
        (["--version"], "hubspot-agent 0."),
        (["chat", "--help"], "--thread NAME"),
    ],
)
def test_explains_itself(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert said.replace("chat ", "chat") in capsys.readouterr().out


def test_the_sandbox_runs_alone_and_keeps_what_is_written(tmp_path: Path) -> None:
    file = tmp_path / "crm.sqlite"
    arguments = [COMMAND, "sandbox", "--file", str(file), "--profile", "instant"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, encoding="utf-8", env=environment(tmp_path)) as sandbox:
        assert sandbox.stdout is not None
        said = "".join(sandbox.stdout.readline() for _ in range(3))
        given = dict(re.findall(r"(HUBSPOT_\w+)=(\S+)", said))
        with HubSpotContacts(given["HUBSPOT_ACCESS_TOKEN"], host=given["HUBSPOT_BASE_URL"]) as port:
            port.create({"email": "bo@globex.example"})
        sandbox.send_signal(signal.SIGINT)
        assert sandbox.wait(20) == 0
    assert "bo@globex.example" in stored(file)


@pytest.mark.parametrize("arguments", [["chat"], ["audit", "--format", "json"]])
def test_leaves_quietly_when_nobody_reads_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n2\n3\n"))
    with os.fdopen(writer, "w", encoding="utf-8") as nobody, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", nobody)
        try:
            status: object = main([*arguments, "--state-dir", str(tmp_path)])
        except SystemExit as ended:  # rich's own way
            status = ended.code
    assert status == 1
    assert capsys.readouterr().err in ("", f"No attempted write that fits is recorded in {tmp_path}.\n")


@pytest.mark.parametrize(
    ("package", "command", "extra"),
    [
        ("rich", "chat", "chat"),
        ("aiosqlite", "chat", "chat"),
        ("aiosqlite", "web", "web"),
        ("aiohttp", "sandbox", "sandbox"),
    ],
)
def test_names_the_extra_that_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch, package: str, command: str, extra: str
) -> None:
    for loaded in list(sys.modules):
        if loaded.startswith((f"{package}.", *IMPORTING)):
            monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, package, None)
    ran = run(*command.split())
    assert ran.status == 2
    assert f'pip install "hubspot-agent[{extra}]"' in ran.err


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["chat"], {"HUBSPOT_AGENT_LANGUAGE": "s3cret"}, "HUBSPOT_AGENT_LANGUAGE"),
        (["doctor"], {"HUBSPOT_AGENT_FIELD_POLICY": "s3cret"}, "field_policy"),
        (["chat", "--thread", "x" * 300], {}, "cannot be used"),
        (["chat", "--sandbox-file", "/dev/null/crm.sqlite"], {}, "The file /dev/null/crm.sqlite cannot be used"),
        (["chat", "--thread", "a", "--state-dir", "/dev/null/state"], {}, "cannot be used"),
        (["sandbox", "--port", "99999"], {}, "cannot listen on port 99999"),
        (["sandbox", "--file", "/dev/null/crm.sqlite"], {}, "cannot be used"),
    ],
)
def test_says_why_it_cannot_start(run: Run, arguments: list[str], settings: dict[str, str], said: str) -> None:
    ran = run(*arguments, **settings)
    assert ran.status == 2
    assert said in ran.err
    assert "s3cret" not in ran.err


def test_a_file_that_is_no_database_is_said(run: Run, tmp_path: Path) -> None:
    for name in ("conversations", "sandbox-a", "own"):
        (tmp_path / f"{name}.sqlite").write_text("no database " * 500)
    for arguments, said in (
        (["--sandbox-file", str(tmp_path / "own.sqlite")], "own.sqlite cannot be used"),
        (["--thread", "b"], "conversations.sqlite is damaged"),
        (["--thread", "a"], "sandbox-a.sqlite cannot be used"),
    ):
        ran = run("chat", "--state-dir", str(tmp_path), *arguments)
        assert (ran.status, ran.out) == (2, "")
        assert said in ran.err


def test_notes_an_unexpected_error_without_what_it_says(tmp_path: Path) -> None:
    def fail() -> None:
        try:
            HubSpotContacts("pat-1", host="not a url")
        except Exception as error:
            raise KeyError("ana@acme.example") from error

    with pytest.raises(KeyError) as raised:
        fail()
    log = log_error(raised.value, tmp_path / "state")
    assert log is not None
    noted = log.read_text()
    assert "builtins.KeyError" in noted
    assert "hubspot/client.py" in noted
    assert "ana@acme.example" not in noted
    assert log.stat().st_mode & 0o077 == 0
    assert log_error(raised.value, Path("/dev/null/state")) is None
