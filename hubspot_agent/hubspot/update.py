"""Changing and archiving contacts."""

from collections.abc import Mapping

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.error_mapping import ConflictError
from hubspot_agent.hubspot.errors import ContactExistsError, ContactNotFoundError
from hubspot_agent.hubspot.read import checked_id, holder
from hubspot_agent.hubspot.records import contact_of
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.transport import Connection


def update(connection: Connection, contact_id: str, properties: Mapping[str, str], deadline: Deadline) -> Contact:
    """Change a contact; arguments, result and errors as for `HubSpotContacts.update`."""
    adds_values = any(value.startswith(";") for value in properties.values())
    try:
        answer = connection.write(
            "PATCH contacts/{id}",
            connection.client.basic.update,
            checked_id(contact_id),
            {"properties": dict(properties)},
            deadline=deadline,
            done="changed",
            repeatable=not adds_values,
        )
    except ConflictError as error:
        conflict = error
    else:
        return contact_of(answer.data, written="unknown")
    existing = holder(connection, conflict, properties, deadline)
    raise ContactExistsError(existing, correlation_id=conflict.correlation_id)


def archive(connection: Connection, contact_id: str, deadline: Deadline) -> None:
    """Archive a contact; arguments and errors as for `HubSpotContacts.archive`."""
    try:
        connection.write(
            "DELETE contacts/{id}",
            connection.client.basic.archive,
            checked_id(contact_id),
            deadline=deadline,
            done="archived",
        )
    except ContactNotFoundError as error:
        # Not there any more, after an attempt that got no answer: that attempt did it.
        if error.written == "no":
            raise
