"""What stands around the writing tools, with a model that does not behave."""

import pytest

from conftest import ANA
from scripted import ScriptedModel

FIND_ANA = [("search_contacts", {"query": "Ana"})]


def stored(crm):
    return {contact["id"]: contact["properties"] for contact in crm.contacts()}


def written(crm):
    return [call for call in crm.requests if call.method in ("POST", "PATCH", "DELETE") and "search" not in call.path]


def refusals(chat):
    return [
        message.content for message in chat.result["messages"] if message.type == "tool" and message.status == "error"
    ]


@pytest.mark.parametrize(
    ("words", "replies", "code"),
    [
        (
            "change the phone to +31612345678",
            [[("update_contact", {"contact_id": "999", "phone": "+31612345678"})]],
            "unknown_contact",
        ),
        (
            "make hubspot owner 7",
            [
                FIND_ANA,
                [
                    (
                        "update_contact",
                        {"contact_id": "101", "other_properties": [{"property": "hubspot_owner_id", "value": "7"}]},
                    )
                ],
            ],
            "policy_denied",
        ),
        (
            "find Ana and set her phone to +31612345678",
            [
                FIND_ANA,
                [
                    (
                        "update_contact",
                        {"contact_id": "101", "phone": "+31612345678", "city": "Lisbon", "jobtitle": "CEO"},
                    )
                ],
            ],
            "not_said",
        ),
        ("find Ana", [FIND_ANA, [("update_contact", {"contact_id": "101", "clear": ["phone"]})]], "not_said"),
        (
            "set Ana's phone to 12",
            [FIND_ANA, [("update_contact", {"contact_id": "101", "phone": "12"})]],
            "invalid_contact",
        ),
        ("create Bob Jones", [[("create_contact", {"firstname": "Bob", "shoe_size": "44"})]], "invalid_arguments"),
        ("create a contact", [[("create_contact", {"phone": "+31612345678"})]], "missing_identity"),
    ],
)
def test_refused_before_anything_is_sent(chat, crm, words, replies, code):
    talk = chat(ScriptedModel(replies=[*replies, "Sorry."]))
    before = stored(crm)
    talk.say(words)
    assert [text for text in refusals(talk) if text.startswith(f"Not done ({code})")], refusals(talk)
    assert stored(crm) == before
    assert written(crm) == []


def test_an_id_of_another_conversation_is_unknown(chat, crm, port):
    model = ScriptedModel(
        replies=[FIND_ANA, "Found.", [("update_contact", {"contact_id": "101", "city": "Porto"})], "Sorry."]
    )
    first = chat(model, thread="first")
    first.say("find Ana")
    first.thread = "second"
    first.say("set the city to Porto")
    assert "Not done (unknown_contact)" in refusals(first)[0]
    assert written(crm) == []


def test_empty_values_are_not_written(chat, crm):
    fields = dict.fromkeys(["email", "firstname", "lastname", "phone", "company", "jobtitle"], "")
    talk = chat(ScriptedModel(replies=[FIND_ANA, [("update_contact", {"contact_id": "101", **fields})], "Done."]))
    before = stored(crm)
    talk.say("find Ana")
    assert stored(crm) == before


@pytest.mark.parametrize("approve_writes", [False, True])
def test_several_hits_are_the_users_to_choose(chat, crm, port, approve_writes):
    port.create({"firstname": "Ana", "lastname": "Souza", "email": "ana@globex.example", "company": "Globex"})
    change = [("update_contact", {"contact_id": "101", "city": "Porto"})]
    model = ScriptedModel(replies=[FIND_ANA, change, "Which Ana?", change, "Which?", change, "Done."])
    talk = chat(model, approve_writes=approve_writes)
    talk.say("set Ana's city to Porto")
    talk.say("her")
    assert all(text.startswith("Not done (ambiguous)") for text in refusals(talk))
    assert len(refusals(talk)) == 2
    talk.say("the one at Acme")
    if approve_writes:
        talk.decide({"type": "approve"})
    assert stored(crm)["101"]["city"] == "Porto"


def test_a_claim_without_a_write_is_corrected(chat, crm):
    answer = chat(ScriptedModel(replies=["I have created Bob Jones."])).say("create Bob Jones")
    assert answer.content.endswith("(Nothing was changed in HubSpot in this turn.)")
    assert "receipts" not in answer.additional_kwargs


@pytest.mark.parametrize("together", [True, False])
def test_tool_calls_end(chat, crm, together):
    calls = [("search_contacts", {"query": "Ana"})] * 50
    replies = [calls] if together else [[call] for call in calls]
    answer = chat(ScriptedModel(replies=replies)).say("find Ana")
    assert "12 steps" in answer.content
    assert sum("search" in call.path for call in crm.requests) == 12


@pytest.mark.parametrize(
    ("duplicate", "reason"),
    [
        ({"email": "ANA@Acme.example", "firstname": "Ann"}, "email"),
        ({"firstname": "A.", "lastname": "S.", "phone": "020 123 45 67"}, "phone"),
        ({"firstname": "Ana", "lastname": "Silvaa", "company": "acme"}, "name"),
    ],
)
@pytest.mark.parametrize("decision", ["reject", "update", "approve"])
def test_a_likely_duplicate_is_the_users_to_decide(chat, crm, duplicate, reason, decision):
    talk = chat(ScriptedModel(replies=[[("create_contact", duplicate)], "Understood."]))
    talk.say(f"create {' '.join(duplicate.values())}")
    [request] = talk.pause["action_requests"]
    assert [(each["id"], each["reason"]) for each in request["duplicates"]] == [("101", reason)]
    assert len(crm.contacts()) == 1
    if decision == "update":
        args = {"contact_id": "101", "city": "Porto"}
        talk.decide({"type": "edit", "edited_action": {"name": "update_contact", "args": args}})
        assert stored(crm)["101"]["city"] == "Porto"
    else:
        talk.decide({"type": decision})
    made = 2 if decision == "approve" and reason != "email" else 1
    assert len(crm.contacts()) == made
    assert stored(crm)["101"]["lastname"] == ANA["lastname"]


def test_without_a_way_to_ask_a_duplicate_is_refused(port, crm):
    from hubspot_agent import build_graph

    model = ScriptedModel(replies=[[("create_contact", {"email": "Ana@acme.example"})], "She exists."])
    result = build_graph(model=model, contacts=port).invoke({"messages": [("user", "create Ana@acme.example")]})
    assert any("Not done (duplicate_suspected)" in str(message.content) for message in result["messages"])
    assert len(crm.contacts()) == 1


def test_looking_a_first_hit_up_again_does_not_choose_it(chat, crm, port):
    port.create({"firstname": "Ana", "lastname": "Souza", "email": "ana@globex.example", "company": "Globex"})
    again = [("search_contacts", {"email": "ana@acme.example"})]
    change = [("update_contact", {"contact_id": "101", "city": "Porto"})]
    talk = chat(ScriptedModel(replies=[FIND_ANA, again, change, "Which Ana?"]))
    talk.say("set Ana's city to Porto")
    assert refusals(talk)[-1].startswith("Not done (ambiguous)")
    assert "city" not in stored(crm)["101"]
