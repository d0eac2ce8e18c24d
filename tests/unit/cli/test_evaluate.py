"""`hubspot-agent evaluate`: what it prints, keeps, and cannot use."""

import json
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from langsmith.utils import get_env_var

from hubspot_agent.cli.main import main
from support.openai_wire import KEY
from support.terminal_chat import COMMAND, environment

Evaluate = Callable[..., int]

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "phone": "+31201234567"}
FIND = {
    "id": "find",
    "contacts": [ANA],
    "turns": ["find Ana"],
    "tags": ["en", "search"],
    "expect": {"answer": ["+31 20 1234567"]},
}
MOVE = {
    "id": "move",
    "contacts": [ANA],
    "turns": ["zet de plaats van Ana Silva op Delft"],
    "tags": ["nl", "update"],
    "expect": {"updated": {ANA["email"]: {"city": "Delft"}}},
}
LOST = {**MOVE, "id": "lost", "turns": ["???"]}

#: Models that the command finds in the directory it is started in.
MODELS = """
import time
from hubspot_agent.demo_model import DemoModel

instance = DemoModel()
number = 1

class Tagged(DemoModel):
    tag: str

def slow(tag):
    print("asked", tag, flush=True)
    time.sleep(0 if tag == "find" else 60)
    return DemoModel()
"""


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "own_models", raising=False)
    (tmp_path / "own_models.py").write_text(MODELS)
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(each) + "\n" for each in (FIND, MOVE, LOST)))

    def run(*arguments: str) -> int:
        return main(["evaluate", "--model", "demo", "--cases", "cases.jsonl", "--state-dir", "state", *arguments])

    return run


def shown(said: str, name: str) -> str:
    """Return the number that stands beside `name` in the table."""
    (line,) = [line for line in said.splitlines() if line.startswith(f"│ {name} ")]
    return line.split("│")[2].strip()


def test_prints_the_numbers_and_each_miss_with_its_conversation(
    evaluate: Evaluate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate() == 0
    said = capsys.readouterr().out
    assert "demo, guards on, approvals off" in said
    assert [shown(said, name) for name in ("right", "wrong writes", "not done", "runs")] == ["2", "0", "1", "3"]
    assert "lost (1): not done\n  Not written: City of ana@acme.example should be Delft, and is -\n  user: ???" in said
    assert "not a language model" in said


def test_speaks_dutch(evaluate: Evaluate, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("--language", "nl")
    assert shown(capsys.readouterr().out, "verkeerd geschreven") == "0"


@pytest.mark.parametrize(("least", "status"), [("0.6", 0), ("0.7", 1)])
def test_fails_when_too_little_is_right(evaluate: Evaluate, least: str, status: int) -> None:
    assert evaluate("--min-right", least) == status


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [
        (["--tag", "nl"], "2"),
        (["--tag", "search", "--tag", "update"], "3"),
        (["--sample", "1"], "1"),
        (["--repeat", "2"], "3 x 2"),
        (["--model", "own_models:instance"], "3"),
        (["--model", "own_models:Tagged"], "3"),
        (["--approvals", "on"], "3"),
        (["--guards", "off"], "3"),
        (["--graph", "hubspot_agent.evals.unguarded:build_unguarded_graph"], "3"),
    ],
)
def test_runs_what_it_is_asked_for(
    evaluate: Evaluate, capsys: pytest.CaptureFixture[str], arguments: list[str], runs: str
) -> None:
    assert evaluate(*arguments) == 0
    said = capsys.readouterr().out
    assert shown(said, "runs") == runs
    assert shown(said, "errors of the graph") == "0"


def test_the_report_can_be_compared_with(evaluate: Evaluate, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("--json", "first.json", "--price", "1/2")
    report = json.loads(Path("first.json").read_text())
    assert report["summary"]["outcomes"]["right"] == 2
    assert report["setup"]["model"] == "demo"
    assert report["cost"] == 0
    assert {each["id"]: each["outcome"] for each in report["results"]}["lost"] == "not_done"
    changed = json.dumps({**FIND, "expect": {"answer": ["nothing of the kind"]}})
    Path("cases.jsonl").write_text("\n".join([changed, json.dumps(MOVE), json.dumps({**LOST, **MOVE, "id": "lost"})]))
    capsys.readouterr()
    evaluate("--against", "first.json")
    said = capsys.readouterr().out
    assert "Right more often than before: lost" in said
    assert "Right less often than before: find" in said


def test_transcripts_are_kept_and_a_run_goes_on(evaluate: Evaluate, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("--out", "run")
    assert "**user**: find Ana" in Path("run/find.md").read_text()
    results = Path("run/results.jsonl")
    results.write_text("\n".join([*results.read_text().splitlines()[:1], '{"id": "cut o']))
    capsys.readouterr()
    assert evaluate("--out", "run", "--resume") == 0
    assert shown(capsys.readouterr().out, "runs") == "3"
    assert len(results.read_text().splitlines()) == 3


def test_an_interrupted_run_can_be_resumed(evaluate: Evaluate, tmp_path: Path) -> None:
    arguments = [COMMAND, "evaluate", "--cases", "cases.jsonl", "--out", "run", "--at-once", "3"]
    command = [*arguments, "--model", "own_models:slow"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE) as process:
        results = tmp_path / "run" / "results.jsonl"
        while not (results.exists() and results.read_text()):
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 1
        assert process.stderr is not None
        assert b"Interrupted after 1 of 3 runs. Go on with --resume --out run." in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cases", "none.jsonl"], "none.jsonl: No such file"),
        (["--cases", "own_models.py"], "own_models.py, line 2: this is not JSON"),
        (["--tag", "zz"], "no case with the tag zz"),
        (["--model", "gpt-5.4-mini"], "OPENAI_API_KEY is not set"),
        (["--model", "own_models:none"], "own_models:none is neither"),
        (["--model", "own_models:number"], "own_models:number is neither"),
        (["--model", "nobody:any"], "nobody:any is neither"),
        (["--graph", "own_models:none"], "own_models:none is not module:function"),
        (["--graph", "own_models:slow", "--guards", "off"], "Leave out --graph"),
        (["--json", "none/report.json"], "none/report.json cannot be written"),
        (["--out", "own_models.py"], "own_models.py cannot be written"),
        (["--against", "own_models.py"], "no report"),
        (["--resume"], "--out DIR"),
        (["--langsmith", "contacts"], "LANGSMITH_API_KEY is not set"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_runs(
    evaluate: Evaluate, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert evaluate(*arguments) == 2
    streams = capsys.readouterr()
    assert said in streams.err
    assert not streams.out
    assert not Path("state").exists()


@pytest.mark.parametrize(("answer", "status"), [(200, 0), (401, 2)])
def test_the_report_is_sent_to_langsmith(
    evaluate: Evaluate, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: int, status: int
) -> None:
    received: list[tuple[str, str | None, Any]] = []

    class LangSmith(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.path, self.headers["x-api-key"], body))
            self.send_response(answer)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), LangSmith) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2-key")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        get_env_var.cache_clear()
        assert evaluate("--langsmith", "contacts", "--repeat", "2") == status
        server.shutdown()
    streams = capsys.readouterr()
    assert "lsv2-key" not in streams.out + streams.err
    assert ("LangSmith did not take the report" in streams.err) is (status == 2)
    [(path, key, experiment)] = received
    assert (path, key, experiment["dataset_name"]) == ("/datasets/upload-experiment", "lsv2-key", "contacts")
    scores = {row["run_name"]: row["evaluation_scores"][0]["score"] for row in experiment["results"]}
    assert scores == {"find": 1, "move": 1, "lost": 0}
    assert len({row["row_id"] for row in experiment["results"]}) == 3
    times = [row[each] for row in experiment["results"] for each in ("start_time", "end_time")]
    assert experiment["experiment_start_time"] <= min(times)
    assert max(times) <= experiment["experiment_end_time"]


def test_a_directory_keeps_one_run(evaluate: Evaluate, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("--out", "run")
    assert evaluate("--out", "run") == 2
    assert evaluate("--out", "run", "--resume", "--guards", "off") == 2
    said = capsys.readouterr().err
    assert "holds a run already" in said
    assert "other options" in said


@pytest.mark.parametrize("place", [("--json", "report.json"), ("--out", "run")])
def test_a_full_disk_is_said_and_leaves_nothing_half_written(
    evaluate: Evaluate, tmp_path: Path, place: tuple[str, str]
) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # Bytes that a file may have.

    command = [COMMAND, "evaluate", "--model", "demo", "--cases", "cases.jsonl", *place]
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, preexec_fn=full, timeout=60
    )
    assert ended.returncode == 2, ended.stderr
    assert re.search(rf"{place[1]}\S* cannot be written \(File too large\)", ended.stderr)
    assert not [each for each in tmp_path.iterdir() if "report" in each.name]


@pytest.mark.parametrize("arguments", [["--min-right", "2"], ["--repeat", "0"], ["--price", "free"]])
def test_numbers_that_are_none(evaluate: Evaluate, arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        evaluate(*arguments)


def test_the_key_appears_nowhere(
    evaluate: Evaluate, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    evaluate("--json", "report.json", "--out", "run")
    written = "".join(each.read_text() for each in tmp_path.rglob("*") if each.is_file() and each.suffix != ".pyc")
    streams = capsys.readouterr()
    assert KEY not in written + streams.out + streams.err
