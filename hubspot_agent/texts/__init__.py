"""Every sentence a user reads, per language.

The sentences stand in TOML files, one folder a language and one file a subject:
``en/graph.toml`` holds ``graph.welcome`` and so on. Adding a language is adding a folder.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

Language = Literal["en", "nl"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "en"


@cache
def catalog(language: Language) -> dict[str, str]:
    """Return every sentence of a language by its key, ``"<file>.<name>"``."""
    sentences: dict[str, str] = {}
    for file in files(__package__).joinpath(language).iterdir():
        if file.name.endswith(".toml"):
            subject = file.name.removesuffix(".toml")
            for name, sentence in tomllib.loads(file.read_text(encoding="utf-8")).items():
                sentences[f"{subject}.{name}"] = sentence
    return sentences


def text(key: str, language: Language = DEFAULT_LANGUAGE, /, **values: object) -> str:
    """Return the sentence `key` in `language`, its placeholders filled with `values`.

    Args:
        key: ``"<file>.<name>"``, for example ``"graph.welcome"``.
        language: ``"en"`` or ``"nl"``.
        **values: What the sentence's ``{placeholders}`` stand for. They are data: braces in them
            stay as they are.

    Raises:
        KeyError: When there is no such sentence or a placeholder has no value.
    """
    return catalog(language)[key].format(**values)


def text_or_none(key: str, language: Language) -> str | None:
    """Return the sentence `key` as it stands, or `None` when there is no such sentence."""
    return catalog(language).get(key)


# Words that occur in one of the two languages and hardly ever in the other or in a name.
_TELLTALES: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "the a an and find search look create add new update change please can you could what who which her his their"
        " number my me is are was with for hello thanks thank yes show help not any there does do has have to of on"
        " make set it she he they would like cancel".split()
    ),
    "nl": frozenset(
        "de het een en zoek zoeken vind maak aanmaken nieuw nieuwe wijzig verander bijwerken werk alsjeblieft kun kan"
        " je jij u wat wie welke haar zijn hun nummer mijn mij met voor hallo bedankt dank ja toon niet er heeft heb"
        " naar op aan ik zij hij zou graag nee voeg toe pas telefoonnummer annuleer stop van bij wilt wil geef laat"
        " zien ook iemand contactpersoon".split()
    ),
}


def language_of(words: str) -> Language | None:
    """Tell whether `words` are English or Dutch by their function words; `None` when they do not tell."""
    found = re.findall(r"[^\W\d_]+", words.lower())
    hits: dict[Language, int] = {
        language: sum(word in telltales for word in found) for language, telltales in _TELLTALES.items()
    }
    if hits["en"] == hits["nl"]:
        return None
    return max(hits, key=lambda language: hits[language])


def as_language(value: Any) -> Language | None:
    """Return `value` as a language this package speaks (``"nl-NL"`` is ``"nl"``), or `None`."""
    code = str(value or "").lower().replace("_", "-").split("-")[0]
    return next((language for language in LANGUAGES if language == code), None)
