"""Sends a report to LangSmith as an experiment, for those who compare there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from langsmith import Client

from hubspot_agent.evals.cases import Case
from hubspot_agent.evals.storage import Report
from hubspot_agent.evals.verdict import CaseResult


def upload(made: Report, cases: Sequence[Case], dataset: str) -> None:
    """Send a report, with its conversations, to the LangSmith of ``LANGSMITH_API_KEY``.

    Each case is a row of `dataset`, and is the same row in the next experiment:
    https://docs.langchain.com/langsmith/upload-existing-experiments

    Args:
        made: The report.
        cases: The cases that were run.
        dataset: What the dataset is called there; it is made, and must not be one that LangSmith itself manages.

    Raises:
        LangSmithError: LangSmith cannot be reached, or does not take it.
    """
    by_id = {case.id: case for case in cases}
    end = datetime.fromisoformat(made.date)
    longest = max((sum(each.turn_seconds) for each in made.results), default=0.0)
    setup = made.setup.model_dump(exclude={"cases"})
    experiment = {
        "experiment_name": f"{made.setup.model} {made.date}",
        "experiment_start_time": (end - timedelta(seconds=longest)).isoformat(),
        "experiment_end_time": end.isoformat(),
        "experiment_metadata": setup,
        "dataset_name": dataset,
        "results": [_row(each, by_id[each.id], end, dataset) for each in made.results],
    }
    Client().request_with_retries("POST", "/datasets/upload-experiment", request_kwargs={"json": experiment})


def _row(result: CaseResult, case: Case, end: datetime, dataset: str) -> dict[str, Any]:
    shown = case.model_dump(mode="json", include={"why", "contacts", "turns", "decide"})
    return {
        "row_id": str(uuid5(NAMESPACE_URL, f"{dataset}/{case.id}")),
        "run_name": case.id,
        "inputs": shown,
        "expected_outputs": case.expect.model_dump(mode="json"),
        "actual_outputs": result.model_dump(mode="json", include={"outcome", "differences", "lacking", "conversation"}),
        "error": result.failure,
        "start_time": (end - timedelta(seconds=sum(result.turn_seconds))).isoformat(),
        "end_time": end.isoformat(),
        "evaluation_scores": [
            {"key": "right", "score": float(result.outcome == "right")},
            {"key": "wrong_write", "score": float(result.outcome == "wrong_write")},
            {"key": "needless_pauses", "score": result.needless_pauses},
        ],
    }
