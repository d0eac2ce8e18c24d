"""The arguments of the three tools, and what they say of a contact's properties."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hubspot_agent.contacts import LINKED_PROPERTIES

TOOL_NAMES = ("search_contacts", "create_contact", "update_contact")

#: HubSpot's names for what is written about a contact besides its own fields: changes go by these.
OWNER, COMPANY = LINKED_PROPERTIES
NOTE = "hs_note_body"
#: The arguments that say it. What they say is a name, an address or a text, and never an id of HubSpot's.
RELATED_ARGUMENTS = {OWNER: "owner", COMPANY: "link_company", NOTE: "note"}

#: How many contacts one search shows the model.
MAX_CONTACTS = 10


class PropertyValue(BaseModel):
    """Any other HubSpot property and the value it gets."""

    property: str = Field(description="HubSpot's internal property name, e.g. 'industry'.")
    value: str = Field(description="The value, e.g. an option's internal value for an enumeration.")


class ContactFields(BaseModel):
    """The fields of a contact; one that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    email: str | None = Field(None, description="E-mail address.")
    firstname: str | None = Field(None, description="First name.")
    lastname: str | None = Field(None, description="Last name, with its particle ('van der Berg').")
    phone: str | None = Field(None, description="Phone number, as the user gave it.")
    mobilephone: str | None = Field(None, description="Mobile phone number, when the user says that it is one.")
    company: str | None = Field(None, description="Company name.")
    jobtitle: str | None = Field(None, description="Job title.")
    address: str | None = Field(None, description="Street and house number.")
    city: str | None = Field(None, description="City.")
    zip: str | None = Field(None, description="Postal code.")
    country: str | None = Field(None, description="Country.")
    website: str | None = Field(None, description="Website.")
    lifecyclestage: str | None = Field(None, description="Lifecycle stage, e.g. lead, opportunity, customer.")
    hs_lead_status: str | None = Field(
        None, description="Lead status, e.g. NEW, OPEN, IN_PROGRESS, ATTEMPTED_TO_CONTACT, CONNECTED, UNQUALIFIED."
    )
    other_properties: list[PropertyValue] | None = Field(
        None, description="Any other property, by HubSpot's internal name."
    )


class RelatedFields(ContactFields):
    """The fields of a contact, and what is written about it besides: owner, company record, note."""

    owner: str | None = Field(
        None, description="Whom the contact belongs to: a colleague's name or e-mail address, or 'me' for the user."
    )
    link_company: str | None = Field(
        None,
        description="Company record to link the contact to, by name or domain; only when the user asks to link it.",
    )
    note: str | None = Field(
        None, description="A note for the contact's timeline ('log that ...'), in the user's own words."
    )


class CreateContact(RelatedFields):
    """What `create_contact` takes."""


class UpdateContact(RelatedFields):
    """What `update_contact` takes."""

    contact_id: str = Field(description="The contact's id, from a search or a creation in this conversation.")
    clear: list[str] | None = Field(
        None, description="Names of properties to empty, only when the user asked for exactly that."
    )


class Condition(BaseModel):
    """One condition that the contacts must meet."""

    property: str = Field(description="HubSpot's internal property name, e.g. 'city'.")
    operator: str = Field(
        "EQ",
        description="EQ, NEQ, LT, LTE, GT, GTE, CONTAINS_TOKEN, NOT_CONTAINS_TOKEN, HAS_PROPERTY or NOT_HAS_PROPERTY.",
    )
    value: str | None = Field(
        None,
        description="The value to compare with, a date as YYYY-MM-DD or 2026-04-03T12:30:00Z; none for "
        "(NOT_)HAS_PROPERTY.",
    )


class SearchContacts(BaseModel):
    """What `search_contacts` takes."""

    model_config = ConfigDict(extra="forbid")

    contact_id: str | None = Field(
        None,
        description="A contact's id or the address of its page in HubSpot: that one contact, other arguments aside.",
    )
    query: str | None = Field(
        None, description="Words from a name, e-mail address, phone or company, that of a linked record included."
    )
    email: str | None = Field(None, description="A complete e-mail address: the surest way to find one person.")
    phone: str | None = Field(None, description="A complete phone number, in any spelling.")
    owner: str | None = Field(
        None, description="Only contacts of this owner: a colleague's name or e-mail address, or 'me' for the user."
    )
    filters: list[Condition] | None = Field(
        None, description="Conditions on fields, e.g. city EQ Utrecht; all must hold."
    )
    fields: list[str] | None = Field(
        None, description="More properties to show, by HubSpot's internal names; one without a value is shown empty."
    )
    sort: str | None = Field(None, description="A property to sort by; '-createdate' puts the newest first.")
    limit: int = Field(MAX_CONTACTS, ge=1, le=MAX_CONTACTS, description="How many contacts to show.")
    after: str | None = Field(None, description="Where the next page begins, from an earlier answer.")
    notes: bool = Field(False, description="Whether to show the last three notes of each contact found.")


def given_properties(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return the properties that a tool call gives a value, by HubSpot's names.

    Empty values are left out: a model that fills in every field with "" has said nothing. Clearing
    is asked for with `clear` alone. The owner is not among them: who it is has to be found out, see `given_related`.
    """
    values = _given(arguments)
    return {name: value for name, value in values.items() if name != OWNER}


def given_related(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return what a tool call says of owner, company record and note, by `RELATED_ARGUMENTS`.

    An owner that is to be taken off is "". One that stands among the other properties counts all the same.
    """
    given = {name: str(arguments.get(argument) or "").strip() for name, argument in RELATED_ARGUMENTS.items()}
    properties = _given(arguments)
    among_others = {OWNER: properties[OWNER]} if OWNER in properties else {}
    return among_others | {name: value for name, value in given.items() if value}


def _given(arguments: Mapping[str, Any]) -> dict[str, str]:
    fields = {name: arguments.get(name) for name in ContactFields.model_fields if name != "other_properties"}
    for other in arguments.get("other_properties") or ():
        pair = PropertyValue.model_validate(other)
        fields[pair.property.strip()] = fields.get(pair.property.strip()) or pair.value
    values = {name: value.strip() for name, value in fields.items() if value and value.strip()}
    cleared = (OWNER if name == RELATED_ARGUMENTS[OWNER] else name for name in arguments.get("clear") or ())
    return dict.fromkeys(cleared, "") | values


def tool_arguments(properties: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments that give a contact these `properties`; the inverse of `given_properties`."""
    named = {name: value for name, value in properties.items() if value and name in ContactFields.model_fields}
    others = [{"property": name, "value": value} for name, value in properties.items() if value and name not in named]
    cleared = [name for name, value in properties.items() if not value]
    return named | ({"other_properties": others} if others else {}) | ({"clear": cleared} if cleared else {})
