"""How the terminal and the page show contacts and changes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubspot_agent.contacts import SHOWN_PROPERTIES, Contact
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import screen_text, screen_value
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER


def contact_label(record: Mapping[str, Any]) -> str:
    """Return the label of a contact given as plain data (`Contact.as_dict`), fit for a line of the screen."""
    return screen_value(Contact.from_dict(record).label)


def request_heading(request: Mapping[str, Any], texts: Texts) -> str:
    """Return what a paused write does and to whom, fit for a line of the screen.

    A request of a tool that is not ours is called what it calls itself.
    """
    if contact := request.get("contact"):
        return texts("writes.update", whom=contact_label(contact))
    if request["name"] == "create_contact":
        return texts("writes.create")
    return str(request.get("description") or request["name"])


def parts_not_done(receipt: Mapping[str, Any], texts: Texts) -> list[str]:
    """Return a sentence on each part of a write that did not come about although others did, and why."""
    return [
        texts(
            f"writes.part_{part['outcome']}",
            field=texts.field(part["property"]),
            value=screen_value(part["new"]),
            reason=texts.reason(part["code"]) if part["code"] else "",
        ).strip()
        for part in receipt.get("not_done", ())
    ]


#: The properties that tell contacts apart: the columns of a table of contacts after their names, as far as they have
#: values. The company record that a contact is linked to stands with the company.
TABLE_COLUMNS = ("email", "phone", "company", OWNER, "jobtitle", "city", "mobilephone")

#: Most columns of a table of contacts, with that of the names; more are not read.
MAX_TABLE_COLUMNS = 6


def table_columns(contacts: Sequence[Contact], texts: Texts, limit: int = MAX_TABLE_COLUMNS - 1) -> list[str]:
    """Return the columns that a table of these contacts has after their names, at most `limit`."""
    return [name for name in TABLE_COLUMNS if any(table_cell(contact, name, texts) for contact in contacts)][:limit]


def table_cell(contact: Contact, name: str, texts: Texts) -> str:
    """Return what a table of contacts shows of a contact in the column `name`, or ""."""
    own = contact.properties.get(name) or ""
    linked = contact.properties.get(COMPANY) or ""
    if name != "company" or not linked or linked.casefold() == own.casefold():
        return own
    return texts("writes.linked_company", company=own, linked=linked) if own else linked


def notes_of(record: Mapping[str, Any], texts: Texts) -> list[tuple[str, str]]:
    """Return the notes that a search shows of a contact: of each a line that says when and whose, and its text."""
    return [(_note_heading(each, texts), screen_text(each["text"])) for each in record.get("notes", ())]


def _note_heading(note: Mapping[str, str], texts: Texts) -> str:
    day, by = note["time"][:10], note.get("by")
    return texts("writes.note_by", day=day, name=screen_value(by)) if by else day


def in_reading_order(changes: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return `changes` in the order in which people read their properties; uncommon ones last."""
    places = {name: place for place, name in enumerate((*SHOWN_PROPERTIES, OWNER, COMPANY, NOTE))}
    return sorted(changes, key=lambda change: places.get(change["property"], len(places)))
