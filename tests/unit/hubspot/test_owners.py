"""Owners are found by address, else by name, else by one of their names; archived ones only by their id."""

import time
from collections.abc import Iterator

import pytest

from hubspot_agent.hubspot import HubSpotContacts, HubSpotError, MissingScopesError, RetryPolicy, UnavailableError
from hubspot_agent.hubspot.availability import ANSWERED_S, FAILURES
from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import NO_LIMITS
from support.port_stub import stub

OWNERS = [
    {"email": "sarah@us.example", "firstName": "Sarah", "lastName": "Lee"},
    {"email": "sarah.k@us.example", "firstName": "Sarah", "lastName": "Kim"},
    {"email": "zoe@us.example", "firstName": "Zoë", "lastName": "El Amrani"},
    {"email": "raj1@us.example", "firstName": "Raj", "lastName": "Patel"},
    {"email": "raj2@us.example", "firstName": "Raj", "lastName": "Patel"},
    {"email": "nameless@us.example"},
    {"email": "lee@us.example", "firstName": "Lee", "lastName": "Wong"},
    {"email": "gone@us.example", "firstName": "Dana", "lastName": "Gone", "archived": True},
]


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[{"email": "ana@acme.example"}], owners=OWNERS) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm: Sandbox) -> Iterator[HubSpotContacts]:
    with HubSpotContacts(crm.token, host=crm.url, **NO_LIMITS) as contacts:
        yield contacts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SARAH@us.example", ["sarah@us.example"]),
        ("sarah lee", ["sarah@us.example"]),
        ("Lee, Sarah", ["sarah@us.example"]),
        ("  sarah   LEE ", ["sarah@us.example"]),
        ("Sarah", ["sarah@us.example", "sarah.k@us.example"]),
        ("Kim", ["sarah.k@us.example"]),
        ("lee", ["sarah@us.example", "lee@us.example"]),
        ("zoe", ["zoe@us.example"]),
        ("el amrani", ["zoe@us.example"]),
        ("Raj Patel", ["raj1@us.example", "raj2@us.example"]),
        ("raj2@us.example", ["raj2@us.example"]),
        ("nameless", ["nameless@us.example"]),
        ("Dana", []),
        ("gone@us.example", []),
        ("Sa", []),
        ("", []),
        ("sarah@", []),
    ],
)
def test_whom_a_text_may_mean(port, text, found):
    assert [owner.email for owner in port.owners.matching(text)] == found


@pytest.mark.parametrize(
    ("text", "first"), [("Sara Li", "sarah@us.example"), ("Zoey", "zoe@us.example"), ("rajj", "raj1@us.example")]
)
def test_the_nearest_names_come_first(port, text, first):
    nearest = port.owners.nearest(text)
    assert nearest[0].email == first
    assert len(nearest) <= 3
    assert port.owners.nearest("qqqqqqqqqq") == []


def test_an_id_leads_to_its_owner_also_to_one_who_left(crm, port):
    active, gone = crm.owners()[0], crm.owners()[-1]
    assert port.owners.by_id(active["id"]).name == "Sarah Lee"
    assert (port.owners.by_id(gone["id"]).name, port.owners.by_id(gone["id"]).archived) == ("Dana Gone", True)
    assert port.owners.by_id(str(active["userId"])) is None
    assert port.owners.by_id("1") is None
    assert [owner.email for owner in port.owners.all(archived=True)] == ["gone@us.example"]
    assert port.owners.matching("nameless")[0].name == "nameless@us.example"


def test_the_list_is_read_once(crm, port):
    for _ in range(3):
        port.owners.matching("sarah")
        port.owners.all()
    assert [request.path for request in crm.requests] == ["/crm/v3/owners/"]


def test_more_owners_than_a_page_has_are_all_read():
    owners = [{"email": f"o{number}@us.example", "firstName": f"F{number}"} for number in range(1_100)]
    with Sandbox(contacts=[], owners=owners) as crm, HubSpotContacts(crm.token, host=crm.url, **NO_LIMITS) as port:
        assert [owner.email for owner in port.owners.all()] == [owner["email"] for owner in owners]
        assert port.owners.matching("f1099")[0].email == "o1099@us.example"
        assert len(crm.requests) == 3


def test_an_old_list_is_better_than_none(crm):
    with HubSpotContacts(crm.token, host=crm.url, time_budget=0.3, owners_max_age=0.0, **NO_LIMITS) as port:
        known = port.owners.all()
        crm.faults.add(Fault("error"))
        assert port.owners.all() == known
        with pytest.raises(UnavailableError):
            port.owners.all(archived=True)
        crm.faults.clear()
        crm.access.scopes = {"crm.objects.contacts.read"}
        with pytest.raises(MissingScopesError):
            port.owners.all()


@pytest.mark.slow
def test_an_old_list_will_do_while_hubspot_is_known_to_be_away(crm):
    once = RetryPolicy(attempts=1)
    with HubSpotContacts(crm.token, host=crm.url, retry=once, owners_max_age=0.0, **NO_LIMITS) as port:
        known = port.owners.all()
        crm.stop()
        time.sleep(ANSWERED_S)
        for _ in range(FAILURES):
            with pytest.raises(UnavailableError):
                port.get("101")
        with pytest.raises(HubSpotError) as away:
            port.get("101")
        assert not away.value.transient
        assert port.owners.all() == known


def test_a_refusal_that_names_no_scope_is_given_its_name():
    with (
        stub(403, {"status": "error", "category": "MISSING_SCOPES", "message": "no"}) as server,
        HubSpotContacts("pat-1", host=server.url, **NO_LIMITS) as port,
        pytest.raises(MissingScopesError) as refused,
    ):
        port.owners.all()
    assert refused.value.scopes == ("crm.objects.owners.read",)
