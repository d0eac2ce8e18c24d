"""What a model claims against what the receipts say."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

# Verbs by which an assistant says that it wrote something, in the languages the package speaks.
_CLAIM = re.compile(
    r"\b(done|all set|i've set|is now|klaar|gelukt|is nu|créé|ajouté|modifié|erstellt|geändert|gespeichert"
    r"|created|added|updated|changed|saved|cleared|removed|deleted|stored|recorded"
    r"|aangemaakt|toegevoegd|bijgewerkt|gewijzigd|veranderd|aangepast|opgeslagen|gewist|verwijderd)\b",
    re.IGNORECASE,
)
# Words that make such a sentence a question, a denial or a plan.
_NO_CLAIM = re.compile(
    r"\?|n't\b|\b(not|no|nothing|never|cannot|should|can|could|would|will|shall|may|if|when|before|be"
    r"|niet|geen|niets|nooit|moet|moeten|kan|kon|kunt|zal|zou|mag|als|wanneer|voordat|worden|wordt)\b",
    re.IGNORECASE,
)


def contradiction(
    said: str, receipts: Sequence[Mapping[str, Any]]
) -> Literal["nothing_written", "not_all_written"] | None:
    """Return which note (``texts/*/writes.toml``) `said` needs, if it sounds like more than was written.

    The note is true whenever it is given, so that a wrong guess about the words does no harm.
    """
    sentences = re.split(r"(?<=[.!?;,])\s+|\n", said)
    if not any(_CLAIM.search(each) and not _NO_CLAIM.search(each) for each in sentences):
        return None
    outcomes = {receipt["outcome"] for receipt in receipts}
    if "done" not in outcomes and "unknown" not in outcomes:
        return "nothing_written"
    return "not_all_written" if outcomes != {"done"} else None
