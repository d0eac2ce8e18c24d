"""The doubts about a write: why a person should look at it, in a sentence for that person."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from hubspot_agent.contacts import Contact
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools.schemas import COMPANY, NOTE
from hubspot_agent.validation.phones import CleanPhone

#: "unsaid": the user did not give a value; "ambiguous": nor say which one is meant; "duplicate": the contact may exist
#: already; "policy": the property needs a person's approval; "unusual": the value may not be what was meant.
DoubtKind = Literal["unsaid", "ambiguous", "duplicate", "policy", "unusual"]


class Doubt(TypedDict):
    """One doubt.

    Attributes:
        kind: What is in doubt.
        property: HubSpot's name of the property that it is about, if it is about one.
        message: A sentence for the user.
        choices: Of a name that means several: who or what may be meant. One of them has to be chosen, by an edit.
    """

    kind: DoubtKind
    property: str | None
    message: str
    choices: NotRequired[list[str]]


def unsaid_value(property_name: str, value: str, texts: Texts) -> Doubt:
    """Return the doubt about a value, or the emptying of a property, that the user did not ask for."""
    key = "doubts.unsaid" if value else "doubts.unsaid_clear"
    message = texts(key, field=texts.field(property_name), value=shortened(value))
    return Doubt(kind="unsaid", property=property_name, message=message)


def ambiguous_contact(contact: Contact, texts: Texts) -> Doubt:
    """Return the doubt about which of several contacts is meant."""
    return Doubt(kind="ambiguous", property=None, message=texts("doubts.ambiguous", whom=shortened(contact.label)))


def ambiguous_name(property_name: str, value: str, choices: Sequence[str], texts: Texts) -> Doubt:
    """Return the doubt about which of several owners or companies is meant by a name."""
    listed = "; ".join(map(shortened, choices))
    message = texts("doubts.ambiguous_name", field=texts.field(property_name), value=shortened(value), choices=listed)
    return Doubt(kind="ambiguous", property=property_name, message=message, choices=list(choices))


def new_company(label: str, texts: Texts) -> Doubt:
    """Return the doubt about a company record that does not exist, and would be created."""
    return Doubt(kind="unusual", property=COMPANY, message=texts("doubts.new_company", company=shortened(label)))


def unsaid_note(texts: Texts) -> Doubt:
    """Return the doubt about a note that is not in the user's own words."""
    return Doubt(kind="unsaid", property=NOTE, message=texts("doubts.unsaid_note"))


def likely_duplicate(contact: Contact, reason: str, texts: Texts) -> Doubt:
    """Return the doubt about a contact that may exist already; `reason` is what they have in common."""
    message = texts(f"writes.duplicate_{reason}", whom=shortened(contact.label))
    return Doubt(kind="duplicate", property=None, message=message)


def repeated_creation(texts: Texts) -> Doubt:
    """Return the doubt about a contact that one answer of the model creates twice."""
    return Doubt(kind="duplicate", property=None, message=texts("doubts.repeated"))


def sensitive_property(property_name: str, texts: Texts) -> Doubt:
    """Return the doubt about a property that the policy has a person approve."""
    message = texts("doubts.policy", field=texts.field(property_name))
    return Doubt(kind="policy", property=property_name, message=message)


def unusual_phones(phones: Mapping[str, CleanPhone], texts: Texts) -> list[Doubt]:
    """Return the doubts about phone numbers that are kept as they were typed."""
    return [_unusual_phone(name, phone, texts) for name, phone in phones.items()]


def _unusual_phone(name: str, phone: CleanPhone, texts: Texts) -> Doubt:
    reason = "phone_not_valid_abroad" if phone.doubt == "phone_not_valid" and not phone.region else phone.doubt
    message = texts(f"doubts.{reason}", value=shortened(phone.value), region=phone.region)
    return Doubt(kind="unusual", property=name, message=message)
