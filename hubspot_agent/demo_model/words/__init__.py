"""The words the demo model knows: one file a language, the same tables in each.

All languages are always understood together, so an answer in another one is no surprise.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from hubspot_agent.texts import LANGUAGES, catalog

Phrase = tuple[str, ...]
Table = Mapping[Phrase, str]

#: The longest phrase in the tables, in words.
MAX_PHRASE_WORDS = 4


@cache
def _files() -> list[dict[str, Any]]:
    folder = files(__package__)
    return [tomllib.loads(folder.joinpath(f"{code}.toml").read_text(encoding="utf-8")) for code in LANGUAGES]


def _table(name: str) -> Table:
    """Return a table's phrases, word by word, and what each stands for."""
    return {
        tuple(phrase.split()): meaning
        for language in _files()
        for meaning, phrases in language.get(name, {}).items()
        for phrase in phrases.split("|")
    }


def _labels(prop: str) -> Table:
    prefix = f"options.{prop}_"
    return {
        tuple(label.casefold().split()): key.removeprefix(prefix)
        for language in LANGUAGES
        for key, label in catalog(language).items()
        if key.startswith(prefix)
    }


def _set(name: str) -> frozenset[str]:
    return frozenset(word for language in _files() for word in language["sets"][name].split())


def phrase_at(words: Sequence[str], start: int, table: Table) -> tuple[str, int] | None:
    """Return what the longest phrase of `table` at `start` stands for, and how many words it has."""
    for length in range(min(MAX_PHRASE_WORDS, len(words) - start), 0, -1):
        meaning = table.get(tuple(words[start : start + length]))
        if meaning is not None:
            return meaning, length
    return None


FIELDS = _table("fields")
#: The options of the two enumerations people speak of, by their labels and by other words.
VALUES = {prop: {**_labels(prop), **_table(prop)} for prop in ("lifecyclestage", "hs_lead_status")}
COMMANDS = _table("commands")
INFINITIVES = _table("infinitives")
PARTICLES = _table("particles")
OPENERS = _table("words_before")
CLOSERS = _table("words_after")
NEGATIONS = _table("negations")
ANSWERS = _table("answers")
ORDINALS = _table("ordinals")
RELATIONS = _table("relations")
OWNERSHIP = _table("owners")
SMALL_TALK = _table("small_talk")

ARTICLES = _set("articles")
PRONOUNS = _set("pronouns")
CONTACT_WORDS = _set("contacts")
EVERYBODY = _set("everybody")
NEWEST = _set("newest")
FILLERS = _set("fillers") | ARTICLES | PRONOUNS | CONTACT_WORDS
LINKS = _set("links")
OWNERS = _set("owners")
RECEIVERS = _set("receivers")
BLOCKERS = _set("blockers")
JOINERS = _set("joiners")
DOUBTS = _set("doubts")
SYSTEM = _set("system")
OTHER_OBJECTS = _set("other_objects")
QUESTIONS = _set("questions")
KNOWING = _set("knowing")
ASSENT = _set("assent")
CHOOSING = _set("choosing")
NAME_PARTICLES = _set("name_particles")
RECEIVING = _set("receiving")
COMPANY_WORDS = _set("company_words")
NOTE_VERBS = _set("note_verbs")
NOTE_NOUNS = _set("note_nouns")
NOTE_PLACES = _set("note_places")
NOTE_STARTS = _set("note_starts")
THAT = _set("that")
WITHOUT = _set("without")
TITLES = _set("titles")
ABBREVIATIONS = _set("abbreviations")
ALSO_NAMES = _set("also_names")
