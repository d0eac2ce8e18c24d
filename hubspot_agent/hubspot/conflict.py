"""What HubSpot means by a conflict (409): found out by reading, for its answer names a record at most."""

from collections.abc import Callable, Mapping
from itertools import count

from hubspot_agent.contacts import SHOWN_PROPERTIES, Contact
from hubspot_agent.hubspot.error_mapping import invalid_property
from hubspot_agent.hubspot.errors import (
    ConflictError,
    ContactExistsError,
    ContactNotFoundError,
    HubSpotError,
    InvalidContactError,
)
from hubspot_agent.hubspot.matching import has_email
from hubspot_agent.hubspot.read import read_by_id, read_by_unique
from hubspot_agent.hubspot.retry import Deadline, repeat
from hubspot_agent.hubspot.transport import Transport
from hubspot_agent.hubspot.verification import SECONDARY_EMAILS, shared_values

#: How often a request is sent that HubSpot refuses with a conflict for which no reason is found.
MAX_ATTEMPTS = 4


class ConflictCount:
    """Counts the conflicts of one operation that have no reason to be found."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def may_repeat(self, error: HubSpotError) -> bool:
        """Tell whether a request may be sent again after this error, for all that conflicts have to say."""
        return not isinstance(error, ConflictError) or next(self._numbers) < MAX_ATTEMPTS


def repeat_conflicts(attempt: Callable[[], Contact], transport: Transport, deadline: Deadline) -> Contact:
    """Return what `attempt` returns, making it again after a conflict for which no reason was found.

    Args:
        attempt: Sends the request once.
        transport: Sends the requests.
        deadline: The end of the operation.

    Raises:
        HubSpotError: That of the last attempt.
    """
    conflicts = ConflictCount()
    return repeat(
        attempt,
        lambda error: isinstance(error, ConflictError) and conflicts.may_repeat(error),
        transport.policy,
        deadline,
    )


def explained(
    transport: Transport, conflict: ConflictError, properties: Mapping[str, str], deadline: Deadline, own_id: str = ""
) -> HubSpotError:
    """Return the error that says what a conflict is about, or the conflict itself where that cannot be found.

    Args:
        transport: Sends the requests.
        conflict: HubSpot's refusal.
        properties: What was to be written.
        deadline: The end of the operation.
        own_id: Of an update, the contact's own id: with itself it has no conflict.

    Raises:
        HubSpotError: It could not be read; see `errors`.
    """
    conflict.written, conflict.transient = "no", True
    reference = conflict.correlation_id
    email = properties.get("email", "")
    if email:
        holder = read_by_unique(transport, "email", email, properties, deadline)
        if holder is not None and holder.id != own_id:
            return ContactExistsError(holder, correlation_id=reference)
    if conflict.existing_id in ("", own_id):
        return conflict
    try:
        named = read_by_id(transport, conflict.existing_id, (*properties, SECONDARY_EMAILS), deadline)
    except ContactNotFoundError:
        named = None
    if named is not None and email and has_email(named, email):
        return ContactExistsError(named, correlation_id=reference)
    shared = shared_values(named, properties) if named is not None else []
    # Of the properties that people are shown, only the address is unique.
    taken = [name for name in shared if name not in SHOWN_PROPERTIES]
    if email and not taken:
        taken = ["email"]  # As the address of a contact that was merged into another.
    if not taken:
        return conflict
    return InvalidContactError(tuple(invalid_property(name, "CONFLICT") for name in taken), correlation_id=reference)
