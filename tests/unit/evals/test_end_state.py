"""What a CRM holds, compared with what it must hold."""

from collections.abc import Iterator
from typing import Any

import pytest

from hubspot_agent.evals.cases import Expectation
from hubspot_agent.evals.end_state import Difference, accepts, company_differences, differences
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.sandbox import Sandbox

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "phone": "+31201234567"}
BO = {"firstname": "Bo", "lastname": "Berg", "city": "Ede"}


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[ANA, BO]) as sandbox:
        yield sandbox


def compared(
    crm: Sandbox, writes: list[tuple[str, dict[str, str]]], archived: tuple[str, ...] = (), **expect: Any
) -> list[tuple[str, str, str | None]]:
    """Return the differences after writes, of a contact by its place, or of a new one ("new")."""
    before = crm.contacts()
    with HubSpotContacts(crm.token, host=crm.url) as port:
        for place, properties in writes:
            if place == "new":
                port.create(properties)
            else:
                port.update(before[int(place)]["id"], properties)
        for place in archived:
            port.archive(before[int(place)]["id"])
    found = differences(before, crm.contacts(), Expectation(**expect))
    return [(each.kind, each.contact, each.property) for each in found]


NEW = {"email": "cy@acme.example", "firstname": "Cy", "phone": "06-12345678"}


@pytest.mark.parametrize(
    ("writes", "expect"),
    [
        ([], {}),
        ([("0", {"city": "Delft"})], {"updated": {"ANA@acme.example": {"city": "delft"}}}),
        ([("1", {"city": ""})], {"updated": {"Bo Berg": {"city": None}}}),
        ([("0", {"mobilephone": "+31612345678"})], {"updated": {ANA["email"]: {"phone|mobilephone": "+31612345678"}}}),
        ([("0", {"email": "ana@silva.example"})], {"updated": {ANA["email"]: {"email": "ana@silva.example"}}}),
        ([("new", NEW)], {"created": [{"email": NEW["email"], "firstname": "Cy", "phone": "+31612345678"}]}),
        ([("new", NEW)], {"created": [{**NEW, "city": ["Ede", None]}]}),
        (
            [("new", {"firstname": "Dee"}), ("new", {"firstname": "Cy"})],
            {"created": [{"firstname": "Cy"}, {"firstname": "Dee"}]},
        ),
        ([("new", {"firstname": "Cy", "lifecyclestage": "customer"})],
         {"created": [{"firstname": "Cy", "lifecyclestage": "customer"}]}),
    ],
)  # fmt: skip
def test_what_was_written_as_expected_is_no_difference(crm: Sandbox, writes: Any, expect: Any) -> None:
    assert compared(crm, writes, **expect) == []


@pytest.mark.parametrize(
    ("writes", "expect", "found"),
    [
        ([("0", {"city": "Delft"})], {}, [("wrong", ANA["email"], "city")]),
        ([("1", {"city": ""})], {}, [("wrong", "Bo Berg", "city")]),
        ([], {"updated": {ANA["email"]: {"city": "Delft"}}}, [("missing", ANA["email"], "city")]),
        (
            [("0", {"city": "Ede"})],
            {"updated": {ANA["email"]: {"city": "Delft"}}},
            [("wrong", ANA["email"], "city")],
        ),
        (
            [("0", {"mobilephone": "+31600000000"})],
            {"updated": {ANA["email"]: {"phone|mobilephone": "+31612345678"}}},
            [("wrong", ANA["email"], "mobilephone")],
        ),
        ([], {"updated": {"nobody@acme.example": {"city": "Delft"}}}, [("missing", "nobody@acme.example", None)]),
        ([("new", NEW)], {}, [("wrong", NEW["email"], None)]),
        ([], {"created": [NEW]}, [("missing", NEW["email"], None)]),
        ([("new", {**NEW, "company": "Acme"})], {"created": [NEW]}, [("wrong", NEW["email"], "company")]),
        (
            [("new", {"firstname": "Cy", "lifecyclestage": "customer"})],
            {"created": [{"firstname": "Cy"}]},
            [("wrong", "Cy", "lifecyclestage")],
        ),
    ],
)
def test_everything_else_is_one(crm: Sandbox, writes: Any, expect: Any, found: Any) -> None:
    assert compared(crm, writes, **expect) == found


def test_a_contact_that_is_gone_is_one(crm: Sandbox) -> None:
    assert compared(crm, [], archived=("1",)) == [("wrong", "Bo Berg", None)]


ACME, GLOBEX = {"name": "Acme", "domain": "acme.example"}, {"name": "Globex"}


@pytest.mark.parametrize(
    ("companies", "notes", "expected", "found"),
    [
        ([ACME], ["Old."], {}, []),
        ([ACME, GLOBEX], ["Old."], {"companies": ["acme.example", "globex"]}, []),
        ([], ["Old."], {"companies": None}, []),
        (
            [ACME],
            ["Old.", "I called &lt;her&gt; &amp; she wants a <b>quote</b>"],
            {"notes": ["phoned|called <her> quote"]},
            [],
        ),
        ([ACME], ["Old.", "Late.", "Early."], {"notes": ["early", "late"]}, []),
        ([ACME], ["Old."], {"companies": ["Acme", "Globex"]}, [("missing", "companies")]),
        ([ACME, GLOBEX], ["Old."], {}, [("wrong", "companies")]),
        ([GLOBEX], ["Old."], {"companies": ["Acme", "Globex"]}, [("wrong", "companies")]),
        ([], ["Old."], {}, [("wrong", "companies")]),
        ([ACME], ["Old."], {"notes": ["quote"]}, [("missing", "notes")]),
        ([ACME], ["Old.", "Late."], {}, [("wrong", "notes")]),
        ([ACME], ["Old.", "Late.", "Late."], {"notes": ["late"]}, [("wrong", "notes")]),
        ([ACME], [], {}, [("wrong", "notes")]),
    ],
)
def test_links_and_notes(companies: Any, notes: Any, expected: Any, found: Any) -> None:
    before = {"id": "1", "properties": ANA, "companies": [ACME], "notes": ["Old."]}
    after = {**before, "companies": companies, "notes": notes}
    updated = {ANA["email"]: expected} if expected else {}
    differing = differences([before], [after], Expectation(updated=updated))
    assert [(each.kind, each.property) for each in differing] == found


@pytest.mark.parametrize(
    ("created", "expected", "found"),
    [
        ([], [], []),
        (
            [{"name": "Initech", "domain": "initech.example"}],
            [{"name": "initech", "domain": [None, "initech.example"]}],
            [],
        ),
        ([], [{"name": "Initech"}], [("missing", "Initech")]),
        ([{"name": "Initech"}], [], [("wrong", "Initech")]),
    ],
)
def test_new_companies(created: Any, expected: Any, found: Any) -> None:
    before = [{"id": "1", "properties": ACME}]
    after = [*before, *({"id": f"2{number}", "properties": each} for number, each in enumerate(created))]
    differing = company_differences(before, after, Expectation(created_companies=expected))
    assert [(each.kind, each.contact) for each in differing] == found


@pytest.mark.parametrize(
    ("name", "accepted", "found", "same"),
    [
        ("phone", "+31612345678", "06-12345678", True),
        ("phone", "+31612345678", "+31 6 1234 5678", True),
        ("phone", "+31612345678", "+44612345678", False),
        ("zip", "1234AB", "1234 AB", False),
        ("city", ["Den Haag", "'s-Gravenhage"], "den haag", True),
        ("city", None, None, True),
        ("city", None, "Delft", False),
        ("city", "Delft", None, False),
    ],
)
def test_which_values_are_accepted(name: str, accepted: Any, found: str | None, same: bool) -> None:
    assert accepts(name, accepted, found) is same


def test_a_difference_tells_what_should_be_and_what_is(crm: Sandbox) -> None:
    found = differences(crm.contacts(), crm.contacts(), Expectation(updated={ANA["email"]: {"phone": "+31611111111"}}))
    assert found == [
        Difference(kind="missing", contact=ANA["email"], property="phone", expected="+31611111111", found=ANA["phone"])
    ]
