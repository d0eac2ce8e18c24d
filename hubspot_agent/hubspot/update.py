"""Changing and archiving contacts. What became of either is read where HubSpot's answer does not say it."""

from collections.abc import Mapping

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.conflict import explained, repeat_conflicts
from hubspot_agent.hubspot.errors import (
    ConflictError,
    ContactNotFoundError,
    HubSpotError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from hubspot_agent.hubspot.read import checked_id, read_by_id
from hubspot_agent.hubspot.records import contact_from_record
from hubspot_agent.hubspot.request import ApiResponse
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.transport import Transport, unknown_outcome
from hubspot_agent.hubspot.verification import holds


def update(transport: Transport, contact_id: str, properties: Mapping[str, str], deadline: Deadline) -> Contact:
    """Change a contact; arguments, result and errors as for `HubSpotContacts.update`."""
    contact_id = checked_id(contact_id)

    def attempt() -> Contact:
        try:
            return _patch(transport, contact_id, properties, deadline)
        except (ConflictError, UnknownOutcomeError) as error:
            failure = error
        now = _read_after(transport, contact_id, properties, failure, deadline)
        if holds(now, properties):
            return now
        if isinstance(failure, ConflictError):
            raise explained(transport, failure, properties, deadline, own_id=now.id)
        raise failure

    return repeat_conflicts(attempt, transport, deadline)


def archive(transport: Transport, contact_id: str, deadline: Deadline) -> None:
    """Archive a contact; arguments and errors as for `HubSpotContacts.archive`."""
    contact_id = checked_id(contact_id)
    try:
        transport.write(
            "DELETE contacts/{id}",
            transport.sdk.basic.archive,
            contact_id,
            deadline=deadline,
            done="archived",
        )
    except ContactNotFoundError as error:
        # Not there any more, after an attempt that got no answer: that attempt did it.
        if error.written == "no":
            raise
    except UnknownOutcomeError as error:
        try:
            _read_after(transport, contact_id, {}, error, deadline)
        except ContactNotFoundError:
            return
        raise


def _patch(transport: Transport, contact_id: str, properties: Mapping[str, str], deadline: Deadline) -> Contact:
    def check(response: ApiResponse) -> None:
        answered = contact_from_record(response.data)
        # Another id is that of a contact into which this one was merged, or another contact's answer.
        if answered.id != contact_id and answered.id != read_by_id(transport, contact_id, (), deadline).id:
            raise UnexpectedAnswerError("The answer is about another contact.")

    response = transport.write(
        "PATCH contacts/{id}",
        transport.sdk.basic.update,
        contact_id,
        {"properties": dict(properties)},
        deadline=deadline,
        done="changed",
        idempotent=not any(value.startswith(";") for value in properties.values()),  # ";" adds to what is there
        check=check,
    )
    return contact_from_record(response.data)


def _read_after(
    transport: Transport, contact_id: str, properties: Mapping[str, str], failure: HubSpotError, deadline: Deadline
) -> Contact:
    """Return the contact as it is after a write that HubSpot did not confirm."""
    try:
        return read_by_id(transport, contact_id, properties, deadline)
    except ContactNotFoundError:
        raise
    except HubSpotError:
        pass
    raise unknown_outcome("changed", failure) if failure.written == "unknown" else failure
