"""Whether an answer is about the contact that was asked for, and whether a contact is what was sent."""

import re
from collections.abc import Callable, Mapping
from unicodedata import normalize

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.errors import UnexpectedAnswerError
from hubspot_agent.hubspot.matching import has_email
from hubspot_agent.hubspot.records import contact_from_record
from hubspot_agent.hubspot.request import ApiResponse

#: Where HubSpot lists the ids of the contacts that a contact was merged from, some with a time after a colon.
MERGED_IDS = ("hs_merged_object_ids", "hs_all_contact_vids", "hs_calculated_merged_vids")
SECONDARY_EMAILS = "hs_additional_emails"

#: Compared to recognise a contact of ours; HubSpot may have put other values into another form.
_COMPARED_PROPERTIES = ("firstname", "lastname", "phone", "mobilephone", "company", "jobtitle")


def is_of_id(contact: Contact, contact_id: str) -> bool:
    """Tell whether a contact, read with `MERGED_IDS`, is the one with this id or was merged from it."""
    merged = (re.split("[;:]", contact.properties.get(name, "")) for name in MERGED_IDS)
    return contact.id == contact_id or any(contact_id in ids for ids in merged)


def is_of_unique(contact: Contact, name: str, value: str) -> bool:
    """Tell whether a contact, read with that property, has this value of a unique property such as `email`."""
    return has_email(contact, value) if name == "email" else contact.properties.get(name) == value


def asked_for(is_asked_for: Callable[[Contact], bool]) -> Callable[[ApiResponse], None]:
    """Return a check of answers that bring one contact: it must be the one asked for.

    Args:
        is_asked_for: Recognises the contact.
    """

    def check(response: ApiResponse) -> None:
        if not is_asked_for(contact_from_record(response.data)):
            raise UnexpectedAnswerError("The answer is about another contact.")

    return check


def holds(contact: Contact, properties: Mapping[str, str]) -> bool:
    """Tell whether a contact, read with these properties, has the values that an update sent."""
    return all(_has(contact.properties.get(name, ""), value) for name, value in properties.items())


def holds_identity(contact: Contact, properties: Mapping[str, str]) -> bool:
    """Tell whether a contact has those values of a creation by which people know somebody."""
    return all(
        _letters_and_digits(contact.properties.get(name, "")) == _letters_and_digits(properties[name])
        for name in _COMPARED_PROPERTIES
        if properties.get(name)
    )


def is_created_from(contact: Contact, properties: Mapping[str, str]) -> bool:
    """Tell whether the contact in the answer to a creation is the one that was sent."""
    email = properties.get("email")
    return has_email(contact, email or None) and holds_identity(contact, properties)


def shared_values(contact: Contact, properties: Mapping[str, str]) -> list[str]:
    """Return the names of the properties of which a contact has the value that was sent."""
    return [name for name, value in properties.items() if value and contact.properties.get(name) == value]


def _has(stored: str, sent: str) -> bool:
    if sent.startswith(";"):  # Adds to what is there.
        return set(sent.strip(";").split(";")) <= set(stored.split(";"))
    return normalize("NFC", stored).strip() == normalize("NFC", sent).strip()


def _letters_and_digits(value: str) -> str:
    """Return the letters and digits of a value; HubSpot may trim, compose or re-space the rest."""
    return "".join(char for char in normalize("NFKC", value).casefold() if char.isalnum())
