"""What a contact is: its fields, its name, what differs between two states of it.

Knows neither HubSpot's client nor LangChain. Property names are HubSpot's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from typing_extensions import TypedDict

#: The properties read and shown by default, in the order people read them in.
SHOWN_PROPERTIES: tuple[str, ...] = (
    "firstname",
    "lastname",
    "email",
    "phone",
    "mobilephone",
    "company",
    "jobtitle",
    "address",
    "city",
    "zip",
    "country",
    "website",
    "lifecyclestage",
    "hs_lead_status",
)

#: The ids of the owner and of the primary company, read with the shown ones: people are shown their names.
LINKED_PROPERTIES: tuple[str, ...] = ("hubspot_owner_id", "associatedcompanyid")

#: A contact is created with at least one of these (HubSpot's contacts guide).
IDENTIFYING_PROPERTIES: tuple[str, ...] = ("email", "firstname", "lastname")


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as HubSpot holds it.

    Attributes:
        id: HubSpot's record id, digits as text.
        properties: Values by HubSpot's property name; a property without a value is absent.
        created_at: When HubSpot created the record, ISO-8601, or "".
        updated_at: When HubSpot last changed it, ISO-8601, or "".
        url: The record's page in HubSpot, where known.
    """

    id: str
    properties: Mapping[str, str] = field(default_factory=dict)
    created_at: str = ""
    updated_at: str = ""
    url: str | None = None

    @property
    def name(self) -> str:
        """First and last name; without either the e-mail address; without that the id."""
        properties = self.properties
        full = " ".join(filter(None, (properties.get("firstname"), properties.get("lastname"))))
        return full or properties.get("email") or self.id

    @property
    def label(self) -> str:
        """The name, and the e-mail address in parentheses when it is not the name."""
        return f"{self.name} ({self.email})" if self.email and self.email != self.name else self.name

    @property
    def email(self) -> str:
        """The primary e-mail address, or ""."""
        return self.properties.get("email", "")

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Return the contact in plain data, the inverse of `as_dict`; other entries of it are left out."""
        return cls(
            id=record["id"],
            properties=record["properties"],
            created_at=record.get("created_at", ""),
            updated_at=record.get("updated_at", ""),
            url=record.get("url"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data, fit for a checkpoint or a tool's artifact."""
        record: dict[str, Any] = {"id": self.id, "properties": dict(self.properties)}
        if self.created_at:
            record["created_at"] = self.created_at
        if self.updated_at:
            record["updated_at"] = self.updated_at
        if self.url:
            record["url"] = self.url
        return record


class Change(TypedDict):
    """One property that differs: its HubSpot name, the value before and after ("" for none)."""

    property: str
    old: str
    new: str


def changes(before: Mapping[str, str], wanted: Mapping[str, str]) -> list[Change]:
    """Return what writing `wanted` would change in `before`; equal values are left out."""
    return [
        Change(property=name, old=before.get(name) or "", new=value)
        for name, value in wanted.items()
        if (before.get(name) or "") != value
    ]
