"""Compares what a CRM holds after a conversation with what it must hold."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import permutations
from typing import Any, Literal

import phonenumbers
from pydantic import BaseModel

from hubspot_agent.evals.cases import Accepted, Expectation
from hubspot_agent.sandbox import Assumptions
from hubspot_agent.sandbox.default_properties import default_properties

PHONE_PROPERTIES = frozenset(("phone", "mobilephone", "fax"))

#: More new contacts than this are compared in their order, rather than in the best one.
MAX_PERMUTED = 5

#: What HubSpot gives each new contact of its own accord, and could also be written.
_BORN_WITH = {"lifecyclestage": Assumptions().default_lifecyclestage or ""}

Contact = Mapping[str, Any]


class Difference(BaseModel):
    """One way in which the CRM is not as it must be.

    Attributes:
        kind: "missing": what should have been written was not; "wrong": something else was written.
        contact: Who it is about: e-mail address, name or id.
        property: The property; `None` for a whole contact.
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
        before: The contacts at first, as `Sandbox.contacts` returns them.
        after: The contacts at the end.
        expect: What must have changed; an e-mail address or name in it that no contact has is missing.
    """
    found = {each["id"]: _writable(each) for each in after}
    former = {each["id"]: _writable(each) for each in before}
    wanted = {id_of(label, before): values for label, values in expect.updated.items()}
    result: list[Difference] = []
    for contact_id, properties in former.items():
        if contact_id not in found:
            result.append(Difference(kind="wrong", contact=label_of(properties, contact_id), found="archived"))
            continue
        result += _changes(properties, found[contact_id], wanted.get(contact_id, {}))
    result += [Difference(kind="missing", contact=label) for label in expect.updated if id_of(label, before) is None]
    new = [properties for contact_id, properties in found.items() if contact_id not in former]
    return result + _creations(new, expect.created)


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
    """Return what a contact is called in a case: its e-mail address, else its name."""
    return properties.get("email") or _name(properties) or otherwise


def _creations(new: Sequence[Mapping[str, str]], expected: Sequence[Mapping[str, Accepted]]) -> list[Difference]:
    """Return what is wrong with new contacts, each taken for that expected one with which the fewest things are."""
    rows = [*expected, *[None] * max(0, len(new) - len(expected))]
    columns = [*new, *[None] * max(0, len(expected) - len(new))]
    orders = permutations(columns) if len(columns) <= MAX_PERMUTED else [tuple(columns)]
    results = ([d for pair in zip(rows, order, strict=True) for d in _creation(*pair)] for order in orders)
    return min(results, key=len, default=[])


def _creation(expected: Mapping[str, Accepted] | None, found: Mapping[str, str] | None) -> list[Difference]:
    if expected is None:
        return [Difference(kind="wrong", contact=label_of(found or {}), found="created")]
    if found is None:
        label = label_of({name: value for name, value in expected.items() if isinstance(value, str)})
        return [Difference(kind="missing", contact=label)]
    return _changes(_BORN_WITH, found, expected)


def _changes(before: Mapping[str, str], after: Mapping[str, str], wanted: Mapping[str, Accepted]) -> list[Difference]:
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
    return " ".join(filter(None, (properties.get("firstname"), properties.get("lastname"))))


def _same_number(one: str, other: str) -> bool:
    """Tell whether two spellings are one number; a national one is that of any country."""
    return phonenumbers.is_number_match(one, other) in (
        phonenumbers.MatchType.EXACT_MATCH,
        phonenumbers.MatchType.NSN_MATCH,
    )
