"""The users that records may belong to, as HubSpot's owners API gives them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hubspot_agent.sandbox import times

#: The id of the first owner; the user ids follow from the ids, and are others.
_FIRST_ID: Final = 81_000_001
_USER_ID_OFFSET: Final = 80_000_000
_CREATED_AT: Final = times.parse_datetime("2025-01-15T09:30:00Z")


def owners(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return owners in full; what is not given follows from their place in the list.

    Args:
        given: At least `email` of each; `firstName`, `lastName`, `id`, `userId`, `archived` if need be.

    Raises:
        ValueError: If two have the same id, or one has no `email`.
    """
    completed = [_owner(one, _FIRST_ID + number) for number, one in enumerate(given)]
    if len({owner["id"] for owner in completed}) < len(completed):
        raise ValueError("The sandbox cannot have two owners of one id.")
    if not all(owner["email"] for owner in completed):
        raise ValueError("Each owner of the sandbox needs an email.")
    return completed


def _owner(given: Mapping[str, Any], default_id: int) -> dict[str, Any]:
    owner_id = str(given.get("id") or default_id)
    user_id = int(given.get("userId") or int(owner_id) - _USER_ID_OFFSET)
    return {
        "id": owner_id,
        "email": given.get("email", ""),
        "type": "PERSON",
        "firstName": given.get("firstName", ""),
        "lastName": given.get("lastName", ""),
        "userId": user_id,
        "userIdIncludingInactive": user_id,
        "createdAt": _CREATED_AT,
        "updatedAt": _CREATED_AT,
        "archived": bool(given.get("archived", False)),
    }
