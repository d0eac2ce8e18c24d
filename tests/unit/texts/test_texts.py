"""Every sentence a user reads, in every language."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

import hubspot_agent
from hubspot_agent.texts import LANGUAGES, as_language, catalog, language_of
from hubspot_agent.texts.words import READ_LANGUAGES, WORDS

PACKAGE = Path(hubspot_agent.__file__).parent


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_missing(language):
    assert catalog(language).keys() == catalog("en").keys()
    for key, sentence in catalog(language).items():
        assert sentence.strip(), key
        assert placeholders(sentence) == placeholders(catalog("en")[key]), key


def test_no_list_of_words_is_missing():
    english = word_lists("en")
    assert word_lists("nl").keys() == english.keys()
    for language in READ_LANGUAGES:
        lists = word_lists(language)
        assert english.keys() - lists.keys() <= {"function_words"}
        assert len(lists["ordinals"]) == 10


def word_lists(language):
    return tomllib.loads((PACKAGE / "texts" / language / WORDS).read_text(encoding="utf-8"))


def test_every_sentence_that_the_code_names_exists():
    code = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    for key in re.findall(r"""\btext\(\s*"([a-z_]+\.[a-z_0-9]+)\"""", code):
        assert key in catalog("en"), key


def test_no_sentence_is_unused():
    """A key stands in the code as a whole, or an f-string makes it of words that stand in the code."""
    sources = [path for kind in ("py", "js", "html") for path in PACKAGE.rglob(f"*.{kind}")]
    tables = (PACKAGE / "demo_model" / "words").glob("*.toml")
    known = {word for path in (*sources, *tables) for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    constants, patterns = set(), set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant):
                constants.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                for filled in (r"(\w+)", r"(\w+?)"):
                    fixed = (
                        re.escape(each.value) if isinstance(each, ast.Constant) else filled for each in node.values
                    )
                    patterns.add("".join(fixed))

    def is_made(key: str, begin: str) -> bool:
        found = (re.fullmatch(each, key) for each in patterns if each.startswith(begin))
        return any(all(part in known or is_made_word(part) for part in match.groups()) for match in found if match)

    def is_made_word(word: str) -> bool:
        found = (re.fullmatch(each, word) for each in patterns if each.count("(") == 1)
        return any(match[1] in known for match in found if match and match[1] != word)

    def is_used(key: str) -> bool:
        subject, _, name = key.partition(".")
        if subject == "options":
            return True  # Made of HubSpot's own options.
        return key in constants or (subject == "web" and name in known) or is_made(key, rf"{subject}\.")

    assert [key for key in catalog("en") if not is_used(key)] == []


def test_every_reason_not_to_start_has_its_sentence():
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    keys = set(re.findall(r"""\bCannotStartError\(\s*"([^"]+)\"""", code))
    assert keys
    assert {f"terminal.{key}" for key in keys} <= catalog("en").keys()


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("find Ana please", "en"),
        ("zoek Ana alsjeblieft", "nl"),
        ("Jan de Vries", "nl"),
        ("ana@acme.example", None),
        ("", None),
        ("wie werkt er bij Acme?", "nl"),
        ("who works at Acme?", "en"),
    ],
)
def test_the_language_of_words(words, language):
    assert language_of(words) == language


@pytest.mark.parametrize(("value", "language"), [("nl-NL", "nl"), ("en_US", "en"), ("fr", None), (None, None)])
def test_language_codes(value, language):
    assert as_language(value) == language
