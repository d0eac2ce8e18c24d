"""`find_duplicates`: who in the account may already be the contact that is about to be created."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hubspot_agent.contacts import Change, Contact, changes
from hubspot_agent.guardrails.similarity import (
    company_keywords,
    is_same_company,
    is_same_name,
    is_similar_name,
    name_likeness,
    telling,
)
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError, SearchFilter
from hubspot_agent.hubspot.phone_search import Phone
from hubspot_agent.validation.phones import split_extension

log = logging.getLogger(__name__)

#: How many likely duplicates are worth a person's look.
MOST = 5

#: Contacts that one search is looked through: HubSpot's largest page.
_LOOKED_THROUGH = 200
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


def find_duplicates(port: HubSpotContacts, properties: Mapping[str, str], *, default_region: str) -> list[Duplicate]:
    """Return the contacts that may be the same person, the most certain first, at most 5.

    The e-mail address decides alone: it is unique, and read rather than searched for. Else everyone with the same
    phone number is returned, and everyone with a similar name in the same company, or with the same name where a
    company is not known and no e-mail address speaks against it. That takes at most five calls to HubSpot, for a
    contact with e-mail address, two phone numbers, name and company.

    Args:
        port: The account.
        properties: What is to be created, cleaned.
        default_region: The country, as two letters, of phone numbers without a country code.

    Raises:
        HubSpotError: The contact with the e-mail address could not be read. Searches that fail are left out.
    """
    given = {name: value for name, value in properties.items() if value}
    wanted = (*given, _SECONDARY_EMAILS)
    if address := given.get("email"):
        contact = port.get_by_email(address, properties=wanted)
        if contact is not None:
            return [_duplicate(contact, "email", given, default_region)]
    name = _full_name(given)
    likely: dict[str, tuple[Contact, Reason]] = {}
    for contact in _by_likeness(name, _with_same_phone(port, given, wanted)):
        likely[contact.id] = (contact, "phone")
    if not any(is_similar_name(name, _full_name(contact.properties)) for contact, _ in likely.values()):
        for contact in _by_likeness(name, _with_similar_name(port, given, wanted)):
            likely.setdefault(contact.id, (contact, "name"))
    return [_duplicate(contact, reason, given, default_region) for contact, reason in list(likely.values())[:MOST]]


def _with_same_phone(port: HubSpotContacts, given: Mapping[str, str], wanted: Sequence[str]) -> Iterator[Contact]:
    """Yield the contacts with one of the phone numbers; who has another extension is somebody else."""
    numbers = dict(split_extension(given[name]) for name in _PHONES if name in given)
    for number, extension in numbers.items():
        for contact in _searched(port, wanted, phone=number) if number else ():
            theirs = [split_extension(contact.properties[name])[1] for name in _PHONES if name in contact.properties]
            if not extension or extension in theirs or "" in theirs:
                yield contact


def _with_similar_name(port: HubSpotContacts, given: Mapping[str, str], wanted: Sequence[str]) -> Iterator[Contact]:
    """Yield the contacts whose name and company make them likely to be the same person."""
    keywords = company_keywords(given.get("company", ""))[:_SEARCHED_WORDS]
    if keywords:
        in_company = [SearchFilter("company", "CONTAINS_TOKEN", keyword) for keyword in keywords]
        yield from _likely(given, _searched(port, wanted, filters=in_company))
    if beginnings := _name_beginnings(given):
        yield from _likely(given, _searched(port, wanted, query=beginnings))


def _searched(port: HubSpotContacts, wanted: Sequence[str], **search: Any) -> tuple[Contact, ...]:
    try:
        return port.search(limit=_LOOKED_THROUGH, properties=wanted, **search).contacts
    except HubSpotError as error:
        log.warning("A search for duplicates by %s was left out (%s).", ", ".join(search), error.code)
        return ()


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


def _name_beginnings(properties: Mapping[str, str]) -> str:
    """Return the initial and the beginning of the family name; "" for a single name, which everybody may have."""
    first, last = (telling(_typed_words(properties.get(name, ""))) for name in ("firstname", "lastname"))
    words = [first[0], last[0]] if first and last else (first or last)
    return f"{_beginning(words[0], 1)} {_beginning(words[-1], _SEARCHED_LETTERS)}" if len(words) > 1 else ""


def _typed_words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,.-]+", text) if word]


def _beginning(word: str, letters: int) -> str:
    """Return the first letters of a word with what stands between them, as in "O'Br"."""
    found = re.match(rf"(?:[\W_]*\w){{1,{letters}}}", word)
    return found[0] if found else ""
