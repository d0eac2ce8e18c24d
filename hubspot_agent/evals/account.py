"""The account of a case: a sandbox that holds what the case says, and what is in it at any time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hubspot_agent.evals.associations import is_company
from hubspot_agent.evals.cases import Case
from hubspot_agent.evals.end_state import Contact, id_of
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.sandbox import Sandbox

OWNER = "hubspot_owner_id"


@dataclass(frozen=True, slots=True)
class Contents:
    """What an account holds.

    Attributes:
        contacts: The contacts as `Sandbox.contacts` returns them, oldest first, with their owner's e-mail address as
            `hubspot_owner_id`, and with `companies`, the properties of those they are linked to, and `notes`.
        companies: The companies as `Sandbox.companies` returns them.
    """

    contacts: Sequence[Contact]
    companies: Sequence[Contact]


@contextmanager
def account_of(case: Case) -> Iterator[tuple[Sandbox, HubSpotContacts]]:
    """Yield a sandbox that holds what `case` says, and a port to it.

    Raises:
        ValueError: The case names a contact, a company or an owner that it does not have, or breaks HubSpot's rules.
    """
    given: Mapping[str, Any] = {"owners": case.owners, "companies": case.companies}
    contacts = [{name: value for name, value in each.items() if not _is_address(name, value)} for each in case.contacts]
    with Sandbox(contacts, **{name: value for name, value in given.items() if value}) as crm, _port(crm) as port:
        _add_owners(case, crm, port)
        _add_links(case, crm, port)
        _add_notes(case, crm, port)
        yield crm, port


def contents(crm: Sandbox) -> Contents:
    """Return what a sandbox holds."""
    addresses = {each["id"]: each["email"] for each in crm.owners()}
    companies = crm.companies()
    properties = {each["id"]: each["properties"] for each in companies}

    def seen(contact: Contact) -> Contact:
        values = contact["properties"]
        owner = {OWNER: addresses.get(values[OWNER], values[OWNER])} if values.get(OWNER) else {}
        linked = [properties.get(each, {}) for each in crm.associations(contact["id"])]
        return {**contact, "properties": values | owner, "companies": linked, "notes": crm.notes(contact["id"])}

    return Contents([seen(each) for each in crm.contacts()], companies)


def _port(crm: Sandbox) -> HubSpotContacts:
    """Return a port without limits to keep: the sandbox has none."""
    return HubSpotContacts(crm.token, host=crm.url, searches_per_second=None, calls_per_ten_seconds=None)


def _is_address(name: str, value: str) -> bool:
    return name == OWNER and "@" in value


def _add_owners(case: Case, crm: Sandbox, port: HubSpotContacts) -> None:
    ids = {each["email"]: each["id"] for each in crm.owners()}
    for contact, given in zip(crm.contacts(), case.contacts, strict=True):
        if _is_address(OWNER, address := given.get(OWNER, "")):
            if address not in ids:
                raise ValueError(f"{address} is none of its owners.")
            port.update(contact["id"], {OWNER: ids[address]})


def _add_links(case: Case, crm: Sandbox, port: HubSpotContacts) -> None:
    for label, companies in case.links.items():
        for company in companies:
            found = [each["id"] for each in crm.companies() if is_company(company, each["properties"])]
            if len(found) != 1:
                raise ValueError(f"{company} is not one of its companies.")
            port.companies.link(_contact_id(label, crm), found[0])


def _add_notes(case: Case, crm: Sandbox, port: HubSpotContacts) -> None:
    for label, notes in case.notes.items():
        for number, note in enumerate(notes):
            port.notes.log(_contact_id(label, crm), note, key=f"{label}-{number}")


def _contact_id(label: str, crm: Sandbox) -> str:
    contact_id = id_of(label, crm.contacts())
    if contact_id is None:
        raise ValueError(f"{label} is none of its contacts.")
    return contact_id
