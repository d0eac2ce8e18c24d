"""Undo of what was written about a contact besides its own fields: owner, company record, note."""

import pytest

from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import ANA
from support.scripted import ScriptedModel

SARAH = {"email": "sarah@us.example", "firstName": "Sarah", "lastName": "Lee"}
RAJ = {"email": "raj@us.example", "firstName": "Raj", "lastName": "Patel"}
GLOBEX = {"name": "Globex", "domain": "globex.example"}
OWNER, COMPANY, NOTE = "hubspot_owner_id", "associatedcompanyid", "hs_note_body"

SAID = "find Ana, reassign her to Raj, link her to Globex, and log: called her"
ALL_THREE = {"owner": "Raj", "link_company": "Globex", "note": "called her"}


@pytest.fixture
def crm():
    with Sandbox(contacts=[ANA], owners=[SARAH, RAJ], companies=[GLOBEX]) as sandbox:
        yield sandbox


@pytest.fixture
def written(chat):
    """Return what has a write of these values approved, and returns the conversation."""

    def write(said=SAID, **values):
        call = ("update_contact", {"contact_id": "101", **(values or ALL_THREE)})
        talk = chat(ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], [call], "Done."]))
        talk.say(said)
        if talk.pause:
            talk.decide({"type": "approve"})
        return talk

    return write


def state(crm):
    owner = crm.contacts()[0]["properties"].get(OWNER)
    names = {each["id"]: each["firstName"] for each in crm.owners()}
    return names.get(owner), len(crm.associations("101")), crm.notes("101")


def rows(answer):
    [receipt] = answer.additional_kwargs["receipts"]
    return {each["property"]: (each["old"], each["new"]) for each in receipt["changes"]}


def test_all_three_are_taken_back(crm, port, written):
    port.update("101", {OWNER: crm.owners()[0]["id"]})
    talk = written()
    assert state(crm) == ("Raj", 1, ["called her"])
    undone = talk.press("undo")
    assert rows(undone) == {
        OWNER: ("Raj Patel", "Sarah Lee"),
        COMPANY: ("Globex (globex.example)", ""),
        NOTE: ("called her", ""),
    }
    assert state(crm) == ("Sarah", 0, [])
    assert "nothing to undo" in talk.press("undo").text


def test_only_what_was_written_is_taken_back(crm, port, written):
    port.companies.link("101", crm.companies()[0]["id"])
    port.notes.log("101", "by somebody else", key="1")
    talk = written()
    assert state(crm) == ("Raj", 1, ["by somebody else", "called her"])
    talk.press("undo")
    assert state(crm) == (None, 1, ["by somebody else"])


def test_what_was_done_of_a_write_that_failed_halfway(crm, written):
    crm.faults.add(Fault("error", status=400, method="POST", path="/objects/notes"))
    talk = written()
    assert state(crm) == ("Raj", 1, [])
    crm.faults.clear()
    talk.press("undo")
    assert state(crm) == (None, 0, [])


def test_not_after_somebody_gave_it_to_another_owner(crm, port, written):
    talk = written()
    port.update("101", {OWNER: crm.owners()[0]["id"]})
    assert "Undoing would lose that change" in talk.press("undo").text
    assert state(crm) == ("Sarah", 1, ["called her"])


def test_again_after_it_failed_halfway(crm, written):
    talk = written()
    crm.faults.add(Fault("error", status=400, method="PATCH"))
    assert "could not undo" in talk.press("undo").text
    crm.faults.clear()
    assert "Undone" in talk.press("undo").text
    assert state(crm) == (None, 0, [])


def test_a_link_alone(crm, written):
    talk = written("find Ana and link her to Globex", link_company="Globex")
    assert state(crm) == (None, 1, [])
    assert "taken back" in talk.press("undo").text
    assert state(crm) == (None, 0, [])
    assert not [each for each in crm.requests if each.method == "PATCH"]


def test_a_company_that_was_created_stays(crm, written):
    talk = written("find Ana and link her to Initech", link_company="Initech")
    answer = talk.press("undo").text
    assert "The company record Initech stays in HubSpot" in answer
    assert (len(crm.companies()), crm.associations("101")) == (2, [])


def test_a_creation_that_was_linked_and_noted(chat, crm):
    call = ("create_contact", {"firstname": "Bob", "email": "bob@globex.example", **ALL_THREE, "note": "called him"})
    talk = chat(ScriptedModel(replies=[[call], "Done."]))
    talk.say("create Bob, bob@globex.example, owner Raj, link him to Globex and log: called him")
    talk.decide({"type": "approve"})
    assert len(crm.contacts()) == 2
    assert "Undone" in talk.press("undo").text
    assert len(crm.contacts()) == 1
