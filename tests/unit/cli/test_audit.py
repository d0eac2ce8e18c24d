"""The audit trail that the chat keeps on disk, and `hubspot-agent audit`, which shows and exports it."""

import csv
import io
import json
import logging
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hubspot_agent.audit.file import AuditFile, audit_trail
from support.closed import CLOSED, Closing
from support.openai_wire import KEY
from support.terminal_chat import Run, run, seed

__all__ = ["run"]

RECORD: dict[str, Any] = {
    "time": "2026-03-02T10:00:00.000+00:00",
    "conversation": "hubspot:12345:sales",
    "user": "sam",
    "tool": "update_contact",
    "contact_id": "101",
    "before": {"phone": "", "city": "Gent"},
    "after": {"phone": "+31612345678", "city": "Zoë's \u2028 plaats"},
    "approved_by": "sam",
    "outcome": "done",
}
EARLY = {**RECORD, "time": "2026-03-01T09:00:00.000+00:00", "contact_id": "7", "outcome": "rejected"}
UNDO = {**RECORD, "time": "2026-03-03T23:30:00.000+00:00", "tool": "undo", "user": "kim", "conversation": "sandbox::x"}
#: What makes a spreadsheet compute, and a terminal do more than show.
HOSTILE = "=HYPERLINK(1)\x1b[2J\x9b31m\u202e"

WRITER = """
import logging, pathlib, sys
from hubspot_agent.audit.file import AuditFile
handler = AuditFile(pathlib.Path(sys.argv[1]), lambda error: sys.exit(repr(error)), max_bytes=9_000)
for number in range(150):
    record = {"user": sys.argv[2], "number": number, "after": {"city": "é" * (number % 90)}}
    handler.handle(logging.makeLogRecord({"audit": record}))
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state" / "hubspot-agent"


def write(state: Path, *records: dict[str, Any]) -> None:
    with audit_trail(state, pytest.fail):
        for record in records:
            logging.getLogger("hubspot_agent.audit").info("a write", extra={"audit": record})


def lines(state: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (state / "audit.jsonl").read_text("utf-8").split("\n")[:-1]]


def test_the_chat_keeps_every_attempt_for_its_owner_alone(run: Run, state: Path, tmp_path: Path) -> None:
    seed(tmp_path / "crm.sqlite", {"email": "ana@acme.example", "firstname": "Ana", "phone": "+31201234567"})
    typed = ["set the phone of ana@acme.example to +31612345678", "y", "set her city to Gent", "r", "undo"]
    ran = run("chat", "--sandbox-file", str(tmp_path / "crm.sqlite"), typed=typed)
    assert ran.err == ""
    begun, done, rejected, undo_begun, undone = lines(state)
    assert begun == {**done, "time": begun["time"], "outcome": "begun"}
    assert undo_begun == {**undone, "time": undo_begun["time"], "outcome": "begun"}
    assert (done["before"], done["after"]) == ({"phone": "+31201234567"}, {"phone": "+31612345678"})
    assert [each["outcome"] for each in (done, rejected, undone)] == ["done", "rejected", "done"]
    assert undone["tool"] == "undo"
    assert {kept.stat().st_mode & 0o777 for kept in state.iterdir()} == {0o600}
    assert state.stat().st_mode & 0o777 == 0o700
    ran = run("audit", "--contact", done["contact_id"], "--outcome", "done", "--tool", "update_contact")
    assert (ran.status, ran.err) == (0, "")
    assert "phone: +31201234567 → +31612345678" in ran.out
    assert ran.out.count("update_contact") == 1
    assert not logging.getLogger("hubspot_agent.audit").handlers, "nothing is kept after the chat"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([], [EARLY, RECORD, UNDO]),
        (["--since", "2026-03-02T10:00:00Z"], [RECORD, UNDO]),
        (["--until", "2026-03-02T10:00:00+00:00"], [EARLY, RECORD]),
        (["--since", "2026-03-02T12:00:00+01:00", "--until", "2026-03-03T23:00Z"], []),
        (["--user", "kim"], [UNDO]),
        (["--tool", "update_contact", "--outcome", "done"], [RECORD]),
        (["--contact", "7"], [EARLY]),
        (["--conversation", "sales"], [EARLY, RECORD]),
        (["--user", "sam", "--conversation", "sandbox"], []),
    ],
)
def test_filters(run: Run, state: Path, filters: list[str], found: list[dict[str, Any]]) -> None:
    write(state, EARLY, RECORD, UNDO)
    ran = run("audit", "--format", "json", *filters)
    assert ran.status == 0
    assert json.loads(ran.out) == found


def test_what_was_begun_and_has_no_outcome_is_unknown(run: Run, state: Path) -> None:
    begun = {**RECORD, "attempt": "1", "outcome": "begun"}
    write(state, begun, {**begun, "attempt": "2"}, {**EARLY, "attempt": "2"})
    assert "unknown: begun, no outcome recorded" in " ".join(run("audit").out.split())
    assert json.loads(run("audit", "--format", "json").out) == [begun, {**EARLY, "attempt": "2"}]
    assert json.loads(run("audit", "--format", "json", "--outcome", "unknown").out) == [begun]


def test_a_date_is_a_day_of_this_machine(run: Run, state: Path) -> None:
    now = datetime.now().astimezone()
    write(state, *({**RECORD, "time": (now + timedelta(days=days)).isoformat()} for days in (-1, 0, 1)))
    ran = run("audit", "--format", "json", "--since", str(now.date()), "--until", str(now.date()))
    assert [each["time"] for each in json.loads(ran.out)] == [now.isoformat()]


def test_csv_has_a_row_for_each_field_and_nothing_that_computes(run: Run, state: Path) -> None:
    write(state, {**RECORD, "user": "@sam"}, {**EARLY, "before": {}, "after": {}}, {**UNDO, "after": {"city": HOSTILE}})
    rows = list(csv.DictReader(io.StringIO(run("audit", "--format", "csv").out, newline="")))
    assert [(row["property"], row["after"]) for row in rows] == [
        ("phone", "'+31612345678"),
        ("city", RECORD["after"]["city"]),
        ("", ""),
        ("phone", ""),
        ("city", f"'{HOSTILE}"),
    ]
    assert {row["user"] for row in rows} == {"'@sam", "sam", "kim"}


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_value_begins_a_formula(run: Run, state: Path, begins: str) -> None:
    write(state, {**RECORD, "user": f"{begins}1"})
    report = run("audit", "--format", "csv").out
    assert {row["user"] for row in csv.DictReader(io.StringIO(report, newline=""))} == {f"'{begins}1"}


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_terminal_gets_text_alone(
    run: Run, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    write(state, {**RECORD, "user": HOSTILE, "after": {HOSTILE: HOSTILE}})
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    shown = run("audit", "--format", form).out
    assert "=HYPER" in shown
    assert not set(shown) & {"\x1b", "\x9b", "\u202e"}


def test_a_half_written_line_spoils_neither_the_report_nor_the_next_line(run: Run, state: Path) -> None:
    write(state, RECORD)
    with (state / "audit.jsonl").open("ab") as file:
        file.write(json.dumps(UNDO).encode()[:60] + b"\xc3")
    ran = run("audit", "--format", "json")
    assert (ran.status, json.loads(ran.out)) == (0, [RECORD])
    assert "left out: 1." in ran.err
    write(state, EARLY)
    assert json.loads(run("audit", "--format", "json").out) == [RECORD, EARLY]


def test_processes_neither_lose_nor_mix_lines_while_files_are_put_aside(run: Run, state: Path) -> None:
    names = ("one", "two", "three")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(state), name]) for name in names]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    ran = run("audit", "--format", "json")
    assert ran.err == ""
    kept = json.loads(ran.out)
    for name in names:
        assert [each["number"] for each in kept if each["user"] == name] == list(range(150))
    files = list(state.glob("audit.jsonl*"))
    assert len(files) > 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert max(file.stat().st_size for file in files) < 10_000


def test_the_oldest_goes(state: Path) -> None:
    handler = AuditFile(state, pytest.fail, max_bytes=100)
    for number in range(40):
        handler.handle(logging.makeLogRecord({"audit": {"number": number, "fill": "x" * 60}}))
    assert len(list(state.glob("audit.jsonl*"))) == 11
    assert json.loads((state / "audit.jsonl").read_text())["number"] == 39


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_a_directory_that_cannot_be_read_is_not_an_empty_trail(run: Run, state: Path, closed: Closing) -> None:
    write(state, RECORD)
    with closed(state):
        ran = run("audit", "--format", "json")
    assert (ran.status, ran.out) == (2, "")
    assert str(state) in ran.err
    assert "--state-dir" in ran.err


@pytest.mark.parametrize(("form", "out"), [("table", "No attempted write"), ("json", "[]\n"), ("csv", "time,conv")])
def test_an_empty_trail_is_said(run: Run, state: Path, form: str, out: str) -> None:
    ran = run("audit", "--format", form)
    assert ran.status == 0
    assert ran.out.startswith(out)
    assert str(state) in (ran.out if form == "table" else ran.err)
    assert not state.exists()


def test_exports_to_a_file_of_the_owner_alone(run: Run, state: Path, tmp_path: Path) -> None:
    write(state, RECORD, {**UNDO, "user": "a\udcff"})
    ran = run("audit", "--format", "json", "--output", str(tmp_path / "out.json"))
    assert (ran.status, ran.out) == (0, "")
    assert ran.err == f"Records written to {tmp_path / 'out.json'}: 2.\n"
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))[0] == RECORD
    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o600
    run("audit", "--output", str(tmp_path / "out.txt"), "--language", "nl")
    assert "│ Goedgekeurd door │" in (tmp_path / "out.txt").read_text("utf-8")


@pytest.mark.parametrize("output", ["audit.jsonl", "audit.jsonl.1", "missing/out.csv"])
def test_an_output_that_cannot_be_used(run: Run, state: Path, output: str) -> None:
    write(state, RECORD)
    assert run("audit", "--output", str(state / output)).status == 2
    assert lines(state) == [RECORD]


def test_a_time_that_is_none(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("audit", "--since", "yesterday")
    assert ended.value.code == 2
    assert "'yesterday' is no date or time" in capsys.readouterr().err


def test_without_a_trail_nothing_is_written_into_hubspot(run: Run) -> None:
    keys = {"HUBSPOT_ACCESS_TOKEN": "pat-1", "OPENAI_API_KEY": KEY, "HUBSPOT_BASE_URL": "http://127.0.0.1:9"}
    ran = run("chat", "--state-dir", "/dev/null/state", **keys)
    assert ran.status == 2
    assert "--state-dir" in ran.err
    ran = run("chat", "--state-dir", "/dev/null/state", "--demo")
    assert ran.status == 0
    assert "leaves no record" in ran.out
    assert "Hello!" in ran.out


def test_a_record_that_cannot_be_written_is_said_and_stops_nothing(state: Path) -> None:
    said: list[Exception] = []
    with audit_trail(state, said.append):
        (state / "audit.jsonl").unlink()
        (state / "audit.jsonl").mkdir()
        logging.getLogger("hubspot_agent.audit").info("a write", extra={"audit": RECORD})
    assert [type(error) for error in said] == [IsADirectoryError]
