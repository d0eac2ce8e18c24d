"""The numbers of a run."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import quantiles

from pydantic import BaseModel

from hubspot_agent.evals.verdict import OUTCOMES, CaseResult

#: Tags that name the language that a case is written in.
LANGUAGE_TAGS = ("en", "nl", "de", "fr")


class Summary(BaseModel):
    """The numbers of a run, or of the part of it that has one tag.

    Attributes:
        cases: How many cases were run.
        runs: How many runs that is, all repetitions counted.
        outcomes: How many runs came to what.
        right_share: Right ones of those in which the model's provider did not fail, 0 to 1 (pass^1); `None` for none.
        always_right_share: Cases that were right every time, of those (pass^K).
        pauses: Writes that waited for a person.
        needless_pauses: Those of them that the cases do not expect.
        doubts: How often each kind of doubt was named.
        input_tokens: Tokens that the model read.
        output_tokens: Tokens that it wrote.
        model_calls: Calls of the model.
        hubspot_calls: Calls of HubSpot's API.
        turn_seconds_p50: Half of the turns took no longer.
        turn_seconds_p95: Of a hundred turns, 95 took no longer.
    """

    cases: int
    runs: int
    outcomes: dict[str, int]
    right_share: float | None
    always_right_share: float | None
    pauses: int
    needless_pauses: int
    doubts: dict[str, int]
    input_tokens: int
    output_tokens: int
    model_calls: int
    hubspot_calls: int
    turn_seconds_p50: float
    turn_seconds_p95: float


def summary(results: Sequence[CaseResult]) -> Summary:
    """Return the numbers of `results`."""
    outcomes = Counter(each.outcome for each in results)
    judged = [each for each in results if each.outcome != "model_failure"]
    by_case: dict[str, list[bool]] = defaultdict(list)
    for each in judged:
        by_case[each.id].append(each.outcome == "right")
    seconds = [second for each in results for second in each.turn_seconds]
    return Summary(
        cases=len({each.id for each in results}),
        runs=len(results),
        outcomes={outcome: outcomes[outcome] for outcome in OUTCOMES},
        right_share=outcomes["right"] / len(judged) if judged else None,
        always_right_share=sum(map(all, by_case.values())) / len(by_case) if by_case else None,
        pauses=sum(len(each.pauses) for each in results),
        needless_pauses=sum(each.needless_pauses for each in results),
        doubts=dict(Counter(doubt for each in results for doubts in each.pauses for doubt in doubts)),
        input_tokens=sum(each.input_tokens for each in results),
        output_tokens=sum(each.output_tokens for each in results),
        model_calls=sum(each.model_calls for each in results),
        hubspot_calls=sum(each.hubspot_calls for each in results),
        turn_seconds_p50=_percentile(seconds, 50),
        turn_seconds_p95=_percentile(seconds, 95),
    )


def by_tag(results: Sequence[CaseResult]) -> dict[str, Summary]:
    """Return the numbers of the results with each tag, the languages first."""
    tags = {tag for each in results for tag in each.tags}
    order = [*(each for each in LANGUAGE_TAGS if each in tags), *sorted(tags.difference(LANGUAGE_TAGS))]
    return {tag: summary([each for each in results if tag in each.tags]) for tag in order}


def _percentile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return values[0] if values else 0.0
    return quantiles(values, n=100, method="inclusive")[percent - 1]
