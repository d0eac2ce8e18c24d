"""Words as they are compared: without case, accents and punctuation."""

import re

from hubspot_agent.validation.words import folded as without_accents


def folded(text: str) -> str:
    """Return `text` without case and accents, its white space folded."""
    return " ".join(without_accents(text).split())


def words(text: str) -> set[str]:
    """Return the words of `text`, folded."""
    return set(re.findall(r"\w+", folded(text).replace("_", " ")))
