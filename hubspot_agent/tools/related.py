"""Whom and which company record a name means, in a search or a write; what that leaves open is asked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NotRequired

from typing_extensions import TypedDict

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot import Company, HubSpotContacts, HubSpotError, MissingScopesError, Owner
from hubspot_agent.hubspot.note_text import note_body
from hubspot_agent.texts.words import phrases
from hubspot_agent.tools.results import ToolResult, ValueProblem, refused
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER, given_related
from hubspot_agent.validation.words import folded, words

#: What stands for somebody whose name cannot be read.
UNNAMED = "?"

#: How many linked companies are named before one is added.
_NAMED_COMPANIES = 3

_ADDRESS = re.compile(r"[^\s@()]+@[^\s@()]+")
_DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?((?:[\w-]+\.)+[^\W\d_]{2,})(?:[/?#]\S*)?", re.IGNORECASE)
#: What a label has in parentheses after the name: "Raj Patel (raj@us.example)".
_IN_PARENTHESES = re.compile(r".*\(([^()\s]+[@.][^()\s]+)\)", re.DOTALL)


class RelatedOwner(TypedDict):
    """Whom a contact is to belong to; `id` and `name` are "" for nobody."""

    id: str
    name: str
    email: str


class RelatedCompany(TypedDict):
    """The company record that a contact is to be linked to.

    Attributes:
        id: HubSpot's record id; `None` of one that is to be created.
        name: Its name.
        domain: Its domain, or "".
        label: What people are shown of it.
        former: The companies that the contact is linked to already, as people are shown them, or "".
    """

    id: str | None
    name: str
    domain: str
    label: str
    former: str


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


class UnsettledError(Exception):
    """A name means nobody or several.

    Attributes:
        property: `OWNER` or `COMPANY`.
        code: Why, as a stable name.
        choices: Who or what may be meant, as people are shown them.
        result: What a tool answers that cannot go on.
    """

    def __init__(self, property_name: str, code: str, message: str, choices: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.property = property_name
        self.code = code
        self.choices = list(choices)
        self.result: ToolResult = refused(code, message)
        self.result["problems"] = [ValueProblem(property=property_name, code=code.upper())]
        if choices:
            self.result["choices"] = self.choices


def is_me(text: str) -> bool:
    """Tell whether a text is a word for the user, such as "me"."""
    return folded(text) in phrases("me")


def find_owner(port: HubSpotContacts, text: str, user: str | None) -> Owner:
    """Return the one owner that `text` names.

    Args:
        port: The account.
        text: An e-mail address, a name, a first name, or "me".
        user: Who is chatting; "me" is the owner with this e-mail address.

    Raises:
        UnsettledError: It names nobody, or several.
        HubSpotError: The owners could not be read.
    """
    with _turned_off(OWNER, "owners_unavailable", "Owners cannot be used"):
        if is_me(text):
            return _owner_of_user(port, user)
        name = _in_parentheses(text)
        found = port.owners.matching(name)
        if not found and name.isdecimal() and (owner := port.owners.by_id(name)) and not owner.archived:
            found = [owner]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnsettledError(
                OWNER,
                "ambiguous_owner",
                "several owners are called that. Ask the user which one is meant, and give the e-mail address.",
                [owner_label(each) for each in found],
            )
        raise UnsettledError(
            OWNER,
            "unknown_owner",
            "no active owner in this HubSpot account is called that. Tell the user who comes nearest, and ask.",
            [owner_label(each) for each in port.owners.nearest(name)],
        )


def _owner_of_user(port: HubSpotContacts, user: str | None) -> Owner:
    address = user if user and _ADDRESS.fullmatch(user) else None
    found = port.owners.matching(address) if address else []
    if len(found) == 1:
        return found[0]
    why = "no owner in HubSpot has the user's e-mail address" if address else "this chat does not know who the user is"
    raise UnsettledError(OWNER, "unknown_me", f"{why}. Ask for the name or the e-mail address of the owner.")


def owner_label(owner: Owner) -> str:
    """Return an owner's name, and the e-mail address in parentheses when it is not the name."""
    return f"{owner.name} ({owner.email})" if owner.email and owner.email != owner.name else owner.name


def owner_name(port: HubSpotContacts, owner_id: str) -> str:
    """Return what people call an owner, active or not; `UNNAMED` where that cannot be read, "" of no id."""
    if not owner_id:
        return ""
    try:
        owner = port.owners.by_id(owner_id)
    except HubSpotError:
        owner = None
    return owner.name if owner else UNNAMED


def find_company(port: HubSpotContacts, text: str, email: str = "") -> Company:
    """Return the one company record that `text` names.

    Args:
        port: The account.
        text: A domain, an address in it, or a name.
        email: The contact's e-mail address: of companies of one name it is the one with this domain.

    Raises:
        UnsettledError: There is none, or there are several.
        HubSpotError: The companies could not be read.
    """
    with _turned_off(COMPANY, "companies_unavailable", "Company records cannot be used"):
        name = _in_parentheses(text)
        found: list[Company] = []
        if email and domain_in(name) is None:
            found = [each for each in port.companies.for_email(email) if _is_called(each, name)]
        found = found or port.companies.matching(domain_in(name) or name)
    if len(found) == 1:
        return found[0]
    if found:
        raise UnsettledError(
            COMPANY,
            "ambiguous_company",
            "several company records fit that. Ask the user which one is meant, and give its domain.",
            [each.label for each in found],
        )
    raise UnsettledError(
        COMPANY,
        "unknown_company",
        "there is no company record like that. Tell the user; leave the link out, or ask for the company's domain.",
    )


def domain_in(text: str) -> str | None:
    """Return the domain that a text is, alone or as that of an e-mail address or a web page; `None` of a name."""
    found = _DOMAIN.fullmatch(text.rpartition("@")[2].strip())
    return found[1].lower() if found else None


def new_company(text: str, email: str = "") -> RelatedCompany:
    """Return the company record to be created for `text`: its name or its domain.

    The domain of the contact's e-mail address is taken for the company's own only if it begins with its name.
    """
    domain, of_email = domain_in(text) or "", email.rpartition("@")[2].lower()
    compact = re.sub(r"\W", "", folded(text))
    if not domain and compact and of_email.replace("-", "").startswith(f"{compact}."):
        domain = of_email
    name = text.strip()
    label = f"{name} ({domain})" if domain and domain != name else name
    return RelatedCompany(id=None, name=name, domain=domain, label=label, former="")


def related_company(company: Company) -> RelatedCompany:
    """Return a company record as plain data."""
    return RelatedCompany(
        id=company.id, name=company.name or company.domain, domain=company.domain, label=company.label, former=""
    )


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
        author = _owner_of_user(port, user).id if user else ""
    except (UnsettledError, HubSpotError):
        author = ""  # A note needs none.
    return Related(note=text, author=author) if author else Related(note=text)


def linked_label(company: RelatedCompany) -> str:
    """Return the companies that a contact is linked to once `company` is among them, as people are shown them."""
    return ", ".join(filter(None, (company["former"], company["label"])))


@contextmanager
def _turned_off(property_name: str, code: str, what: str) -> Iterator[None]:
    """Say of a missing scope that what needs it cannot be used, and how it can."""
    try:
        yield
    except MissingScopesError as error:
        message = f"{what} with this access token. {error.fix} Tell the user; everything else works without."
        raise UnsettledError(property_name, code, message) from error


def _in_parentheses(text: str) -> str:
    found = _IN_PARENTHESES.fullmatch(text.strip())
    return found[1] if found else text.strip()


def _is_called(company: Company, name: str) -> bool:
    """Tell whether a company that an e-mail address belongs to is the one of that name."""
    own = words(company.name) | {part for domain in (company.domain, *company.domains) for part in domain.split(".")}
    return bool(words(name) & own)
