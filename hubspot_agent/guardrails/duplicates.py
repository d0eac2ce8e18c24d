"""`find_duplicates`: who in the account may already be the contact that is about to be created."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hubspot_agent.contacts import Change, Contact, changes
from hubspot_agent.guardrails.similarity import (
    company_keywords,
    is_same_company,
    is_same_name,
    is_similar_name,
    name_likeness,
    telling,
)
from hubspot_agent.hubspot import HubSpotContacts, SearchFilter
from hubspot_agent.hubspot.phone_search import Phone, phone_filters
from hubspot_agent.hubspot.search_request import MAX_GROUPS, MAX_PAGE_SIZE
from hubspot_agent.validation.phones import split_extension

#: How many likely duplicates are worth a person's look.
MOST = 5

#: Words of a company's name that it is searched by; HubSpot takes six conditions.
_SEARCHED_WORDS = 3
#: Letters of a name that are searched by, so that a slip of the pen further on is found.
_SEARCHED_LETTERS = 3

_PHONES = ("phone", "mobilephone")
_SECONDARY_EMAILS = "hs_additional_emails"

Reason = Literal["email", "phone", "name"]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A contact that may be the one to be created.

    Attributes:
        contact: The contact as it is.
        reason: What it has in common with the new one.
        differs: The given values that it has otherwise; another spelling of its phone number and a secondary
            e-mail address are no difference.
    """

    contact: Contact
    reason: Reason
    differs: list[Change]


def find_duplicates(
    port: HubSpotContacts, properties: Mapping[str, str], *, default_region: str, by_email: bool = True
) -> list[Duplicate]:
    """Return the contacts that may be the same person, the most certain first, at most 5.

    The e-mail address decides alone: it is unique, and read rather than searched for. Else everyone with the same
    phone number is returned, and everyone with a similar name in the same company, or with the same name where a
    company is not known and no e-mail address speaks against it. That takes one read and one search.

    Args:
        port: The account.
        properties: What is to be created, cleaned.
        default_region: The country, as two letters, of phone numbers without a country code.
        by_email: Whether to look for the address; HubSpot itself refuses to create one that exists.

    Raises:
        HubSpotError: HubSpot could not be asked, so nobody knows.
    """
    given = {name: value for name, value in properties.items() if value}
    wanted = (*given, _SECONDARY_EMAILS)
    if by_email and (address := given.get("email")):
        contact = port.get_by_email(address, properties=wanted)
        if contact is not None:
            return [_duplicate(contact, "email", given, default_region)]
    alternatives = _alternatives(given, default_region)
    if not alternatives:
        return []
    found = port.search(any_of=alternatives, limit=MAX_PAGE_SIZE, properties=wanted).contacts
    name = _full_name(given)
    likely: dict[str, tuple[Contact, Reason]] = {}
    for contact in _by_likeness(name, _with_same_phone(given, found, default_region)):
        likely[contact.id] = (contact, "phone")
    for contact in _by_likeness(name, _likely(given, found)):
        likely.setdefault(contact.id, (contact, "name"))
    return [_duplicate(contact, reason, given, default_region) for contact, reason in list(likely.values())[:MOST]]


def _alternatives(given: Mapping[str, str], default_region: str) -> list[list[SearchFilter]]:
    """Return what finds everyone who may be the same person: each of the phone numbers, the name, the company.

    HubSpot takes `MAX_GROUPS`; the ways in which a phone number was typed are the first to be left out.
    """
    numbers = [split_extension(given[name])[0] for name in _PHONES if name in given]
    by_digits, as_typed = phone_filters([Phone.parse(number, default_region) for number in numbers if number])
    by_name = [
        [
            SearchFilter("firstname", "CONTAINS_TOKEN", f"{first}*"),
            SearchFilter("lastname", "CONTAINS_TOKEN", f"{last}*"),
        ]
        for first, last in _name_beginnings(given)
    ]
    keywords = company_keywords(given.get("company", ""))[:_SEARCHED_WORDS]
    in_company = [[SearchFilter("company", "CONTAINS_TOKEN", keyword) for keyword in keywords]]
    in_company = in_company if keywords and _full_name(given) else []
    typed = [[each] for each in as_typed]
    return [*([each] for each in by_digits), *by_name[:1], *in_company, *by_name[1:], *typed][:MAX_GROUPS]


def _with_same_phone(given: Mapping[str, str], contacts: Iterable[Contact], default_region: str) -> Iterator[Contact]:
    """Yield the contacts with one of the phone numbers; who has another extension is somebody else."""
    mine = list(_phones(given, default_region))
    for contact in contacts:
        theirs = list(_phones(contact.properties, default_region))
        if any(
            one.is_same_as(other) and (not extension or their_extension in (extension, ""))
            for one, extension in mine
            for other, their_extension in theirs
        ):
            yield contact


def _phones(properties: Mapping[str, str], default_region: str) -> Iterator[tuple[Phone, str]]:
    """Yield the phone numbers, each with its extension, "" for none."""
    for number, extension in (split_extension(properties[name]) for name in _PHONES if name in properties):
        yield Phone.parse(number, default_region), extension


def _likely(given: Mapping[str, str], contacts: Iterable[Contact]) -> Iterator[Contact]:
    name, company = _full_name(given), given.get("company")
    for contact in contacts:
        theirs, their_company = _full_name(contact.properties), contact.properties.get("company")
        if company and their_company:
            if is_same_company(company, their_company) and is_similar_name(name, theirs):
                yield contact
        elif is_same_name(name, theirs) and not (given.get("email") and contact.email):
            yield contact


def _by_likeness(name: str, contacts: Iterable[Contact]) -> list[Contact]:
    return sorted(contacts, key=lambda contact: name_likeness(name, _full_name(contact.properties)), reverse=True)


def _duplicate(contact: Contact, reason: Reason, given: Mapping[str, str], default_region: str) -> Duplicate:
    secondary = contact.properties.get(_SECONDARY_EMAILS, "").lower().split(";")
    differs = [
        change
        for change in changes(contact.properties, given)
        if not (change["property"] == "email" and change["new"].lower() in (change["old"].lower(), *secondary))
        and not (change["property"] in _PHONES and _is_same_phone(change, default_region))
    ]
    return Duplicate(contact, reason, differs)


def _is_same_phone(change: Change, default_region: str) -> bool:
    return Phone.parse(change["old"], default_region).is_same_as(Phone.parse(change["new"], default_region))


def _full_name(properties: Mapping[str, str]) -> str:
    return " ".join(filter(None, (properties.get("firstname"), properties.get("lastname"))))


def _name_beginnings(properties: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return how first and family name begin, and the same the other way round; none of a single name."""
    first, last = (telling(_typed_words(properties.get(name, ""))) for name in ("firstname", "lastname"))
    words = [first[0], last[0]] if first and last else (first or last)
    if len(words) < 2:
        return []
    initial, beginning = words[0][0], words[-1][:_SEARCHED_LETTERS]
    return [(initial, beginning), (beginning, initial)]


def _typed_words(text: str) -> list[str]:
    """Return the words of a name as typed; of one with an apostrophe, as in "O'Brien", the longest part."""
    words = (max(re.findall(r"\w+", word), key=len, default="") for word in re.split(r"[\s,.-]+", text))
    return [word for word in words if word]
