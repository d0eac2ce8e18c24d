"""Find whom a message is about: names, and "at", "in", "as" with a company, a city, a job title."""

from collections.abc import Sequence

from hubspot_agent.demo_model.lexer import Token, Tokens, as_text, folded_words, tokens, without_end, without_start
from hubspot_agent.demo_model.words import (
    ARTICLES,
    FILLERS,
    LINKS,
    NAME_PARTICLES,
    RELATIONS,
    SYSTEM,
    TITLES,
    VALUES,
    phrase_at,
)

#: More words than this are a sentence, not a name.
MAX_NAME_WORDS = 6


def without_articles(piece: Tokens) -> Tokens:
    """Return `piece` without articles at its start."""
    return without_start(piece, ARTICLES)


def inside_name(words: Sequence[str], position: int) -> bool:
    """Tell whether a word such as "in" belongs to a name: "in 't Veld", "op den Akker"."""
    return words[position] in ("in", "op") and words[position + 1 : position + 2] in (["den"], ["'t"])


def relations(piece: Tokens) -> dict[str, Tokens]:
    """Cut words that tell whom a message is about at "at", "in" and the like.

    Returns:
        The words by "name", "company", "city" and "jobtitle"; only those that occur.
    """
    found: dict[str, list[Token]] = {"name": []}
    words, current, position = folded_words(piece), "name", 0
    while position < len(piece):
        relation, length = _relation_at(words, position)
        if relation == "system":
            break
        if relation:
            current = relation
            found[current] = []
        else:
            found[current].append(piece[position])
        position += length
    trimmed = {relation: without_articles(part) if relation != "name" else part for relation, part in found.items()}
    return {
        relation: part
        for relation, part in trimmed.items()
        if part and (relation == "name" or not all(token.folded in SYSTEM for token in part))
    }


def _relation_at(words: list[str], position: int) -> tuple[str, int]:
    """Return the relation that begins here and its number of words; ("", 1) for an ordinary word."""
    hit = phrase_at(words, position, RELATIONS)
    if words[position] == "van" and position == 0:
        hit = "company", 1
    if hit is None or position + hit[1] >= len(words) or inside_name(words, position):
        return "", 1
    rest = [word for word in words[position + hit[1] :] if word not in ARTICLES]
    if hit[0] == "system" and not (rest and rest[0] in SYSTEM):
        return "", 1
    return hit


def option_at_end(piece: Tokens) -> tuple[str, str, Tokens] | None:
    """Return property, value and the words before when `piece` ends in an option ("Ana a customer")."""
    words = folded_words(piece)
    for prop, options in VALUES.items():
        for length in (3, 2, 1):
            option = options.get(tuple(words[-length:])) if length <= len(words) else None
            if option:
                return prop, option, without_end(piece[: len(piece) - length], ARTICLES | LINKS)
    return None


def split_name(name: str) -> dict[str, str]:
    """Return first and last name; a particle ("van der") begins the last name."""
    words = name.split()
    if len(words) < 2:
        return {"firstname": name} if name else {}
    cut = next((place for place in range(1, len(words) - 1) if words[place] in NAME_PARTICLES), 1)
    return {"firstname": " ".join(words[:cut]), "lastname": " ".join(words[cut:])}


def is_surely_name(piece: Tokens) -> bool:
    """Tell whether `piece` is written as a name: every word with a capital or a particle, no title, not many."""
    return (
        is_plausible_name(piece)
        and piece[0].folded.rstrip(".") not in TITLES
        and all(
            token.kind == "quoted" or token.text in NAME_PARTICLES or not token.text[0].islower() for token in piece
        )
    )


def is_plausible_name(piece: Tokens) -> bool:
    """Tell whether `piece` can be a name at all: a few words, with letters, none of them grammar."""
    grammar = FILLERS - NAME_PARTICLES
    return 0 < len(piece) <= MAX_NAME_WORDS and all(
        token.kind in ("word", "quoted", "possessive")
        and not (token.folded in grammar and not token.text[0].isupper())
        and not any(character.isdigit() for character in token.text)
        and any(character.isalpha() for character in token.text)
        for token in piece
        if token.kind != "possessive"
    )


def is_searchable(piece: Tokens) -> bool:
    """Tell whether `piece` can be searched for as it stands: a few words, none of them grammar."""
    return len(piece) <= MAX_NAME_WORDS and not any(
        token.kind == "mark" or (token.folded in FILLERS - NAME_PARTICLES and token.text[:1].islower())
        for token in piece
    )


def search_criteria(target: str) -> dict[str, str]:
    """Return what to search for to find `target`: "email", "phone", or "query" with "company" and "city"."""
    piece = tokens(target)
    for token in piece:
        if token.kind in ("email", "phone"):
            return {token.kind: token.value}
    found = {relation: as_text(part) for relation, part in relations(piece).items()}
    name = found.pop("name", "")
    return ({"query": name} if name else {}) | found
