"""The port does with contacts what its methods say, against HubSpot's API over real HTTP."""

import asyncio
from collections.abc import Iterator

import pytest
import urllib3

from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.hubspot import (
    ContactExistsError,
    ContactNotFoundError,
    HubSpotContacts,
    InvalidContactError,
    InvalidRequestError,
    NotConfiguredError,
    SearchFilter,
    SearchLimitError,
    in_thread,
)
from hubspot_agent.sandbox import Assumptions, Fault, Sandbox
from support.chat import unlimited
from support.port_stub import stub

PEOPLE = [
    {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "company": "Acme", "city": "Lisboa"},
    {"email": "jan@zee.example", "firstname": "Jan", "lastname": "de Vries", "company": "Zee", "city": "Utrecht"},
    {"email": "bo@acme.example", "firstname": "Bo", "lastname": "Ek", "company": "Acme", "city": "Utrecht"},
]


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=PEOPLE) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm: Sandbox) -> Iterator[HubSpotContacts]:
    with unlimited(crm) as contacts:
        yield contacts


def names(found: object) -> list[str]:
    return [contact.properties["firstname"] for contact in found.contacts]


def test_a_contact_is_read_by_id_with_the_shown_properties_and_those_asked_for(port, crm):
    known = crm.contacts()[0]

    contact = port.get(known["id"], properties=["hs_email_domain", "no_such_property"])

    assert (contact.id, contact.name, contact.email) == (known["id"], "Ana Silva", "ana@acme.example")
    assert contact.properties["hs_email_domain"] == "acme.example"
    always = {"createdate", "hs_object_id", "lastmodifieddate", "hs_email_domain"}
    assert set(contact.properties) <= always | set(SHOWN_PROPERTIES)
    assert contact.url
    assert contact.url.endswith(known["id"])
    assert contact.created_at == known["properties"]["createdate"]


@pytest.mark.parametrize("typed", ["ana@acme.example", "  ANA@Acme.Example\n"])
def test_a_contact_is_read_by_e_mail_in_any_case(port, typed):
    assert port.get_by_email(typed).name == "Ana Silva"


def test_an_address_nobody_has_is_none(port):
    assert port.get_by_email("nobody@acme.example") is None


def test_a_plus_in_an_address_arrives(port):
    made = port.create({"email": "a+b@acme.example"})

    assert port.get_by_email("a+b@acme.example") == port.get(made.id)


@pytest.mark.parametrize(
    "address", ["", "ana", "@", "ana@", "../owners@x", "a/b@c.example", "a?b@c", "a b@c.example", "a%2f@b", "a@b@c"]
)
def test_what_is_no_address_never_reaches_a_path(port, crm, address):
    with pytest.raises(InvalidContactError) as caught:
        port.get_by_email(address)

    assert [each.property for each in caught.value.properties] == ["email"]
    assert crm.requests == []


@pytest.mark.parametrize("contact_id", ["", "abc", "1/../2", "../../owners", "1?x", "١٢"])
def test_what_is_no_id_never_reaches_a_path(port, crm, contact_id):
    for call in (port.get, port.archive, lambda wrong: port.update(wrong, {"city": "x"})):
        with pytest.raises(ContactNotFoundError):
            call(contact_id)
    assert crm.requests == []


def test_a_missing_contact_is_said_and_an_archived_one_is_missing(port, crm):
    with pytest.raises(ContactNotFoundError):
        port.get("999999")
    known = crm.contacts()[0]["id"]
    port.archive(known)
    with pytest.raises(ContactNotFoundError):
        port.get(known)
    assert known not in {contact["id"] for contact in crm.contacts()}


def test_a_contact_is_created_with_all_that_was_given(port, crm):
    given = {"email": " Eva@New.Example ", "firstname": "Éva", "hs_buying_role": "CHAMPION;END_USER"}

    made = port.create(given)

    stored = next(contact for contact in crm.contacts() if contact["id"] == made.id)
    assert stored["properties"].items() >= {**given, "email": "eva@new.example"}.items()
    assert made.properties.items() >= {**given, "email": "eva@new.example"}.items()


def test_an_address_that_is_taken_comes_back_with_its_contact(port, crm):
    with pytest.raises(ContactExistsError) as caught:
        port.create({"email": "ANA@acme.example", "firstname": "Another"})

    assert caught.value.existing.name == "Ana Silva"
    assert caught.value.written == "no"
    assert len(crm.contacts()) == len(PEOPLE)


def test_an_update_changes_what_is_given_clears_and_leaves_the_rest(port, crm):
    known = crm.contacts()[0]["id"]

    changed = port.update(known, {"city": "Porto", "company": "", "hs_buying_role": "CHAMPION;END_USER"})

    stored = crm.contacts()[0]["properties"]
    assert changed.id == known
    assert changed.properties["city"] == "Porto"
    assert (stored["city"], stored["hs_buying_role"], stored["firstname"]) == ("Porto", "CHAMPION;END_USER", "Ana")
    assert not stored.get("company")


def test_an_update_to_somebody_elses_address_is_refused_with_that_contact(port, crm):
    with pytest.raises(ContactExistsError) as caught:
        port.update(crm.contacts()[0]["id"], {"email": "jan@zee.example"})

    assert caught.value.existing.name == "Jan de Vries"
    assert crm.contacts()[0]["properties"]["email"] == "ana@acme.example"


def test_a_merged_contact_is_found_under_both_old_ids_and_changed_under_the_new_one(port, crm):
    first, second = (contact["id"] for contact in crm.contacts()[:2])
    urllib3.request(
        "POST",
        f"{crm.url}/crm/v3/objects/contacts/merge",
        headers={"Authorization": f"Bearer {crm.token}"},
        json={"primaryObjectId": first, "objectIdToMerge": second},
    )
    merged = crm.contacts()[-1]["id"]

    assert {port.get(first).id, port.get(second).id, port.update(second, {"city": "Delft"}).id} == {merged}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Ana", "Jan", "Bo"]),
        ({"query": "acme"}, ["Ana", "Bo"]),
        ({"query": "  vries de "}, ["Jan"]),
        ({"email": "BO@acme.example"}, ["Bo"]),
        ({"email": "bo@acme.example", "query": "ana"}, []),
        ({"query": "acme", "filters": [SearchFilter("city", "EQ", "utrecht")]}, ["Bo"]),
        ({"filters": [SearchFilter("city", "IN", ["Utrecht", "DELFT"])]}, ["Jan", "Bo"]),
        ({"filters": [SearchFilter("lifecyclestage", "NOT_IN", ["lead"])]}, []),
        ({"filters": [SearchFilter("createdate", "BETWEEN", ["1000", "4102444800000"])]}, ["Ana", "Jan", "Bo"]),
        ({"filters": [SearchFilter("jobtitle", "HAS_PROPERTY")]}, []),
        ({"sort": "firstname"}, ["Ana", "Bo", "Jan"]),
        ({"sort": "-firstname", "limit": 1}, ["Jan"]),
    ],
)
def test_a_search_finds_what_all_its_conditions_hold_for(port, asked, found):
    assert names(port.search(**asked)) == found


@pytest.mark.parametrize("read_by_secondary", [True, False])
def test_a_secondary_address_finds_its_contact(read_by_secondary):
    eva = {"email": "eva@a.example", "firstname": "Eva", "hs_additional_emails": "eva@b.example;eva@c.example"}
    assumptions = Assumptions(find_by_secondary_email=read_by_secondary)
    with Sandbox(contacts=[*PEOPLE, eva], assumptions=assumptions) as crm, unlimited(crm) as port:
        assert names(port.search(email="eva@c.example")) == ["Eva"]


def test_pages_follow_each_other_to_the_end(port):
    page = port.search(sort="firstname", limit=2)
    last = port.search(sort="firstname", limit=2, after=page.after)

    assert (names(page), page.total) == (["Ana", "Bo"], 3)
    assert (names(last), last.after) == (["Jan"], None)


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 201},
        {"limit": 0},
        {"after": "9995"},
        {"query": "x" * 3_000},
        {"filters": [SearchFilter("city", "EQ", "x")] * 7},
        {"phone": "+31612345678", "filters": [SearchFilter("city", "EQ", "x")] * 4},
    ],
)
def test_more_than_hubspots_search_can_do_is_said_without_a_call(port, crm, asked):
    with pytest.raises(SearchLimitError):
        port.search(**asked)
    assert crm.requests == []


@pytest.mark.parametrize(
    "asked",
    [
        {"after": "ten"},
        {"after": "-1"},
        {"filters": [SearchFilter("city", "LIKE", "x")]},
        {"filters": [SearchFilter("city", "EQ")]},
        {"filters": [SearchFilter("city", "BETWEEN", "a")]},
    ],
)
def test_what_is_no_search_is_said_without_a_call(port, crm, asked):
    with pytest.raises(InvalidRequestError):
        port.search(**asked)
    assert crm.requests == []


def test_property_definitions_are_read_once_and_again_when_too_old(crm):
    with unlimited(crm) as port, unlimited(crm, definitions_max_age=0) as forgetful:
        definitions = port.property_definitions()
        port.property_definitions()
        assert [request.path for request in crm.requests] == ["/crm/v3/properties/contacts"]
        forgetful.property_definitions()
        forgetful.property_definitions()
        assert len(crm.requests) == 3

    stage = definitions["lifecyclestage"]
    assert (stage.type, stage.read_only, ("Lead", "lead") in stage.options) == ("enumeration", False, True)
    assert definitions["hs_email_domain"].read_only
    assert definitions["hubspot_owner_id"].external_options
    assert definitions["email"].label == "Email"


def test_old_definitions_serve_while_hubspot_cannot_give_new_ones(crm):
    with unlimited(crm, definitions_max_age=0, time_budget=0.2) as port:
        definitions = port.property_definitions()
        crm.faults.add(Fault("error", status=503))
        assert port.property_definitions() == definitions


def test_a_date_version_of_the_api_changes_every_path_and_nothing_else(crm):
    with unlimited(crm, api_version="2026-03") as port:
        made = port.create({"email": "eva@new.example"})
        port.update(made.id, {"city": "Delft"})
        assert port.get_by_email("eva@new.example") == port.get(made.id)
        port.search(query="eva")
        port.property_definitions()
        port.archive(made.id)

    assert {request.status for request in crm.requests} <= {200, 201, 204}
    assert all("/2026-03" in request.path and "/v3/" not in request.path for request in crm.requests)


async def test_the_event_loop_runs_on_while_fifty_calls_wait(crm):
    crm.faults.add(Fault("latency", seconds=0.5))
    with unlimited(crm) as port:
        ticks = 0
        calls = asyncio.gather(*(in_thread(port.get, crm.contacts()[0]["id"]) for _ in range(50)))
        while not calls.done():
            await asyncio.sleep(0.01)
            ticks += 1

    assert len(calls.result()) == 50
    assert ticks > 20  # a blocked loop would have ticked once a call at best


def test_one_connection_serves_many_calls():
    with stub(body={"id": "1"}) as server, HubSpotContacts("pat-x", host=server.url) as port:
        for _ in range(5):
            port.get("1")
        assert server.connections == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_token": ""},
        {"access_token": "pat-secret\nb"},
        {"access_token": "pät"},
        {"host": "api.hubapi.com"},
        {"host": "ftp://x"},
        {"api_version": "../v3"},
    ],
)
def test_settings_that_cannot_be_right_are_refused_at_once_and_without_the_token(wrong):
    with pytest.raises(NotConfiguredError) as caught:
        HubSpotContacts(**{"access_token": "pat-secret", **wrong})

    assert caught.value.fix
    assert "pat-" not in f"{caught.value!r} {caught.value.fix}"


def test_the_port_shows_where_it_leads_and_not_its_token(port, crm):
    assert crm.url in repr(port)
    assert crm.token not in repr(port)
