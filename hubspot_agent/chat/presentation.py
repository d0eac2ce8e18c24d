"""How the terminal and the page show contacts and changes."""

from collections.abc import Iterable, Mapping
from typing import Any

from hubspot_agent.contacts import SHOWN_PROPERTIES, Contact
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import screen_value
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


#: The properties that tell contacts apart: the columns of a table of contacts, after their names.
TABLE_COLUMNS = ("email", "phone", "mobilephone", "company", COMPANY, "jobtitle", "city", OWNER)


def in_reading_order(changes: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return `changes` in the order in which people read their properties; uncommon ones last."""
    places = {name: place for place, name in enumerate((*SHOWN_PROPERTIES, OWNER, COMPANY, NOTE))}
    return sorted(changes, key=lambda change: places.get(change["property"], len(places)))
