"""Companies are found by domain before name, linked for sure, and created at most once."""

from collections.abc import Iterator

import pytest

from hubspot_agent.hubspot import (
    Company,
    CompanyExistsError,
    CompanyNotFoundError,
    ContactNotFoundError,
    HubSpotContacts,
    InvalidRequestError,
    MissingScopesError,
    RetryPolicy,
    UnknownOutcomeError,
)
from hubspot_agent.sandbox import Assumptions, Fault, Property, Sandbox
from support.faulty import port_on

ANA = {"email": "ana@acme.example", "firstname": "Ana", "associatedcompanyid": "acme.example"}
ACME = {"name": "Acme B.V.", "domain": "acme.example", "hs_additional_domains": "acme.nl; acme-tools.de"}
COMPANIES = [ACME, {"name": "Beta Works"}, {"name": "Beta", "domain": "beta.example"}, {"name": "Café Zürich"}]
BARE_SCOPES = {"crm.objects.contacts.read", "crm.objects.contacts.write"}
LOST = Fault("reset", applied=True, times=1)


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[ANA, {"email": "jan@x.example"}], companies=COMPANIES) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm: Sandbox) -> Iterator[HubSpotContacts]:
    with port_on(crm) as contacts:
        yield contacts


def names(companies: list[Company]) -> list[str]:
    return [company.name for company in companies]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("acme.example", ["Acme B.V."]),
        ("https://www.ACME.nl/about?x=1", ["Acme B.V."]),
        ("acme-tools.de", ["Acme B.V."]),
        ("tools.de", []),
        ("me.example", []),
        ("acme b.v.", ["Acme B.V."]),
        ("ACME", ["Acme B.V."]),
        ("acme bv", ["Acme B.V."]),
        ("beta", ["Beta"]),
        ("bet", ["Beta Works", "Beta"]),
        ("works beta", ["Beta Works"]),
        ("cafe zurich", ["Café Zürich"]),
        ("Gamma", []),
        ("", []),
        ("   ", []),
        ("*", []),
        ("x" * 5_000, []),
    ],
)
def test_a_company_is_found_by_its_domains_else_by_its_name(port, text, found):
    assert names(port.companies.matching(text)) == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("bo@acme.example", ["Acme B.V."]),
        ("Bo@ACME.nl", ["Acme B.V."]),
        ("bo@mail.acme.example", []),
        ("bo@gmail.com", []),
        ("bo", []),
        ("", []),
    ],
)
def test_the_domain_of_an_address_names_a_company_but_that_of_a_mail_provider_never(address, found):
    companies = [*COMPANIES, {"name": "Someone's", "domain": "gmail.com"}]
    with Sandbox(contacts=[], companies=companies) as crm, port_on(crm) as port:
        assert names(port.companies.for_email(address)) == found


@pytest.mark.slow
def test_one_of_ten_thousand_companies_is_found_and_a_name_of_many_is_not_settled():
    companies = [{"name": f"Bakery {number}", "domain": f"bakery{number}.example"} for number in range(10_000)]
    with Sandbox(contacts=[], companies=[*companies, {"name": "Bakery"}]) as crm, port_on(crm) as port:
        assert names(port.companies.matching("bakery9999.example")) == ["Bakery 9999"]
        assert names(port.companies.matching("bakery 9999")) == ["Bakery 9999"]
        assert names(port.companies.matching("Bakery")) == ["Bakery"]
        assert len(port.companies.matching("bake")) == 10


def test_a_contact_with_many_companies_has_the_primary_one_first(crm, port):
    crm_ids = [port.companies.create(f"C{number}").id for number in range(12)]
    for company_id in reversed(crm_ids):
        port.companies.link("101", company_id)
    linked = port.companies.linked_to("101")
    assert [company.id for company in linked] == ["5001", *reversed(crm_ids)]
    assert port.get("101").properties["associatedcompanyid"] == "5001"
    assert port.companies.linked_to("102") == []


def test_companies_that_were_read_are_not_read_again(crm, port):
    assert names(list(port.companies.of(["5002", "5001", "5002", "999", "x"]).values())) == ["Beta Works", "Acme B.V."]
    before = len(crm.requests)
    assert port.companies.of(["5001"])["5001"].label == "Acme B.V. (acme.example)"
    assert port.companies.of([]) == {}
    assert len(crm.requests) == before


def test_linking_and_unlinking_twice_is_once(crm, port):
    for _ in range(2):
        port.companies.link("102", "5003")
    assert crm.associations("102") == ["5003"]
    for _ in range(2):
        port.companies.unlink("102", "5003")
    assert crm.associations("102") == []
    assert "associatedcompanyid" not in port.get("102").properties


@pytest.mark.parametrize("fault", [LOST, Fault("error", applied=True, times=3), Fault("rate_limit", times=3)])
def test_a_link_is_made_and_taken_away_whatever_happens_to_the_answers(crm, port, fault):
    crm.faults.add(fault)
    port.companies.link("102", "5003")
    assert crm.associations("102") == ["5003"]
    crm.faults.add(fault)
    port.companies.unlink("102", "5003")
    assert crm.associations("102") == []


def test_what_is_not_there_cannot_be_linked(crm, port):
    with pytest.raises(ContactNotFoundError):
        port.companies.link("999", "5001")
    for company_id in ("999", "abc"):
        with pytest.raises(CompanyNotFoundError):
            port.companies.link("101", company_id)
        with pytest.raises(CompanyNotFoundError):
            port.companies.get(company_id)
    port.companies.unlink("999", "5001")
    assert crm.associations("101") == ["5001"]


def test_a_link_that_nobody_confirms_is_unknown(crm):
    crm.faults.add(Fault("reset", method="PUT", applied=True))
    with port_on(crm, retry=RetryPolicy(attempts=2)) as port, pytest.raises(UnknownOutcomeError, match="linked"):
        port.companies.link("102", "5003")


@pytest.mark.parametrize("fault", [None, LOST])
@pytest.mark.parametrize("properties", [{"email": "new@x.example"}, {"firstname": "New"}])
def test_a_contact_is_created_with_its_companies_in_one_request(crm, port, properties, fault):
    if fault and "email" in properties:
        crm.faults.add(fault)
    contact = port.create(properties, company_ids=["5003", "5001", "5003"])
    assert crm.associations(contact.id) == ["5003", "5001"]
    assert not any(request.method == "PUT" for request in crm.requests)


def test_a_contact_created_by_key_takes_no_companies():
    key = Property("assistant_create_key", unique=True)
    with (
        Sandbox(contacts=[], companies=COMPANIES, properties=[key]) as crm,
        port_on(crm, create_key_property=key.name) as port,
    ):
        assert not port.creates_with_links
        with pytest.raises(InvalidRequestError):
            port.create({"firstname": "New"}, key="1", company_ids=["5001"])
        assert crm.contacts() == []


def test_the_account_may_have_linked_by_itself():
    with Sandbox(contacts=[], companies=COMPANIES, auto_link_companies=True) as crm, port_on(crm) as port:
        contact = port.create({"email": "bo@acme.nl"})
        assert names(port.companies.linked_to(contact.id)) == ["Acme B.V."]
        port.companies.link(contact.id, "5001")
        assert crm.associations(contact.id) == ["5001"]


@pytest.mark.parametrize("delay", [0.0, 60.0])
def test_contacts_of_a_company_are_found_also_those_linked_just_now(delay):
    with (
        Sandbox(contacts=[ANA, {"email": "jan@x.example"}], companies=COMPANIES, search_delay=delay) as crm,
        port_on(crm) as port,
    ):
        created = port.create({"email": "new@x.example"}, company_ids=["5001"])
        port.companies.link("102", "5001")
        found = port.search(company_ids=["5001"]).contacts
        assert {contact.id for contact in found} == {"101", "102", created.id}
        assert [contact.id for contact in port.search(company_ids=["5003"]).contacts] == []
        port.companies.unlink("102", "5001")
        port.companies.unlink("101", "5001")
        assert [contact.id for contact in port.search(company_ids=["5001", "5002"]).contacts] == [created.id]
        assert [one.id for one in port.search(email="new@x.example", company_ids=["5003"]).contacts] == []


def test_a_contact_linked_to_another_company_as_well_stays_found(crm, port):
    port.companies.link("101", "5003")
    assert [contact.id for contact in port.search(company_ids=["5003"]).contacts] == ["101"]
    port.update("101", {"city": "Utrecht"})
    assert [contact.id for contact in port.search(company_ids=["5003"]).contacts] == ["101"]


def test_a_company_is_created_once_and_found_at_once(crm, port):
    crm.faults.add(Fault("rate_limit", times=1), Fault("reset", applied=True, times=1, method="POST"))
    made = port.companies.create(" New  Co ", "https://www.New.example/", key="1")
    assert (made.name, made.domain, made.label) == ("New Co", "new.example", "New Co (new.example)")
    assert port.companies.create("New Co", "new.example", key="1") == made
    assert [one["properties"]["name"] for one in crm.companies()].count("New Co") == 1


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_every_version_of_the_api_will_do(crm, version):
    with port_on(crm, api_version=version) as port:
        company = port.companies.create("New Co")
        port.companies.link("102", company.id)
        assert port.companies.linked_to("102") == [port.companies.get(company.id)] == port.companies.matching("new co")
        port.companies.unlink("102", company.id)
        note = port.notes.log("102", "Called", owner_id=port.owners.all()[0].id, key="1")
        assert port.notes.latest("102") == [note]
        port.notes.archive(note.id)
    paths = [request.path for request in crm.requests]
    assert all(("/2026-03" in path) == (version != "v3") for path in paths)
    assert all(request.status < 300 for request in crm.requests)


def test_a_new_company_is_found_before_the_index_knows_it():
    with Sandbox(contacts=[], companies=[], search_delay=60.0) as crm, port_on(crm) as port:
        made = port.companies.create("New Co", "new.example")
        for text in ("new.example", "new co", "new"):
            assert port.companies.matching(text) == [made]
        assert port.companies.for_email("bo@new.example") == [made]


def test_a_company_that_cannot_be_found_after_a_lost_answer_is_unknown_and_sent_once(crm, port):
    crm.faults.add(Fault("reset", times=1, method="POST"))
    with pytest.raises(UnknownOutcomeError, match="company"):
        port.companies.create("New Co", key="1")
    assert len(crm.companies()) == len(COMPANIES)
    assert port.companies.create("New Co", key="1").name == "New Co"
    assert len(crm.companies()) == len(COMPANIES) + 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("error", status=403, method="POST", path="/search"),
        Fault("rate_limit", method="POST", path="/search"),
    ],
    ids=["refused", "rate limited"],
)
def test_a_company_is_not_sent_again_before_it_was_looked_for(crm, port, fault):
    crm.faults.add(fault, Fault("reset", applied=True, times=1, method="POST", path="/objects/companies"))
    with port_on(crm, retry=RetryPolicy(attempts=2, server_wait=0.02)) as port:
        for _ in range(2):
            with pytest.raises(UnknownOutcomeError, match="company"):
                port.companies.create("New Co", key="1")
        crm.faults.clear()
        assert port.companies.create("New Co", key="1").id == crm.companies()[-1]["id"]
    assert len(crm.companies()) == len(COMPANIES) + 1


def test_a_company_is_not_sent_again_without_time_for_the_index_to_learn_of_it():
    with Sandbox(contacts=[], companies=[], search_delay=60.0) as crm:
        crm.faults.add(Fault("reset", applied=True, times=1, method="POST", path="/objects/companies"))
        with port_on(crm, index_delay=60.0, time_budget=1.0) as port:
            for _ in range(2):
                with pytest.raises(UnknownOutcomeError, match="company"):
                    port.companies.create("New Co", key="1")
        assert len(crm.companies()) == 1


@pytest.mark.slow
def test_what_an_interrupted_create_left_is_found_by_another_process():
    with Sandbox(contacts=[], companies=[], search_delay=0.3) as crm:
        with port_on(crm) as died:
            since = died.now()
            made = died.companies.create("New Co", "new.example", key="1")
        with port_on(crm, index_delay=2.5) as port:
            assert port.companies.create("New Co", "new.example", key="1", since=since).id == made.id
        assert len(crm.companies()) == 1


def test_where_a_domain_is_unique_the_company_that_has_it_is_named():
    assumptions = Assumptions(company_domains_unique=True)
    with Sandbox(contacts=[], companies=COMPANIES, assumptions=assumptions) as crm, port_on(crm) as port:
        with pytest.raises(CompanyExistsError) as refused:
            port.companies.create("Another", "acme.nl")
        assert refused.value.existing_id == "5001"
        assert len(crm.companies()) == len(COMPANIES)


def test_without_the_scopes_the_missing_one_is_named_and_contacts_go_on(crm, port):
    crm.access.scopes = BARE_SCOPES
    read, write = "crm.objects.companies.read", "crm.objects.companies.write"
    for call, scope in (
        (lambda: port.owners.all(), "crm.objects.owners.read"),
        (lambda: port.companies.matching("acme"), read),
        (lambda: port.companies.linked_to("101"), read),
        (lambda: port.companies.of(["5001"]), read),
        (lambda: port.companies.link("101", "5002"), write),
        (lambda: port.companies.unlink("101", "5001"), write),
        (lambda: port.companies.create("New"), write),
    ):
        with pytest.raises(MissingScopesError) as refused:
            call()
        assert refused.value.scopes == (scope,)
        assert scope in refused.value.fix
    assert port.search(query="ana").total == 1
    assert port.create({"email": "bo@x.example"}).id
    assert port.notes.log("101", "Called", key="1").body == "Called"
