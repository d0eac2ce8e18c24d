"""How many calls to HubSpot a write takes: HubSpot allows 5 searches a second for a whole account."""

import pytest

from support.scripted import ScriptedModel

FIND = [("search_contacts", {"query": "Ana"})]
CREATE = [("create_contact", {"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example"})]
CREATE_NAMELESS = [("create_contact", {"firstname": "Bob", "lastname": "Jones", "company": "Globex"})]
CHANGE = [("update_contact", {"contact_id": "101", "city": "Porto"})]
WORDS = "create Bob Jones of Globex, bob@globex.example"


def calls(crm, run):
    """Return how many calls, and how many of them searches, `run` takes."""
    before = len(crm.requests)
    run()
    made = [each.path for each in crm.requests[before:]]
    return len(made), sum(path.endswith("/search") for path in made)


@pytest.mark.parametrize("recently_written", [False, True])
@pytest.mark.parametrize("create", [CREATE, CREATE_NAMELESS])
def test_a_creation(chat, crm, port, create, recently_written):
    port.property_definitions()
    if recently_written:
        port.update("101", {"city": "Lisbon"})
    talk = chat(ScriptedModel(replies=[create, "Done."]))
    made, searches = calls(crm, lambda: talk.say(WORDS))
    assert len(crm.contacts()) == 2
    assert made <= 3 + recently_written
    assert searches <= 1


@pytest.mark.parametrize("create", [CREATE, CREATE_NAMELESS])
def test_an_approved_creation(chat, crm, port, create):
    port.property_definitions()
    talk = chat(ScriptedModel(replies=[create, "Done."]), approve_writes=True)

    def run():
        talk.say(WORDS)
        talk.decide({"type": "approve"})

    made, searches = calls(crm, run)
    assert len(crm.contacts()) == 2
    assert made <= 4
    assert searches <= 2


@pytest.mark.parametrize("approve_writes", [False, True])
def test_an_update(chat, crm, port, approve_writes):
    port.property_definitions()
    talk = chat(ScriptedModel(replies=[FIND, "Here.", CHANGE, "Done."]), approve_writes=approve_writes)
    talk.say("find Ana")

    def run():
        talk.say("she lives in Porto")
        if approve_writes:
            talk.decide({"type": "approve"})

    made, searches = calls(crm, run)
    assert crm.contacts()[0]["properties"]["city"] == "Porto"
    assert made <= 2 + approve_writes
    assert searches == 0
