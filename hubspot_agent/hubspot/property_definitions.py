"""What properties the account's contacts have, as HubSpot defines them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubspot_agent.hubspot.records import as_object, as_objects
from hubspot_agent.hubspot.transport import Transport


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """One property of contacts.

    Attributes:
        name: HubSpot's internal name.
        label: The name people see.
        type: bool, date, datetime, enumeration, number, phone_number or string.
        field_type: How HubSpot's forms show it: text, select, checkbox (several values), ...
        options: The allowed values of an enumeration, as (label, value).
        read_only: Whether HubSpot refuses to have it written.
        has_unique_value: Whether no two contacts may have the same value.
        external_options: Whether the options are kept elsewhere (owners), so that `options` is no full list.
    """

    name: str
    label: str
    type: str
    field_type: str
    options: tuple[tuple[str, str], ...] = ()
    read_only: bool = False
    has_unique_value: bool = False
    external_options: bool = False


def definition_from_record(record: Mapping[str, Any]) -> PropertyDefinition:
    """Return the definition in one of HubSpot's property records."""
    metadata = as_object(record.get("modificationMetadata"))
    options = [option for option in as_objects(record.get("options")) if "value" in option]
    return PropertyDefinition(
        name=str(record["name"]),
        label=str(record.get("label") or record["name"]),
        type=str(record.get("type") or "string"),
        field_type=str(record.get("fieldType") or "text"),
        options=tuple((str(option.get("label") or option["value"]), str(option["value"])) for option in options),
        read_only=bool(metadata.get("readOnlyValue") or record.get("calculated")),
        has_unique_value=bool(record.get("hasUniqueValue")),
        external_options=bool(record.get("externalOptions")),
    )


def read_property_definitions(transport: Transport) -> dict[str, PropertyDefinition]:
    """Return the account's definitions by name, read from HubSpot.

    Raises:
        HubSpotError: See `errors`.
    """
    response = transport.read(
        "GET properties/contacts",
        transport.sdk.properties.get_all,
        "contacts",
        deadline=transport.deadline(),
    )
    definitions = [
        definition_from_record(record) for record in as_objects(response.data.get("results")) if record.get("name")
    ]
    return {definition.name: definition for definition in definitions}
