"""Whether a value is the user's own: said in the conversation, not made up and not read in the CRM."""

import re
from collections.abc import Iterable, Mapping

from hubspot_agent.texts import LANGUAGES, text_or_none
from hubspot_agent.writes.wording import folded, words

# What writing a value down properly adds to it.
_ADDED = frozenset({"http", "https", "www", "mailto"})
_MIN_PHONE_DIGITS = 6


def unsaid(properties: Mapping[str, str], said: Iterable[str]) -> list[str]:
    """Return the names of those `properties` whose value the user did not say.

    Spelling does not matter: case, accents, punctuation, the country code of a phone number, the order of
    a date. An option of an enumeration may be said in any language this package speaks.

    Args:
        properties: The values to write; "" clears, and counts as said when the property was named.
        said: What the user typed.
    """
    texts = [folded(each) for each in said]
    spoken = {word for each in texts for word in words(each)}
    digits = [re.sub(r"\D", "", each) for each in texts]
    return [
        name
        for name, value in properties.items()
        if not any(_is_said(spelling, texts, spoken, digits) for spelling in _spellings(name, value))
    ]


def _spellings(name: str, value: str) -> list[str]:
    """Return in which words a user may have said `value`, or named the property that is to be cleared."""
    keys = (f"options.{name}_{value}",) if value else (f"fields.{name}",)
    labels = (text_or_none(key, language) for key in keys for language in LANGUAGES)
    return [value or name, *filter(None, labels)]


def _is_said(value: str, texts: list[str], spoken: set[str], digits: list[str]) -> bool:
    parts = words(value) - _ADDED
    if any(folded(value) in each for each in texts) or (parts and parts <= spoken):
        return True
    own_digits = re.sub(r"\D", "", value)
    if re.fullmatch(r"[+(]?[\d\s().\-/]+", value) and len(own_digits) >= _MIN_PHONE_DIGITS:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            numbers = {int(word) for word in spoken if word.isdecimal()}
            return sum(int(part) in numbers for part in value.split("-")) >= 2
        national = own_digits[-max(_MIN_PHONE_DIGITS, len(own_digits) - 4) :]
        return any(national in each for each in digits)
    return False
