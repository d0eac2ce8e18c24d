"""What a route is given and gives back, and the shapes that answers share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hubspot_agent.sandbox.bodies import whole_number
from hubspot_agent.sandbox.errors import PORTAL_ID, validation
from hubspot_agent.sandbox.portal import Portal
from hubspot_agent.sandbox.properties import Definitions

#: What reading, listing and searching show unless asked for other properties.
DEFAULT_PROPERTIES: Final = (
    "createdate",
    "email",
    "firstname",
    "hs_object_id",
    "lastmodifieddate",
    "lastname",
)
_ALWAYS: Final = ("createdate", "hs_object_id", "lastmodifieddate")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed authentication and limits.

    Attributes:
        portal: The account.
        url: The address called, without its query.
        parameters: Variable parts of the path.
        query: Query parameters, each with all its values.
        body: The raw body.
    """

    portal: Portal
    url: str
    parameters: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes

    def one(self, name: str, default: str = "") -> str:
        """Return a query parameter's last value."""
        return self.query.get(name, [default])[-1]

    def listed(self, name: str) -> list[str]:
        """Return a query parameter's values: repeated, separated by commas, or both."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        """Return a query parameter as a whole number.

        Raises:
            ApiError: 400 if it is none, or out of bounds.
        """
        value = whole_number(self.one(name, str(default)))
        if value is None or value < least or (most is not None and value > most):
            raise validation(f"{name} must be a whole number from {least}" + (f" to {most}" if most else ""))
        return value

    @property
    def archived(self) -> bool:
        """Whether archived records are asked for."""
        return self.one("archived").lower() == "true"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: a JSON body, or none."""

    body: dict[str, Any] | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def selected(
    properties: Mapping[str, str], wanted: Iterable[str] | None, definitions: Definitions
) -> dict[str, str | None]:
    """Return the properties an answer shows: null without a value, unknown names left out."""
    names = {*wanted, *_ALWAYS} if wanted else DEFAULT_PROPERTIES
    return {name: properties.get(name) for name in names if name in definitions}


def shaped(
    contact_id: int,
    properties: Mapping[str, str | None],
    created_at: str,
    updated_at: str,
    archived_at: str | None = None,
) -> dict[str, Any]:
    """Return a contact as HubSpot writes it; property names are sorted."""
    shape = {
        "id": str(contact_id),
        "properties": dict(sorted(properties.items())),
        "createdAt": created_at,
        "updatedAt": updated_at,
        "archived": archived_at is not None,
        "url": f"https://app.hubspot.com/contacts/{PORTAL_ID}/record/0-1/{contact_id}",
    }
    return shape if archived_at is None else shape | {"archivedAt": archived_at}
