"""What countries and languages are called in the languages that people write, by Babel's tables (Unicode CLDR)."""

from functools import cache

from babel import Locale

from hubspot_agent.texts.words import READ_LANGUAGES, country_words
from hubspot_agent.validation.words import folded


@cache
def _codes(kind: str) -> dict[str, str]:
    """Return the codes of countries ("territories") or of languages ("languages") by every name of theirs, folded."""
    codes: dict[str, str] = {}
    for language in READ_LANGUAGES:
        for code, name in getattr(Locale(language), kind).items():
            codes.setdefault(folded(str(name)), str(code))
    return codes


@cache
def country_names(value: str) -> frozenset[str]:
    """Return every name of the country that `value`, a name or a two-letter code, means; none if it is no country."""
    code = country_code(value)
    return _names("territories", code) | country_words().get(code, frozenset()) if code else frozenset()


@cache
def country_code(value: str) -> str:
    """Return the ISO 3166 code of the country that `value` names in whichever language, or ""."""
    plain = folded(value)
    by_word = next((code for code, words in country_words().items() if plain in words), "")
    upper = value.strip().upper()
    known = upper if len(upper) == 2 and upper in Locale("en").territories else ""
    found = by_word or _codes("territories").get(plain, "") or known
    return found if len(found) == 2 else ""  # Not the regions of the world, whose codes are numbers.


@cache
def language_names(code: str) -> frozenset[str]:
    """Return every name of a language by its code, such as "de" or "de-at"; none if there is no such language."""
    return _names("languages", code.lower().replace("-", "_").split("_")[0])


def language_code(name: str) -> str:
    """Return the code of the language that is called `name` in whichever language, or ""."""
    return _codes("languages").get(folded(name), "")


@cache
def month_names() -> dict[str, int]:
    """Return the numbers of the months by their names, whole and short, folded and without a point."""
    months: dict[str, int] = {}
    for language in READ_LANGUAGES:
        for form in ("wide", "abbreviated"):
            for number, name in Locale(language).months["format"][form].items():
                months.setdefault(folded(name).rstrip("."), number)
    return months


def _names(kind: str, code: str) -> frozenset[str]:
    tables = (getattr(Locale(language), kind) for language in READ_LANGUAGES)
    return frozenset(folded(str(table[code])) for table in tables if code in table)
