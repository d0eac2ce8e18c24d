"""What a conversation comes to: right, or which kind of miss."""

import re
from collections.abc import Sequence
from typing import Literal, get_args

from pydantic import BaseModel

from hubspot_agent.evals.cases import Case
from hubspot_agent.evals.conversation import Line, PlayedCase
from hubspot_agent.evals.end_state import Difference

#: "right": the CRM is as it must be, and the answer has what it must have.
#: "wrong_write": something was written that should not have been, or with another value.
#: "needless_question": what should have been written was not, and the assistant asks.
#: "refusal": it was not written, for a tool refused the last try.
#: "not_done": it was not written, and the assistant says otherwise, or something else.
#: "wrong_answer": the CRM is as it must be, the answer lacks what it must have.
#: "model_failure": the model's provider failed; counted apart.
#: "error": the graph raised.
Outcome = Literal[
    "right",
    "wrong_write",
    "needless_question",
    "refusal",
    "not_done",
    "wrong_answer",
    "model_failure",
    "error",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_PHONE = re.compile(r"\+[\d ]{7,}")


class CaseResult(BaseModel):
    """What came of one run of one case.

    Attributes:
        id: The case.
        run: Which run of it, from 1.
        tags: The case's.
        outcome: What it comes to.
        differences: How the CRM is not as it must be.
        lacking: What the answer lacks.
        failure: Which failure of the model, or the type of the error.
        pauses: For each pause, the kinds of doubt about the writes that waited.
        needless_pauses: How many of them the case does not expect.
        model_calls: Calls of the model.
        hubspot_calls: Calls of HubSpot's API.
        input_tokens: Tokens that the model read, as far as its provider told them.
        output_tokens: Tokens that it wrote.
        turn_seconds: How long each turn took.
        conversation: What was said and done.
    """

    id: str
    run: int = 1
    tags: list[str] = []
    outcome: Outcome
    differences: list[Difference] = []
    lacking: list[str] = []
    failure: str | None = None
    pauses: list[list[str]] = []
    needless_pauses: int = 0
    model_calls: int = 0
    hubspot_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    turn_seconds: list[float] = []
    conversation: list[Line] = []


def judge(case: Case, conversation: PlayedCase, found: Sequence[Difference], *, approve_writes: bool) -> CaseResult:
    """Return what a conversation comes to.

    Args:
        case: The case.
        conversation: What happened.
        found: How the CRM is not as it must be.
        approve_writes: Whether each write waited for a person: then no pause is needless.
    """
    lacking = [each for each in case.expect.answer if not _contains(conversation.answers, each)]
    needless = [doubts for doubts in conversation.pauses if not set(doubts) & set(case.doubts)]
    return CaseResult(
        id=case.id,
        tags=case.tags,
        outcome=_outcome(conversation, found, lacking),
        differences=list(found),
        lacking=lacking,
        failure=conversation.failure or conversation.error,
        pauses=conversation.pauses,
        needless_pauses=0 if approve_writes else len(needless),
        turn_seconds=conversation.turn_seconds,
        conversation=conversation.lines,
    )


def _outcome(conversation: PlayedCase, found: Sequence[Difference], lacking: Sequence[str]) -> Outcome:
    if any(each.kind == "wrong" for each in found):
        return "wrong_write"
    if conversation.failure:
        return "model_failure"
    if conversation.error:
        return "error"
    if found:
        if conversation.refusals:
            return "refusal"
        return "needless_question" if any("?" in each for each in conversation.answers[-1:]) else "not_done"
    return "wrong_answer" if lacking else "right"


def _contains(answers: Sequence[str], wanted: str) -> bool:
    """Tell whether answers contain one of the alternatives; a phone number in whatever spelling."""
    said = " ".join(" ".join(answers).split()).casefold()
    digits = re.sub(r"\D", "", said)
    return any(
        re.sub(r"\D", "", each) in digits if _PHONE.fullmatch(each) else each.casefold() in said
        for each in wanted.split("|")
    )
