"""Find the request in a message: the verb it begins with, and what follows.

Only a verb in the place of a command counts: at the start of a sentence, but for politeness. So
"did you create ...?" and "if I create ..." ask for nothing.
"""

from hubspot_agent.demo_model.lexer import Tokens, folded_words, meaning_at, without_openers
from hubspot_agent.demo_model.words import (
    ARTICLES,
    COMMANDS,
    CONTACT_WORDS,
    INFINITIVES,
    JOINERS,
    PARTICLES,
    QUESTIONS,
)

_SENTENCE_ENDS = (".", "!", "?", "\n")
_CLAUSE_ENDS = (*_SENTENCE_ENDS, ";", ",")
#: Second parts of verbs that are that only at the end: "zoek Jan op", "look Ana up".
_ALSO_PREPOSITIONS = ("op", "up")
#: A Dutch sentence that begins so and has an infinitive at its end asks for nothing.
_NO_COMMAND = QUESTIONS - {"zijn"} | {"hoe", "ik", "we", "als"}


def find_command(message: Tokens) -> tuple[Tokens, str, Tokens]:
    """Return what stands before the request, its verb and what follows; the verb is "" when there is none."""
    start = 0
    for position in range(len(message) + 1):
        if position == len(message) or message[position].text in _SENTENCE_ENDS:
            sentence = without_openers(message[start:position])
            verb, piece = _finite_verb(sentence)
            if not verb:
                verb, piece = _infinitive(sentence)
            if verb:
                return message[:start], verb, [*piece, *message[position:]]
            start = position + 1
    return message, "", message


def clauses(piece: Tokens) -> tuple[Tokens, Tokens]:
    """Cut before a second request; the second part is empty when there is none."""
    for position in range(1, len(piece) - 1):
        token = piece[position]
        if token.folded in JOINERS or token.text in _CLAUSE_ENDS:
            verb, _ = _finite_verb(without_openers(piece[position + 1 :]))
            if verb:
                return piece[:position], piece[position + 1 :]
    return piece, ()


def _finite_verb(sentence: Tokens) -> tuple[str, Tokens]:
    """Return the verb that begins a sentence, with its second part wherever that stands."""
    words = folded_words(sentence)
    for (verb, particle), meaning in PARTICLES.items():
        if words[:1] == [verb] and particle in words[1:]:
            place = words.index(particle, 1)
            if particle not in _ALSO_PREPOSITIONS or place == len(words) - 1:
                return meaning, [*sentence[1:place], *sentence[place + 1 :]]
    for start in (0, 1) if set(words[:1]) & ARTICLES else (0,):
        hit = meaning_at(sentence, start, COMMANDS)
        if hit and (start == 0 or hit[0] == "create"):
            end = start + hit[1]
            # "new contact" keeps its noun, which tells what is new.
            return hit[0], sentence[end - (words[end - 1] in CONTACT_WORDS) :]
    return "", sentence


def _infinitive(sentence: Tokens) -> tuple[str, Tokens]:
    """Find a Dutch verb at the end: "het telefoonnummer van Jan wijzigen in ..."."""
    words = folded_words(sentence)
    places = [place for place, word in enumerate(words) if (word,) in INFINITIVES]
    if not places or words[0] in _NO_COMMAND:
        return "", sentence
    place = places[-1]
    return INFINITIVES[(words[place],)], [*sentence[:place], *sentence[place + 1 :]]
