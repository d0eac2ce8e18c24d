"""Who may already be the contact to be created, found in an account over real HTTP."""

from collections.abc import Callable, Iterator

import pytest

from hubspot_agent import HubSpotContacts
from hubspot_agent.contacts import Change
from hubspot_agent.guardrails.duplicates import MOST, Duplicate, find_duplicates
from hubspot_agent.hubspot import HubSpotError, RetryPolicy
from hubspot_agent.sandbox import Fault, Sandbox
from hubspot_agent.validation.properties import clean

PEOPLE = [
    ("Ana", "Silva", "ana@acme.example", "+351 912 345 678", "Acme"),
    ("Jan", "de Vries", "jan@zuiderzee.example", "020 555 0123", "Zuiderzee Techniek"),
    ("Jan", "de Vries", "jandevries@polder.example", "", "Polder & Zn."),
    ("Jan Willem", "van den Heuvel", "", "", "Acme"),
    ("Seán", "O'Brien", "sean@liffey.example", "", "Liffey Foods"),
    ("Jürgen", "Müller", "", "+49 221 5550123", "Rheinwerke GmbH"),
    ("王", "芳", "fang@changjiang.example", "", "长江科技有限公司"),
    ("Fatima", "el Amrani", "", "", ""),
    ("Thabo", "Nkosi", "thabo@highveld.example", "", ""),
    ("Sam", "", "sam@startup.example", "", ""),
    ("", "Vermeulen", "info@bakkerij.example", "+32 2 555 01 23", "Bakkerij Vermeulen"),
]
FIELDS = ("firstname", "lastname", "email", "phone", "company")

Find = Callable[..., list[Duplicate]]


@pytest.fixture(scope="module")
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[dict(zip(FIELDS, person, strict=True)) for person in PEOPLE]) as sandbox:
        yield sandbox


def port_to(sandbox: Sandbox) -> HubSpotContacts:
    return HubSpotContacts(
        sandbox.token,
        host=sandbox.url,
        default_region="NL",
        searches_per_second=None,
        calls_per_ten_seconds=None,
        retry=RetryPolicy(attempts=1),
    )


@pytest.fixture(scope="module")
def find(crm: Sandbox) -> Iterator[Find]:
    with port_to(crm) as port:
        yield lambda **given: find_in(port, **given)


def find_in(port: HubSpotContacts, **given: str) -> list[Duplicate]:
    cleaned = clean(given, {}, default_region="NL")
    assert not cleaned.problems
    return find_duplicates(port, cleaned.values, default_region="NL")


def people(duplicates: list[Duplicate]) -> list[str]:
    return [f"{each.reason}: {each.contact.name}" for each in duplicates]


@pytest.mark.parametrize(
    "email", ["ana@acme.example", "ANA@Acme.Example", "Ana <ana@acme.example>", "mailto:ana@acme.example"]
)
def test_the_same_address_in_any_case_is_the_same_contact(find, email):
    assert people(find(email=email, firstname="Somebody", lastname="Else", company="Globex")) == ["email: Ana Silva"]


def test_the_address_is_read_in_one_call_and_nothing_is_searched_then(find, crm):
    before = len(crm.requests)

    find(email="ana@acme.example", firstname="Ana", lastname="Silva", phone="+351912345678", company="Acme")

    assert [(call.method, call.path.rpartition("/")[2]) for call in crm.requests[before:]] == [
        ("GET", "ana@acme.example")
    ]


def test_a_secondary_address_finds_its_contact_and_is_no_difference():
    owner = {"email": "ana@acme.example", "hs_additional_emails": "ana@home.example", "firstname": "Ana"}
    with Sandbox(contacts=[owner]) as crm, port_to(crm) as port:
        [duplicate] = find_in(port, email="ANA@home.example", firstname="Ana")

    assert (duplicate.reason, duplicate.contact.email, duplicate.differs) == ("email", "ana@acme.example", [])


@pytest.mark.parametrize("phone", ["020-555 01 23", "+31 (0)20 5550123", "0031205550123", "٠٢٠٥٥٥٠١٢٣"])
@pytest.mark.parametrize("field", ["phone", "mobilephone"])
def test_the_same_phone_in_any_spelling_is_a_likely_duplicate(find, field, phone):
    [duplicate] = find(firstname="J.", lastname="Vries", **{field: phone})

    assert people([duplicate]) == ["phone: Jan de Vries"]
    assert duplicate.contact.email == "jan@zuiderzee.example"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        # A slip of the pen, another order, accents, initials, particles: within the company.
        ({"firstname": "Anna", "lastname": "Silva", "company": "Acme"}, "Ana Silva"),
        ({"firstname": "Ana", "lastname": "Sliva", "company": "ACME B.V."}, "Ana Silva"),
        ({"firstname": "Silva", "lastname": "Ana", "company": "acme inc."}, "Ana Silva"),
        ({"firstname": "ANA", "lastname": "SILVA", "company": "Acme", "email": "a.silva@acme.example"}, "Ana Silva"),
        ({"firstname": "A.", "lastname": "Silva", "company": "Acme"}, "Ana Silva"),
        ({"firstname": "Ana", "company": "Acme"}, "Ana Silva"),
        ({"firstname": "Ana Silva", "company": "Acme Nederland"}, "Ana Silva"),
        ({"firstname": "Jan", "lastname": "Vries", "company": "Zuiderzee Techniek B.V."}, "Jan de Vries"),
        ({"firstname": "Jan de", "lastname": "Vries", "company": "Zuiderzee-Techniek"}, "Jan de Vries"),
        ({"firstname": "Jan", "lastname": "De Vreis", "company": "Zuiderzee Techniek"}, "Jan de Vries"),
        ({"firstname": "Jan", "lastname": "de Vries", "company": "Zuiderze Techniek"}, "Jan de Vries"),
        ({"firstname": "Jan Willem", "lastname": "Vandenheuvel", "company": "Acme"}, "Jan Willem van den Heuvel"),
        ({"firstname": "JW", "lastname": "van den Heuvel", "company": "Acme"}, None),
        ({"firstname": "J.W.", "lastname": "v.d. Heuvel", "company": "Acme"}, "Jan Willem van den Heuvel"),
        ({"firstname": "Sean", "lastname": "OBrien", "company": "Liffey Foods Ltd"}, "Seán O'Brien"),
        ({"firstname": "Jurgen", "lastname": "Mueller", "company": "Rheinwerke"}, "Jürgen Müller"),
        ({"firstname": "芳", "lastname": "王", "company": "长江科技"}, "王 芳"),
        ({"lastname": "Vermeulen", "company": "bakkerij vermeulen"}, "Vermeulen"),
        # The same name, when a company is not known and no address speaks against it.
        ({"firstname": "Fatima", "lastname": "El Amrani"}, "Fatima el Amrani"),
        ({"firstname": "Fatima", "lastname": "Amrani", "company": "Globex"}, "Fatima el Amrani"),
        ({"firstname": "Fatima", "lastname": "el Amrani", "email": "fatima@new.example"}, "Fatima el Amrani"),
        ({"firstname": "Thabo", "lastname": "Nkosi"}, "Thabo Nkosi"),
        ({"firstname": "sean", "lastname": "o'brien"}, "Seán O'Brien"),
        ({"firstname": "Thabo", "lastname": "Nkosi", "email": "t.nkosi@highveld.example"}, None),
        ({"firstname": "Jan", "lastname": "de Vries", "email": "jan@new.example"}, None),
        ({"firstname": "Jan", "lastname": "de Vries", "email": "jan@new.example", "company": "Globex"}, None),
        ({"firstname": "Jan", "lastname": "de Vries", "company": "Globex"}, None),
        # Other people.
        ({"firstname": "Ina", "lastname": "Silva", "company": "Acme"}, None),
        ({"firstname": "Anna", "lastname": "Silver", "company": "Acme"}, None),
        ({"firstname": "Ana", "lastname": "Sousa", "company": "Acme"}, None),
        ({"firstname": "Ana", "lastname": "Silva", "company": "Acta"}, None),
        ({"firstname": "Karin", "lastname": "de Vries", "company": "Zuiderzee Techniek"}, None),
        ({"firstname": "Jan", "lastname": "de Boer", "company": "Zuiderzee Techniek"}, None),
        ({"firstname": "Anna", "lastname": "Müller", "company": "Rheinwerke GmbH"}, None),
        ({"firstname": "李", "lastname": "芳", "company": "长江科技有限公司"}, None),
        ({"firstname": "Fatma", "lastname": "el Amrani"}, None),
        ({"firstname": "Sam"}, None),
        ({"firstname": "Samuel", "lastname": "Sam"}, None),
        ({"email": "nobody@new.example"}, None),
    ],
)
def test_a_similar_name_is_a_likely_duplicate_where_nothing_speaks_against_it(find, given, found):
    assert people(find(**given)) == ([f"name: {found}"] if found else [])


def test_everyone_of_the_same_name_is_shown_when_nothing_tells_them_apart(find):
    duplicates = find(firstname="Jan", lastname="de Vries")

    assert {each.contact.properties["company"] for each in duplicates} == {"Zuiderzee Techniek", "Polder & Zn."}


def test_what_differs_is_what_would_change_in_meaning(find):
    [duplicate] = find(
        firstname="Jan",
        lastname="de Vries",
        phone="+31205550123",
        email="jan2@zuiderzee.example",
        city="Utrecht",
    )

    assert sorted(duplicate.differs, key=lambda each: each["property"]) == [
        Change(property="city", old="", new="Utrecht"),
        Change(property="email", old="jan@zuiderzee.example", new="jan2@zuiderzee.example"),
    ]


def test_a_property_that_is_seldom_shown_is_compared_too(find):
    [duplicate] = find(email="thabo@highveld.example", industry="Energy")

    assert duplicate.differs == [Change(property="industry", old="", new="Energy")]


@pytest.mark.parametrize(
    ("given", "reads", "searches"),
    [
        ({"firstname": "Sam"}, 0, 0),
        ({"email": "new@new.example"}, 1, 0),
        ({"email": "new@new.example", "firstname": "New", "lastname": "Person"}, 1, 1),
        ({"email": "new@new.example", "firstname": "New", "lastname": "Person", "company": "Acme"}, 1, 1),
        ({"firstname": "New", "lastname": "Person", "company": "Acme", "phone": "0201234567"}, 0, 1),
        ({"firstname": "Jan", "lastname": "de Vries", "phone": "0205550123", "company": "Acme"}, 0, 1),
        ({"firstname": "Jan", "lastname": "de Vries", "phone": "0205550123", "mobilephone": "0205550123"}, 0, 1),
    ],
)
def test_few_calls_are_made(find, crm, given, reads, searches):
    before = len(crm.requests)

    find(**given)

    made = [call.method for call in crm.requests[before:]]
    assert (made.count("GET"), made.count("POST")) == (reads, searches)


def test_at_most_five_are_shown_the_likest_first_and_each_once():
    team = [{"firstname": f"Person {number}", "lastname": "Acme", "phone": "020 123 4567"} for number in range(12)]
    ana = {
        "firstname": "Ana",
        "lastname": "Silva",
        "phone": "020 123 4567",
        "mobilephone": "020 123 4567",
        "company": "A",
    }
    with Sandbox(contacts=[*team, ana]) as crm, port_to(crm) as port:
        found = find_in(port, firstname="Ana", lastname="Silva", phone="0201234567", mobilephone="+31201234567")

    assert len(found) == MOST
    assert found[0].contact.name == "Ana Silva"
    assert len({each.contact.id for each in found}) == MOST


def test_the_phone_comes_before_the_name():
    switchboard = {"firstname": "Front", "lastname": "Desk", "phone": "020 123 4567"}
    ana = {"firstname": "Ana", "lastname": "Silva", "company": "Acme"}
    with Sandbox(contacts=[ana, switchboard]) as crm, port_to(crm) as port:
        found = find_in(port, firstname="Ana", lastname="Silva", phone="0201234567")

    assert people(found) == ["phone: Front Desk", "name: Ana Silva"]


@pytest.mark.parametrize(
    ("phone", "found"),
    [
        ("020 123 4567 ext. 12", ["phone: Ana Silva", "phone: Front Desk"]),
        ("020 123 4567 ext. 13", ["phone: Front Desk"]),
        ("020 123 4567", ["phone: Ana Silva", "phone: Front Desk"]),
    ],
)
def test_another_extension_is_another_person(phone, found):
    ana = {"firstname": "Ana", "lastname": "Silva", "phone": "+31201234567 ext. 12"}
    desk = {"firstname": "Front", "lastname": "Desk", "phone": "020 123 4567"}
    with Sandbox(contacts=[desk, ana]) as crm, port_to(crm) as port:
        assert people(find_in(port, firstname="Anne", phone=phone)) == found


def test_one_made_a_moment_ago_is_found_although_the_index_lags():
    with Sandbox(contacts=[], search_delay=60.0) as crm, port_to(crm) as port:
        port.create({"firstname": "Ana", "lastname": "Silva", "phone": "+31201234567", "company": "Acme"})

        assert people(find_in(port, firstname="Bo", phone="020 123 4567")) == ["phone: Ana Silva"]
        assert people(find_in(port, firstname="Anna", lastname="Silva", company="Acme Ltd")) == ["name: Ana Silva"]


def test_a_search_that_fails_is_not_taken_for_nobody():
    with Sandbox(contacts=[]) as crm, port_to(crm) as port:
        crm.faults.add(Fault("error", path="contacts/search"))
        with pytest.raises(HubSpotError):
            find_in(port, firstname="Anna", lastname="Silva")


def test_an_address_that_cannot_be_read_is_not_taken_for_free():
    with Sandbox(contacts=[]) as crm, port_to(crm) as port:
        crm.stop()
        with pytest.raises(HubSpotError):
            find_in(port, email="ana@acme.example", firstname="Ana")
