"""Compares what a CRM holds after a conversation with what it must hold."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import permutations
from typing import Any, Literal

import phonenumbers
from pydantic import BaseModel

from hubspot_agent.evals.associations import labels, plain_note, wrong_links, wrong_notes
from hubspot_agent.evals.cases import Accepted, Expectation
from hubspot_agent.sandbox import Assumptions
from hubspot_agent.sandbox.default_properties import default_properties

PHONE_PROPERTIES = frozenset(("phone", "mobilephone", "fax"))

#: More new contacts than this are compared in their order, rather than in the best one.
MAX_PERMUTED = 5

#: What is expected of a contact besides its properties.
ASSOCIATIONS = ("companies", "notes")

#: What HubSpot gives each new contact of its own accord, and could also be written.
_BORN_WITH = {"lifecyclestage": Assumptions().default_lifecyclestage or ""}

Contact = Mapping[str, Any]
_NOTHING: Contact = {"properties": {}}

#: What is compared of new companies.
_OF_COMPANIES = ("name", "domain")


class Difference(BaseModel):
    """One way in which the CRM is not as it must be.

    Attributes:
        kind: "missing": what should have been written was not; "wrong": something else was written.
        contact: Who or which company it is about: e-mail address, domain, name or id.
        property: The property, or `companies` or `notes`; `None` for a whole contact or company.
        expected: What it should be, `None` for no value.
        found: What it is, `None` for no value.
    """

    kind: Literal["missing", "wrong"]
    contact: str
    property: str | None = None
    expected: Accepted = None
    found: str | None = None


def differences(before: Sequence[Contact], after: Sequence[Contact], expect: Expectation) -> list[Difference]:
    """Return how the contacts `after` differ from what `expect` makes of those `before`.

    Args:
        before: The contacts at first, as `Contents` has them.
        after: The contacts at the end.
        expect: What must have changed; an e-mail address or name in it that no contact has is missing.
    """
    found = {each["id"]: each for each in after}
    former = {each["id"]: each for each in before}
    wanted = {id_of(label, before): values for label, values in expect.updated.items()}
    result: list[Difference] = []
    for contact_id, contact in former.items():
        if contact_id not in found:
            result.append(Difference(kind="wrong", contact=label_of(_writable(contact), contact_id), found="archived"))
            continue
        result += _changes(contact, found[contact_id], wanted.get(contact_id, {}))
    result += [Difference(kind="missing", contact=label) for label in expect.updated if id_of(label, before) is None]
    new = [contact for contact_id, contact in found.items() if contact_id not in former]
    return result + _creations(new, expect.created, _BORN_WITH)


def company_differences(before: Sequence[Contact], after: Sequence[Contact], expect: Expectation) -> list[Difference]:
    """Return how the companies `after` differ from what `expect` makes of those `before`; arguments as above."""
    former = {each["id"] for each in before}
    new = [
        {"properties": {name: each["properties"].get(name) for name in _OF_COMPANIES}}
        for each in after
        if each["id"] not in former
    ]
    return _creations(new, expect.created_companies, {})


def accepts(name: str, accepted: Accepted, found: str | None) -> bool:
    """Tell whether a value is one of the accepted ones: numbers as they are dialled, other text in any case."""
    if isinstance(accepted, list):
        return any(accepts(name, each, found) for each in accepted)
    if not accepted or not found:
        return bool(accepted) == bool(found)
    if name in PHONE_PROPERTIES and _same_number(accepted, found):
        return True
    return " ".join(accepted.split()).casefold() == " ".join(found.split()).casefold()


def id_of(label: str, contacts: Sequence[Contact]) -> str | None:
    """Return the id of the contact that a case calls `label`, its e-mail address or name; `None` for none."""
    wanted = label.casefold()
    for each in contacts:
        if wanted in (each["properties"].get("email", "").casefold(), _name(each["properties"]).casefold()):
            return str(each["id"])
    return None


def label_of(properties: Mapping[str, str], otherwise: str = "") -> str:
    """Return what a contact or a company is called in a case: its e-mail address or domain, else its name."""
    return properties.get("email") or properties.get("domain") or _name(properties) or otherwise


def _creations(
    new: Sequence[Contact], expected: Sequence[Mapping[str, Accepted]], born_with: Mapping[str, str]
) -> list[Difference]:
    """Return what is wrong with new records, each taken for that expected one with which the fewest things are."""
    rows = [*expected, *[None] * max(0, len(new) - len(expected))]
    columns = [*new, *[None] * max(0, len(expected) - len(new))]
    orders = permutations(columns) if len(columns) <= MAX_PERMUTED else [tuple(columns)]
    results = ([d for pair in zip(rows, order, strict=True) for d in _creation(*pair, born_with)] for order in orders)
    return min(results, key=len, default=[])


def _creation(
    expected: Mapping[str, Accepted] | None, found: Contact | None, born_with: Mapping[str, str]
) -> list[Difference]:
    if expected is None:
        return [Difference(kind="wrong", contact=label_of(_writable(found or _NOTHING)), found="created")]
    if found is None:
        label = label_of({name: value for name, value in expected.items() if isinstance(value, str)})
        return [Difference(kind="missing", contact=label)]
    return _changes({"properties": born_with}, found, expected)


def _changes(before: Contact, after: Contact, wanted: Mapping[str, Accepted]) -> list[Difference]:
    properties = {name: value for name, value in wanted.items() if name not in ASSOCIATIONS}
    return [
        *_property_changes(_writable(before), _writable(after), properties),
        *_association_changes(before, after, wanted),
    ]


def _association_changes(before: Contact, after: Contact, wanted: Mapping[str, Accepted]) -> Iterator[Difference]:
    """Yield what is wrong with links and notes; those that an expectation does not name stay."""
    label = label_of(_writable(before)) or label_of(_writable(after))
    former, linked = ([label_of(company) for company in each.get("companies", ())] for each in (before, after))
    links = labels(wanted["companies"]) if "companies" in wanted else former
    notes = labels(wanted.get("notes"))
    compared = (
        ("companies", links, linked, wrong_links(before.get("companies", ()), after.get("companies", ()), links)),
        ("notes", notes, _notes(after), wrong_notes(before.get("notes", ()), after.get("notes", ()), notes)),
    )
    for name, expected, found, (differs, wrong) in compared:
        if differs:
            kind: Literal["missing", "wrong"] = "wrong" if wrong else "missing"
            shown = "; ".join(found) or None
            yield Difference(kind=kind, contact=label, property=name, expected=[*expected], found=shown)


def _notes(contact: Contact) -> list[str]:
    return [plain_note(each) for each in contact.get("notes", ())]


def _property_changes(
    before: Mapping[str, str], after: Mapping[str, str], wanted: Mapping[str, Accepted]
) -> list[Difference]:
    label, result, named = label_of(before) or label_of(after), [], set()
    for names, accepted in wanted.items():
        alternatives = names.split("|")
        hit = next((name for name in alternatives if accepts(name, accepted, after.get(name))), None)
        named.update([hit] if hit else alternatives)
        if hit is None:
            # The one that was touched tells most.
            name = next((each for each in alternatives if after.get(each) != before.get(each)), alternatives[0])
            untouched = after.get(name) == before.get(name)
            kind: Literal["missing", "wrong"] = "missing" if untouched else "wrong"
            result.append(Difference(kind=kind, contact=label, property=name, expected=accepted, found=after.get(name)))
    for name in sorted({*before, *after} - named):
        if before.get(name) != after.get(name):
            result.append(
                Difference(kind="wrong", contact=label, property=name, expected=before.get(name), found=after.get(name))
            )
    return result


@cache
def _read_only() -> frozenset[str]:
    return frozenset(each.name for each in default_properties() if each.read_only or each.calculated)


def _writable(contact: Contact) -> dict[str, str]:
    return {name: value for name, value in contact["properties"].items() if value and name not in _read_only()}


def _name(properties: Mapping[str, str]) -> str:
    name = " ".join(filter(None, (properties.get("firstname"), properties.get("lastname"))))
    return name or properties.get("name", "")


def _same_number(one: str, other: str) -> bool:
    """Tell whether two spellings are one number; a national one is that of any country."""
    return phonenumbers.is_number_match(one, other) in (
        phonenumbers.MatchType.EXACT_MATCH,
        phonenumbers.MatchType.NSN_MATCH,
    )
