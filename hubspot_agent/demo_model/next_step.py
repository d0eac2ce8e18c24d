"""Choose the next step of a task: a tool call, or what to tell the user about the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_agent.demo_model.drafts import next_question
from hubspot_agent.demo_model.lexer import fold
from hubspot_agent.demo_model.report import describe_outcome, describe_search, offer_creation
from hubspot_agent.demo_model.target import search_criteria
from hubspot_agent.demo_model.task import PART_SEPARATOR, Task, contact_line, render_task, search_words
from hubspot_agent.demo_model.view import Observation, View
from hubspot_agent.demo_model.words import NAME_PARTICLES, VALUES
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER, RELATED_ARGUMENTS

#: What a search calls what people look for by another name.
_SEARCHED_AS = {"mobilephone": "phone", OWNER: "owner", COMPANY: "query", NOTE: "query"}
_SEARCH_ARGUMENTS = frozenset(("query", "email", "phone", "owner", "sort", "after"))


@dataclass(frozen=True)
class PlannedToolCall:
    """A tool call that the model is about to make.

    Attributes:
        tool: The tool's name.
        arguments: Its arguments by name; only those that are given.
    """

    tool: str
    arguments: dict[str, Any]


def next_step(task: Task, view: View) -> PlannedToolCall | str:
    """Return the tool call that comes next, or what to say: a question, or the result."""
    if task.ask:
        return render_task(task, view.texts)
    observed = view.observations
    if task.kind == "update" and len(observed) == 1 and observed[0].code == "ambiguous":
        # Chosen from a list that went on: found alone, it is certain.
        return PlannedToolCall("search_contacts", search_arguments(search_criteria(search_words(task.target))))
    if observed and not observed[-1].search_succeeded:
        # The tool that ran counts, not the task: whoever approved a creation may have made it an update.
        return describe_outcome(task, observed[-1], view.texts)
    if observed and task.kind == "search":
        return describe_search(task, observed[-1], view.texts)
    if observed:
        return _from_search_results(task, observed[-1], view)
    if task.kind == "search":
        return PlannedToolCall("search_contacts", search_arguments(task.fields, task.wanted))
    if task.kind == "create":
        return PlannedToolCall("create_contact", write_arguments(task.fields))
    record = _pinned_contact(task.target, view)
    if record:
        return _with_contact(task, contact_line(record), record, view)
    return PlannedToolCall("search_contacts", search_arguments(search_criteria(search_words(task.target))))


def write_arguments(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return a write's arguments: owner, company record and note under names of their own."""
    return {RELATED_ARGUMENTS.get(prop, prop): value for prop, value in fields.items()}


def search_arguments(fields: Mapping[str, str], wanted: Sequence[str] = ()) -> dict[str, Any]:
    """Return a search's arguments: its own by name, every other property as a condition."""
    fields = {_SEARCHED_AS.get(prop, prop): value for prop, value in fields.items()}
    own: dict[str, Any] = {name: value for name, value in fields.items() if name in _SEARCH_ARGUMENTS}
    own |= {"notes": True} if NOTE in wanted else {}
    conditions = [
        {"property": prop, "operator": "EQ" if prop in VALUES else "CONTAINS_TOKEN", "value": value}
        for prop, value in fields.items()
        if prop not in own
    ]
    return own | ({"filters": conditions} if conditions else {})


def _from_search_results(task: Task, hits: Observation, view: View) -> PlannedToolCall | str:
    """Go on with the one contact that is meant; with several, or another one, ask."""
    texts = view.texts
    shown = dict(zip(_distinct_lines(hits.records), hits.records, strict=True))
    exact = {
        line: record
        for line, record in shown.items()
        if PART_SEPARATOR in task.target and _is_same_line(task.target, line)
    }
    candidates = exact or shown
    if not candidates:
        note = texts("demo.found_none", words=task.target)
        return offer_creation(search_criteria(search_words(task.target)), task.fields, [note], texts)
    if len(candidates) > 1:
        task.options, task.target = list(candidates), ""
        task.ask = "demo.which_first" if task.confirm else "demo.which_one"
        task.notes.append(texts("demo.found_some", total=max(hits.result["total"], len(candidates))))
        return render_task(task, texts)
    ((line, record),) = candidates.items()
    if not exact and not _is_named(task.target, line):
        task.confirm = True
        task.notes.append(texts("demo.name_differs", words=task.target))
    return _with_contact(task, line, record, view)


def _with_contact(task: Task, line: str, record: Mapping[str, Any], view: View) -> PlannedToolCall | str:
    task.target = line
    if task.wanted:
        next_question(task)
    elif not (task.fields or task.cleared):
        task.ask = "demo.ask_changes"
    elif task.confirm:
        task.ask = "demo.confirm_update"
    if task.ask:
        return render_task(task, view.texts)
    clear = {"clear": task.cleared} if task.cleared else {}
    return PlannedToolCall(
        "update_contact", {"contact_id": str(record.get("id", "")), **write_arguments(task.fields), **clear}
    )


def _pinned_contact(target: str, view: View) -> dict[str, Any] | None:
    """Return the contact seen earlier that `target` is: its e-mail address, or the line that shows it."""
    lines = [contact_line(record) for record in view.pinned]

    def is_meant(record: Mapping[str, Any]) -> bool:
        line, email = contact_line(record), str(record.get("email") or "")
        # Without an address only the very same line will do: others may begin like it.
        exact = _is_same_line(line, target) if email else line == target
        return (bool(email) and email.casefold() == target.casefold()) or (exact and lines.count(line) == 1)

    return next(filter(is_meant, reversed(view.pinned)), None)


def _is_same_line(start: str, line: str) -> bool:
    """Tell whether `line` shows the contact that the shorter line `start` begins to show."""
    return line == start or line.startswith(start + PART_SEPARATOR)


def _is_named(target: str, line: str) -> bool:
    """Tell whether every word of a name stands in the name on a contact's line; another key needs no name."""
    words = set(fold(search_criteria(target).get("query", "")).split())
    return PART_SEPARATOR not in target and words - NAME_PARTICLES <= set(
        fold(line.partition(PART_SEPARATOR)[0]).split()
    )


def _distinct_lines(records: list[dict[str, Any]]) -> list[str]:
    """Return the contacts' lines, with the record number where two look the same."""
    lines = [contact_line(record) for record in records]
    return [
        f"{line}{PART_SEPARATOR}#{record.get('id')}" if lines.count(line) > 1 else line
        for line, record in zip(lines, records, strict=True)
    ]
