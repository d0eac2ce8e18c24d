"""A whole conversation as text, or as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubspot_agent.chat.decisions import proposed_changes
from hubspot_agent.chat.presentation import in_reading_order, notes_of, parts_not_done
from hubspot_agent.contacts import Contact
from hubspot_agent.texts import Language, Texts, text
from hubspot_agent.texts.sanitizing import screen_text, screen_value
from hubspot_agent.tools.schemas import NOTE
from hubspot_agent.web.transcript import Item


def as_json(title: str, items: Sequence[Item]) -> dict[str, Any]:
    """Return a conversation as JSON data: its title, and its items as the transcript has them."""
    return {"title": title, "items": [{"id": item.id, **item.data} for item in items]}


def as_text(title: str, items: Sequence[Item], language: Language) -> str:
    """Return a conversation as text, in the language of whoever reads it."""
    return "\n\n".join([title, *("\n".join(_lines(item.data, language)) for item in items)]) + "\n"


def _lines(data: Mapping[str, Any], language: Language) -> Iterator[str]:
    match data["kind"]:
        case "user" | "assistant":
            who = text("web.you" if data["kind"] == "user" else "web.assistant", language)
            yield f"{who} {screen_text(data['text'])}"
        case "note":
            yield data.get("text") or text(f"web.{data['note']}", language)
        case "contacts":
            yield text("web.found_part", language, shown=len(data["contacts"]), total=data["total"])
            for number, each in enumerate(data["contacts"], 1):
                contact = Contact.from_dict(each)
                values = [value for value in each["properties"].values() if value]
                yield f"{number}. {screen_value(contact.name)}: {', '.join(map(screen_value, values))}"
                yield from (f"   {heading}: {body}" for heading, body in notes_of(each, Texts(language)))
        case "receipt":
            receipt = data["receipt"]
            key = f"done_{receipt['tool']}" if receipt["outcome"] == "done" else f"outcome_{receipt['outcome']}"
            yield text(f"web.{key}", language, contact=screen_value(receipt["name"] or receipt["contact_id"] or ""))
            yield from _changes(receipt["changes"], language)
            yield from (f"- {part}" for part in parts_not_done(receipt, Texts(language)))
        case "approval":
            state = "waiting" if data["state"] == "waiting" else f"decided_{data['state']}"
            yield f"{text(f'web.{state}', language)}: {data['request'].get('description') or data['request']['name']}"
            yield from _changes(proposed_changes(data["request"]), language)


def _changes(changes: Sequence[Mapping[str, str]], language: Language) -> Iterator[str]:
    nothing = text("writes.nothing", language)
    for change in in_reading_order(changes):
        shown = screen_text if change["property"] == NOTE else screen_value  # A note in full.
        old, new = (shown(change.get(when) or "") or nothing for when in ("old", "new"))
        yield f"- {Texts(language).field(change['property'])}: {old} → {new}"
