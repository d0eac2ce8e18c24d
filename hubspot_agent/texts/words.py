"""The words by which a user is understood, in every language that people are likely to write.

They stand in ``<language>/words.toml``. More languages are read than are spoken: a "ja" or a "deuxième" means the same
whatever the assistant answers in.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

#: The languages whose words are known.
READ_LANGUAGES = ("en", "nl", "de", "fr", "es")

#: The file of a language's words.
WORDS = "words.toml"


@cache
def _table(language: str) -> dict[str, Any]:
    text = files(__package__).joinpath(language, WORDS).read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def phrases(name: str) -> frozenset[str]:
    """Return the words and phrases of a kind, such as "yes", of all languages; lower case, without accents."""
    return frozenset(phrase for language in READ_LANGUAGES for phrase in _table(language)[name])


@cache
def function_words(language: str) -> frozenset[str]:
    """Return words that a sentence of this language, "en" or "nl", has, and hardly ever one of the other or a name."""
    return frozenset(_table(language)["function_words"])


@cache
def field_words(property_name: str) -> frozenset[str]:
    """Return what people call a property besides its label."""
    return frozenset(word for language in READ_LANGUAGES for word in _table(language)["fields"].get(property_name, ()))


@cache
def letters() -> dict[str, str]:
    """Return the letters by the words that spell them aloud."""
    return {word: letter for language in READ_LANGUAGES for word, letter in _table(language)["letters"].items()}


@cache
def ordinals() -> tuple[frozenset[str], ...]:
    """Return the words that name the first place of a list, those that name the second, and so on to the tenth."""
    tables = [_table(language)["ordinals"] for language in READ_LANGUAGES]
    return tuple(frozenset(word for table in tables for word in table[place]) for place in range(10))


@cache
def country_words() -> dict[str, frozenset[str]]:
    """Return what people call countries besides their names, by ISO 3166 code."""
    words: dict[str, set[str]] = {}
    for language in READ_LANGUAGES:
        for code, names in _table(language)["countries"].items():
            words.setdefault(code, set()).update(names)
    return {code: frozenset(names) for code, names in words.items()}
