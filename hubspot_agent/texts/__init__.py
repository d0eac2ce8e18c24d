"""Every sentence a user reads, per language.

The sentences stand in TOML files, one folder a language and one file a subject:
``en/graph.toml`` holds ``graph.welcome`` and so on. `add_language` brings a language, or other words, at run time.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from hubspot_agent.texts.words import WORDS, function_words

#: The code of a language: one of `LANGUAGES`, or of one that was added.
Language = str

#: The languages that the package brings.
LANGUAGES: tuple[Language, ...] = ("en", "nl")
DEFAULT_LANGUAGE: Language = "en"

_NAMES: dict[Language, str] = {"en": "English", "nl": "Dutch"}
_ADDED: dict[Language, dict[str, str]] = {}


def languages() -> tuple[Language, ...]:
    """Return the languages there are: the package's and the added ones."""
    return tuple(_NAMES)


def language_name(language: Language) -> str:
    """Return what a language is called in English."""
    return _NAMES[language]


def add_language(language: Language, name: str, sentences: Mapping[str, str]) -> None:
    """Add a language for this process, or other words for one that there is.

    Args:
        language: Its two letters (ISO 639-1), as `Context` and the settings take it.
        name: What it is called in English, for the model.
        sentences: Sentences by their key, such as ``"graph.welcome"``; `catalog("en")` has all of them. One
            that is left out stays as it was, and in a new language is English.

    Raises:
        ValueError: `language` is no such code, there is no such sentence, or one has a placeholder that the
            English one has not.
    """
    if not re.fullmatch("[a-z]{2}", language):
        raise ValueError(f"A language is two small letters, not {language!r}.")
    for key, sentence in sentences.items():
        if key not in catalog(DEFAULT_LANGUAGE):
            raise ValueError(f"There is no sentence {key!r}.")
        if unknown := _placeholders(sentence) - _placeholders(catalog(DEFAULT_LANGUAGE)[key]):
            raise ValueError(f"The sentence {key!r} has no value for {', '.join(sorted(unknown))}.")
    _ADDED[language] = _ADDED.get(language, {}) | dict(sentences)
    _NAMES[language] = name
    catalog.cache_clear()


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@cache
def catalog(language: Language) -> dict[str, str]:
    """Return every sentence of a language by its key, ``"<file>.<name>"``."""
    if language not in LANGUAGES:
        return {**catalog(DEFAULT_LANGUAGE), **_ADDED[language]}
    sentences: dict[str, str] = {}
    for file in files(__package__).joinpath(language).iterdir():
        if file.name.endswith(".toml") and file.name != WORDS:
            subject = file.name.removesuffix(".toml")
            for name, sentence in tomllib.loads(file.read_text(encoding="utf-8")).items():
                sentences[f"{subject}.{name}"] = sentence
    return sentences | _ADDED.get(language, {})


def text(key: str, language: Language = DEFAULT_LANGUAGE, /, **values: object) -> str:
    """Return the sentence `key` in `language`, its placeholders filled with `values`.

    Args:
        key: ``"<file>.<name>"``, for example ``"graph.welcome"``.
        language: One of `languages()`.
        **values: What the sentence's ``{placeholders}`` stand for. They are data: braces in them
            stay as they are.

    Raises:
        KeyError: When there is no such sentence or a placeholder has no value.
    """
    return catalog(language)[key].format(**values)


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language: it carries the language of a turn to whatever speaks in it.

    `texts("graph.welcome")` is the sentence of that key.

    Attributes:
        language: One of `languages()`.
    """

    language: Language = DEFAULT_LANGUAGE

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a sentence; arguments and errors as for `text`."""
        return text(key, self.language, **values)

    def field(self, property_name: str) -> str:
        """Return the label of a property; HubSpot's own name for it when it is none of the common ones."""
        return text_or_none(f"fields.{property_name}", self.language) or property_name

    def reason(self, code: str) -> str:
        """Return why something was not done, by the code of a tool's result, and what a person can do about it."""
        return text_or_none(f"reasons.{code}", self.language) or self("reasons.other")

    def subject(self, name: str) -> dict[str, str]:
        """Return every sentence of a subject, ``"web"`` for example, by its name, with its placeholders unfilled."""
        prefix = f"{name}."
        sentences = catalog(self.language).items()
        return {key.removeprefix(prefix): sentence for key, sentence in sentences if key.startswith(prefix)}


def text_or_none(key: str, language: Language) -> str | None:
    """Return the sentence `key`, its placeholders unfilled, or `None` when there is no such sentence."""
    return catalog(language).get(key)


def language_of(words: str) -> Language | None:
    """Return the language of `words` by their function words, English or Dutch; `None` when they leave it open."""
    found = re.findall(r"[^\W\d_]+", words.lower())
    hits = {language: sum(word in function_words(language) for word in found) for language in LANGUAGES}
    if hits["en"] == hits["nl"]:
        return None
    return max(hits, key=lambda language: hits[language])


def as_language(value: Any) -> Language | None:
    """Return `value` as the code of one of `languages()` (``"nl-NL"`` is ``"nl"``), or `None`."""
    code = str(value or "").lower().replace("_", "-").split("-")[0]
    return code if code in _NAMES else None
