"""Read the data in a message: fields with their values, and words that tell whom it is about."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hubspot_agent.demo_model.fields import (
    ENTITY,
    cut_next_field,
    cut_owner,
    field_at,
    find_field,
    is_doubtful,
    option,
    without_old_value,
)
from hubspot_agent.demo_model.lexer import Token, Tokens, meaning_at, said, without_closers, without_end, without_start
from hubspot_agent.demo_model.whom import surely_name
from hubspot_agent.demo_model.words import (
    ARTICLES,
    CONTACT_WORDS,
    EVERYBODY,
    FILLERS,
    JOINERS,
    LINKS,
    NEWEST,
    OWNERS,
    PRONOUNS,
    RECEIVERS,
    RELATIONS,
    SYSTEM,
    WITHOUT,
)

_SEPARATORS = frozenset(",;()<>[]!?.\n/|-")
_NAMELESS = frozenset({":", "="})


@dataclass
class Data:
    """What a message holds.

    Attributes:
        fields: Values by property; "name" stands for first and last name together.
        named: Properties without a value ("her phone").
        owner: Whose field it is, when said ("the phone of Ana Silva").
        about: Further words, piece by piece: a name, perhaps a company.
        emails: E-mail addresses without a field before them.
        phones: Phone numbers without a field before them.
        pronoun: Whether somebody is meant by "her", "him", "this contact".
        noun: Whether the word "contact" or "person" occurs.
        everybody: Whether all contacts are meant.
        newest: Whether the newest contacts are meant.
        doubtful: Words that may or may not belong to a value.
    """

    fields: dict[str, str] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    owner: Tokens = ()
    about: list[Tokens] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    pronoun: bool = False
    noun: bool = False
    everybody: bool = False
    newest: bool = False
    doubtful: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to work with."""
        return not (self.fields or self.named or self.owner or self.about or self.emails or self.phones)

    @property
    def nobody(self) -> bool:
        """Whether nobody has been named or pointed at."""
        return not (self.owner or self.about or self.emails or self.pronoun)


def parse(message: Tokens) -> Data:
    """Return the data in `message`, an answer or a request without its verb."""
    data = Data()
    for segment in _segments(without_closers(message)):
        _read(data, segment)
    return data


def _segments(message: Tokens) -> Iterator[Tokens]:
    start = 0
    for position, token in enumerate(message):
        joins = token.low in JOINERS and _begins_data(message[position + 1 :])
        if token.text in _SEPARATORS or joins:
            yield message[start:position]
            start = position + 1
    yield message[start:]


def _begins_data(piece: Tokens) -> bool:
    piece = without_start(piece, ARTICLES | PRONOUNS)
    return bool(piece) and (piece[0].kind in ENTITY.values() or field_at(piece, 0) is not None)


def _read(data: Data, segment: Tokens) -> None:
    segment = _without_fillers(data, segment)
    place = find_field(segment)
    if place is None:
        _read_loose(data, segment)
        return
    start, length, prop = place
    head = segment[:start]
    if head and head[-1].low in WITHOUT:
        _read_loose(data, without_end(head, WITHOUT | JOINERS))
        return
    owned = bool(head) and head[-1].kind == "possessive"
    while head and (head[-1].kind == "possessive" or head[-1].low in _NAMELESS or _says_nothing(head[-1])):
        data.pronoun |= head[-1].low in PRONOUNS and len(head) == 1
        head = head[:-1]
    _read_loose(data, head)
    if owned and data.about:
        data.owner = data.about.pop()
    _read_value(data, prop, segment[start + length :])


def _read_value(data: Data, prop: str, tail: Tokens) -> None:
    if prop == "address" and any(token.kind == "email" for token in tail):
        prop = "email"
    tail, further = cut_next_field(tail)
    if tail and tail[0].low in OWNERS and (data.nobody or tail[0].low != "from"):
        owner, tail = cut_owner(prop, tail[1:])
        data.owner = _without_fillers(data, owner) or data.owner
    value = without_old_value(tail)
    while value and value[0].low in LINKS and not option(prop, value):
        value = value[1:]
    if prop in ENTITY:
        _read_entity(data, prop, value)
    elif value:
        value = _without_new_owner(data, value)
        data.doubtful += [said(value)] if is_doubtful(value) else []
        data.fields[prop] = option(prop, value) or said(value)
    else:
        data.named.append(prop)
    if further:
        _read(data, further)


def _without_new_owner(data: Data, value: Tokens) -> Tokens:
    """Cut "Utrecht for Ana Silva" when nobody has been named before."""
    for position in range(len(value) - 2, 0, -1):
        if value[position].low in ("for", "voor") and data.nobody:
            data.owner = _without_fillers(data, value[position + 1 :])
            return value[:position]
    return value


def _read_entity(data: Data, prop: str, value: Tokens) -> None:
    """Take a phone number or an e-mail address out of the words around it."""
    place = next((position for position, token in enumerate(value) if token.kind == ENTITY[prop]), None)
    before: Tokens = ()
    rest: Tokens = ()
    if place is not None:
        data.fields[prop] = value[place].value
        before, rest = _without_fillers(data, value[:place]), value[place + 1 :]
    elif len(value) <= 3 and any(character.isdigit() or character == "@" for character in said(value)):
        # Written unlike one, but meant as one: the tools say what is wrong with it.
        data.fields[prop] = said(value)
    elif surely_name(value):
        # "phone Ana Silva"
        data.named.append(prop)
        before = value
    else:
        data.named.append(prop)
        rest = value
    if before and data.nobody:
        # "add a phone number to Ana Silva: 0612345678"
        data.owner, before = without_end(before, _NAMELESS), ()
    if rest[1:] and rest[0].low in RECEIVERS:
        data.owner, rest = _without_fillers(data, rest[1:]) or data.owner, ()
    elif rest and meaning_at(rest, 0, RELATIONS):
        data.about.append(rest)
        rest = ()
    data.doubtful += [said(words) for words in (before, rest) if any(token.low not in FILLERS for token in words)]


def _read_loose(data: Data, piece: Tokens) -> None:
    words: list[Token] = []
    for token in piece:
        if token.kind == "email":
            data.emails.append(token.value)
        elif token.kind == "phone":
            data.phones.append(token.value)
        elif token.kind == "url":
            data.fields.setdefault("website", token.value)
        else:
            words.append(token)
    core = without_end(_without_fillers(data, words), (*_NAMELESS, "'s", "'", "with", "met", "to", "naar"))
    if core and not all(token.low in SYSTEM for token in core):
        data.about.append(core)


def _without_fillers(data: Data, piece: Tokens) -> Tokens:
    """Drop what says nothing at the start, and note what it hints at."""
    for position, token in enumerate(piece):
        belongs = token.low in ("of", "van") and data.noun
        empty = _says_nothing(token) or token.low in NEWEST or token.kind == "possessive" or token.low in _NAMELESS
        if belongs or not empty:
            return piece[position:]
        data.pronoun |= token.low in PRONOUNS
        data.noun |= token.low in CONTACT_WORDS
        data.everybody |= token.low in EVERYBODY
        data.newest |= token.low in NEWEST
    return ()


def _says_nothing(token: Token) -> bool:
    """Tell whether a word is grammar; with a capital inside a sentence it is a name ("An", "Will")."""
    return token.low in FILLERS and (token.opens or not token.text[:1].isupper() or token.low == "i")
