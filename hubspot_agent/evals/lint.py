"""Checks that cases mean what they say."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hubspot_agent.contacts import IDENTIFYING_PROPERTIES
from hubspot_agent.evals.account import OWNER, account_of, contents
from hubspot_agent.evals.associations import is_company, labels
from hubspot_agent.evals.cases import Accepted, Case, Pressed
from hubspot_agent.evals.end_state import ASSOCIATIONS, PHONE_PROPERTIES, Contact, accepts, id_of
from hubspot_agent.evals.summary import LANGUAGE_TAGS
from hubspot_agent.sandbox.default_properties import default_properties

#: The tag of cases in which nothing may be written.
NO_WRITE = "no-write"

#: Domains that nobody owns: https://www.rfc-editor.org/rfc/rfc2606
_ADDRESS = re.compile(r"[\w.+-]+@([\w.-]*\w)", re.ASCII)
_RESERVED = re.compile(r"(^|\.)example$")


def problems(cases: Sequence[Case]) -> list[str]:
    """Return what is wrong with `cases`, a sentence each, with the case's id.

    A case must say why it is there and which language it is written in, must expect what the sandbox can hold and does
    not hold already, and may name only addresses that nobody owns.
    """
    found = [f"{case.id}: {problem}" for case in cases for problem in _problems(case)]
    turns = [case.model_dump_json(include={"turns", "contacts", "owners", "companies", "links"}) for case in cases]
    return found + [f"{case.id}: it repeats another case." for n, case in enumerate(cases) if turns[n] in turns[:n]]


def _problems(case: Case) -> Iterator[str]:
    if not case.why.strip():
        yield "it does not say why it is there."
    if len(set(case.tags) & set(LANGUAGE_TAGS)) != 1:
        yield f"it needs one tag of its language: {', '.join(LANGUAGE_TAGS)}."
    if (NO_WRITE in case.tags) == case.expect.writes:
        yield f"the tag {NO_WRITE} must stand where nothing is expected to be written, and only there."
    if not any(isinstance(turn, str) or turn.action for turn in case.turns):
        yield "the user does nothing."
    if case.expect.undone and not any(isinstance(turn, Pressed) and turn.action == "undo" for turn in case.turns):
        yield "nothing is undone: no turn presses that button."
    yield from _address_problems(case)
    yield from _account_problems(case)
    for expected in case.expect.created:
        yield from _value_problems(expected, {})
        yield from _association_problems(case, expected, {})
        if not any(expected.get(name) for name in IDENTIFYING_PROPERTIES):
            yield f"a created contact needs one of {', '.join(IDENTIFYING_PROPERTIES)}."


def _address_problems(case: Case) -> Iterator[str]:
    for domain in _ADDRESS.findall(case.model_dump_json()):
        if not _RESERVED.search(domain.lower()):
            yield f"the domain {domain} may be somebody's; use one that ends in .example."


def _account_problems(case: Case) -> Iterator[str]:
    try:
        with account_of(case) as (crm, _):
            before = contents(crm).contacts
    except ValueError as error:
        yield f"{error}"
        return
    by_id = {each["id"]: each for each in before}
    for label, expected in case.expect.updated.items():
        contact_id = id_of(label, before)
        if contact_id is None:
            yield f"{label} is none of its contacts."
            continue
        yield from _value_problems(expected, by_id[contact_id]["properties"])
        yield from _association_problems(case, expected, by_id[contact_id])
        if not expected:
            yield f"it does not say what changes of {label}."


def _association_problems(case: Case, expected: Mapping[str, Accepted], before: Contact) -> Iterator[str]:
    """Yield what is wrong with the owner, the companies and the notes that are expected of a contact."""
    owners = [each["email"] for each in case.owners if not each.get("archived")]
    for address in labels(expected.get(OWNER)):
        if address not in owners:
            yield f"{address} is none of its owners."
    companies = labels(expected.get("companies"))
    for label in companies:
        if not any(is_company(label, each) for each in case.known_companies):
            yield f"{label} is none of its companies."
    linked = before.get("companies", ())
    if linked and len(linked) == len(companies) and all(any(is_company(c, each) for each in linked) for c in companies):
        yield "the contact is linked to the expected companies already."
    if "notes" in expected and not labels(expected["notes"]):
        yield "it does not say which words a note must have."


def _value_problems(expected: Mapping[str, Accepted], before: Mapping[str, str]) -> Iterator[str]:
    definitions = {each.name: each for each in default_properties()}
    for names, accepted in expected.items():
        for name in () if names in ASSOCIATIONS else names.split("|"):
            definition = definitions.get(name)
            if definition is None or definition.read_only or definition.calculated:
                yield f"{name} is no property that can be written."
                continue
            if before and accepts(name, accepted, before.get(name)):
                yield f"{name} has the expected value already."
            for value in _values(accepted):
                if definition.options and value not in definition.options:
                    yield f"{value} is no option of {name}."
                if name in PHONE_PROPERTIES and not re.fullmatch(r"\+\d{7,15}", value):
                    yield f"{value} is no number as +31201234567, which {name} is compared with."


def _values(accepted: Accepted) -> Iterable[str]:
    return [each for each in (accepted if isinstance(accepted, list) else [accepted]) if each]
