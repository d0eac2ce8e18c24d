"""Changing and archiving contacts."""

from collections.abc import Mapping

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.error_mapping import ConflictError
from hubspot_agent.hubspot.errors import ContactExistsError, ContactNotFoundError
from hubspot_agent.hubspot.read import checked_id, conflicting_contact
from hubspot_agent.hubspot.records import contact_from_record
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.transport import Transport


def update(transport: Transport, contact_id: str, properties: Mapping[str, str], deadline: Deadline) -> Contact:
    """Change a contact; arguments, result and errors as for `HubSpotContacts.update`."""
    try:
        response = transport.write(
            "PATCH contacts/{id}",
            transport.sdk.basic.update,
            checked_id(contact_id),
            {"properties": dict(properties)},
            deadline=deadline,
            done="changed",
            idempotent=not any(value.startswith(";") for value in properties.values()),  # ";" adds to what is there
        )
    except ConflictError as error:
        existing = conflicting_contact(transport, error, properties, deadline)
        raise ContactExistsError(existing, correlation_id=error.correlation_id) from None
    return contact_from_record(response.data, written="unknown")


def archive(transport: Transport, contact_id: str, deadline: Deadline) -> None:
    """Archive a contact; arguments and errors as for `HubSpotContacts.archive`."""
    try:
        transport.write(
            "DELETE contacts/{id}",
            transport.sdk.basic.archive,
            checked_id(contact_id),
            deadline=deadline,
            done="archived",
        )
    except ContactNotFoundError as error:
        # Not there any more, after an attempt that got no answer: that attempt did it.
        if error.written == "no":
            raise
