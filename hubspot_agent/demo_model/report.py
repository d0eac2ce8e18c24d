"""Tell what came of a tool call. Only the tool's own answer makes a success."""

from collections.abc import Mapping
from typing import Any

from hubspot_agent.demo_model.lexer import tokens
from hubspot_agent.demo_model.task import Task, bullet, contact_line, label, render
from hubspot_agent.demo_model.view import Observation
from hubspot_agent.demo_model.whom import plausible_name, split_name
from hubspot_agent.texts import Language, Texts, catalog, text
from hubspot_agent.texts.sanitizing import shortened

#: After these the same request may be sent again when the user says so.
_PASSING = ("rate_limited", "unavailable", "timeout")
#: After these the user has to correct something.
_CORRECTABLE = ("invalid_contact", "invalid_arguments", "missing_identity", "unknown_property")


def found(task: Task, hits: Observation, language: Language) -> str:
    """Return what a search brought: one contact, a numbered list, or nothing and an offer to create it."""
    records, result = hits.records, hits.result
    if not records:
        return _found_none(task, language)
    lines = [contact_line(record) for record in records]
    if len(lines) == 1 and result["total"] <= 1:
        asked = _asked(task, records[0], language)
        return "\n".join([*task.notes, text("demo.found_one", language), bullet(lines[0]), *asked])
    last = result["first"] + len(lines) - 1
    key = "found_some" if len(lines) == result["total"] else "found_page"
    head = text(f"demo.{key}", language, total=result["total"], first=result["first"], last=last)
    shown = Task("search", options=lines, ask="demo.pick", notes=[*task.notes, head])
    if result["after"]:
        shown.fields, shown.ask = task.fields | {"after": result["after"]}, "demo.more"
    return render(shown, language)


def reported(task: Task, observed: Observation, language: Language) -> str:
    """Return what came of a write, or of a search that failed.

    Args:
        task: What was to be done.
        observed: The tool's answer.
        language: The language to answer in.
    """
    if observed.result["outcome"] == "unchanged":
        return "\n".join([text("demo.nothing_changed", language), *map(bullet, map(contact_line, observed.records))])
    if observed.result["outcome"] != "done":
        return _failure(task, observed, language)
    if observed.tool == "create_contact":
        return f"{text('demo.created', language)}\n{bullet(contact_line(observed.records[0]))}"
    return _updated(observed, language)


def _updated(observed: Observation, language: Language) -> str:
    empty = text("demo.empty", language)
    lines = [
        f"{label(each['property'], language)}: {shortened(each['old']) or empty} → {shortened(each['new']) or empty}"
        for each in observed.result["receipt"]["changes"]
    ]
    return "\n".join([text("demo.updated", language), bullet(contact_line(observed.records[0])), *lines])


def _failure(task: Task, observed: Observation, language: Language) -> str:
    """Return what went wrong, in the user's language, and keep what was collected where that helps."""
    kind = "unknown" if observed.result["outcome"] == "unknown" else "failed"
    key = f"demo.{kind}_{observed.tool}"
    head = text(key, language) if key in catalog("en") else ""
    if kind == "unknown":
        return head
    note = f"{head} {Texts(language).reason(observed.code)}".strip()
    if observed.tool == "create_contact" and observed.code in ("contact_exists", "duplicate_suspected"):
        return _offer_update(task, observed, note, language)
    if observed.code in _CORRECTABLE and task.kind != "search":
        task.ask, task.notes = f"demo.change_{task.kind}", [note]
        return render(task, language)
    if observed.code in _PASSING:
        task.ask, task.notes = f"demo.confirm_{task.kind}", [note]
        return render(task, language)
    return note


def _offer_update(task: Task, observed: Observation, note: str, language: Language) -> str:
    """Show the contact that is already there and ask whether to update that one."""
    lines = [contact_line(record) for record in observed.records]
    existing = observed.records[0] if observed.records else {"email": task.fields.get("email", "")}
    differing = {
        prop: value
        for prop, value in task.fields.items()
        if str(existing.get(prop) or "").casefold() != value.casefold() and prop != "email"
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


def _asked(task: Task, record: Mapping[str, Any], language: Language) -> list[str]:
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
