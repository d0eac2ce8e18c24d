"""Words as they are compared: without case, accents and punctuation."""

import re
import unicodedata


def folded(text: str) -> str:
    """Return `text` without case and accents, its white space folded."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(each for each in decomposed if not unicodedata.combining(each)).split())


def words(text: str) -> set[str]:
    """Return the words of `text`, folded."""
    return set(re.findall(r"\w+", folded(text).replace("_", " ")))
