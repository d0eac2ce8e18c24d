"""What a model claims against what the receipts say."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from hubspot_agent.texts.words import phrases
from hubspot_agent.validation.words import folded, has_phrase


def contradiction(
    said: str, receipts: Sequence[Mapping[str, Any]]
) -> Literal["nothing_written", "not_all_written"] | None:
    """Return which note (``texts/*/writes.toml``) `said` needs, if it sounds like more than was written.

    The note is true whenever it is given, so that a wrong guess about the words does no harm.
    """
    sentences = re.split(r"(?<=[.!?;,])\s+|\n", said)
    if not any(map(_claims, sentences)):
        return None
    outcomes = {receipt["outcome"] for receipt in receipts}
    if "done" not in outcomes and "unknown" not in outcomes:
        return "nothing_written"
    all_done = outcomes == {"done"} and not any(receipt.get("not_done") for receipt in receipts)
    return None if all_done else "not_all_written"


def _claims(sentence: str) -> bool:
    """Tell whether a sentence says that something was written, and is no question, denial or plan."""
    text = folded(sentence)
    return has_phrase(text, phrases("claim")) and "?" not in text and not has_phrase(text, phrases("no_claim"))
