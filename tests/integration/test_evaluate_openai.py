"""`hubspot-agent evaluate` with the real OpenAI model class, against the OpenAI-wire server on loopback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubspot_agent import build_graph
from hubspot_agent.cli.main import main
from hubspot_agent.evals import Case, CaseResult, Evaluation, run_case
from hubspot_agent.llm.factory import chat_model
from hubspot_agent.settings import Settings
from support.openai_wire import KEY, OpenAIWire, calls, fails, says

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva"}
MOVE = {
    "id": "move",
    "contacts": [ANA],
    "turns": ["Ana Silva moved to Delft"],
    "tags": ["en"],
    "expect": {"updated": {ANA["email"]: {"city": "Delft"}}},
}
SEARCH = calls(("search_contacts", {"query": "Ana"}))
TO_DELFT = calls(("update_contact", {"contact_id": "101", "city": "Delft"}))
RATE_LIMITED = fails(429, "rate_limit_exceeded", headers={"retry-after-ms": "10"})

Evaluate = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """Run the command against a scripted server; return its status and its report, if it made one."""
    monkeypatch.chdir(tmp_path)
    Path("case.jsonl").write_text(json.dumps(MOVE))

    def run(*script: Any) -> tuple[int, dict[str, Any]]:
        with OpenAIWire(*script) as openai:
            monkeypatch.setenv("OPENAI_API_KEY", KEY)
            monkeypatch.setenv("OPENAI_BASE_URL", openai.url)
            status = main(["evaluate", "--model", "gpt-5.4-mini", "--cases", "case.jsonl", "--json", "report.json"])
        report = Path("report.json")
        return status, json.loads(report.read_text()) if report.exists() else {}

    return run


def test_a_model_is_measured_with_its_tokens_and_cost(evaluate: Evaluate) -> None:
    status, report = evaluate(SEARCH, TO_DELFT, says("Done."))
    assert status == 0
    assert report["summary"]["outcomes"]["right"] == 1
    assert (report["summary"]["input_tokens"], report["summary"]["output_tokens"]) == (30, 15)
    assert report["cost"] == pytest.approx((30 * 0.75 + 15 * 4.50) / 1_000_000)


def test_what_passes_is_tried_again_and_no_miss(evaluate: Evaluate) -> None:
    status, report = evaluate(RATE_LIMITED, SEARCH, fails(503), TO_DELFT, says("Done."))
    assert (status, report["summary"]["outcomes"]["right"]) == (0, 1)


def test_a_key_that_is_refused_stops_the_run(evaluate: Evaluate, capsys: pytest.CaptureFixture[str]) -> None:
    status, report = evaluate(fails(401, "invalid_api_key"))
    assert (status, report) == (2, {})
    said = capsys.readouterr()
    assert "The model cannot be used, so the evaluation stopped." in said.err
    assert KEY not in said.out + said.err


@pytest.mark.parametrize(
    ("reply", "failure"), [(RATE_LIMITED, "model_rate_limit"), (says("...", delay=2), "model_timeout")]
)
def test_what_stays_is_counted_apart_from_misses(reply: Any, failure: str) -> None:
    with OpenAIWire(reply) as openai:
        settings = Settings(openai_api_key=KEY, openai_base_url=openai.url, model_timeout=0.5)
        evaluation = Evaluation(model=chat_model("gpt-5.4-mini", settings), build_graph=build_graph, retry_waits=(0.0,))
        result: CaseResult = run_case(Case.model_validate(MOVE), evaluation)
    assert (result.outcome, result.failure) == ("model_failure", failure)
