"""Recognise what is no request: an answer, small talk, a question about contacts."""

from hubspot_agent.demo_model.data import MessageData
from hubspot_agent.demo_model.lexer import Tokens, folded_words, meaning_at, without_openers, without_start
from hubspot_agent.demo_model.target import is_surely_name, relations
from hubspot_agent.demo_model.words import ANSWERS, ASSENT, KNOWING, QUESTIONS, SMALL_TALK

#: Small talk that is meant even when it is part of a longer sentence.
_ANYWHERE = ("joke", "weather", "how_are_you", "about", "help")
#: Other small talk in more words than this is about something else.
_MAX_GREETING_WORDS = 6


def find_answer(message: Tokens) -> tuple[str, Tokens]:
    """Return the answer that a message is or begins with ("" for none), and what follows it."""
    words = folded_words(message)
    complete = ANSWERS.get(tuple(words))
    if complete:
        return complete, ()
    hit = meaning_at(message, 0, ANSWERS)
    if hit is None or hit[0] not in ("yes", "no") or len(words[0]) == 1:
        return "", message
    rest = without_start(message[hit[1] :], (",", ".", ":", ";", "but", "maar"))
    again = ANSWERS.get(tuple(folded_words(rest)))
    if again:
        return again, ()
    if hit[0] == "yes" and all(token.folded in ASSENT for token in rest):
        return "yes", ()
    return hit[0], rest


def find_small_talk(message: Tokens) -> str:
    """Return what a message without a request chats about; "" for nothing known."""
    words = [token for token in message if token.kind != "mark"]
    if any(token.kind in ("email", "phone") for token in words):
        return ""
    found = [(hit[0], place) for place in range(len(words)) if (hit := meaning_at(words, place, SMALL_TALK))]
    anywhere = [topic for topic, _ in found if topic in _ANYWHERE]
    greeting = [topic for topic, place in found if place == 0 and len(words) <= _MAX_GREETING_WORDS]
    return next(iter([*anywhere, *greeting]), "")


def asks_about_contacts(message: Tokens, data: MessageData) -> bool:
    """Tell whether a message is a question that a search can answer ("who works at Acme?")."""
    words = folded_words(without_openers(message))
    if not words or words[0] not in QUESTIONS:
        return False
    if data.emails or data.phones or data.fields or data.owner or (data.named and (data.about or data.pronoun)):
        return True
    about = [part for spoken in data.about for part in relations(spoken).items()]
    if not about:
        return data.everybody
    names = [part for relation, part in about if relation == "name" and is_surely_name(part)]
    asks_who = words[0] in ("who", "who's", "wie")
    return data.noun or any(word in KNOWING for word in words) or any(len(part) > 1 or asks_who for part in names)
