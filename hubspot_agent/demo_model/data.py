"""Read the data in a message: fields with their values, and words that tell whom it is about."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hubspot_agent.demo_model.fields import (
    TOKEN_KINDS,
    cut_next_field,
    cut_owner,
    field_at,
    find_field,
    is_doubtful,
    named_value,
    option,
    without_old_value,
)
from hubspot_agent.demo_model.lexer import (
    Token,
    Tokens,
    as_text,
    meaning_at,
    without_closers,
    without_end,
    without_start,
)
from hubspot_agent.demo_model.target import is_surely_name
from hubspot_agent.demo_model.words import (
    ARTICLES,
    BLOCKERS,
    CONTACT_WORDS,
    EVERYBODY,
    FILLERS,
    JOINERS,
    LINKS,
    NEWEST,
    NOTE_PLACES,
    OWNERS,
    PRONOUNS,
    RECEIVERS,
    RELATIONS,
    SYSTEM,
    WITHOUT,
)
from hubspot_agent.tools.schemas import NOTE

_SEPARATORS = frozenset(",;()<>[]!?.\n/|-")
_ASSIGNMENT_MARKS = frozenset({":", "="})


@dataclass
class MessageData:
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
    def names_nobody(self) -> bool:
        """Whether nobody has been named or pointed at."""
        return not (self.owner or self.about or self.emails or self.pronoun)


def parse_data(message: Tokens) -> MessageData:
    """Return the data in `message`, an answer or a request without its verb."""
    data = MessageData()
    for segment in _segments(without_closers(message)):
        _read(data, segment)
    return data


def _segments(message: Tokens) -> Iterator[Tokens]:
    start = 0
    for position, token in enumerate(message):
        joins = token.folded in JOINERS and _begins_data(message[position + 1 :])
        if token.text in _SEPARATORS or joins:
            yield message[start:position]
            start = position + 1
    yield message[start:]


def _begins_data(piece: Tokens) -> bool:
    piece = without_start(piece, ARTICLES | PRONOUNS)
    return bool(piece) and (piece[0].kind in TOKEN_KINDS.values() or field_at(piece, 0) is not None)


def _read(data: MessageData, segment: Tokens) -> None:
    segment = _without_fillers(data, segment)
    place = find_field(segment)
    if place is None:
        _read_loose(data, segment)
        return
    start, length, prop = place
    head = segment[:start]
    if head and head[-1].folded in WITHOUT:
        _read_loose(data, without_end(head, WITHOUT | JOINERS))
        return
    owned = bool(head) and head[-1].kind == "possessive"
    # "what stands in the notes on Ana?"
    empty = _ASSIGNMENT_MARKS | (BLOCKERS if prop == NOTE else set())
    while head and (head[-1].kind == "possessive" or head[-1].folded in empty or _says_nothing(head[-1])):
        data.pronoun |= head[-1].folded in PRONOUNS and len(head) == 1
        head = head[:-1]
    _read_loose(data, head)
    if owned and data.about:
        data.owner = data.about.pop()
    _read_value(data, prop, segment[start + length :])


def _read_value(data: MessageData, prop: str, tail: Tokens) -> None:
    if prop == "address" and any(token.kind == "email" for token in tail):
        prop = "email"
    if prop == NOTE and tail and tail[0].folded in NOTE_PLACES | FILLERS:
        # "the notes on Ana Silva"
        data.named.append(prop)
        rest = without_start(_without_fillers(data, tail), NOTE_PLACES)
        data.owner = _without_fillers(data, rest) or data.owner
        return
    tail, further = cut_next_field(tail)
    if tail and tail[0].folded in OWNERS and (data.names_nobody or tail[0].folded != "from"):
        owner, tail = cut_owner(prop, tail[1:])
        data.owner = _without_fillers(data, owner) or data.owner
    value = without_old_value(tail)
    while value and value[0].folded in LINKS and not option(prop, value):
        value = value[1:]
    if prop in TOKEN_KINDS:
        _read_address(data, prop, value)
    elif value:
        value = _without_new_owner(data, value)
        data.doubtful += [as_text(value)] if is_doubtful(value) else []
        data.fields[prop] = option(prop, value) or named_value(prop, value)
    else:
        data.named.append(prop)
    if further:
        _read(data, further)


def _without_new_owner(data: MessageData, value: Tokens) -> Tokens:
    """Cut "Utrecht for Ana Silva" when nobody has been named before."""
    for position in range(len(value) - 2, 0, -1):
        if value[position].folded in ("for", "voor") and data.names_nobody:
            data.owner = _without_fillers(data, value[position + 1 :])
            return value[:position]
    return value


def _read_address(data: MessageData, prop: str, value: Tokens) -> None:
    """Take a phone number or an e-mail address out of the words around it."""
    place = next((position for position, token in enumerate(value) if token.kind == TOKEN_KINDS[prop]), None)
    before: Tokens = ()
    rest: Tokens = ()
    if place is not None:
        data.fields[prop] = value[place].value
        before, rest = _without_fillers(data, value[:place]), value[place + 1 :]
    elif len(value) <= 3 and any(character.isdigit() or character == "@" for character in as_text(value)):
        # Written unlike one, but meant as one: the tools say what is wrong with it.
        data.fields[prop] = as_text(value)
    elif is_surely_name(value):
        # "phone Ana Silva"
        data.named.append(prop)
        before = value
    else:
        data.named.append(prop)
        rest = value
    if before and data.names_nobody:
        # "add a phone number to Ana Silva: 0612345678"
        data.owner, before = without_end(before, _ASSIGNMENT_MARKS), ()
    if rest[1:] and rest[0].folded in RECEIVERS:
        data.owner, rest = _without_fillers(data, rest[1:]) or data.owner, ()
    elif rest and meaning_at(rest, 0, RELATIONS):
        data.about.append(rest)
        rest = ()
    data.doubtful += [as_text(words) for words in (before, rest) if any(token.folded not in FILLERS for token in words)]


def _read_loose(data: MessageData, piece: Tokens) -> None:
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
    core = without_end(_without_fillers(data, words), (*_ASSIGNMENT_MARKS, "'s", "'", "with", "met", "to", "naar"))
    if core and not all(token.folded in SYSTEM for token in core):
        data.about.append(core)


def _without_fillers(data: MessageData, piece: Tokens) -> Tokens:
    """Drop what says nothing at the start, and note what it hints at."""
    for position, token in enumerate(piece):
        belongs = token.folded in ("of", "van") and data.noun
        empty = (
            _says_nothing(token)
            or token.folded in NEWEST
            or token.kind == "possessive"
            or token.folded in _ASSIGNMENT_MARKS
        )
        if belongs or not empty:
            return piece[position:]
        data.pronoun |= token.folded in PRONOUNS
        data.noun |= token.folded in CONTACT_WORDS
        data.everybody |= token.folded in EVERYBODY
        data.newest |= token.folded in NEWEST
    return ()


def _says_nothing(token: Token) -> bool:
    """Tell whether a word is grammar; with a capital inside a sentence it is a name ("An", "Will")."""
    return token.folded in FILLERS and (token.opens or not token.text[:1].isupper() or token.folded == "i")
