"""Make tasks out of what a message holds."""

from collections.abc import Iterable

from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.demo_model.data import MessageData
from hubspot_agent.demo_model.lexer import as_text, folded_words, tokens, without_closers
from hubspot_agent.demo_model.target import (
    is_plausible_name,
    is_searchable,
    is_surely_name,
    option_at_end,
    relations,
    split_name,
)
from hubspot_agent.demo_model.task import PART_SEPARATOR, Task, contact_line, contacts_in, parse_task
from hubspot_agent.demo_model.view import View
from hubspot_agent.demo_model.words import CHOOSING, FILLERS, ORDINALS, RELATIONS, phrase_at

#: Words around a choice that say nothing: "number 2", "the one at Acme".
_CHOICE_FILLERS = FILLERS | CHOOSING
_NAME_PROPERTIES = ("firstname", "lastname")


def contact_fields(data: MessageData) -> tuple[dict[str, str], list[str]]:
    """Return the properties that `data` gives of a contact, in reading order, and what it leaves over."""
    fields: dict[str, str] = {}
    leftover: list[str] = []
    for piece in (*data.about, data.owner):
        parts = relations(piece)
        name = parts.pop("name", ())
        if name and "firstname" not in fields and is_plausible_name(name):
            fields |= split_name(as_text(name))
        elif name:
            leftover.append(as_text(name))
        fields |= {relation: as_text(part) for relation, part in parts.items()}
    for prop, values in (("email", data.emails), ("phone", data.phones)):
        if values and prop not in data.fields:
            fields[prop], values = values[0], values[1:]
        leftover += values
    return fields_in_reading_order(fields | with_split_name(data.fields)), leftover


def with_split_name(fields: dict[str, str]) -> dict[str, str]:
    """Return `fields` with "name" as first and last name."""
    rest = {prop: value for prop, value in fields.items() if prop != "name"}
    return split_name(fields.get("name", "")) | rest


def fields_in_reading_order(fields: dict[str, str]) -> dict[str, str]:
    """Return `fields` in the order in which people read a contact."""
    order = {prop: place for place, prop in enumerate(SHOWN_PROPERTIES)}
    return dict(sorted(fields.items(), key=lambda item: order.get(item[0], len(order))))


def written_as_name(data: MessageData) -> bool:
    """Tell whether every name in `data` is clearly one."""
    names = [relations(piece).get("name") for piece in (*data.about, data.owner)]
    return all(is_surely_name(name) for name in names if name)


def search_fields(data: MessageData) -> tuple[dict[str, str], list[str]]:
    """Return what `data` says to search for, and what it leaves over."""
    fields = {"query" if prop == "name" else prop: value for prop, value in data.fields.items()}
    leftover: list[str] = []
    for piece in (*data.about, data.owner):
        owners = [token.value for token in piece if token.kind == "email"]
        if owners:
            fields.setdefault("email", owners[0])
            continue
        parts = relations(piece)
        name = parts.pop("name", ())
        staged = option_at_end(name)
        if staged and not staged[2]:
            fields[staged[0]] = staged[1]
        elif name and "query" not in fields and is_searchable(name):
            fields["query"] = as_text(name)
        elif name:
            leftover.append(as_text(name))
        fields |= {relation: as_text(part) for relation, part in parts.items()}
    for prop, values in (("email", data.emails), ("phone", data.phones)):
        if values:
            fields.setdefault(prop, values[0])
            leftover += values[1:]
    if "email" in fields or "phone" in fields:
        # The surest key alone: a name in another spelling would only hide the contact.
        query = fields.pop("query", "")
        leftover += [query] if query and not is_plausible_name(tokens(query)) else []
    if data.newest:
        fields["sort"] = "-createdate"
    return fields, leftover


def update_parts(data: MessageData) -> tuple[str, dict[str, str], list[str]]:
    """Return whom `data` wants changed ("" when nobody is named), the new values, and the rest."""
    fields = with_split_name(data.fields)
    named = [as_text(piece) for piece in (data.owner, *data.about) if piece]
    emails, phones = list(data.emails), list(data.phones)
    if len(emails) == 2 and not fields:
        # "change ana@old.example to ana@new.example"
        fields["email"] = emails.pop()
    if phones and "phone" not in fields:
        fields["phone"] = phones.pop(0)
    # "Ana Silva (ana@acme.example)" is one person; of "Ana's phone" and another address the address is a question.
    target = emails.pop(0) if emails and not data.owner else ""
    if data.pronoun and not (data.owner or fields or data.named):
        # "change it to Utrecht"
        return "", {}, [*named, *emails]
    if not target and named:
        target = named.pop(0)
    elif target and named:
        named.pop(0)
    return target, fields, [*named, *emails, *phones]


def next_question(task: Task) -> Task:
    """Set what a creation or an update still has to ask; the last question repeats it all."""
    task.options = []
    if task.kind == "create":
        has_name = any(prop in task.fields for prop in _NAME_PROPERTIES)
        if not has_name and "name" not in task.skipped:
            task.ask = "demo.ask_name"
        elif "email" not in task.fields and ("email" not in task.skipped or not has_name):
            task.ask = "demo.ask_email"
        else:
            task.ask = "demo.confirm_create"
    elif not task.target:
        task.ask = "demo.which_contact"
    elif task.wanted:
        task.ask = "demo.ask_value"
    else:
        # Who it is has to be looked up before the question can show it.
        task.ask, task.confirm = "", True
    return task


def is_complete(fields: dict[str, str]) -> bool:
    """Tell whether a contact can be created without asking on: it has an e-mail address or a whole name."""
    return "email" in fields or all(prop in fields for prop in _NAME_PROPERTIES)


def contacts_in_focus(view: View) -> tuple[list[str], bool]:
    """Return the lines of the contacts that "her" may mean, and whether the conversation shows it.

    More than one: the user has been shown several and has chosen none.
    """
    for answer in reversed(view.answers):
        task = parse_task(answer)
        if task and PART_SEPARATOR in task.target:
            return [task.target], True
        lines = contacts_in(answer)
        if lines:
            return lines, True
    # Newest last; of several seen long ago the newest is only a guess.
    return [contact_line(record) for record in view.pinned[-1:]], len(view.pinned) == 1


def chosen_options(options: list[str], message: str) -> list[str]:
    """Return the options that `message` may mean: by number, ordinal, e-mail address or words on the line."""
    emails = [token.value.casefold() for token in tokens(message) if token.kind == "email"]
    if emails:
        return [line for line in options if set(emails) & set(line.casefold().split(PART_SEPARATOR))]
    words = _telling_words(message)
    placed = _at_place(options, words)
    if placed is not None:
        return placed
    words = [word for place, word in enumerate(words) if not phrase_at(words, place, RELATIONS)]
    return [line for line in options if words and set(words) <= set(_line_words(line))]


def _at_place(options: list[str], words: list[str]) -> list[str] | None:
    """Return the option that a number or an ordinal means; `None` when `words` are neither."""
    number = ORDINALS.get((words[0],), words[0]) if len(words) == 1 else ""
    if number == "-1":
        return options[-1:]
    if not number.isdecimal():
        return None
    return options[int(number) - 1 : int(number)] if 0 < len(number) < 3 and int(number) else []


def by_position(options: list[str], message: str) -> list[str]:
    """Return the option that `message` means by its number or an ordinal only ("the second")."""
    return _at_place(options, _telling_words(message)) or []


def _telling_words(message: str) -> list[str]:
    words = folded_words([token for token in without_closers(tokens(message)) if token.kind != "mark"])
    return [word.removeprefix("#") for word in words if word and word not in _CHOICE_FILLERS]


def _line_words(line: str) -> Iterable[str]:
    for part in line.split(PART_SEPARATOR):
        yield from folded_words(tokens(part))
        yield part.casefold()


def not_understood(view: View, words: list[str]) -> list[str]:
    """Return the note that names words that were not understood; none when there are none."""
    return [view.texts("demo.not_understood", words=", ".join(words))] if words else []
