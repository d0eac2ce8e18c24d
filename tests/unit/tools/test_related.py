"""Owners, company records and notes, with the three tools alone."""

import json

import pytest

from hubspot_agent.sandbox import Sandbox
from hubspot_agent.tools import contact_tools
from hubspot_agent.tools.search import search
from support.chat import ANA, unlimited

SARAH = {"email": "sarah@us.example", "firstName": "Sarah", "lastName": "Lee"}
RAJ = {"email": "raj@us.example", "firstName": "Raj", "lastName": "Patel"}
OTHER_RAJ = {"email": "raj.k@us.example", "firstName": "Raj", "lastName": "Kumar"}
KIM = {"email": "kim@us.example", "firstName": "Kim", "lastName": "Vos", "archived": True, "id": "81000009"}
ACME = {"name": "Acme", "domain": "acme.example"}
GLOBEX = {"name": "Globex", "domain": "globex.example"}
#: Linked to the company record, without naming it.
EVA = {"firstname": "Eva", "email": "eva@x.example", "associatedcompanyid": "globex.example"}
BOB = {"firstname": "Bob", "email": "bob@x.example", "company": "Globex", "hubspot_owner_id": "81000001"}


@pytest.fixture
def crm():
    companies = [ACME, GLOBEX]
    owners = [SARAH, RAJ, OTHER_RAJ, KIM]
    with Sandbox(contacts=[ANA, EVA, BOB], owners=owners, companies=companies) as crm:
        yield crm


@pytest.fixture
def port(crm):
    with unlimited(crm) as port:
        yield port


@pytest.fixture
def call(port):
    tools = {tool.name: tool for tool in contact_tools(port)}
    return lambda name, **args: tools[name].invoke({"name": name, "args": args, "id": "1", "type": "tool_call"})


def shown(message, tag="crm_data"):
    _, _, rest = message.content.partition(f"<{tag}>\n")
    return [json.loads(line) for line in rest.partition(f"\n</{tag}>")[0].splitlines()]


def names(message):
    return [each["firstname"] for each in shown(message)]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"owner": "Sarah"}, ["Bob"]),
        ({"owner": "sarah@us.example"}, ["Bob"]),
        ({"owner": "raj@us.example"}, []),
        ({"owner": "Kim"}, []),
        ({"owner": "Sarah", "query": "Ana"}, []),
        ({"query": "Globex"}, ["Bob", "Eva"]),
        ({"query": "globex"}, ["Bob", "Eva"]),
        ({"filters": [{"property": "company", "value": "Globex"}]}, ["Eva", "Bob"]),
        ({"filters": [{"property": "company", "operator": "CONTAINS_TOKEN", "value": "glob*"}]}, ["Eva", "Bob"]),
        ({"filters": [{"property": "company", "value": "Globex"}], "owner": "Sarah"}, ["Bob"]),
        ({"query": "Bob"}, ["Bob"]),
        ({"filters": [{"property": "hubspot_owner_id", "value": "Sarah"}]}, ["Bob"]),
    ],
)
def test_a_search(call, arguments, found):
    message = call("search_contacts", **arguments)
    assert names(message) == found
    assert message.artifact["total"] == len(found)


def test_a_search_that_goes_on_outside_of_a_run_is_told_who_me_is(port):
    assert [each["properties"]["firstname"] for each in search(port, owner="me", user=SARAH["email"])["contacts"]] == [
        "Bob"
    ]


@pytest.mark.parametrize("arguments", [{"query": "Globex"}, {"filters": [{"property": "company", "value": "Globex"}]}])
def test_a_link_that_the_index_does_not_know_yet(arguments):
    unlinked = {**EVA, "associatedcompanyid": ""}
    with (
        Sandbox(contacts=[unlinked], companies=[GLOBEX], search_delay=60) as crm,
        unlimited(crm) as port,
    ):
        port.companies.link("101", crm.companies()[0]["id"])
        asked = {"name": "search_contacts", "args": arguments, "id": "1", "type": "tool_call"}
        message = contact_tools(port)[0].invoke(asked)
    assert names(message) == ["Eva"]


def test_a_search_for_people_asks_for_no_companies(call, crm):
    call("search_contacts", query="Ana")
    assert not [each for each in crm.requests if "companies" in each.path]


def test_more_linked_contacts_than_fit_are_said(call, port):
    company = port.companies.matching("Globex")[0].id
    for number in range(11):
        port.create({"firstname": f"N{number}"}, company_ids=[company])
    message = call("search_contacts", query="Globex")
    assert names(message) == ["Bob"]
    assert "12 contacts are linked to a company record of that name." in message.content
    every = call("search_contacts", filters=[{"property": "company", "value": "Globex"}])
    assert every.artifact["total"] == 13


def test_owner_and_company_stand_in_the_line_by_name(call):
    [bob] = shown(call("search_contacts", query="Bob"))
    [eva] = shown(call("search_contacts", query="Eva"))
    assert (bob["owner"], eva["linked_company"]) == ("Sarah Lee", "Globex")
    assert not {"hubspot_owner_id", "associatedcompanyid"} & {*bob, *eva}


def test_who_has_left_gets_nothing_new(call):
    assert "Not done (unknown_owner)" in call("update_contact", contact_id="101", owner="Kim").content


@pytest.mark.parametrize("lines", [1, 4])
def test_the_last_three_notes(call, port, lines):
    for number in range(lines):
        port.notes.log("101", f"Note {number}", key=str(number), owner_id="81000002")
    [ana] = shown(call("search_contacts", query="Ana", notes=True))
    assert [each["text"] for each in ana["notes"]] == [f"Note {n}" for n in reversed(range(lines))][:3]
    assert {each["by"] for each in ana["notes"]} == {"Raj Patel"}
    assert "notes" not in shown(call("search_contacts", query="Ana"))[0]


def test_a_write_without_guards(call, crm):
    message = call("update_contact", contact_id="101", owner="Sarah", link_company="Acme", note="called her")
    assert shown(message)[0]["changed"] == {
        "owner": {"old": "", "new": "Sarah Lee"},
        "linked_company": {"old": "", "new": "Acme (acme.example)"},
        "note": {"old": "", "new": "called her"},
    }
    assert crm.associations("101") == [crm.companies()[0]["id"]]
    again = call("update_contact", contact_id="101", owner="Sarah", link_company="Acme")
    assert again.content.startswith("Nothing to change")
    second = call("update_contact", contact_id="101", link_company="Globex")
    assert shown(second)[0]["changed"] == {"linked_company": {"old": "Acme", "new": "Acme, Globex (globex.example)"}}


@pytest.mark.parametrize(
    ("also", "saved"), [({"note": "called her"}, ["note"]), ({"city": "Porto"}, ["city"])], ids=["note", "city"]
)
def test_a_value_that_hubspot_did_not_take_is_told_beside_what_it_did(call, port, also, saved):
    port.update("101", {"lifecyclestage": "customer"})
    backward = [{"property": "lifecyclestage", "value": "lead"}]
    message = call("update_contact", contact_id="101", other_properties=backward, **also)
    assert message.content.startswith("Only partly done.")
    assert list(shown(message)[0]["changed"]) == saved
    assert [each["property"] for each in message.artifact["receipt"]["not_done"]] == ["lifecyclestage"]
    assert "kept the former value of lifecyclestage" in message.content


@pytest.mark.parametrize(
    ("arguments", "code", "choices"),
    [
        ({"owner": "Raj"}, "ambiguous_owner", ["Raj Patel (raj@us.example)", "Raj Kumar (raj.k@us.example)"]),
        ({"owner": "Sara Lee"}, "unknown_owner", ["Sarah Lee (sarah@us.example)"]),
        ({"owner": "me"}, "unknown_me", []),
        ({"link_company": "Initech"}, "unknown_company", []),
    ],
)
def test_a_name_that_is_not_settled_writes_nothing(call, crm, arguments, code, choices):
    before = crm.contacts()
    message = call("update_contact", contact_id="101", city="Porto", **arguments)
    assert message.content.startswith(f"Not done ({code})")
    assert message.artifact.get("choices", [])[: len(choices)] == choices
    assert crm.contacts() == before


@pytest.mark.parametrize("scope", ["crm.objects.owners.read", "crm.objects.companies.read"])
def test_a_search_works_without_the_scopes(call, crm, port, scope):
    port.update("101", {"hubspot_owner_id": "81000001"})
    port.companies.link("101", crm.companies()[0]["id"])
    crm.access.scopes = set(crm.access.scopes) - {scope}
    message = call("search_contacts", query="Ana")
    assert names(message) == ["Ana"]
    assert scope in message.content
    assert "could not be read (missing_scopes)" in message.content


def test_a_contact_of_twelve_companies(call, crm, port):
    for number in range(12):
        port.companies.link("101", port.companies.create(f"Company {number}", key=str(number)).id)
    changed = shown(call("update_contact", contact_id="101", link_company="Acme"))[0]["changed"]["linked_company"]
    assert changed["old"] == "Company 0, Company 1, Company 2 +9"
    assert crm.companies()[0]["id"] in crm.associations("101")
