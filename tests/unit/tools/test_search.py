"""What a search is asked for, and what it shows of it."""

import json

import pytest

from hubspot_agent import HubSpotContacts
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.tools import contact_tools
from support.chat import ANA, NO_LIMITS

BOB = {"firstname": "Bob", "email": "bob@globex.example", "createdate": "2026-03-01T09:30:00.000Z"}
EVA = {"firstname": "Eva", "email": "eva@acme.example", "createdate": "2026-03-02T23:59:59.999Z", "city": "Lisbon"}


@pytest.fixture
def crm():
    with Sandbox(contacts=[ANA, BOB, EVA]) as crm:
        yield crm


@pytest.fixture
def search(crm):
    with HubSpotContacts(crm.token, host=crm.url, **NO_LIMITS) as port:
        tool = contact_tools(port)[0]
        yield lambda **arguments: tool.invoke({"name": tool.name, "args": arguments, "id": "1", "type": "tool_call"})


def shown(message):
    """Return the contacts in the text that the model reads."""
    _, _, rest = message.content.partition("<crm_data>\n")
    return [json.loads(line) for line in rest.partition("\n</crm_data>")[0].splitlines()]


@pytest.mark.parametrize(
    "typed",
    [
        "102",
        " 102 ",
        "https://app.hubspot.com/contacts/12345/record/0-1/102",
        "https://app-eu1.hubspot.com/contacts/12345/record/0-1/102/?eschref=x",
        "https://app.hubspot.com/contacts/12345/contact/102",
    ],
)
def test_by_id_or_by_the_address_of_its_page(search, typed):
    message = search(contact_id=typed, fields=["jobtitle"])
    assert message.content.startswith("1 contact matches.\n")
    assert [(each["firstname"], each["jobtitle"]) for each in shown(message)] == [("Bob", "")]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("999", "not_found"),
        ("Bob", "not_a_contact_id"),
        ("https://app.hubspot.com/contacts/12345/record/0-2/102", "not_a_contact_id"),
        ("102; 103", "not_a_contact_id"),
    ],
)
def test_no_contact_is_taken_for_another(search, typed, code):
    message = search(contact_id=typed)
    assert message.artifact["outcome"] in ("refused", "failed")
    assert (message.artifact["code"], message.artifact["contacts"]) == (code, [])


@pytest.mark.parametrize(
    ("operator", "value", "names"),
    [
        ("EQ", "2026-03-02", ["Eva"]),
        ("LT", "2026-03-02", ["Bob"]),
        ("LTE", "2026-03-02", ["Bob", "Eva"]),
        ("GT", "2026-03-01", ["Ana", "Eva"]),
        ("GTE", "2026-03-02", ["Ana", "Eva"]),
        ("GT", "2026-03-01T09:30:00Z", ["Ana", "Eva"]),
        ("LTE", "2026-03-01T10:30:00+01:00", ["Bob"]),
    ],
)
def test_by_a_day_or_a_moment_which_is_shown(search, operator, value, names):
    message = search(filters=[{"property": "createdate", "operator": operator, "value": value}])
    assert sorted(each["firstname"] for each in shown(message)) == names
    assert all(each["createdate"] for each in shown(message))


def test_no_date_is_told(search):
    message = search(filters=[{"property": "createdate", "operator": "GT", "value": "last week"}])
    assert message.artifact["code"] == "invalid_value"
    assert "YYYY-MM-DD" in message.content


def test_what_is_sorted_by_is_shown_and_what_was_asked_for_is_shown_empty(search):
    message = search(sort="-createdate", fields=["city"], limit=2)
    assert [(each["firstname"], each["city"]) for each in shown(message)] == [("Ana", ""), ("Eva", "Lisbon")]
    assert [each["createdate"][:4] for each in shown(message)][1] == "2026"
    assert "3 contacts match; showing 1 to 2." in message.content


def test_another_spelling_is_proposed_when_nothing_is_found(search):
    several, single = search(query="Bobb Jones"), search(query="Bobb")
    for message, hint in ((several, "one word of it, or another spelling"), (single, "it may be spelled otherwise")):
        head, note = message.content.splitlines()
        assert head == "No contact matches."
        assert hint in note
        assert note.endswith("Before a creation this is good news.")
