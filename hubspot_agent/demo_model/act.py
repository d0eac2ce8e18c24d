"""Carry a task out: the next tool call, or what to tell the user about the results."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubspot_agent.demo_model.drafts import next_question
from hubspot_agent.demo_model.lexer import folded
from hubspot_agent.demo_model.report import found, offered, reported
from hubspot_agent.demo_model.task import DOT, Task, contact_line, render, search_words
from hubspot_agent.demo_model.view import Observation, View
from hubspot_agent.demo_model.whom import criteria
from hubspot_agent.demo_model.words import NAME_PARTICLES, VALUES
from hubspot_agent.texts import text


@dataclass(frozen=True)
class Call:
    """One tool call.

    Attributes:
        tool: The tool's name.
        arguments: Its arguments by name; only those that are given.
    """

    tool: str
    arguments: dict[str, Any]


def next_step(task: Task, view: View) -> Call | str:
    """Return the tool call that comes next, or what to say: a question, or what came of it."""
    if task.ask:
        return render(task, view.language)
    observed = view.observations
    if task.kind == "update" and len(observed) == 1 and observed[0].code == "ambiguous":
        # Chosen from a list that went on: found alone, it is certain.
        return Call("search_contacts", search_arguments(criteria(search_words(task.target))))
    if observed and not observed[-1].found:
        # Told by what the tool did, for whoever approved a creation may have made it an update.
        return reported(task, observed[-1], view.language)
    if observed and task.kind == "search":
        return found(task, observed[-1], view.language)
    if observed:
        return _among(task, observed[-1], view)
    if task.kind == "search":
        return Call("search_contacts", search_arguments(task.fields))
    if task.kind == "create":
        return Call("create_contact", dict(task.fields))
    record = _seen(task.target, view)
    if record:
        return _with_contact(task, contact_line(record), record, view)
    return Call("search_contacts", search_arguments(criteria(search_words(task.target))))


def search_arguments(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return a search's arguments: its own by name, every other property as a condition."""
    fields = {"phone" if prop == "mobilephone" else prop: value for prop, value in fields.items()}
    own = {name: value for name, value in fields.items() if name in ("query", "email", "phone", "sort", "after")}
    conditions = [
        {"property": prop, "operator": "EQ" if prop in VALUES else "CONTAINS_TOKEN", "value": value}
        for prop, value in fields.items()
        if prop not in own
    ]
    return own | ({"filters": conditions} if conditions else {})


def _among(task: Task, hits: Observation, view: View) -> Call | str:
    """Go on with the one contact that is meant; with several, or another one, ask."""
    language = view.language
    shown = dict(zip(_distinct(hits.records), hits.records, strict=True))
    exact = {line: record for line, record in shown.items() if DOT in task.target and _is_line(task.target, line)}
    candidates = exact or shown
    if not candidates:
        note = text("demo.found_none", language, words=task.target)
        return offered(criteria(search_words(task.target)), task.fields, [note], language)
    if len(candidates) > 1:
        task.options, task.target = list(candidates), ""
        task.ask = "demo.which_first" if task.confirm else "demo.which_one"
        task.notes.append(text("demo.found_some", language, total=max(hits.result["total"], len(candidates))))
        return render(task, language)
    ((line, record),) = candidates.items()
    if not exact and not _is_named(task.target, line):
        task.confirm = True
        task.notes.append(text("demo.name_differs", language, words=task.target))
    return _with_contact(task, line, record, view)


def _with_contact(task: Task, line: str, record: Mapping[str, Any], view: View) -> Call | str:
    task.target = line
    if task.wanted:
        next_question(task)
    elif not (task.fields or task.cleared):
        task.ask = "demo.ask_changes"
    elif task.confirm:
        task.ask = "demo.confirm_update"
    if task.ask:
        return render(task, view.language)
    clear = {"clear": task.cleared} if task.cleared else {}
    return Call("update_contact", {"contact_id": str(record.get("id", "")), **task.fields, **clear})


def _seen(target: str, view: View) -> dict[str, Any] | None:
    """Return the contact seen earlier that `target` is: its e-mail address, or the line that shows it."""
    lines = [contact_line(record) for record in view.seen]

    def is_meant(record: Mapping[str, Any]) -> bool:
        line, email = contact_line(record), str(record.get("email") or "")
        # Without an address only the very same line will do: others may begin like it.
        exact = _is_line(line, target) if email else line == target
        return (bool(email) and email.casefold() == target.casefold()) or (exact and lines.count(line) == 1)

    return next(filter(is_meant, reversed(view.seen)), None)


def _is_line(start: str, line: str) -> bool:
    """Tell whether `line` shows the contact that the shorter line `start` begins to show."""
    return line == start or line.startswith(start + DOT)


def _is_named(target: str, line: str) -> bool:
    """Tell whether every word of a name stands in the name on a contact's line; another key needs no name."""
    words = set(folded(criteria(target).get("query", "")).split())
    return DOT not in target and words - NAME_PARTICLES <= set(folded(line.partition(DOT)[0]).split())


def _distinct(records: list[dict[str, Any]]) -> list[str]:
    """Return the contacts' lines, with the record number where two look the same."""
    lines = [contact_line(record) for record in records]
    return [
        f"{line}{DOT}#{record.get('id')}" if lines.count(line) > 1 else line
        for line, record in zip(lines, records, strict=True)
    ]
