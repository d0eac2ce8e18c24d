"""The pinned contacts: those that this conversation has seen, which five messages could not hold."""

from collections.abc import Callable, Iterable, Sequence

from langchain_core.messages import BaseMessage, ToolMessage
from typing_extensions import TypedDict

from hubspot_agent.contacts import Contact

#: How many contacts a conversation keeps in mind.
MAX_PINNED = 10

#: What of a pinned contact is kept besides name and e-mail address: what people tell namesakes apart by.
TELLING_PROPERTIES = ("company", "jobtitle", "city", "phone", "mobilephone")


#: The results of writes that show a contact which the user has not chosen: one that may exist already.
_NOT_CHOSEN = ("contact_exists", "duplicate_suspected")


class PinnedContact(TypedDict):
    """A contact that this conversation has seen.

    Attributes:
        id: HubSpot's record id.
        name: The contact's name.
        email: The contact's e-mail address, or "".
        properties: Its `TELLING_PROPERTIES`.
        listing: The tool call that showed it among others, of which the user has not chosen one yet;
            `None` when it was seen alone.
        of: How many contacts that listing was about.
        place: Its place in that listing, counted from 0.
    """

    id: str
    name: str
    email: str
    properties: dict[str, str]
    listing: str | None
    of: int
    place: int


def settle(pinned: Sequence[PinnedContact], chosen: Callable[[PinnedContact], bool]) -> list[PinnedContact]:
    """Return `pinned` with the one listed contact that is `chosen`, if it is only one, as seen alone from now on."""
    listed = [contact for contact in pinned if contact["listing"] is not None and chosen(contact)]
    if len(listed) != 1:
        return list(pinned)
    return [{**each, "listing": None} if each["id"] == listed[0]["id"] else each for each in pinned]


def pin(pinned: Sequence[PinnedContact], messages: Iterable[BaseMessage]) -> list[PinnedContact]:
    """Return `pinned` with the contacts added that tools' results among `messages` show, newest last.

    At most `MAX_PINNED` are kept. A contact shown alone counts as chosen, one among several does not.
    """
    by_id = {contact["id"]: contact for contact in pinned}
    for message in messages:
        if not isinstance(message, ToolMessage) or not isinstance(message.artifact, dict):
            continue
        records = message.artifact.get("contacts", [])
        total = max(message.artifact.get("total", 0), len(records))
        unsettled = total > 1 or message.artifact.get("code") in _NOT_CHOSEN
        asked = message.artifact.get("asked", True)  # Whether the user's own words found them.
        for place, record in enumerate(records):
            contact = Contact.from_dict(record)
            earlier = by_id.pop(contact.id, None)
            if earlier and not asked and total == 1:
                by_id[contact.id] = earlier  # Looked up by the model, not chosen by the user.
                continue
            by_id[contact.id] = PinnedContact(
                id=contact.id,
                name=contact.name,
                email=contact.email,
                properties={
                    name: contact.properties[name] for name in TELLING_PROPERTIES if contact.properties.get(name)
                },
                listing=message.tool_call_id if unsettled or not asked else None,
                of=total,
                place=place,
            )
    return list(by_id.values())[-MAX_PINNED:]
