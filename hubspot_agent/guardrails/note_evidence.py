"""Whether a note is the user's own: asked for, and in words that the user used.

A model that writes a note down turns "I called her and she wants a quote" into "Called Ana Silva; she wants a quote."
So the words that say something must be the user's, not the sentence. What is neither said nor a word of reporting, a
number, an address or a name above all, makes it somebody else's note.
"""

import re
from collections.abc import Iterable, Sequence

from hubspot_agent.guardrails.evidence import ungiven
from hubspot_agent.texts.words import phrases
from hubspot_agent.validation.words import folded, has_phrase, words

#: Letters that two forms of a word begin with: "quote" and "quotes", "want" and "wanted".
_MIN_STEM_LETTERS = 3

#: Among so many of the latest messages a note is asked for; others may answer for whom it is, and what it says.
_MAX_MESSAGES_FOR_REQUEST = 4

#: Numbers, addresses and codes: a word with a digit, an @ or a dot in it.
_EXACT = re.compile(r"\S*[\d@]\S*|\w+(?:\.\w+)+")
#: A word with a capital that no sentence begins with: a name.
_NAME = re.compile(r"(?<=[^\W_][\s,;-])\s*[^\W\d_a-z][\w'-]*")
#: What stands around such a word without belonging to it.
_AROUND = ".,;:!?()[]\"'"


def is_own_note(note: str, said: Sequence[str], whom: Iterable[str]) -> bool:
    """Tell whether the user asked for this note.

    Args:
        note: The text to log.
        said: What the user typed, oldest first.
        whom: What the contact and its owner are called: a note may name them where the user said "her" or "me".
    """
    exact = [each.strip(_AROUND) for each in _EXACT.findall(note)]
    if ungiven({each: each for each in exact if each}, said):
        return False
    denials = phrases("denial")
    small = {word for phrase in (*phrases("note_words"), *denials) for word in words(phrase)}
    text = _EXACT.sub(" ", note)
    names = {word for name in _NAME.findall(text) for word in words(name)}
    sought = words(text) - small - {word for each in whom for word in words(each)}
    telling = _telling(sought, names, said)
    # What is denied must stay so, and nothing else become so.
    return bool(telling) and has_phrase(folded(note), denials) == any(
        has_phrase(folded(each), denials) for each in telling
    )


def _telling(sought: set[str], names: set[str], said: Sequence[str]) -> Sequence[str]:
    """Return the latest messages that ask for a note and have these words in them, the names exactly; or none."""
    asked = False
    for place in range(len(said) - 1, -1, -1):
        asked = asked or has_phrase(folded(said[place]), phrases("note"))
        if not asked and len(said) - place >= _MAX_MESSAGES_FOR_REQUEST:
            break
        spoken = words(said[place])
        sought = {
            word
            for word in sought
            if word not in spoken and (word in names or not any(_is_form_of(word, other) for other in spoken))
        }
        if asked and not sought:
            return said[place:]
    return ()


def _is_form_of(word: str, other: str) -> bool:
    """Tell whether two words begin alike but for their ends, such as "wants" and "wanted"; "bel" and "gebeld" too."""
    for one in {word, word.removeprefix("ge")}:
        for two in {other, other.removeprefix("ge")}:
            shorter, longer = sorted((one, two), key=len)
            stem = max(_MIN_STEM_LETTERS, len(shorter) - 1)
            if len(shorter) >= _MIN_STEM_LETTERS and longer.startswith(shorter[:stem]) and len(longer) - stem <= 4:
                return True
    return False
