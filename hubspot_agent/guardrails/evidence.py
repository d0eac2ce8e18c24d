"""Whether a value is the user's own: typed in whichever spelling, or shown by the assistant and agreed to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from hubspot_agent.guardrails.dictation import written_down
from hubspot_agent.hubspot import PropertyDefinition
from hubspot_agent.texts import languages, text_or_none
from hubspot_agent.texts.words import field_words, phrases
from hubspot_agent.validation.localized_names import country_code, country_names, language_names, month_names
from hubspot_agent.validation.words import folded, has_phrase, words

# What writing a value down properly adds to it.
_ADDED = frozenset({"http", "https", "www", "mailto"})
_MIN_PHONE_DIGITS = 6
#: How many neighbouring words may be one value: "1 2 3 4 a b" is "1234 AB".
_MAX_JOINED_WORDS = 8


@dataclass(frozen=True, slots=True)
class _Spoken:
    """One text as it can be searched for values."""

    raw: str
    variants: tuple[str, ...]
    words: frozenset[str]
    runs: frozenset[str]
    digits: tuple[str, ...]


@lru_cache(maxsize=128)
def _spoken(raw: str) -> _Spoken:
    variants = tuple(dict.fromkeys((folded(raw), *written_down(raw))))
    return _Spoken(
        raw,
        variants,
        frozenset(word for each in variants for word in words(each)),
        frozenset(run for each in variants for run in _runs(each)),
        tuple(re.sub(r"\D", "", each) for each in variants),
    )


def ungiven(
    properties: Mapping[str, str],
    said: Iterable[str],
    definitions: Mapping[str, PropertyDefinition] | None = None,
) -> list[str]:
    """Return the names of those `properties` whose value does not stand in what was said.

    Spelling does not matter: case, accents, punctuation and spaces, words for signs, digits and letters, the country
    code of a phone number, the order of a date, separators in a number. A country, a language or an option may be
    named in another language.

    Args:
        properties: The values to write; "" clears, and counts as said when the user asked to have that
            property cleared.
        said: The texts.
        definitions: The account's properties, for the labels of their options.
    """
    texts = [_spoken(each) for each in said]
    known = definitions or {}
    return [name for name, value in properties.items() if not _is_given(name, value, texts, known.get(name))]


def _is_given(name: str, value: str, texts: list[_Spoken], definition: PropertyDefinition | None) -> bool:
    if not value:
        return _is_clearing_asked(name, texts)
    if definition is not None and definition.field_type == "checkbox" and ";" in value:
        return all(_is_given(name, part, texts, definition) for part in value.split(";") if part)
    if name in ("country", "hs_country_region_code") and _is_country_named(value, texts):
        return True
    return any(_is_said(each, texts) for each in _wordings(name, value, definition))


def _wordings(name: str, value: str, definition: PropertyDefinition | None) -> Iterator[str]:
    """Yield what people call a value: itself, the labels of an option, a language's names."""
    yield value
    if definition is not None:
        yield from (label for label, option in definition.options if option == value and label)
    yield from filter(None, (text_or_none(f"options.{name}_{value}", language) for language in languages()))
    if "language" in name:
        yield from language_names(value)


def _is_country_named(value: str, texts: list[_Spoken]) -> bool:
    code, names = country_code(value), country_names(value)
    if not names:
        return False
    # A code counts in capitals alone: "it" and "in" are words.
    return any(
        has_phrase(variant, names) or re.search(rf"(?<!\w){code}(?!\w)", each.raw)
        for each in texts
        for variant in each.variants
    )


def _is_clearing_asked(name: str, texts: list[_Spoken]) -> bool:
    labels = " ".join(filter(None, (text_or_none(f"fields.{name}", language) for language in languages())))
    known = words(f"{name} {labels}") | field_words(name)
    return any(has_phrase(each.variants[0], phrases("clear")) and known & each.words for each in texts)


def _is_said(value: str, texts: list[_Spoken]) -> bool:
    plain = folded(value)
    # At the ends of whole words: "ana@x.example" is not said by who says "joana@x.example".
    whole = re.compile(rf"(?<![\w.@+-]){re.escape(plain)}(?![\w@-])")
    if plain and any(whole.search(variant) for each in texts for variant in each.variants):
        return True
    if "@" not in value:
        parts = words(value) - _ADDED
        if parts and any(parts <= each.words for each in texts):
            return True
        if parts and parts <= frozenset().union(*(each.words for each in texts)):
            return True
        joined = re.sub(r"\W", "", plain)
        if len(joined) > 2 and any(joined in each.runs for each in texts):
            return True
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T.*)?", value):
        return any(_is_date_said(value[:10], each) for each in texts)
    if re.fullmatch(r"[+(]?[\d\s().,\-/]+( ext\. \d+)?", value):
        digits = re.sub(r"\D", "", value)
        if len(digits) >= _MIN_PHONE_DIGITS:
            national = digits[-max(_MIN_PHONE_DIGITS, len(digits) - 4) :]
            return any(national in each for spoken in texts for each in spoken.digits)
        return any(digits in each.runs for each in texts)
    return False


def _is_date_said(value: str, text: _Spoken) -> bool:
    """Tell whether day, month and year of a date were named, in whichever order."""
    year, month, day = map(int, value.split("-"))
    numbers = [int(number) for variant in text.variants for number in re.findall(r"\d{1,4}", variant)]
    named = any(month_names().get(word) == month for word in text.words)
    ordinals = {int(number) for word in text.words if (number := re.sub(r"\D+$", "", word)).isdigit()}
    return (year in numbers or year % 100 in numbers) and (named or month in numbers) and day in {*numbers, *ordinals}


def _runs(text: str) -> Iterator[str]:
    """Yield the words of `text`, and neighbours written as one: "1234 ab" is also "1234ab"."""
    parts = re.findall(r"\w+", text)
    for start in range(len(parts)):
        for length in range(1, min(_MAX_JOINED_WORDS, len(parts) - start) + 1):
            yield "".join(parts[start : start + length])
