"""What tells HubSpot's object types apart: ids, names, properties, what searches look in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hubspot_agent.sandbox.properties import Property
from hubspot_agent.sandbox.store import Linked

#: HubSpot's ids of association types (`association_type.py` of its client).
CONTACT_TO_COMPANY: Final = 279
CONTACT_TO_PRIMARY_COMPANY: Final = 1
COMPANY_TO_CONTACT: Final = 280
NOTE_TO_CONTACT: Final = 202
CONTACT_TO_NOTE: Final = 201


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type of records besides contacts.

    Attributes:
        name: As in paths: `companies`.
        singular: As in messages: `COMPANY`.
        type_id: HubSpot's id of the type.
        shown: What reading, listing and searching show unless asked for other properties.
        always: What they show in any case.
        created: The property that holds when a record was created.
        queried: Where a search's `query` looks.
        to_contact: The association type from a record to a contact.
        from_contact: The association type from a contact to a record.
    """

    name: Linked
    singular: str
    type_id: str
    shown: tuple[str, ...]
    always: tuple[str, ...]
    created: str
    queried: tuple[str, ...]
    to_contact: int
    from_contact: int


COMPANIES: Final = ObjectType(
    name="companies",
    singular="COMPANY",
    type_id="0-2",
    shown=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    always=("createdate", "hs_lastmodifieddate", "hs_object_id"),
    created="createdate",
    queried=("name", "domain", "hs_additional_domains", "phone", "website"),
    to_contact=COMPANY_TO_CONTACT,
    from_contact=CONTACT_TO_COMPANY,
)
NOTES: Final = ObjectType(
    name="notes",
    singular="NOTE",
    type_id="0-46",
    shown=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    always=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    created="hs_createdate",
    queried=("hs_note_body",),
    to_contact=NOTE_TO_CONTACT,
    from_contact=CONTACT_TO_NOTE,
)

_COMPANY_TEXT: Final = {
    "name": "Company name",
    "domain": "Company Domain Name",
    "hs_additional_domains": "Additional Domains",
    "phone": "Phone Number",
    "website": "Website URL",
    "address": "Street Address",
    "city": "City",
    "zip": "Postal Code",
    "country": "Country/Region",
    "description": "Description",
    "numberofemployees": "Number of Employees",
}


def company_properties() -> Iterator[Property]:
    """Yield the definitions of companies worth modelling."""
    for name, label in _COMPANY_TEXT.items():
        yield Property(name, label, hubspot_defined=True, group="companyinformation")
    yield _owner("Company owner")
    yield from _bookkeeping("createdate")


def note_properties() -> Iterator[Property]:
    """Yield the definitions of notes worth modelling."""
    yield Property("hs_note_body", "Note body", field_type="html", hubspot_defined=True, group="engagement")
    yield Property("hs_timestamp", "Activity date", "datetime", hubspot_defined=True, group="engagement")
    yield _owner("Activity assigned to")
    yield from _bookkeeping("hs_createdate")


def _owner(label: str) -> Property:
    return Property("hubspot_owner_id", label, "enumeration", "select", external_options=True, hubspot_defined=True)


def _bookkeeping(created: str) -> Iterator[Property]:
    for name, label, kind in (
        (created, "Create Date", "datetime"),
        ("hs_lastmodifieddate", "Last Modified Date", "datetime"),
        ("hs_object_id", "Record ID", "number"),
    ):
        yield Property(name, label, kind, read_only=True, hubspot_defined=True)
