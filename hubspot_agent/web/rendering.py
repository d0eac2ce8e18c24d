"""Items of a transcript as HTML. Every value is escaped, and stands alone where it is right to left."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from hubspot_agent.chat.decisions import proposed_changes
from hubspot_agent.chat.presentation import (
    MAX_TABLE_COLUMNS,
    contact_label,
    in_reading_order,
    notes_of,
    parts_not_done,
    request_heading,
    table_cell,
    table_columns,
)
from hubspot_agent.contacts import Contact
from hubspot_agent.texts import Language, Texts, text
from hubspot_agent.texts.sanitizing import screen_text, screen_value
from hubspot_agent.tools.schemas import NOTE
from hubspot_agent.web.markdown import html_of
from hubspot_agent.web.repetition import without_repetition
from hubspot_agent.web.transcript import Item

_MARKS = {"done": "✓", "failed": "✕", "refused": "✕", "unknown": "?"}


def page_html(template: str, language: Language, **values: object) -> str:
    """Return a page made of a template; `values` are what it names besides the sentences of `language`."""
    return _environment().get_template(template).render(_words(language) | values)


def item_html(item: Item, language: Language, *, turn: Sequence[Item] = (), can_search: bool = False) -> str:
    """Return an item as HTML.

    Args:
        item: An item of a transcript.
        language: The language of the page's own words.
        turn: The items of the same turn before it: an answer need not repeat their tables, and what it quotes of them
            is no Markdown.
        can_search: Whether the page can fetch more contacts of a search.
    """
    data = item.data
    values: dict[str, Any] = {"item": item, "data": data}
    match data["kind"]:
        case "user":
            values["said"] = screen_text(data["text"])
        case "assistant":
            values["said"] = Markup(_answer(screen_text(data["text"]), turn))  # noqa: S704  # Rendered with HTML off.
        case "note":
            values["said"] = data.get("text") or text(f"web.{data['note']}", language)
        case "contacts":
            values |= _table(data, language) | {"can_search": can_search}
        case "receipt":
            values |= _receipt(data["receipt"], language)
        case "approval":
            values |= _approval(data, language)
    return page_html("item.html", language, **values)


def _answer(said: str, turn: Sequence[Item]) -> str:
    contacts = [contact for item in turn for contact in item.data.get("contacts", ())]
    values = [value for contact in contacts for value in contact["properties"].values()]
    typed = [item.data["text"] for item in turn if item.data["kind"] == "user"]
    return html_of(without_repetition(said, contacts), [*values, *typed])


def _table(data: Mapping[str, Any], language: Language) -> dict[str, Any]:
    contacts, texts = [Contact.from_dict(each) for each in data["contacts"]], Texts(language)
    # The number of the row takes one column too.
    columns = table_columns(contacts, texts, MAX_TABLE_COLUMNS - 2)
    key = "web.found" if data["total"] == len(contacts) else "web.found_part"
    return {
        "rows": [(each, {name: table_cell(each, name, texts) for name in columns}) for each in contacts],
        "columns": columns,
        "caption": text(key, language, shown=len(contacts), total=data["total"]),
        "notes": [
            (contact.name, notes)
            for contact, record in zip(contacts, data["contacts"], strict=True)
            if (notes := notes_of(record, texts))
        ],
    }


def _receipt(receipt: Mapping[str, Any], language: Language) -> dict[str, Any]:
    outcome = receipt["outcome"] if receipt["outcome"] in _MARKS else "unknown"
    key = f"web.done_{receipt['tool']}" if outcome == "done" else f"web.outcome_{outcome}"
    contact = receipt["name"] or receipt["contact_id"] or text("web.the_contact", language)
    return {
        "receipt": receipt,
        "outcome": outcome,
        "mark": _MARKS[outcome],
        "sentence": text(key, language, contact=screen_value(contact)),
        "changes": in_reading_order(receipt["changes"]) if outcome == "done" else [],
        "not_done": parts_not_done(receipt, Texts(language)),
    }


def _approval(data: Mapping[str, Any], language: Language) -> dict[str, Any]:
    request = data["request"]
    return {
        "heading": request_heading(request, Texts(language)),
        "is_new": not request.get("contact"),
        "changes": in_reading_order(proposed_changes(request)),
        "doubts": _doubts(request),
        "problems": {problem["property"]: problem["message"] for problem in data["problems"]},
        "duplicates": [
            {
                "id": each["id"],
                "sentence": text(f"writes.duplicate_{each['reason']}", language, whom=contact_label(each)),
                "changes": in_reading_order(each.get("differs") or ()),
            }
            for each in request.get("duplicates") or ()
        ],
    }


def _doubts(request: Mapping[str, Any]) -> dict[str | None, list[str]]:
    """Return what is doubtful about a write, by the property that it concerns; likely duplicates are shown apart."""
    doubts: dict[str | None, list[str]] = {}
    for doubt in request.get("doubts") or ():
        if doubt["kind"] != "duplicate":
            doubts.setdefault(doubt["property"], []).append(doubt["message"])
    return doubts


def _change_value(stored: str | None, name: str) -> Markup:
    """Return a value of a card or a receipt; a note in full, with its line breaks."""
    if not stored or name != NOTE:
        return _value(stored)
    return Markup('<span class="note-text" dir="auto">{}</span>').format(screen_text(stored))


def _value(stored: str | None) -> Markup:
    """Return a value of the CRM, kept to itself; "" when there is none."""
    return Markup("<bdi>{}</bdi>").format(screen_value(stored)) if stored else Markup("")


def _linked(stored: str | None, name: str) -> Markup:
    """Return a value that can be written to or called as a link."""
    shown = _value(stored)
    scheme = {"email": "mailto", "phone": "tel", "mobilephone": "tel"}.get(name)
    if not stored or not scheme or not _is_address(stored, scheme):
        return shown
    return Markup('<a href="{}:{}">{}</a>').format(scheme, stored.replace(" ", ""), shown)


def _is_address(value: str, scheme: str) -> bool:
    if scheme == "tel":
        return all(character in "+0123456789 ()-./" for character in value)
    return value.isprintable() and value.count("@") == 1 and not set(value) & set(' ?&#<>"%')


@cache
def _environment() -> Environment:
    folder = files("hubspot_agent.web") / "templates"
    sources = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir() if each.name.endswith(".html")}
    environment = Environment(
        loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"value": _value, "change": _change_value, "linked": _linked, "escape": escape}
    return environment


@cache
def _words(language: Language) -> dict[str, Any]:
    def word(key: str, /, **values: object) -> str:
        return text(key if "." in key else f"web.{key}", language, **values)

    return {"NOTE": NOTE, "word": word, "field": Texts(language).field, "language": language}
