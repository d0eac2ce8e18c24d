"""Describe the results of tool calls to the user. Only the tool's own result makes a success."""

from collections.abc import Mapping
from typing import Any

from hubspot_agent.contacts import Change
from hubspot_agent.demo_model.lexer import tokens
from hubspot_agent.demo_model.target import is_plausible_name, split_name
from hubspot_agent.demo_model.task import Task, bullet, contact_line, label, render_task
from hubspot_agent.demo_model.view import Observation
from hubspot_agent.texts import Texts, catalog
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER, RELATED_ARGUMENTS

#: After these the same request may be sent again when the user says so.
_RETRYABLE_CODES = ("rate_limited", "unavailable", "timeout")
#: After these another name has to be given of an owner or a company record.
_UNSETTLED = {
    "ambiguous_owner": OWNER,
    "unknown_owner": OWNER,
    "unknown_me": OWNER,
    "ambiguous_company": COMPANY,
    "unknown_company": COMPANY,
}
#: After these the user has to correct something.
_CORRECTABLE_CODES = ("invalid_contact", "invalid_arguments", "missing_identity", "unknown_property")


def describe_search(task: Task, hits: Observation, texts: Texts) -> str:
    """Describe the result of a search: one contact, a numbered list, or nothing and an offer to create it."""
    records, result = hits.records, hits.result
    if not records:
        return _nothing_found(task, texts)
    lines = [contact_line(record) for record in records]
    if len(lines) == 1 and result["total"] <= 1:
        asked = _asked_values(task, records[0], texts)
        return "\n".join([*task.notes, texts("demo.found_one"), bullet(lines[0]), *asked])
    last = result["first"] + len(lines) - 1
    key = "found_some" if len(lines) == result["total"] else "found_page"
    head = texts(f"demo.{key}", total=result["total"], first=result["first"], last=last)
    shown = Task("search", options=lines, ask="demo.pick", notes=[*task.notes, head])
    if result["after"]:
        shown.fields, shown.ask = task.fields | {"after": result["after"]}, "demo.more"
    return render_task(shown, texts)


def describe_outcome(task: Task, observed: Observation, texts: Texts) -> str:
    """Describe the result of a write, or of a search that failed.

    Args:
        task: What was to be done.
        observed: The tool's answer.
        texts: The language to answer in.
    """
    if observed.result["outcome"] == "unchanged":
        return "\n".join([texts("demo.nothing_changed"), *map(bullet, map(contact_line, observed.records))])
    if observed.result["outcome"] != "done":
        return _describe_failure(task, observed, texts)
    created = observed.tool == "create_contact"
    head = texts("demo.created" if created else "demo.updated")
    receipt = observed.result["receipt"]
    # Of a new contact its line shows the rest.
    changes = [each for each in receipt["changes"] if not created or each["property"] in RELATED_ARGUMENTS]
    left = [texts("demo.part_not_done", field=label(each["property"], texts)) for each in receipt.get("not_done", ())]
    lines = [_changed(each, texts) for each in changes]
    return "\n".join([head, bullet(contact_line(observed.records[0])), *lines, *left])


def _changed(change: Change, texts: Texts) -> str:
    empty = texts("demo.empty")
    old, new = (shortened(each) or empty for each in (change["old"], change["new"]))
    added = not change["old"] and change["property"] in RELATED_ARGUMENTS
    return f"{label(change['property'], texts)}: {new if added else f'{old} → {new}'}"


def _describe_failure(task: Task, observed: Observation, texts: Texts) -> str:
    """Describe what went wrong, and ask on with what was collected where that helps."""
    kind = "unknown" if observed.result["outcome"] == "unknown" else "failed"
    key = f"demo.{kind}_{observed.tool}"
    head = texts(key) if key in catalog("en") else ""
    if kind == "unknown":
        return head
    note = f"{head} {texts.reason(observed.code)}".strip()
    if observed.tool == "create_contact" and observed.code in ("contact_exists", "duplicate_suspected"):
        return _offer_update(task, observed, note, texts)
    if (unsettled := _UNSETTLED.get(observed.code)) and task.kind != "search":
        return _ask_name(task, unsettled, observed, note, texts)
    if observed.code in _CORRECTABLE_CODES and task.kind != "search":
        task.ask, task.notes = f"demo.change_{task.kind}", [note]
        return render_task(task, texts)
    if observed.code in _RETRYABLE_CODES:
        task.ask, task.notes = f"demo.confirm_{task.kind}", [note]
        return render_task(task, texts)
    return note


def _ask_name(task: Task, prop: str, observed: Observation, note: str, texts: Texts) -> str:
    """Ask for another name of an owner or a company record, after one that means several or nobody."""
    choices = "; ".join(shortened(each) for each in observed.result.get("choices", ()))
    task.notes = [note, *([texts("demo.perhaps", choices=choices)] if choices else [])]
    task.fields.pop(prop, None)
    task.wanted = [prop] if task.kind == "update" else []
    task.ask = "demo.ask_value" if task.kind == "update" else "demo.change_create"
    return render_task(task, texts)


def _offer_update(task: Task, observed: Observation, note: str, texts: Texts) -> str:
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
    return render_task(offer, texts)


def _nothing_found(task: Task, texts: Texts) -> str:
    fields = task.fields
    looked_for = ", ".join(value for prop, value in fields.items() if prop not in ("after", "sort"))
    if not looked_for:
        return texts("demo.no_contacts")
    note = texts("demo.found_none", words=looked_for)
    return offer_creation(fields, {}, [*task.notes, note], texts)


def offer_creation(looked_for: Mapping[str, str], given: Mapping[str, str], notes: list[str], texts: Texts) -> str:
    """Return the offer to create the contact that was not found; no more than `notes` when it was no one person.

    Args:
        looked_for: What was searched for.
        given: Further values the contact would get.
        notes: What to say first.
        texts: The language to answer in.
    """
    query = looked_for.get("query", "")
    name = split_name(query) if is_plausible_name(tokens(query)) else {}
    if not name and not any(prop in looked_for for prop in ("email", "phone", "firstname", "lastname")):
        return "\n".join(notes)
    fields = {prop: value for prop, value in looked_for.items() if prop not in ("query", "after", "sort")}
    return render_task(Task("create", {**name, **fields, **given}, ask="demo.offer_create", notes=notes), texts)


def _asked_values(task: Task, record: Mapping[str, Any], texts: Texts) -> list[str]:
    return [
        texts("demo.asked_value", field=label(prop, texts), value=value or texts("demo.empty"))
        for prop in task.wanted
        if prop != "name"
        for value in (_notes(record) if prop == NOTE else [shortened(str(record.get(prop) or ""))])
    ]


def _notes(record: Mapping[str, Any]) -> list[str]:
    """Return the notes on a contact, the newest first, each with its day; one that is empty where there is none."""
    return [f"{each['time'][:10]} {shortened(each['text'])}" for each in record.get("notes", ())] or [""]
