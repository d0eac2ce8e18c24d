"""The task the demo model is working on, as text that people read and that it reads back itself.

Its memory is a few messages, so each of its questions repeats all it has collected: a line a field,
a numbered line a choice, the question last. A value is kept on one line, so nothing in it can look
like a line of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from hubspot_agent.texts import LANGUAGES, Language, Texts, catalog, language_of, text, text_or_none
from hubspot_agent.texts.sanitizing import plain, shortened

#: Each question, and the kind of task it belongs to.
QUESTIONS: dict[str, Literal["search", "create", "update"]] = {
    "demo.ask_name": "create",
    "demo.ask_email": "create",
    "demo.confirm_create": "create",
    "demo.offer_create": "create",
    "demo.change_create": "create",
    "graph.ask_create": "create",
    "demo.which_contact": "update",
    "demo.which_one": "update",
    "demo.which_first": "update",
    "demo.ask_changes": "update",
    "demo.ask_value": "update",
    "demo.confirm_update": "update",
    "demo.offer_update": "update",
    "demo.change_update": "update",
    "graph.ask_update": "update",
    "demo.confirm_search": "search",
    "demo.pick": "search",
    "demo.more": "search",
    "graph.ask_search": "search",
}

#: Between the parts of a contact's line, and therefore never inside one.
PART_SEPARATOR = " · "
NO_VALUE = "—"
#: What `shortened` puts where it cut.
_ELLIPSIS = "…"
MAX_PART_CHARACTERS = 30
MAX_NAME_CHARACTERS = 80
_LINE_PROPERTIES = ("phone", "mobilephone", "jobtitle", "company", "city")

_FIELD_LINE = re.compile(r"- (.+?)(?:: (.*)| (\([^()]+\)))")
_OPTION_LINE = re.compile(r"(\d+)\. (.+)")
_BULLET = "• "


@dataclass
class Task:
    """A search, a creation or an update, so far.

    Attributes:
        kind: Which of the three.
        fields: Values by property; of a search what it looks for ("query", "email", "after", ...).
        cleared: Properties that an update makes empty.
        skipped: Properties that the user does not want to give.
        wanted: Properties whose value is still to be asked.
        target: Whom an update is about: a contact's line, or the user's words.
        options: The lines of the contacts to choose from.
        ask: The question that comes next; "" to carry the task out.
        confirm: Whether to repeat everything and ask before an update is carried out.
        notes: Sentences to say before the question.
    """

    kind: Literal["search", "create", "update"]
    fields: dict[str, str] = field(default_factory=dict)
    cleared: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    target: str = ""
    options: list[str] = field(default_factory=list)
    ask: str = ""
    confirm: bool = field(default=False, compare=False)
    notes: list[str] = field(default_factory=list, compare=False)


def one_line(value: str) -> str:
    """Return `value` on one line, without control characters."""
    return " ".join(plain(value).split())


def label(prop: str, texts: Texts) -> str:
    """Return what people call a property; its own name when it is none of the common ones."""
    return text_or_none(f"fields.{prop}", texts.language) or text_or_none(f"demo.field_{prop}", texts.language) or prop


def contact_line(record: Mapping[str, Any]) -> str:
    """Return a contact as people read it: name, e-mail address and what else tells it apart."""

    def part(name: str, longest: int = MAX_PART_CHARACTERS) -> str:
        return shortened(str(record.get(name) or "").replace("·", "-"), longest)

    name = " ".join(filter(None, (part("firstname"), part("lastname")))) or part("name", MAX_NAME_CHARACTERS)
    email = part("email", MAX_NAME_CHARACTERS)
    if name in (email, str(record.get("id"))):
        name = ""
    return PART_SEPARATOR.join([name or NO_VALUE, email or NO_VALUE, *filter(None, map(part, _LINE_PROPERTIES))])


def bullet(line: str) -> str:
    """Return the line that shows a single contact."""
    return _BULLET + line


def search_words(target: str) -> str:
    """Return what to search for to find `target` again: of a line its e-mail address or its name."""
    if PART_SEPARATOR not in target:
        return target
    name, email, *others = target.split(PART_SEPARATOR)
    if "@" in email and not email.endswith(_ELLIPSIS):
        return email
    return next((part.removesuffix(_ELLIPSIS) for part in (name, *others) if part != NO_VALUE), "")


def contacts_in(answer: str) -> list[str]:
    """Return the contacts' lines that one of the model's own texts shows, in order."""
    lines = [line.removeprefix(_BULLET) for line in answer.split("\n") if line.startswith(_BULLET)]
    return lines or [match.group(2) for line in answer.split("\n") if (match := _OPTION_LINE.fullmatch(line))]


def render_task(task: Task, texts: Texts) -> str:
    """Return `task` as text that ends in its question; `parse_task` reads it back."""
    data = [f"- {label('contact', texts)}: {task.target}"] if task.target else []
    data += [f"- {label(prop, texts)}: {one_line(value)}" for prop, value in task.fields.items()]
    for mark, props in (("cleared", task.cleared), ("skipped", task.skipped), ("wanted", task.wanted)):
        data += [f"- {label(prop, texts)} {texts(f'demo.mark_{mark}')}" for prop in props]
    if data:
        data.insert(0, texts(f"demo.{task.kind}_head"))
    choices = [f"{number}. {line}" for number, line in enumerate(task.options, 1)]
    return "\n".join([*task.notes, *choices, *data, texts(task.ask)])


def parse_task(answer: str) -> Task | None:
    """Return the task that one of the model's or the graph's texts leaves open; `None` for any other text."""
    question, _ = _question_in(answer)
    if question is None:
        return None
    task = Task(QUESTIONS[question], ask=question)
    lines = answer.split("\n")
    for line in lines:
        option = _OPTION_LINE.fullmatch(line)
        found = _FIELD_LINE.fullmatch(line)
        if option:
            task.options.append(option.group(2))
        elif found:
            _read_line(task, *found.groups())
    return task


def language_of_answer(answer: str) -> Language | None:
    """Tell the language of one of the assistant's texts, whatever names and values stand in it."""
    _, language = _question_in(answer)
    lines = answer.split("\n")
    return language or language_of(" ".join(line for line in lines if not line.startswith((_BULLET, "- "))))


def _question_in(answer: str) -> tuple[str | None, Language | None]:
    """Return the last question in a text and its language; the graph may have added a note below it."""
    asked = (_questions().get(line) for line in reversed(answer.split("\n")))
    return next(filter(None, asked), (None, None))


def _read_line(task: Task, name: str, value: str | None, mark: str | None) -> None:
    prop = _labels().get(name, name)
    if value is None:
        getattr(task, _marks().get(mark or "", "wanted")).append(prop)
    elif prop == "contact":
        task.target = value
    else:
        task.fields[prop] = value


@cache
def _questions() -> dict[str, tuple[str, Language]]:
    """Return the questions' keys and languages by their texts."""
    return {text(key, language): (key, language) for language in LANGUAGES for key in QUESTIONS}


@cache
def _labels() -> dict[str, str]:
    return {
        name: key.removeprefix(prefix)
        for language in LANGUAGES
        for key, name in catalog(language).items()
        for prefix in ("fields.", "demo.field_")
        if key.startswith(prefix)
    }


@cache
def _marks() -> dict[str, str]:
    marks = ("cleared", "skipped", "wanted")
    return {text(f"demo.mark_{mark}", language): mark for language in LANGUAGES for mark in marks}
