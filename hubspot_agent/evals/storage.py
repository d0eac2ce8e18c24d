"""The files of a run: the report as JSON, transcripts, and the results so far, from which it can go on."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from hubspot_agent.evals.summary import Summary, by_tag, summary
from hubspot_agent.evals.verdict import CaseResult


class Setup(BaseModel):
    """What was run; a run can only go on with the same."""

    model: str
    graph: str
    cases: list[str]
    repeat: int
    approvals: Literal["on", "off"]
    guards: Literal["on", "off"]
    version: str = version("hubspot-agent")


class Report(BaseModel):
    """A whole run, as ``--json`` writes it and ``--against`` reads it."""

    setup: Setup
    date: str
    summary: Summary
    by_tag: dict[str, Summary]
    cost: float | None = None
    results: list[CaseResult]


class OtherRunError(ValueError):
    """The directory holds another run, or one that is not to be continued."""


def report(setup: Setup, results: Sequence[CaseResult], cost: float | None) -> Report:
    """Return the report of a run, its results in the order of their cases."""
    ordered = sorted(results, key=lambda each: (each.id, each.run))
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return Report(setup=setup, date=date, summary=summary(ordered), by_tag=by_tag(ordered), cost=cost, results=ordered)


def write_report(made: Report, file: Path) -> None:
    """Write a report, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    _write_whole(file, made.model_dump_json(indent=1) + "\n")


def read_report(file: Path) -> Report:
    """Return the report in a file.

    Raises:
        OSError: It cannot be read.
        ValueError: It is none.
    """
    return Report.model_validate_json(file.read_text(encoding="utf-8"))


class RunDirectory:
    """Where a run keeps its transcripts, and what it needs to go on after an interruption.

    Args:
        directory: The directory; it is made.
        setup: What is run.
        resume: Whether to go on with the run that is there.

    Raises:
        OtherRunError: Another run is there, or one that is not to be continued.
        OSError: It cannot be made, read or written.
    """

    def __init__(self, directory: Path, setup: Setup, *, resume: bool) -> None:
        self.path = directory
        self._results = directory / "results.jsonl"
        described = directory / "run.json"
        directory.mkdir(parents=True, exist_ok=True)
        if described.exists():
            if not resume:
                raise OtherRunError(f"{directory} holds a run already.")
            if described.read_text(encoding="utf-8") != setup.model_dump_json():
                raise OtherRunError(f"{directory} holds the run of another model, other cases or other options.")
        else:
            _write_whole(described, setup.model_dump_json())
        self.earlier = list(self._read())
        # A line that an interruption cut off would spoil the next one.
        _write_whole(self._results, "".join(each.model_dump_json() + "\n" for each in self.earlier))

    def add(self, result: CaseResult) -> None:
        """Keep one result and its transcript.

        Raises:
            OSError: It cannot be written.
        """
        name = result.id if result.run == 1 else f"{result.id}-{result.run}"
        _write_whole(self.path / f"{name}.md", transcript(result))
        if result.outcome != "model_failure":  # To be tried again.
            with self._results.open("a", encoding="utf-8") as file:
                file.write(result.model_dump_json() + "\n")

    def _read(self) -> list[CaseResult]:
        if not self._results.exists():
            return []
        read = []
        for line in self._results.read_text(encoding="utf-8").splitlines():
            try:
                read.append(CaseResult.model_validate_json(line))
            except ValidationError:
                continue
        return read


def transcript(result: CaseResult) -> str:
    """Return a run of a case as Markdown, with what was wrong."""
    wrong = [each.model_dump(exclude_none=True) for each in result.differences]
    lines = [f"# {result.id}: {result.outcome}", ""]
    lines += [f"- {json.dumps(each, ensure_ascii=False)}" for each in wrong]
    lines += [f"- not in the answer: {each}" for each in result.lacking]
    lines += [f"\n**{each.who}**: {each.text}" for each in result.conversation]
    return "\n".join(lines) + "\n"


def _write_whole(file: Path, content: str) -> None:
    if file.exists() and not file.is_file():  # A pipe or a device is written to, not replaced.
        file.write_text(content, encoding="utf-8")
        return
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_text(content, encoding="utf-8")
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
