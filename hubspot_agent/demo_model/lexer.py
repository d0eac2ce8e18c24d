"""Cut a typed message into words, e-mail addresses, numbers and marks."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Literal

from hubspot_agent.demo_model.words import ABBREVIATIONS, CLOSERS, MAX_PHRASE_WORDS, OPENERS, Table, phrase_at
from hubspot_agent.texts.sanitizing import plain

Kind = Literal["word", "email", "phone", "url", "quoted", "mark", "possessive"]

#: Fewer digits than this are a house number, a year or a choice, not a phone number.
MIN_PHONE_DIGITS = 7

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"\n]+"|“[^”\n]+”|„[^”“\n]+[”“]|«[^»\n]+»)
      | (?P<url>(?:https?://|www\.)[^\s,;<>"]+)
      | (?P<email>[^\s@,;:!?<>()\[\]"“”]{1,64}@[^\s@,;:!?<>()\[\]"“”]+\.[^\s@,;:!?<>()\[\]"“”]+)
      | (?P<phone>(?<![\w.])\+?\(?\d[\d().\-/ \u00a0]{5,30}\d(?!\w))
      | (?P<mark>\n|[,;:!?()<>=→\[\]])
      | (?P<word>[^\s,;:!?()<>=→\[\]"“”«»]+)""",
    re.VERBOSE,
)
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_POSSESSIVE = re.compile(rf"(?:['{_APOSTROPHE}]s|(?<=s)['{_APOSTROPHE}])$", re.IGNORECASE)
_NOT_POSSESSIVE = frozenset(["let's", "what's", "who's", "it's", "that's", "there's", "he's", "she's", "'s", "foto's"])


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a message.

    Attributes:
        kind: What it looks like.
        text: As typed.
        gap: The white space before it.
        opens: Whether it begins a sentence, where a capital says nothing.
    """

    kind: Kind
    text: str
    gap: str = ""
    opens: bool = False

    @property
    def folded(self) -> str:
        """The text to compare with the word tables; a quotation matches none."""
        return "" if self.kind == "quoted" else fold(self.text)

    @property
    def value(self) -> str:
        """The text without quotation marks around it."""
        return self.text[1:-1] if self.kind == "quoted" else self.text


Tokens = Sequence[Token]


def fold(words: str) -> str:
    """Return `words` for comparing: capitals and the shape of an apostrophe make no difference."""
    return words.casefold().replace(_APOSTROPHE, "'")


def tokens(message: str) -> list[Token]:
    """Return the pieces of `message`, in order; none for an empty one."""
    found: list[Token] = []
    end = 0
    message = plain(message).replace("\t", " ")
    for match in _TOKEN.finditer(message):
        opens = not found or found[-1].text in ".!?\n" or message.isupper()
        if match.lastgroup == "mark" and found and found[-1].text == match.group():
            continue
        found.extend(_pieces(str(match.lastgroup), match.group(), " " * (match.start() > end), opens))
        end = match.end()
    return found


def as_text(piece: Tokens) -> str:
    """Return what `piece` says, on one line; a single quotation without its marks."""
    if len(piece) == 1:
        return " ".join(piece[0].value.split())
    return " ".join("".join(token.gap + token.text for token in piece).split())


def folded_words(piece: Tokens) -> list[str]:
    """Return the words of `piece` to compare with the word tables."""
    return [token.folded for token in piece]


def meaning_at(piece: Tokens, position: int, table: Table) -> tuple[str, int] | None:
    """Return what the longest phrase of `table` at `position` stands for, and how many words it has."""
    return phrase_at(folded_words(piece[position : position + MAX_PHRASE_WORDS]), 0, table)


def contains(piece: Tokens, *tables: Table) -> bool:
    """Tell whether a phrase of one of `tables` stands anywhere in `piece`."""
    return any(meaning_at(piece, position, table) for position in range(len(piece)) for table in tables)


def without_start(piece: Tokens, words: Container[str]) -> Tokens:
    """Return `piece` without what begins it of `words`."""
    start = next((place for place, token in enumerate(piece) if token.folded not in words), len(piece))
    return piece[start:]


def without_end(piece: Tokens, words: Container[str]) -> Tokens:
    """Return `piece` without what ends it of `words`."""
    end = next((place for place in range(len(piece), 0, -1) if piece[place - 1].folded not in words), 0)
    return piece[:end]


def without_openers(piece: Tokens) -> Tokens:
    """Return `piece` without marks and politeness at its start."""
    position = 0
    while position < len(piece):
        hit = meaning_at(piece, position, OPENERS)
        if hit is None and piece[position].kind != "mark":
            break
        position += hit[1] if hit else 1
    return piece[position:]


def without_closers(piece: Tokens) -> Tokens:
    """Return `piece` without marks and politeness at its end."""
    end = len(piece)
    while end:
        lengths = (length for length in (3, 2, 1) if tuple(folded_words(piece[max(end - length, 0) : end])) in CLOSERS)
        length = 1 if piece[end - 1].kind == "mark" else next(lengths, 0)
        if not length:
            break
        end = max(end - length, 0)
    return piece[:end]


def _pieces(kind: str, text: str, gap: str, opens: bool) -> list[Token]:
    if kind == "phone" and sum(character.isdigit() for character in text) < MIN_PHONE_DIGITS:
        first, *rest = text.split()
        return [Token("word", first, gap, opens), *(Token("word", part, " ") for part in rest)]
    if kind not in ("word", "email", "url"):
        return [Token(kind, text, gap, opens)]  # type: ignore[arg-type]
    ends: list[Token] = []
    bare = text.rstrip(".")
    if bare and bare != text and not _abbreviation(bare, kind):
        ends, text = [Token("mark", ".")], bare
    owner = _POSSESSIVE.search(text)
    if owner and owner.start() and fold(text) not in _NOT_POSSESSIVE:
        ends.insert(0, Token("possessive", owner.group()))
        text = text[: owner.start()]
    if kind == "email" and "." not in text.partition("@")[2]:
        kind = "word"
    return [Token(kind, text, gap, opens), *ends]  # type: ignore[arg-type]


def _abbreviation(word: str, kind: str) -> bool:
    return kind == "word" and ("." in word or len(word) == 1 or word.casefold() in ABBREVIATIONS)
