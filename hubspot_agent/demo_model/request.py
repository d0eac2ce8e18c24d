"""Understand one typed message by itself: what is asked for, and with which data."""

from dataclasses import dataclass, field
from typing import Literal

from hubspot_agent.demo_model.commands import clauses, find_command
from hubspot_agent.demo_model.data import MessageData, parse_data
from hubspot_agent.demo_model.fields import ME
from hubspot_agent.demo_model.lexer import (
    Tokens,
    as_text,
    contains,
    folded_words,
    tokens,
    without_closers,
    without_openers,
    without_start,
)
from hubspot_agent.demo_model.notes import cut_note
from hubspot_agent.demo_model.relating import (
    RELATING,
    asks_owner,
    begins_field,
    means_own_contacts,
    new_owner,
    receiver,
)
from hubspot_agent.demo_model.replies import asks_about_contacts, find_answer, find_small_talk
from hubspot_agent.demo_model.target import option_at_end
from hubspot_agent.demo_model.words import ARTICLES, COMMANDS, FIELDS, INFINITIVES, NEGATIONS, OTHER_OBJECTS
from hubspot_agent.tools.schemas import NOTE, OWNER

Verb = Literal["", "search", "create", "update", "other"]


@dataclass
class Request:
    """One message, understood.

    Attributes:
        verb: What is asked for in so many words; "" when nothing is, "other" when no tool can do it.
        answer: "yes", "no", "skip", "cancel" or "more" when the message is or begins with one.
        data: The fields and names in it, without verb and answer.
        cleared: Properties to make empty.
        small_talk: What it chats about, when it is about no contact.
        negated: Whether a "not" stands in it.
        refused: Whether it says not to do something.
        several: Whether it holds more than one request.
        question: Whether it asks about contacts ("who works at Acme?").
        rest: Words before the request that were not understood.
    """

    verb: Verb = ""
    answer: str = ""
    data: MessageData = field(default_factory=MessageData)
    cleared: list[str] = field(default_factory=list)
    small_talk: str = ""
    negated: bool = False
    refused: bool = False
    several: bool = False
    question: bool = False
    rest: str = ""


def parse_request(message: str) -> Request:
    """Return what `message` asks for."""
    note = cut_note(message)
    if note is None:
        return _parse(message)
    asked = Request(verb="update", data=parse_data(tokens(note.whom)))
    asked.data.fields[NOTE] = note.text
    asked.data.pronoun |= not note.whom
    before = _parse(note.before)
    if before.verb and before.verb != "other":
        return _joined(before, asked)
    asked.negated, asked.rest = before.negated, "" if before.small_talk or before.answer else note.before.strip()
    return asked


def _parse(message: str) -> Request:
    whole = tokens(message)
    bare = without_closers([token for token in whole if token.text not in ("!", "\n")])
    request = Request(negated=contains(whole, NEGATIONS))
    request.refused = request.negated and contains(whole, COMMANDS, INFINITIVES)
    request.answer, remainder = find_answer(bare or whole)
    if request.answer and not remainder:
        return request
    before, verb, piece = find_command(remainder if request.answer else whole)
    if (whose := asks_owner(whole)) is not None:
        request.verb, request.data = "search", parse_data(whose)
        request.data.named.append(OWNER)
        return request
    if means_own_contacts(whole) and verb in ("", "search"):
        request.verb, request.data = "search", parse_data(piece)
        request.data.fields[OWNER] = ME
        return request
    if not verb:
        request.data = parse_data(remainder)
        request.small_talk = find_small_talk(whole)
        request.question = asks_about_contacts(whole, request.data)
        return request
    chat = not without_openers(before) or find_small_talk(before)
    request.rest = "" if chat else as_text(before)
    return _with_verb(request, verb, piece)


def _with_verb(request: Request, verb: str, piece: Tokens) -> Request:
    first, second = clauses(piece)
    if second:
        return _joined(
            _with_verb(request, verb, first),
            _with_verb(Request(negated=request.negated), *find_command(second)[1:]),
        )
    if verb == "rename":
        return _rename(request, piece)
    if verb in RELATING:
        whom, value, rest = receiver(RELATING[verb], piece)
        request.verb, request.data = "update", parse_data(whom)
        if begins_field(rest):
            request.data.fields |= parse_data(rest).fields
        elif rest:
            request.data.doubtful.append(as_text(rest))
        if value:
            request.data.fields[RELATING[verb]] = value
        else:
            request.data.named.append(RELATING[verb])
        return request
    if verb in ("make", "update") and (owned := new_owner(piece)):
        request.verb, request.data = "update", parse_data(owned[1])
        request.data.pronoun |= request.data.empty
        request.data.fields[OWNER] = owned[0]
        return request
    staged = option_at_end(without_closers(piece)) if verb in ("update", "make") else None
    if staged and not contains(piece, FIELDS):
        request.verb, request.data = "update", parse_data(staged[2])
        request.data.fields[staged[0]] = staged[1]
        return request
    request.data = data = parse_data(piece)
    touches_field = bool(data.fields or data.named)
    if verb == "add":
        verb = "update" if touches_field and (data.owner or (data.pronoun and not data.about)) else "create"
    elif verb == "make":
        verb = "create" if data.noun else "update" if touches_field else "other"
    elif verb == "clear":
        verb = "update" if touches_field else "other"
        request.cleared, data.named = [*data.named, *data.fields], []
        data.doubtful += data.fields.values()
        data.fields = {}
    if verb == "create" and set(folded_words(without_start(piece, ARTICLES)[:1])) & OTHER_OBJECTS:
        verb = "other"
    request.verb = verb  # type: ignore[assignment]
    return request


def _joined(first: Request, second: Request) -> Request:
    """Make one request of two when the second goes on about the same contact."""
    data, more = first.data, second.data
    same = not (more.owner or more.about or more.emails or more.phones)
    if first.verb == "search" and second.verb == "update" and same and more.pronoun:
        # "find Ana and change her phone to ..."
        more.about, more.emails, more.phones, more.pronoun = data.about, data.emails, data.phones, False
        second.rest = first.rest
        return second
    if first.verb in ("create", "update") and second.verb == "update" and same:
        data.fields |= more.fields
        data.named += more.named
        data.doubtful += more.doubtful
        first.cleared += second.cleared
        return first
    first.several = True
    return first


def _rename(request: Request, piece: Tokens) -> Request:
    words = folded_words(piece)
    place = next((place for place, word in enumerate(words) if word in ("to", "naar", "in", "into") and place), 0)
    request.verb, request.data = "update", parse_data(piece[:place] if place else piece)
    if place and piece[place + 1 :]:
        request.data.fields["name"] = as_text(without_closers(piece[place + 1 :]))
    return request
