"""A create takes place at most once, and what is said of it is true, whatever the network does."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot import (
    ContactExistsError,
    HubSpotContacts,
    HubSpotError,
    InvalidContactError,
    RateLimitedError,
    UnknownOutcomeError,
)
from hubspot_agent.sandbox import Assumptions, Fault, Property, Sandbox
from support.faulty import STORM, port_on

WITH_EMAIL, WITHOUT_EMAIL = 1_000, 300
THREADS = 16
ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva"}
NAMELESS = {"firstname": "Ana", "lastname": "Silva", "phone": "+31612345678"}
KEY = Property("assistant_create_key", unique=True)

LOST = Fault("reset", applied=True)


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[], properties=[KEY]) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm: Sandbox) -> Iterator[HubSpotContacts]:
    with port_on(crm) as contacts:
        yield contacts


def stored(crm: Sandbox) -> list[str]:
    return [contact["id"] for contact in crm.contacts()]


def posts(crm: Sandbox) -> int:
    return sum(request.method == "POST" and request.path.endswith("contacts") for request in crm.requests)


def outcome(port: HubSpotContacts, properties: dict[str, str], key: str | None = None) -> Contact | HubSpotError:
    try:
        return port.create(properties, key=key)
    except HubSpotError as error:
        return error


def storm(crm: Sandbox, port: HubSpotContacts, people: list[dict[str, str]], keyed: bool = False) -> list[object]:
    crm.faults.add(*STORM)
    with ThreadPoolExecutor(THREADS) as threads:
        keys = [f"call-{number}" if keyed else None for number in range(len(people))]
        return list(threads.map(lambda one: outcome(port, *one), zip(people, keys, strict=True)))


def test_in_a_storm_every_contact_with_an_address_is_made_once_and_none_is_lost(crm, port):
    people = [{"email": f"p{number}@x.example", "firstname": f"P{number}"} for number in range(WITH_EMAIL)]

    made = storm(crm, port, people)

    addresses = Counter(contact["properties"]["email"] for contact in crm.contacts())
    assert addresses == Counter(person["email"] for person in people)
    ids = {contact["properties"]["email"]: contact["id"] for contact in crm.contacts()}
    for person, contact in zip(people, made, strict=True):
        assert isinstance(contact, Contact), contact
        assert contact.id == ids[person["email"]]
        assert contact.properties.items() >= person.items()


def test_in_a_storm_no_contact_without_an_address_is_made_twice_and_every_report_is_true(crm, port):
    people = [{"firstname": "P", "lastname": f"N{number}"} for number in range(WITHOUT_EMAIL)]

    reports = storm(crm, port, people)

    there = Counter(contact["properties"]["lastname"] for contact in crm.contacts())
    assert max(there.values()) == 1
    kinds = Counter()
    for person, report in zip(people, reports, strict=True):
        if isinstance(report, Contact):
            kinds["created"] += 1
            assert there[person["lastname"]] == 1
        else:
            kinds[report.written] += 1
            assert (report.code == "unknown_outcome") == (report.written == "unknown")
            if report.written == "no":
                assert there[person["lastname"]] == 0
    assert kinds["created"] > WITHOUT_EMAIL / 2
    assert kinds["unknown"] > 0


def test_in_a_storm_a_key_makes_contacts_without_an_address_exact(crm):
    people = [{"firstname": "P", "lastname": f"N{number}"} for number in range(WITHOUT_EMAIL)]
    with port_on(crm, create_key_property=KEY.name) as port:
        made = storm(crm, port, people, keyed=True)

    assert Counter(contact["properties"]["lastname"] for contact in crm.contacts()) == Counter(
        person["lastname"] for person in people
    )
    assert all(isinstance(contact, Contact) for contact in made)


@pytest.mark.parametrize(
    "fault",
    [LOST, Fault("error", status=502, applied=True), Fault("truncated"), Fault("slow", seconds=20)],
    ids=["reset", "502", "truncated", "slow"],
)
def test_after_a_lost_answer_the_contact_is_read_and_not_made_again(crm, fault):
    crm.faults.add(replace(fault, times=1, method="POST"))
    with port_on(crm, timeout=(1.0, 0.3)) as port:
        made = port.create(ANA)

    assert stored(crm) == [made.id]
    assert posts(crm) == 1
    assert not any(request.path.endswith("search") for request in crm.requests)


def test_a_create_that_arrives_after_its_repetition_makes_no_second_contact(crm):
    crm.faults.add(Fault("latency", seconds=1.0, times=1, method="POST"))
    with port_on(crm, timeout=(1.0, 0.3)) as port:
        made = port.create(ANA)
        time.sleep(1.0)

    assert stored(crm) == [made.id]


@pytest.mark.parametrize(
    "fault", [Fault("reset"), Fault("error", status=503), Fault("rate_limit")], ids=["reset", "503", "429"]
)
def test_what_never_arrived_is_sent_again(crm, port, fault):
    crm.faults.add(replace(fault, times=2, method="POST"))

    made = port.create(ANA)

    assert stored(crm) == [made.id]
    assert posts(crm) == 3


def test_a_lost_refusal_is_not_taken_for_a_success(crm, port):
    there = port.create({**ANA, "lastname": "Other"})
    crm.faults.add(Fault("reset", applied=True, times=1, method="POST"))

    with pytest.raises(ContactExistsError) as caught:
        port.create(ANA)

    assert caught.value.existing.id == there.id
    assert stored(crm) == [there.id]


def test_an_older_contact_with_the_same_values_is_not_taken_for_ours():
    old = {**ANA, "createdate": "2020-01-01T00:00:00.000Z"}
    with Sandbox(contacts=[old]) as crm, port_on(crm) as port:
        crm.faults.add(Fault("reset", applied=True, times=1, method="POST"))
        with pytest.raises(ContactExistsError):
            port.create(ANA)


def test_values_that_hubspot_puts_into_another_form_are_still_ours(crm, port):
    crm.faults.add(Fault("reset", applied=True, times=1, method="POST"))

    made = port.create({"email": "Eva@X.example", "firstname": " E\u0301va ", "phone": "+31 (6) 1234-5678"})

    assert stored(crm) == [made.id]


def test_when_nothing_can_be_read_back_the_outcome_is_unknown(crm):
    crm.faults.add(Fault("reset", applied=True, method="POST"), Fault("error", status=503, method="GET"))
    with port_on(crm, time_budget=0.5) as port, pytest.raises(UnknownOutcomeError) as caught:
        port.create(ANA)

    assert caught.value.written == "unknown"
    assert len(stored(crm)) == 1


@pytest.mark.parametrize("refused", [{"email": "x@"}, {"nope": "1"}, {"lifecyclestage": "zzz"}])
def test_a_refusal_of_the_values_is_final_also_after_a_lost_answer(crm, port, refused):
    crm.faults.add(Fault("reset", times=1, method="POST"))

    with pytest.raises(InvalidContactError) as caught:
        port.create({**ANA, **refused})

    assert caught.value.written == "no"
    assert stored(crm) == []


@pytest.mark.parametrize(
    "fault", [Fault("reset"), LOST, Fault("error"), Fault("error", applied=True), Fault("truncated")]
)
def test_without_an_address_an_unanswered_create_is_unknown_and_sent_once(crm, port, fault):
    crm.faults.add(fault)

    with pytest.raises(UnknownOutcomeError) as caught:
        port.create(NAMELESS)

    assert posts(crm) == 1
    assert "unknown" in str(caught.value)
    assert len(stored(crm)) == (1 if fault.carried_out else 0)


def test_without_an_address_a_refusal_for_the_limit_is_waited_for(crm, port):
    crm.faults.add(Fault("rate_limit", times=3))

    assert port.create(NAMELESS).id in stored(crm)
    crm.faults.add(Fault("rate_limit"))
    with port_on(crm, time_budget=0.3) as hurried, pytest.raises(RateLimitedError) as caught:
        hurried.create(NAMELESS)
    assert caught.value.written == "no"
    assert len(stored(crm)) == 1


def test_one_key_is_one_contact_however_often_it_is_created(crm):
    with port_on(crm, create_key_property=KEY.name) as port:
        first, again, other = (port.create(NAMELESS, key=key) for key in ("a", "a", "b"))

    assert (first.id == again.id, first.id == other.id) == (True, False)
    assert len(stored(crm)) == 2


def test_a_key_does_not_take_over_somebody_elses_address(crm):
    with port_on(crm, create_key_property=KEY.name) as port:
        there = port.create(ANA)
        with pytest.raises(ContactExistsError) as caught:
            port.create({**ANA, "lastname": "Other"}, key="a")

    assert caught.value.existing.id == there.id
    assert crm.contacts()[0]["properties"]["lastname"] == "Silva"


@pytest.mark.parametrize("key", [None, "call-1"])
@pytest.mark.parametrize("properties", [ANA, NAMELESS], ids=["address", "no address"])
def test_after_a_crash_the_contact_is_found_again(crm, properties, key):
    settings = {"create_key_property": KEY.name} if key else {}
    since = datetime.now(UTC)
    with port_on(crm, **settings) as crashed:
        assert crashed.find_created(properties, since, key=key) is None
        made = crashed.create(properties, key=key)

    with port_on(crm, **settings) as resumed:
        found = resumed.find_created(properties, since, key=key)

    assert found is not None
    assert found.id == made.id


@pytest.mark.parametrize("properties", [ANA, NAMELESS], ids=["address", "no address"])
def test_after_a_crash_nobody_else_is_taken_for_the_contact(properties):
    old = {**properties, "createdate": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    other = {**properties, "email": "other@x.example", "phone": "+31201234567"}
    with Sandbox(contacts=[old, other]) as crm, port_on(crm) as port:
        assert port.find_created(properties, datetime.now(UTC)) is None


def test_after_a_crash_the_index_is_given_time():
    with Sandbox(contacts=[], search_delay=0.8) as crm:
        with port_on(crm) as crashed:
            since = datetime.now(UTC)
            made = crashed.create(NAMELESS)
        with port_on(crm, index_delay=1.0) as resumed:
            found = resumed.find_created(NAMELESS, since)

    assert found is not None
    assert found.id == made.id


@pytest.mark.parametrize("fault", [LOST, Fault("reset"), Fault("error", status=500, applied=True), Fault("truncated")])
def test_an_update_is_repeated_until_it_is_certain(crm, port, fault):
    made = port.create(ANA)
    crm.faults.add(replace(fault, times=3, method="PATCH"))

    assert port.update(made.id, {"city": "Porto"}).properties["city"] == "Porto"


def test_an_update_that_adds_values_is_not_repeated_when_it_may_have_arrived(crm, port):
    made = port.create({**ANA, "hs_buying_role": "CHAMPION"})
    crm.faults.add(Fault("reset", applied=True, method="PATCH"))

    changed = port.update(made.id, {"hs_buying_role": ";END_USER"})

    assert changed.properties["hs_buying_role"] == "CHAMPION;END_USER"
    assert sum(request.method == "PATCH" for request in crm.requests) == 1


@pytest.mark.parametrize("values", [{"city": "Porto"}, {"hs_buying_role": ";END_USER"}])
def test_an_update_that_never_arrives_is_unknown_after_a_look(crm, values):
    with port_on(crm, time_budget=0.3) as port:
        made = port.create(ANA)
        crm.faults.add(Fault("reset", method="PATCH"))
        with pytest.raises(UnknownOutcomeError):
            port.update(made.id, values)


def test_an_update_whose_answers_are_all_lost_is_read_back(crm):
    with port_on(crm, time_budget=0.3) as port:
        made = port.create(ANA)
        crm.faults.add(Fault("reset", applied=True, method="PATCH"))
        assert port.update(made.id, {"city": "Porto"}).properties["city"] == "Porto"


def test_an_update_that_cannot_be_read_back_is_unknown(crm):
    with port_on(crm, time_budget=0.3) as port:
        made = port.create(ANA)
        crm.faults.add(Fault("reset", applied=True, method="PATCH"), Fault("error", method="GET"))
        with pytest.raises(UnknownOutcomeError):
            port.update(made.id, {"city": "Porto"})

    assert crm.contacts()[0]["properties"]["city"] == "Porto"


@pytest.mark.parametrize("repeated", [204, 404])
def test_archiving_succeeds_also_when_its_answer_is_lost(repeated):
    with Sandbox(contacts=[ANA], assumptions=Assumptions(repeated_delete=repeated)) as crm, port_on(crm) as port:
        crm.faults.add(Fault("reset", applied=True, times=1, method="DELETE"))
        port.archive(crm.contacts()[0]["id"])
        assert crm.contacts() == []


def test_many_creates_of_one_address_at_once_make_one_contact(crm, port):
    crm.faults.add(*STORM)
    with ThreadPoolExecutor(THREADS) as threads:
        people = [{**ANA, "lastname": f"S{number}"} for number in range(THREADS)]
        random.Random(1).shuffle(people)
        reports = list(threads.map(lambda person: outcome(port, person), people))

    made = [report for report in reports if isinstance(report, Contact)]
    assert len(stored(crm)) == 1
    assert [one.properties["lastname"] for one in made] == [crm.contacts()[0]["properties"]["lastname"]]
    assert all(isinstance(report, ContactExistsError) for report in reports if report not in made)
