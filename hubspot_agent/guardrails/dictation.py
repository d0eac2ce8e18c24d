"""What was dictated, written down: "kofi at mensah dot example", "zero six twelve", "one two alpha bravo"."""

import re
from collections.abc import Iterator

from text_to_num import alpha2digit

from hubspot_agent.texts.words import letters, phrases
from hubspot_agent.validation.words import folded, has_phrase

#: The languages whose numbers are known in words (text2num's codes).
_NUMBER_LANGUAGES = ("en", "nl", "de", "fr", "es")

#: Signs that join what stands around them, and the kinds of words that say them.
_SIGNS = (("surely_at", "@"), ("dot", "."), ("underscore", "_"), ("dash", "-"), ("plus", "+"))

_JOINED_SIGNS = re.compile(r"\s*([@._+-])\s*")
#: Single letters and digits that stand apart: "k o f i", "1 2 3 4".
_APART = re.compile(r"(?<=\b\w)[\s.-](?=\w\b)")


def written_down(text: str) -> Iterator[str]:
    """Yield the ways in which a dictated text may be written, besides the text itself; folded."""
    plain = folded(text)
    signs = _with_signs(plain)
    yield _JOINED_SIGNS.sub(r"\1", signs)
    yield _APART.sub("", signs)
    for language in _NUMBER_LANGUAGES:
        numbers = alpha2digit(_repeated(plain), language)
        if numbers != plain:
            spelled = _with_signs(_with_letters(numbers))
            yield spelled
            yield _APART.sub("", spelled)
    if (spelled := _with_letters(plain)) != plain:
        yield _APART.sub("", _with_signs(spelled))


def _with_signs(text: str) -> str:
    """Return a text with spoken signs as signs; "at" is one only where a "dot" is spoken too."""
    dictated = has_phrase(text, phrases("dot"))
    for kind, sign in (*_SIGNS, *((("at", "@"),) if dictated else ())):
        text = _spoken(phrases(kind)).sub(sign, text)
    return _JOINED_SIGNS.sub(r"\1", text) if dictated else text


def _spoken(words: frozenset[str]) -> re.Pattern[str]:
    alternatives = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.compile(rf"\s*[(\[]?(?<!\w)(?:{alternatives})(?!\w)[)\]]?\s*")


def _with_letters(text: str) -> str:
    return re.sub(r"\w+", lambda word: letters().get(word[0], word[0]), text)


def _repeated(text: str) -> str:
    """Return a text with "double four" as "four four"."""
    for kind, times in (("double", 2), ("triple", 3)):
        for word in phrases(kind):
            again = r" \1" * times
            text = re.sub(rf"(?<!\w){re.escape(word)}\s+(\w+)", again.strip(), text)
    return text
