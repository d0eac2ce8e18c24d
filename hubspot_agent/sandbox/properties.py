"""What HubSpot knows of a contact property, and how it describes it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

#: What values are compared as.
Comparable = str | float

_EPOCH: Final = "2020-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """What HubSpot knows of a property.

    Attributes:
        name: Internal name, lower case.
        label: Name people read; the internal name if empty.
        type: `string`, `number`, `date`, `datetime`, `enumeration`, `bool` or `phone_number`.
        field_type: How forms show it, for example `text` or `checkbox` (several options, joined by `;`).
        options: Internal values of an enumeration, with their labels.
        read_only: Whether the API refuses to set it.
        calculated: Whether HubSpot derives it from other properties.
        unique: Whether no two contacts may share a value (`hasUniqueValue`).
        external_options: Whether the options come from elsewhere, such as owners, and are not listed.
        hubspot_defined: Whether it is one of HubSpot's own.
        group: Name of its property group.
        description: What it is for.
    """

    name: str
    label: str = ""
    type: str = "string"
    field_type: str = "text"
    options: dict[str, str] = field(default_factory=dict)
    read_only: bool = False
    calculated: bool = False
    unique: bool = False
    external_options: bool = False
    hubspot_defined: bool = False
    group: str = "contactinformation"
    description: str = ""

    def comparable(self, value: str) -> Comparable:
        """Return a stored value as searches compare it: text without regard to case, enumerations with it.

        Times are stored in one notation and compare as text.
        """
        if self.type == "number":
            return float(value)
        return value.lower() if self.type in ("string", "phone_number") else value

    def as_json(self) -> dict[str, Any]:
        """Return the definition as HubSpot's properties API answers it."""
        return {
            "updatedAt": _EPOCH,
            "createdAt": _EPOCH,
            "name": self.name,
            "label": self.label or self.name,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [
                {"label": label, "value": value, "displayOrder": order, "hidden": False}
                for order, (value, label) in enumerate(self.options.items())
            ],
            "displayOrder": -1,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "hasUniqueValue": self.unique,
            "hidden": False,
            "hubspotDefined": self.hubspot_defined,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyOptions": self.hubspot_defined and self.name != "hs_lead_status",
                "readOnlyValue": self.read_only,
            },
            "formField": not self.read_only,
            "archived": False,
        }


class Definitions:
    """The property definitions of an account, by name."""

    def __init__(self, definitions: Iterable[Property]):
        self._by_name = {definition.name: definition for definition in definitions}

    def __iter__(self) -> Iterator[Property]:
        return iter(self._by_name.values())

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def get(self, name: str) -> Property | None:
        """Return the definition of a property, or None."""
        return self._by_name.get(name)

    def add(self, definition: Property) -> None:
        """Declare a custom property, or replace one."""
        self._by_name[definition.name] = definition
