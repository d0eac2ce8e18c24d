"""Reading contacts from HubSpot's primary store, which knows every write at once."""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.error_mapping import invalid_property
from hubspot_agent.hubspot.errors import ContactNotFoundError, InvalidContactError
from hubspot_agent.hubspot.records import contact_from_record, requested_properties
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.transport import Transport
from hubspot_agent.hubspot.verification import MERGED_IDS, SECONDARY_EMAILS, asked_for, is_of_id, is_of_unique

#: HubSpot reads at most this many contacts in one request.
MAX_BATCH = 100

_EMAIL = re.compile(r"[^\s@/\\?#%<>\"(),:;\[\]\x00-\x1f\x7f]{1,64}@[^\s@/\\?#%<>\"(),:;\[\]\x00-\x1f\x7f]{1,255}")


def read_by_id(transport: Transport, contact_id: str, properties: Iterable[str], deadline: Deadline) -> Contact:
    """Return a contact; a merged one has another id than asked for.

    Raises:
        ContactNotFoundError: There is none.
        HubSpotError: See `errors`.
    """
    contact_id = checked_id(contact_id)
    wanted = requested_properties(properties)
    response = transport.read(
        "GET contacts/{id}",
        transport.sdk.basic.get_by_id,
        contact_id,
        properties=requested_properties((*wanted, *MERGED_IDS)),
        deadline=deadline,
        check=asked_for(lambda contact: is_of_id(contact, contact_id)),
    )
    return _without(contact_from_record(response.data), {*MERGED_IDS} - {*wanted})


def read_by_unique(
    transport: Transport, name: str, value: str, properties: Iterable[str], deadline: Deadline
) -> Contact | None:
    """Return the contact with this value of a unique property such as `email`, or None.

    Raises:
        HubSpotError: See `errors`.
    """
    wanted = requested_properties(properties)
    verifying = (name, SECONDARY_EMAILS) if name == "email" else (name,)
    try:
        response = transport.read(
            f"GET contacts/{{{name}}}",
            transport.sdk.basic.get_by_id,
            value,
            id_property=name,
            properties=requested_properties((*wanted, *verifying)),
            deadline=deadline,
            check=asked_for(lambda contact: is_of_unique(contact, name, value)),
        )
    except ContactNotFoundError:
        return None
    return _without(contact_from_record(response.data), {*verifying} - {*wanted})


def read_by_ids(
    transport: Transport, ids: Sequence[str], properties: Iterable[str], deadline: Deadline
) -> dict[str, Contact]:
    """Return those of at most 100 contacts that exist, by id.

    Raises:
        HubSpotError: See `errors`.
    """
    inputs = [{"id": contact_id} for contact_id in ids[:MAX_BATCH]]
    response = transport.read(
        "POST contacts/batch/read",
        transport.sdk.batch.read,
        {"inputs": inputs, "properties": requested_properties(properties), "propertiesWithHistory": []},
        deadline=deadline,
    )
    contacts = map(contact_from_record, response.data.get("results") or ())
    return {contact.id: contact for contact in contacts if contact.id in ids}


def checked_id(contact_id: str) -> str:
    """Return a record id that is one.

    Raises:
        ContactNotFoundError: No contact can have it.
    """
    contact_id = contact_id.strip()
    if not re.fullmatch(r"[0-9]{1,20}", contact_id):
        raise ContactNotFoundError("That is not the id of a contact; an id has digits only.")
    return contact_id


def checked_email(email: str) -> str:
    """Return an e-mail address as HubSpot keeps it, without spaces at its ends and in lower case.

    Raises:
        InvalidContactError: It has not the shape of an address, or characters that do not belong into a path.
    """
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email) or ".." in email:
        raise InvalidContactError((invalid_property("email", "INVALID_EMAIL"),))
    return email


def _without(contact: Contact, names: Set[str]) -> Contact:
    """Return a contact without the properties that were read to know it by."""
    return replace(contact, properties={name: value for name, value in contact.properties.items() if name not in names})
