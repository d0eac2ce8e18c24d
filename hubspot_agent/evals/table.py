"""The report of a run for people: tables, and each miss with its conversation."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hubspot_agent.evals.end_state import Difference
from hubspot_agent.evals.storage import Report
from hubspot_agent.evals.verdict import OUTCOMES, CaseResult
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import screen_text


def print_report(made: Report, console: Console, texts: Texts, former: Report | None = None) -> None:
    """Print a report.

    Args:
        made: The report.
        console: Where to.
        texts: The sentences of the reader's language.
        former: The report of an earlier run, to compare with.
    """
    for each in made.results:
        if each.outcome != "right":
            _print_miss(each, console, texts)
    console.print(_numbers(made, texts, former))
    console.print(_tags(made, texts))
    if former:
        _print_changed_cases(made, former, console, texts)


def _numbers(made: Report, texts: Texts, former: Report | None) -> Table:
    setup = made.setup
    title = texts("evaluate.title", model=setup.model, guards=setup.guards, approvals=setup.approvals, date=made.date)
    table = Table("", texts("evaluate.this_run"), title=Text(title), title_justify="left")
    if former:
        table.add_column(texts("evaluate.former_run", model=former.setup.model, date=former.date))
    rows = _rows(made, texts)
    earlier = [value for _, value in _rows(former, texts)] if former else [""] * len(rows)
    for (name, value), before in zip(rows, earlier, strict=True):
        table.add_row(name, value, *([before] if former else ()))
    return table


def _rows(made: Report, texts: Texts) -> list[tuple[str, str]]:
    numbers = made.summary
    shares = [("right_share", _percent(numbers.right_share))]
    if made.setup.repeat > 1:
        shares.append(("always_right_share", _percent(numbers.always_right_share)))
    counted = [(f"outcome_{each}", str(numbers.outcomes.get(each, 0))) for each in OUTCOMES]
    doubts = ", ".join(f"{kind} {count}" for kind, count in sorted(numbers.doubts.items()))
    others = [
        ("needless_pauses", str(numbers.needless_pauses)),
        ("pauses", f"{numbers.pauses} ({doubts})" if doubts else str(numbers.pauses)),
        ("tokens", f"{numbers.input_tokens:,} / {numbers.output_tokens:,}"),
        ("cost", texts("evaluate.cost_unknown") if made.cost is None else f"$ {made.cost:.2f}"),
        ("model_calls", f"{numbers.model_calls:,}"),
        ("hubspot_calls", f"{numbers.hubspot_calls:,}"),
        ("turn_seconds", f"{numbers.turn_seconds_p50:.2f} / {numbers.turn_seconds_p95:.2f}"),
    ]
    runs = [("runs", f"{numbers.cases} x {made.setup.repeat}" if made.setup.repeat > 1 else str(numbers.cases))]
    return [(texts(f"evaluate.{name}"), value) for name, value in (*runs, *shares, *counted, *others)]


def _tags(made: Report, texts: Texts) -> Table:
    shown = ("right", "wrong_write", "needless_question", "refusal", "not_done", "wrong_answer")
    heads = [texts(f"evaluate.head_{each}") for each in ("tag", "runs", *shown, "pauses")]
    table = Table(*heads)
    for tag, numbers in made.by_tag.items():
        counts: Iterable[int] = (numbers.runs, *(numbers.outcomes[each] for each in shown), numbers.needless_pauses)
        table.add_row(Text(tag), *map(str, counts))
    return table


def _print_miss(result: CaseResult, console: Console, texts: Texts) -> None:
    outcome = texts(f"evaluate.outcome_{result.outcome}")
    console.print(Text(f"{result.id} ({result.run}): {outcome}", style="bold"))
    for said in _what_was_wrong(result, texts):
        console.print(Text(f"  {screen_text(said)}", style="red"))
    for line in result.conversation:
        who = texts(f"evaluate.who_{line.who}")
        console.print(Text(f"  {who}: {screen_text(line.text)}"))
    console.print()


def _what_was_wrong(result: CaseResult, texts: Texts) -> list[str]:
    said = [_difference(each, texts) for each in result.differences]
    said += [texts("evaluate.lacking", value=each) for each in result.lacking]
    return said + ([texts("evaluate.failed", failure=result.failure)] if result.failure else [])


def _difference(each: Difference, texts: Texts) -> str:
    if each.property is None:
        key = "not_written" if each.kind == "missing" else f"was_{each.found}"
        return texts(f"evaluate.{key}", contact=each.contact)
    accepted = each.expected if isinstance(each.expected, list) else [each.expected]
    return texts(
        f"evaluate.value_{each.kind}",
        contact=each.contact,
        property=texts.field(each.property),
        expected=" | ".join(value or "-" for value in accepted),
        found=each.found or "-",
    )


def _print_changed_cases(made: Report, former: Report, console: Console, texts: Texts) -> None:
    before, now = _right_shares(former.results), _right_shares(made.results)
    for key, names in (
        ("better", [each for each in now if each in before and now[each] > before[each]]),
        ("worse", [each for each in now if each in before and now[each] < before[each]]),
    ):
        if names:
            console.print(Text(texts(f"evaluate.{key}", cases=", ".join(names))))


def _right_shares(results: Sequence[CaseResult]) -> dict[str, float]:
    runs: dict[str, list[bool]] = {}
    for each in results:
        runs.setdefault(each.id, []).append(each.outcome == "right")
    return {name: sum(right) / len(right) for name, right in runs.items()}


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
