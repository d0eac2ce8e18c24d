"""Text compared the way people do: case and accents do not count, small differences are recognised."""

import re
from collections.abc import Mapping
from functools import cache
from unicodedata import category, combining, decimal, normalize

from rapidfuzz import fuzz, process

#: Letters that Unicode does not decompose into a plain one and a mark.
_PLAIN = str.maketrans("øłđðı’ʼ", "olddi''") | str.maketrans({"þ": "th", "æ": "ae", "œ": "oe"})  # noqa: RUF001
#: Marks of a lower combining class (nukta, kana voicing, virama) make another letter, the others are accents.
_LOWEST_ACCENT = 10
#: Characters of a text that are looked at when something like it is wanted.
_COMPARED = 200


def folded(text: str) -> str:
    """Return a text in lower case and without accents, its white space folded."""
    letters = normalize("NFKD", text.casefold().translate(_PLAIN))
    plain = normalize("NFC", "".join(letter for letter in letters if combining(letter) < _LOWEST_ACCENT))
    return " ".join(plain.split())


def words(text: str) -> set[str]:
    """Return the words of a text, folded."""
    return set(re.findall(r"\w+", folded(text).replace("_", " ")))


def has_phrase(text: str, phrases: frozenset[str]) -> bool:
    """Tell whether one of `phrases`, as whole words, stands in a folded text."""
    return bool(_pattern(phrases).search(text))


@cache
def _pattern(phrases: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, phrases), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")


def split(text: str) -> list[str]:
    """Return the words of a text; a hyphen separates, an apostrophe does not."""
    joined = re.sub("['’ʼ`´]", "", text)  # noqa: RUF001 (the apostrophes that people type)
    return "".join(char if category(char)[0] in "LMN" else " " for char in joined).split()


def ascii_digits(text: str) -> str:
    """Return a text with the digits of any script written as 0 to 9."""
    return "".join(str(decimal(char)) if char.isdecimal() else char for char in text)


def nearest(text: str, candidates: Mapping[str, str], cutoff: float) -> tuple[str, float] | None:
    """Return the key whose candidate is most like a text, and how much.

    Args:
        text: What was written.
        candidates: What may have been meant.
        cutoff: The least likeness that counts, 0 to 100.
    """
    known = {key: _spaced(candidate) for key, candidate in candidates.items()}
    best = process.extractOne(_spaced(text[:_COMPARED]), known, scorer=fuzz.WRatio, score_cutoff=cutoff)
    return (best[2], best[1]) if best else None


def _spaced(text: str) -> str:
    return folded(text).replace("_", " ")
