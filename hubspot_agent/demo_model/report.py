"""Tell what came of a tool call. Only the tool's own answer makes a success."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubspot_agent.demo_model.lexer import tokens
from hubspot_agent.demo_model.task import Task, bullet, contact_line, label, one_line, render
from hubspot_agent.demo_model.view import Result
from hubspot_agent.demo_model.whom import plausible_name, split_name
from hubspot_agent.texts import Language, catalog, text
from hubspot_agent.texts.sanitizing import shortened

#: A tool's own words are quoted up to this many characters.
LONGEST_SENTENCE = 300

#: After these the same request may be sent again when the user says so.
_PASSING = ("rate_limited", "unavailable", "timeout")
#: After these the user has to correct something.
_CORRECTABLE = ("invalid_contact", "invalid_arguments", "missing_identity", "unknown_property")


def found(task: Task, result: Result, language: Language) -> str:
    """Return what a search brought: one contact, a numbered list, or nothing and an offer to create it."""
    if not result.records:
        return _found_none(task, language)
    lines = [contact_line(record) for record in result.records]
    if len(lines) == 1 and result.total <= 1:
        return "\n".join(
            [*task.notes, text("demo.found_one", language), bullet(lines[0]), *_asked(task, result, language)]
        )
    last = result.first + len(lines) - 1
    key = "found_some" if len(lines) == result.total else "found_page"
    head = text(f"demo.{key}", language, total=result.total, first=result.first, last=last)
    shown = Task("search", options=lines, ask="demo.pick", notes=[*task.notes, head])
    if result.after:
        shown.fields, shown.ask = task.fields | {"after": result.after}, "demo.more"
    return render(shown, language)


def reported(task: Task, result: Result, known: Sequence[Mapping[str, Any]], language: Language) -> str:
    """Return what came of a write, or of a search that failed.

    Args:
        task: What was to be done.
        result: The tool's answer.
        known: Contacts seen before, which may tell the rest of a contact's line.
        language: The language to answer in.
    """
    match result.outcome:
        case "created":
            return _created(result, language)
        case "updated":
            return _updated(result, known, language)
        case "unchanged":
            lines = [bullet(contact_line(record)) for record in result.records[:1]]
            return "\n".join([text("demo.nothing_changed", language), *lines])
    return _failure(task, result, language)


def _created(result: Result, language: Language) -> str:
    if not result.records:
        return text("demo.created_bare", language)
    return f"{text('demo.created', language)}\n{bullet(contact_line(result.records[0]))}"


def _updated(result: Result, known: Sequence[Mapping[str, Any]], language: Language) -> str:
    if not result.records:
        return text("demo.updated_bare", language)
    record = result.records[0]
    changes = _changes(record)
    seen = [other for other in known if other.get("id") == record.get("id") and "changed" not in other]
    now = {**(seen[-1] if seen else {}), **record, **{prop: new for prop, (_, new) in changes.items()}}
    empty = text("demo.empty", language)
    lines = [f"{label(prop, language)}: {old or empty} → {new or empty}" for prop, (old, new) in changes.items()]
    return "\n".join([text("demo.updated", language), bullet(contact_line(now)), *lines])


def _changes(record: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the old and the new value of each property that an update changed."""
    changed = record.get("changed")
    return {
        str(prop): (shortened(str(change.get("old") or "")), shortened(str(change.get("new") or "")))
        for prop, change in (changed.items() if isinstance(changed, dict) else ())
        if isinstance(change, dict)
    }


def _failure(task: Task, result: Result, language: Language) -> str:
    """Return what went wrong, in the user's language, and keep what was collected where that helps."""
    kind = "unknown" if result.outcome == "unknown" else "failed"
    head = text(f"demo.{kind}_{result.tool}", language) if _known(f"{kind}_{result.tool}") else ""
    if kind == "unknown":
        return head or one_line(result.sentence)
    code = result.code if _known(f"error_{result.code}") else "other"
    sentence = shortened(result.sentence, LONGEST_SENTENCE) or "?"
    note = f"{head} {text(f'demo.error_{code}', language, sentence=sentence)}".strip()
    if result.tool == "create_contact" and result.code in ("contact_exists", "duplicate_suspected"):
        return _offer_update(task, result, note, language)
    if result.code in _CORRECTABLE and task.kind != "search":
        task.ask, task.notes = f"demo.change_{task.kind}", [note]
        return render(task, language)
    if result.code in _PASSING:
        task.ask, task.notes = f"demo.confirm_{task.kind}", [note]
        return render(task, language)
    return note


def _offer_update(task: Task, result: Result, note: str, language: Language) -> str:
    """Show the contact that is already there and ask whether to update that one."""
    lines = [contact_line(record) for record in result.records]
    existing = result.records[0] if result.records else {"email": task.fields.get("email", "")}
    known = split_name(str(existing.get("name") or "")) | existing
    differing = {
        prop: value
        for prop, value in task.fields.items()
        if str(known.get(prop) or "").casefold() != value.casefold() and prop != "email"
    }
    if not differing or not (lines or existing["email"]):
        return "\n".join([note, *map(bullet, lines)])
    offer = Task("update", differing, notes=[note])
    if len(lines) > 1:
        offer.options, offer.ask = lines, "demo.which_first"
    else:
        offer.target, offer.ask = (lines or [str(existing["email"])])[0], "demo.offer_update"
    return render(offer, language)


def _found_none(task: Task, language: Language) -> str:
    fields = task.fields
    looked_for = ", ".join(value for prop, value in fields.items() if prop not in ("after", "sort"))
    if not looked_for:
        return text("demo.no_contacts", language)
    note = text("demo.found_none", language, words=looked_for)
    return offered(fields, {}, [*task.notes, note], language)


def offered(looked_for: Mapping[str, str], given: Mapping[str, str], notes: list[str], language: Language) -> str:
    """Return the offer to create the contact that was not found; no more than `notes` when it was no one person.

    Args:
        looked_for: What was searched for.
        given: Further values the contact would get.
        notes: What to say first.
        language: The language to answer in.
    """
    query = looked_for.get("query", "")
    name = split_name(query) if plausible_name(tokens(query)) else {}
    if not name and not any(prop in looked_for for prop in ("email", "phone", "firstname", "lastname")):
        return "\n".join(notes)
    fields = {prop: value for prop, value in looked_for.items() if prop not in ("query", "after", "sort")}
    return render(Task("create", {**name, **fields, **given}, ask="demo.offer_create", notes=notes), language)


def _asked(task: Task, result: Result, language: Language) -> list[str]:
    record = result.records[0]
    return [
        text(
            "demo.asked_value",
            language,
            field=label(prop, language),
            value=shortened(str(record.get(prop) or "")) or text("demo.empty", language),
        )
        for prop in task.wanted
        if prop != "name"
    ]


def _known(key: str) -> bool:
    return f"demo.{key}" in catalog("en")
