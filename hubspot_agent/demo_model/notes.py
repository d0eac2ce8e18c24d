"""Cut a note out of a typed message: whose it is, and its text as it was typed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hubspot_agent.demo_model.words import ARTICLES, NOTE_NOUNS, NOTE_PLACES, NOTE_STARTS, NOTE_VERBS, THAT

#: More characters than this are not whom a note is about.
_MAX_WHOM_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class CutNote:
    """A message that asks for a note.

    Attributes:
        before: What stands before the request for it.
        whom: Whom it is about, as far as that is said here.
        text: The note.
    """

    before: str
    whom: str
    text: str


def cut_note(message: str) -> CutNote | None:
    """Return the note that `message` asks for; `None` when it asks for none.

    A note is the last thing in a message: "log a note on Ana: ...", "and note that ...".
    """
    found = next(filter(None, (pattern.search(message) for pattern in _PATTERNS)), None)
    if found is None:
        return None
    whom = re.sub(rf"^(?:\s*(?:{_any(NOTE_PLACES)})\b)+", "", found["whom"] or "", flags=re.IGNORECASE)
    return CutNote(message[: found.start()], whom.strip(" ,"), found["text"].strip())


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _patterns() -> list[re.Pattern[str]]:
    # Only what begins a clause: not "has anyone logged a note?", not "don't log ...".
    start = rf"(?:^|[,;.!?\n])\s*(?:(?:{_any(NOTE_STARTS)})\s+)*|\b(?:{_any(NOTE_STARTS)})\s+"
    noun = rf"(?:(?:{_any(ARTICLES)}|another|nog een)\s+)*(?:{_any(NOTE_NOUNS)})\b"
    place = rf"\s+(?:{_any(NOTE_PLACES)})\b[^:\n]{{0,{_MAX_WHOM_CHARACTERS}}}?"
    verb = rf"(?:{_any(NOTE_VERBS)})\b"
    ends, text = rf"\s*(?::|\b(?:{_any(THAT)})\b)", r"\s*(?P<text>\S.*)"
    forms = (
        rf"(?:{verb}\s+)?{noun}(?P<whom>(?:{place})?){ends}",
        rf"{verb}(?P<whom>{place})\s+{noun}{ends}",
        rf"{verb}(?P<whom>(?:{place})?)(?:\s+vast)?\s+(?:{_any(THAT)})\b",
    )
    return [re.compile(f"(?:{start}){form}{text}", re.IGNORECASE | re.DOTALL) for form in forms]


_PATTERNS = _patterns()
