"""What a model claims against what the receipts say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from hubspot_agent.texts.words import phrases
from hubspot_agent.validation.words import folded, has_phrase

_LIST_ITEM = re.compile(r"\s*(?:[-*•]|\d+[.)])\s")


def contradiction(
    said: str, receipts: Sequence[Mapping[str, Any]]
) -> Literal["nothing_written", "not_all_written"] | None:
    """Return which note (``texts/*/writes.toml``) `said` needs, if it sounds like more than was written.

    The note is true whenever it is given, so that a wrong guess about the words does no harm.
    """
    if not any(map(_claims, _told_of(said))):
        return None
    outcomes = {receipt["outcome"] for receipt in receipts}
    if "done" not in outcomes and "unknown" not in outcomes:
        return "nothing_written"
    all_done = outcomes == {"done"} and not any(receipt.get("not_done") for receipt in receipts)
    return None if all_done else "not_all_written"


def _told_of(said: str) -> Iterator[str]:
    """Yield the clauses of an answer, but for those that go on with what the assistant can do.

    "I can search, add or change contacts" names abilities to its end, and so does a list after "I can:".
    """
    able = False
    for line in said.splitlines():
        in_list = able and _LIST_ITEM.match(line)
        for sentence in re.split(r"(?<=[.!?;])\s+", line):
            able = bool(in_list)
            for clause in re.split(r"(?<=,)\s+", sentence):
                text = folded(clause)
                able = has_phrase(text, phrases("ability")) or (able and not has_phrase(text, phrases("subject")))
                if not able:
                    yield clause
        able = able and (bool(in_list) or line.rstrip().endswith(":"))


def _claims(clause: str) -> bool:
    """Tell whether a clause says that something was written, and is no question, denial or plan."""
    text = folded(clause)
    return has_phrase(text, phrases("claim")) and "?" not in text and not has_phrase(text, phrases("no_claim"))
