"""Contacts, paused writes and receipts as HTML. Every value is escaped, and stands alone where it is right to left."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from hubspot_agent.chat.decisions import proposed_changes
from hubspot_agent.chat.presentation import TABLE_COLUMNS, contact_label, in_reading_order
from hubspot_agent.contacts import Contact
from hubspot_agent.texts import Language, Texts, text
from hubspot_agent.texts.sanitizing import screen_value

_MARKS = {"done": "✓", "failed": "✕", "refused": "✕", "unknown": "?"}


def contacts_card(contacts: Sequence[Contact], total: int, language: Language, *, record_page: str | None) -> str:
    """Return a search's contacts as a table, with the columns that have a value.

    Args:
        contacts: The contacts shown.
        total: How many were found in all.
        language: The language of the headings.
        record_page: The address of a record's page without the id at its end; `None` shows no links.
    """
    columns = [name for name in TABLE_COLUMNS if any(contact.properties.get(name) for contact in contacts)]
    key = "web.found" if total == len(contacts) else "web.found_part"
    caption = text(key, language, shown=len(contacts), total=total)
    names = [text("web.contact", language), *(Texts(language).field(name) for name in columns)]
    head = "".join(f'<th scope="col">{_said(name)}</th>' for name in names)
    rows = []
    for contact in contacts:
        cells = [
            f'<td data-of="{_said(Texts(language).field(name))}">{_value(contact.properties.get(name))}</td>'
            for name in columns
        ]
        name = _record(contact.id, contact.name, record_page, language)
        rows.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>')
    return (
        f'<table class="contacts"><caption>{_said(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def receipt_card(receipt: Mapping[str, Any], language: Language, *, record_page: str | None, undo: bool = False) -> str:
    """Return what became of a write, as HubSpot answered it, with the button that takes it back if it has one."""
    outcome = receipt["outcome"] if receipt["outcome"] in _MARKS else "unknown"
    key = f"web.done_{receipt['tool']}" if outcome == "done" else f"web.outcome_{outcome}"
    contact = receipt["name"] or receipt["contact_id"] or text("web.the_contact", language)
    sentence = _said(text(key, language, contact=screen_value(contact)))
    body = ""
    if outcome == "done":
        body = _changes(receipt["changes"], language, new=receipt["tool"] == "create_contact")
        if record_page and receipt["contact_id"] and receipt["tool"] != "undo":
            body += f'<p class="to-record">{_link(receipt["contact_id"], text("web.open", language), record_page)}</p>'
    if undo:
        label = _said(text("graph.label_undo", language))
        body += f'<div class="decisions"><button type="button" data-action="undo">{label}</button></div>'
    mark = f'<span class="mark" aria-hidden="true">{_MARKS[outcome]}</span>'
    return f'<section class="receipt {outcome}"><h3>{mark}<span dir="auto">{sentence}</span></h3>{body}</section>'


def approval_card(
    request: Mapping[str, Any], language: Language, *, pause: str, index: int, allowed: Sequence[str], chosen: str
) -> str:
    """Return a paused write as a form: what would change, old → new, and what can be decided.

    Args:
        request: One of the `action_requests` of the graph's interrupt.
        language: The language of the card's own words.
        pause: The interrupt's id.
        index: Which of its requests it is.
        allowed: The decisions that can be made.
        chosen: The decision already made while others are awaited, or "".
    """
    contact, duplicates = request.get("contact"), request.get("duplicates") or ()
    if contact:
        heading = text("writes.update", language, whom=contact_label(contact))
    elif request["name"] == "create_contact":
        heading = text("writes.create", language)
    else:
        heading = request.get("description") or request["name"]
    name = f"approval-{index}"
    parts = [
        f'<h3 id="{name}" dir="auto">{_said(heading)}</h3>',
        _changes(proposed_changes(request), language, new=not contact, of=name),
    ]
    parts += [
        f'<p class="doubt" dir="auto">{_said(each["message"])}</p>'
        for each in request.get("doubts", ())
        if each["kind"] != "duplicate"
    ]
    parts += [_duplicate(duplicate, language) for duplicate in duplicates]
    if chosen:
        parts.append(f'<p class="chosen">{_said(text(f"web.chosen_{chosen}", language))}</p>')
    else:
        parts.append(_decisions(allowed, language, anyway=bool(duplicates)))
    return (
        f'<form class="approval" data-pause="{_said(pause)}" data-index="{index}" role="group" tabindex="-1" '
        f'aria-labelledby="{name}" autocomplete="off">{"".join(parts)}</form>'
    )


def _decisions(allowed: Sequence[str], language: Language, *, anyway: bool) -> str:
    labels = {each: text(f"web.{each}", language) for each in ("approve", "edit", "reject", "save", "cancel")}
    if anyway:
        labels["approve"] = text("web.approve_anyway", language)
    main = [
        f'<button type="button" data-decision="{each}" class="{"primary" if each == "approve" else ""}">'
        f"{_said(labels[each])}</button>"
        for each in ("approve", "edit", "reject")
        if each in allowed
    ]
    return (
        f'<div class="decisions" data-when="reading">{"".join(main)}</div>'
        f'<div class="decisions" data-when="editing" hidden>'
        f'<button type="submit" class="primary">{_said(labels["save"])}</button>'
        f'<button type="button" data-decision="cancel">{_said(labels["cancel"])}</button>'
        f"<p>{_said(text('web.edit_help', language))}</p></div>"
    )


def _duplicate(duplicate: Mapping[str, Any], language: Language) -> str:
    sentence = text(f"writes.duplicate_{duplicate['reason']}", language, whom=contact_label(duplicate))
    update = text("web.update_this", language)
    return (
        f'<div class="duplicate"><p dir="auto">{_said(sentence)}</p>'
        f"{_changes(duplicate.get('differs') or (), language)}"
        f'<button type="button" data-decision="update" data-contact="{_said(duplicate["id"])}">{_said(update)}</button>'
        "</div>"
    )


def _changes(
    changes: Iterable[Mapping[str, str]],
    language: Language,
    *,
    new: bool = False,
    of: str = "",
) -> str:
    """Return each field old → new, or of a `new` contact what it is given; with inputs when it is `of` a form."""
    rows = []
    for change in in_reading_order(changes):
        prop = change["property"]
        label, given = _said(Texts(language).field(prop)), change.get("new") or ""
        shown = _value(given) or _nothing(language)
        if not new:
            arrow = f'<span class="arrow" aria-label="{_said(text("web.becomes", language))}" role="img">→</span>'
            shown = f"<del>{_value(change.get('old')) or _nothing(language)}</del> {arrow} <ins>{shown}</ins>"
        if of:
            shown = (
                f'<span data-when="reading">{shown}</span><input data-when="editing" hidden name="{_said(prop)}" '
                f'value="{_said(given)}" data-proposed="{_said(given)}" dir="auto" aria-label="{label}">'
            )
        rows.append(f'<div><dt dir="auto">{label}</dt><dd>{shown}</dd></div>')
    return f'<dl class="fields">{"".join(rows)}</dl>' if rows else ""


def _record(contact_id: str, name: str, record_page: str | None, language: Language) -> str:
    if not record_page or not contact_id:
        return _value(name)
    return f"{_link(contact_id, name, record_page)}"


def _link(contact_id: str, label: str, record_page: str) -> str:
    address = _said(f"{record_page}{contact_id}")
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer">{_value(label)}</a>'


def _nothing(language: Language) -> str:
    return f'<span class="nothing">{_said(text("writes.nothing", language))}</span>'


def _value(stored: str | None) -> str:
    """Return a value of the CRM, kept to itself; "" when there is none."""
    return f"<bdi>{_said(screen_value(stored))}</bdi>" if stored else ""


def _said(words: str) -> str:
    return escape(words, quote=True)
