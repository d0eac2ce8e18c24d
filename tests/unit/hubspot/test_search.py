"""People are found by their phone number in any spelling and by any part of their name, new ones at once."""

from collections.abc import Iterator
from datetime import UTC, datetime

import phonenumbers
import pytest

from hubspot_agent.hubspot import HubSpotContacts, SearchFilter
from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import unlimited

COUNTRIES = [
    "AR", "AT", "AU", "BE", "BR", "CH", "CN", "CZ", "DE", "DK", "EG", "ES", "FI", "FR", "GB", "GR", "HU", "IE", "IL",
    "IN", "IT", "JP", "KE", "KR", "LT", "MX", "NG", "NL", "NO", "NZ", "PL", "PT", "RU", "SE", "SG", "TR", "UA", "US",
    "VN", "ZA",
]  # fmt: skip


def example(country: str, kind: int = phonenumbers.PhoneNumberType.MOBILE) -> phonenumbers.PhoneNumber:
    return phonenumbers.example_number_for_type(country, kind)


def spellings(number: phonenumbers.PhoneNumber) -> dict[str, str]:
    """The same number as people in its own country and elsewhere write it."""
    forms = phonenumbers.PhoneNumberFormat
    international = phonenumbers.format_number(number, forms.INTERNATIONAL)
    national = phonenumbers.format_number(number, forms.NATIONAL)
    return {
        "E.164": phonenumbers.format_number(number, forms.E164),
        "national": national,
        "national digits": "".join(filter(str.isdigit, national)),
        "with spaces": " ".join(international.replace("-", " ").replace("(", "").replace(")", "").split()),
        "with punctuation": international.replace(" ", "-").replace("+", "+(", 1).replace("-", ")-", 1),
        "with 00": "00" + international.removeprefix("+").replace(" ", "."),
    }


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """A contact a country, and a decoy for each with another number."""
    contacts = [
        {
            "firstname": country,
            "phone": phonenumbers.format_number(example(country), phonenumbers.PhoneNumberFormat.E164),
        }
        for country in COUNTRIES
    ]
    with Sandbox(contacts=contacts) as crm:
        yield crm


@pytest.mark.parametrize("country", COUNTRIES)
def test_one_contact_is_found_by_every_spelling_of_its_number(world, country):
    with unlimited(world, default_region=country) as port:
        for how, spelling in spellings(example(country)).items():
            found = port.search(phone=spelling)
            assert [one.properties["firstname"] for one in found.contacts] == [country], how
            assert found.total == 1


@pytest.mark.parametrize("country", ["NL", "US", "DE", "RU", "HU", "IT", "FR", "JP"])
def test_a_number_is_found_however_it_was_stored(country):
    forms = list(spellings(example(country, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)).items())
    for stored_as, stored in forms:
        contacts = [{"firstname": "Them", "mobilephone": stored}, {"firstname": "Other", "phone": "+4912345678"}]
        with Sandbox(contacts=contacts) as crm, unlimited(crm, default_region=country) as port:
            for asked_as, asked in forms:
                found = [one.properties["firstname"] for one in port.search(phone=asked).contacts]
                assert found == ["Them"], (stored_as, asked_as)


def test_a_national_number_is_found_without_a_default_region_too():
    with Sandbox(contacts=[{"firstname": "Them", "phone": "+31612345678"}]) as crm, unlimited(crm) as port:
        assert port.search(phone="06 - 12 34 56 78").total == 1


@pytest.mark.parametrize("other", ["+32612345678", "0612345679", "612345", "5678", "+3161234567", "no number"])
def test_another_number_finds_nobody(other):
    contacts = [{"firstname": "Them", "phone": "+31612345678"}]
    with Sandbox(contacts=contacts) as crm, unlimited(crm, default_region="NL") as port:
        assert port.search(phone=other).contacts == ()


def test_a_phone_number_and_other_conditions_hold_together():
    contacts = [
        {"firstname": "Ana", "phone": "0612345678", "city": "Utrecht"},
        {"firstname": "Bo", "phone": "+31 6 12345678", "city": "Delft"},
    ]
    with Sandbox(contacts=contacts) as crm, unlimited(crm, default_region="NL") as port:
        assert port.search(phone="06-12345678").total == 2
        found = port.search(phone="06-12345678", query="b", filters=[SearchFilter("city", "EQ", "Delft")])
        assert [one.properties["firstname"] for one in found.contacts] == ["Bo"]


NAMES = {
    ("Zoë", "Brontë-Müller"): ["Zoë", "zoe\u0308", "Müller", "Brontë", "ZOË MÜLLER", "Zoe Muller"],
    ("Jan", "van der Berg"): ["van der Berg", "Berg", "berg jan", "der", "Jan van der Berg"],
    ("Siobhán", "O'Neill"): ["O'Neill", "O\u2019Neill", "Neill", "o neill"],
    ("Nguyễn", "Thị Ánh"): ["Nguyễn", "Ánh", "thị ánh"],
    ("小龙", "李"): ["李", "小龙", "龙"],
    ("さくら", "田中"): ["田中", "さくら"],
    ("محمد", "عبد الله"): ["محمد", "عبد", "الله"],
    ("דוד", "לוי"): ["דוד", "לוי"],
    ("Łukasz", "Żółć"): ["Łukasz", "Żółć"],
    ("Αλέξανδρος", "Παπαδόπουλος"): ["Αλέξανδρος", "ΠΑΠΑΔΌΠΟΥΛΟΣ"],
}


@pytest.mark.parametrize(("name", "parts"), NAMES.items(), ids=["".join(name) for name in NAMES])
@pytest.mark.parametrize("new", [False, True], ids=["indexed", "new"])
def test_a_person_is_found_by_the_parts_of_the_name(name, parts, new):
    others = [{"firstname": first, "lastname": last} for first, last in NAMES if (first, last) != name]
    given = {"firstname": name[0], "lastname": name[1]}
    with Sandbox(contacts=others, search_delay=3600) as crm, unlimited(crm) as port:
        crm.catch_up()
        made = port.create(given)
        if not new:
            crm.catch_up()
        for part in parts:
            assert [one.id for one in port.search(query=part).contacts] == [made.id], part


@pytest.fixture
def lagging() -> Iterator[Sandbox]:
    """An account whose search index does not learn of any write while a test runs."""
    contacts = [{"firstname": f"Old{number:02}", "company": "Acme", "city": "Delft"} for number in range(12)]
    with Sandbox(contacts=contacts, search_delay=3600) as crm:
        crm.catch_up()
        yield crm


@pytest.fixture
def port(lagging: Sandbox) -> Iterator[HubSpotContacts]:
    with unlimited(lagging, default_region="NL") as contacts:
        yield contacts


def firstnames(found: object) -> list[str]:
    return [one.properties["firstname"] for one in found.contacts]


NEW = {"firstname": "New", "email": "new@acme.example", "phone": "+31612345678", "company": "Acme", "city": "Delft"}


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "new"},
        {"email": "NEW@acme.example"},
        {"phone": "06 12345678"},
        {"filters": [SearchFilter("email", "EQ", "new@acme.example")]},
        {"filters": [SearchFilter("firstname", "IN", ["NEW", "x"])]},
        {"filters": [SearchFilter("createdate", "GTE", "1000"), SearchFilter("email", "HAS_PROPERTY")]},
        {"filters": [SearchFilter("email", "CONTAINS_TOKEN", "*@acme.example")]},
        {"filters": [SearchFilter("firstname", "NOT_CONTAINS_TOKEN", "old*")], "query": "acme"},
        {"sort": "-createdate", "limit": 1},
    ],
)
def test_a_new_contact_is_found_before_the_index_knows_it(port, asked):
    made = port.create(NEW)

    assert [one.id for one in port.search(**asked).contacts] == [made.id]


def test_a_new_contact_is_not_found_by_what_it_is_not(port):
    port.create(NEW)

    for asked in (
        {"query": "newer"},
        {"phone": "06 12345679"},
        {"query": "new", "filters": [SearchFilter("city", "NEQ", "Delft")]},
        {"query": "new", "filters": [SearchFilter("createdate", "LT", "1000")]},
    ):
        assert port.search(**asked).contacts == ()


def test_a_change_shows_and_decides_before_the_index_knows_it(port, lagging):
    changed = lagging.contacts()[3]["id"]
    port.update(changed, {"city": "Utrecht", "jobtitle": "Baker"})

    moved = port.search(filters=[SearchFilter("city", "EQ", "Utrecht")])
    stayed = port.search(filters=[SearchFilter("city", "EQ", "Delft")], limit=100)

    assert [(one.id, one.properties["jobtitle"]) for one in moved.contacts] == [(changed, "Baker")]
    assert changed not in [one.id for one in stayed.contacts]
    assert (moved.total, stayed.total) == (1, 11)


def test_an_archived_contact_is_gone_from_the_results(port, lagging):
    gone = lagging.contacts()[0]["id"]
    port.archive(gone)

    assert gone not in [one.id for one in port.search(query="acme", limit=100).contacts]


def test_pages_stay_whole_with_a_new_contact_among_them(port):
    port.create(NEW)

    first = port.search(query="acme", limit=5)
    pages = [first]
    while pages[-1].after:
        pages.append(port.search(query="acme", limit=5, after=pages[-1].after))

    shown = [name for page in pages for name in firstnames(page)]
    assert all(len(page.contacts) <= 5 for page in pages)
    assert shown == ["New", *(f"Old{number:02}" for number in range(12))]


def test_once_the_index_has_caught_up_no_call_is_spent_on_it(port, lagging):
    port.create(NEW)
    lagging.catch_up()
    port.search(query="new")
    before = len(lagging.requests)

    assert port.search(query="new").total == 1
    assert [request.path for request in lagging.requests[before:]] == ["/crm/v3/objects/contacts/search"]


def test_when_new_contacts_cannot_be_read_back_the_index_is_shown(lagging):
    with unlimited(lagging, time_budget=0.1) as port:
        port.create(NEW)
        lagging.faults.add(Fault("error", status=503, path="batch"))

        assert port.search(query="acme").total == 12


def test_nothing_is_asked_for_but_the_needed_properties(port, lagging):
    port.create(NEW)
    found = port.search(query="new", properties=["hs_object_source"]).contacts[0]

    assert "hs_object_source" in found.properties
    assert "hs_is_unworked" not in found.properties
    assert datetime.fromisoformat(found.created_at) <= datetime.now(UTC)


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("sort", ["lastname", "-lastname", None])
def test_a_new_contact_is_counted_and_shown_once_on_whatever_page_it_stands(indexed, sort):
    people = [{"firstname": "Ana", "lastname": f"Silva {number:02}"} for number in range(41)]
    with Sandbox(contacts=people, search_delay=60) as crm, unlimited(crm) as port:
        new = port.create({"firstname": "Bob", "lastname": "Zeeman"}).id
        if indexed:
            crm.catch_up()
        page = port.search(sort=sort, limit=10)
        assert page.total == 42
        shown = [contact.id for contact in page.contacts]
        while page.after:
            page = port.search(sort=sort, limit=10, after=page.after)
            shown += [contact.id for contact in page.contacts]
        assert shown.count(new) == 1
        assert len(set(shown)) == 42
