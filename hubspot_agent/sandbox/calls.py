"""The request that a route is given and the response it gives back, and the JSON that responses share."""

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
class RouteRequest:
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

    def query_value(self, name: str, default: str = "") -> str:
        """Return a query parameter's last value."""
        return self.query.get(name, [default])[-1]

    def query_values(self, name: str) -> list[str]:
        """Return a query parameter's values: repeated, separated by commas, or both."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def query_number(self, name: str, default: int, *, minimum: int = 0, maximum: int | None = None) -> int:
        """Return a query parameter as a whole number.

        Raises:
            ApiError: 400 if it is none, or out of bounds.
        """
        value = whole_number(self.query_value(name, str(default)))
        if value is None or value < minimum or (maximum is not None and value > maximum):
            raise validation(f"{name} must be a whole number from {minimum}" + (f" to {maximum}" if maximum else ""))
        return value

    @property
    def archived(self) -> bool:
        """Whether archived records are asked for."""
        return self.query_value("archived").lower() == "true"


@dataclass(frozen=True, slots=True)
class RouteResponse:
    """An HTTP answer: a JSON body, or none."""

    body: dict[str, Any] | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def selected_properties(
    properties: Mapping[str, str],
    wanted: Iterable[str] | None,
    definitions: Definitions,
    *,
    shown: Iterable[str] = DEFAULT_PROPERTIES,
    always: Iterable[str] = _ALWAYS,
) -> dict[str, str | None]:
    """Return the properties an answer shows: null without a value, unknown names left out."""
    names = {*wanted, *always} if wanted else shown
    return {name: properties.get(name) for name in names if name in definitions}


def record_json(
    record_id: int,
    properties: Mapping[str, str | None],
    created_at: str,
    updated_at: str,
    archived_at: str | None = None,
    *,
    type_id: str = "0-1",
) -> dict[str, Any]:
    """Return a contact, or a record of another type, as HubSpot writes it; property names are sorted."""
    shape = {
        "id": str(record_id),
        "properties": dict(sorted(properties.items())),
        "createdAt": created_at,
        "updatedAt": updated_at,
        "archived": archived_at is not None,
        "url": f"https://app.hubspot.com/contacts/{PORTAL_ID}/record/{type_id}/{record_id}",
    }
    return shape if archived_at is None else shape | {"archivedAt": archived_at}
