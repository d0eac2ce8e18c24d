"""What a write relates a contact with, an owner, a company record, a note, as data fit for a checkpoint."""

from collections.abc import Mapping
from typing import NotRequired

from typing_extensions import TypedDict

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError
from hubspot_agent.hubspot.note_text import note_body
from hubspot_agent.tools.companies import RelatedCompany, find_company, related_company
from hubspot_agent.tools.owners import find_owner, owner_name, owner_of_user
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER, given_related
from hubspot_agent.tools.unsettled import UnsettledError

#: How many linked companies are named before one is added.
_NAMED_COMPANIES = 3


class RelatedOwner(TypedDict):
    """Whom a contact is to belong to; `id` and `name` are "" for nobody."""

    id: str
    name: str
    email: str


class Related(TypedDict):
    """What a write does besides giving the contact its own values; plain data, fit for a checkpoint.

    Attributes:
        owner: Whom the contact is to belong to.
        former_owner: Whom it belongs to now, by name.
        company: The company record to link it to.
        note: The note to log.
        author: The owner who writes the note, by id, where the user is one.
    """

    owner: NotRequired[RelatedOwner]
    former_owner: NotRequired[str]
    company: NotRequired[RelatedCompany]
    note: NotRequired[str]
    author: NotRequired[str]


def related_to(
    port: HubSpotContacts, arguments: Mapping[str, object], user: str | None, contact: Contact | None, email: str = ""
) -> Related:
    """Return what a tool call relates a contact with.

    Args:
        port: The account.
        arguments: The call's.
        user: Who is chatting.
        contact: The contact before an update.
        email: The contact's e-mail address.

    Raises:
        UnsettledError: A name means nobody or several, or an argument cannot be used in this account.
        HubSpotError: HubSpot could not be asked.
    """
    given, related = given_related(arguments), Related()
    if OWNER in given:
        related = {**related, **owner_change(port, given[OWNER], user, contact)}
    if COMPANY in given:
        company = linked_with(port, related_company(find_company(port, given[COMPANY], email)), contact)
        if company is not None:
            related["company"] = company
    if NOTE in given:
        related = {**related, **note_by(port, given[NOTE], user)}
    return related


def owner_change(port: HubSpotContacts, text: str, user: str | None, contact: Contact | None) -> Related:
    """Return the owner that `text` names, "" for nobody, and the former one; errors as for `find_owner`."""
    owner = find_owner(port, text, user) if text else None
    former = owner_name(port, contact.properties.get(OWNER, "")) if contact else ""
    if owner is None:
        return Related(owner=RelatedOwner(id="", name="", email=""), former_owner=former)
    return Related(owner=RelatedOwner(id=owner.id, name=owner.name, email=owner.email), former_owner=former)


def linked_with(port: HubSpotContacts, company: RelatedCompany, contact: Contact | None) -> RelatedCompany | None:
    """Return `company` with those that the contact is linked to already, or `None` if it is one of them."""
    if contact is None:
        return company
    if company["id"] and contact.properties.get(COMPANY) == company["id"]:
        return None
    linked = port.companies.linked_to(contact.id)
    if any(each.id == company["id"] for each in linked):
        return None
    names = [each.name or each.domain for each in linked]
    more = f" +{len(names) - _NAMED_COMPANIES}" if len(names) > _NAMED_COMPANIES else ""
    return {**company, "former": ", ".join(names[:_NAMED_COMPANIES]) + more}


def note_by(port: HubSpotContacts, text: str, user: str | None) -> Related:
    """Return a note, with the user as its author where the user is one of the account's owners.

    Raises:
        InvalidContactError: It is longer than HubSpot takes.
    """
    note_body(text)
    try:
        author = owner_of_user(port, user).id if user else ""
    except (UnsettledError, HubSpotError):
        author = ""  # A note needs none.
    return Related(note=text, author=author) if author else Related(note=text)


def linked_label(company: RelatedCompany) -> str:
    """Return the companies that a contact is linked to once `company` is among them, as people are shown them."""
    return ", ".join(filter(None, (company["former"], company["label"])))
