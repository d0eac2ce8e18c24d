"""Undo: the way back, if nobody was there since."""

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver

from hubspot_agent.sandbox import Fault
from support.scripted import ScriptedModel

FIND = [("search_contacts", {"query": "Ana"})]
CHANGE = [("update_contact", {"contact_id": "101", "phone": "+31612345678", "city": "Porto"})]
CREATE = [("create_contact", {"firstname": "Bob", "email": "bob@globex.example"})]
CUSTOMER = {"lifecyclestage": "customer"}
WORDS = "Ana's phone is +31612345678 and her city is Porto; create Bob, bob@globex.example"


def ana(crm):
    return crm.contacts()[0]["properties"]


def test_after_an_update_and_only_once(chat, crm):
    before = {key: value for key, value in ana(crm).items() if key != "lastmodifieddate"}
    talk = chat(ScriptedModel(replies=[FIND, CHANGE, "Done."]))
    answer = talk.say(WORDS)
    assert answer.additional_kwargs["buttons"] == [{"action": "undo", "label": "Undo"}]
    assert ana(crm)["city"] == "Porto"
    receipt = talk.press("undo").additional_kwargs["receipts"][0]
    assert {each["property"]: each["new"] for each in receipt["changes"]} == {"phone": "+31201234567", "city": ""}
    assert {key: value for key, value in ana(crm).items() if key != "lastmodifieddate"} == before
    assert "nothing to undo" in talk.press("undo").content


def test_after_a_create(chat, crm):
    talk = chat(ScriptedModel(replies=[CREATE, "Done."]))
    talk.say(WORDS)
    assert len(crm.contacts()) == 2
    talk.press("undo")
    assert [each["id"] for each in crm.contacts()] == ["101"]


@pytest.mark.parametrize("replies", [[FIND, CHANGE, "Done."], [CREATE, "Done."]])
def test_not_after_someone_elses_change(chat, crm, port, replies):
    talk = chat(ScriptedModel(replies=replies))
    talk.say(WORDS)
    port.update(crm.contacts()[-1]["id"], {"city": "Lisbon"})
    before = crm.contacts()
    answer = talk.press("undo")
    assert "changed in HubSpot in the meantime" in answer.content
    assert "receipts" not in answer.additional_kwargs
    assert crm.contacts() == before


def test_after_a_restart(chat, crm, tmp_path):
    file = str(tmp_path / "conversations.sqlite")
    with SqliteSaver.from_conn_string(file) as saver:
        chat(ScriptedModel(replies=[FIND, CHANGE, "Done."]), checkpointer=saver).say(WORDS)
    with SqliteSaver.from_conn_string(file) as saver:
        chat(ScriptedModel(), checkpointer=saver).press("undo")
    assert ana(crm)["phone"] == "+31201234567"


def test_one_press_each_for_the_last_ten(chat, crm):
    replies = [FIND, "Here."]
    for number in range(12):
        replies += [[("update_contact", {"contact_id": "101", "jobtitle": f"Job {number}"})], "Done."]
    talk = chat(ScriptedModel(replies=replies))
    talk.say("find Ana")
    for number in range(12):
        talk.say(f"her job title is Job {number}")
    for number in range(10, 0, -1):
        assert "Undone" in talk.press("undo").content
        assert ana(crm)["jobtitle"] == f"Job {number}"
    assert "nothing to undo" in talk.press("undo").content


async def test_asynchronously(chat, crm):
    talk = chat(ScriptedModel(replies=[CREATE, "Done."]))
    await talk.graph.ainvoke({"messages": [("user", WORDS)]}, talk.config)
    await talk.graph.ainvoke({"action": "undo"}, talk.config)
    assert len(crm.contacts()) == 1


def test_a_lifecycle_stage_comes_back_although_half_of_the_undo_failed(chat, crm, port):
    port.update("101", {"lifecyclestage": "lead"})
    talk = chat(ScriptedModel(replies=[FIND, [("update_contact", {"contact_id": "101", **CUSTOMER})], "Done."]))
    talk.say("find Ana and make her a customer")
    first, second = Fault("latency", seconds=0, method="PATCH", times=1), Fault("error", status=400, method="PATCH")
    crm.faults.add(first, second)
    assert "could not undo" in talk.press("undo").content
    assert not ana(crm).get("lifecyclestage")
    crm.faults.clear()
    assert "Undone" in talk.press("undo").content
    assert ana(crm)["lifecyclestage"] == "lead"
