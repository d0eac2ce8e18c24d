"""What stands around the writing tools, with a model that does not behave."""

import pytest

from hubspot_agent.guardrails.evidence import ungiven
from support.chat import ANA
from support.scripted import ScriptedModel

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
            "make Ana's legal basis consent",
            [
                FIND_ANA,
                [
                    (
                        "update_contact",
                        {"contact_id": "101", "other_properties": [{"property": "hs_legal_basis", "value": "consent"}]},
                    )
                ],
            ],
            "policy_denied",
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
    talk = chat(ScriptedModel(replies=[FIND_ANA, change, "Which Ana?", change, "Done."]), approve_writes=approve_writes)
    talk.say("set Ana's city to Porto")
    [doubt] = talk.pause["action_requests"][0]["doubts"]
    assert (doubt["kind"], doubt["property"]) == ("ambiguous", None)
    assert "Ana Silva (ana@acme.example)" in doubt["message"]
    talk.decide({"type": "reject"})
    assert "city" not in stored(crm)["101"]
    talk.say("the one at Acme")
    if approve_writes:
        assert talk.pause["action_requests"][0]["doubts"] == []
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


def test_tool_calls_end_when_each_waits_for_a_person(chat, crm):
    cities = [f"Town{chr(ord('a') + number)}" for number in range(20)]
    updates = [[("update_contact", {"contact_id": "101", "city": city})] for city in cities]
    talk = chat(ScriptedModel(replies=[FIND_ANA, *updates]), approve_writes=True)
    answer = talk.say(f"set Ana's city to each of {', '.join(cities)}")
    while talk.pause:
        answer = talk.decide({"type": "approve"})
    assert "12 steps" in answer.content
    assert len(written(crm)) == 11


def test_each_turn_has_its_own_tool_calls(chat, crm):
    talk = chat(ScriptedModel(replies=[FIND_ANA, "Here."] * 14))
    assert {talk.say("find Ana").content for _ in range(14)} == {"Here."}


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


def test_without_a_way_to_ask_a_duplicate_is_refused(build, port, crm):
    model = ScriptedModel(replies=[[("create_contact", {"email": "Ana@acme.example"})], "She exists."])
    result = build(model=model, contacts=port).invoke({"messages": [("user", "create Ana@acme.example")]})
    assert any("Not done (duplicate_suspected)" in str(message.content) for message in result["messages"])
    assert len(crm.contacts()) == 1


def test_looking_a_first_hit_up_again_does_not_choose_it(chat, crm, port):
    port.create({"firstname": "Ana", "lastname": "Souza", "email": "ana@globex.example", "company": "Globex"})
    again = [("search_contacts", {"email": "ana@acme.example"})]
    change = [("update_contact", {"contact_id": "101", "city": "Porto"})]
    talk = chat(ScriptedModel(replies=[FIND_ANA, again, change, "Which Ana?"]))
    talk.say("set Ana's city to Porto")
    assert [each["kind"] for each in talk.pause["action_requests"][0]["doubts"]] == ["ambiguous"]
    assert "city" not in stored(crm)["101"]


TWO_ANAS = [("search_contacts", {"query": "Ana"})]


@pytest.mark.parametrize(
    ("turns", "chosen"),
    [
        (["change Ana's first name to Anna", "her"], None),
        (["change Ana's last name to Costa"], None),
        (["set Ana's city to Porto, that is all"], None),
        (["set Ana's city to Porto", "not the one at Acme"], None),
        (["set Ana's city to Porto", "yes"], None),
        (["set Ana's city to Porto", "the second one"], "102"),
        (["set Ana's city to Porto", "de laatste"], "102"),
        (["set Ana's city to Porto", "la deuxième"], "102"),
        (["set Ana's city to Porto", "ana@globex.example"], "102"),
        (["set Ana's city to Porto", "ana@acme.example, not the other"], "101"),
        (["find Ana", "the second one please", "set her city to Porto"], "102"),
        (["change the city of the Ana at Acme to Porto"], "101"),
    ],
)
def test_who_is_meant(chat, crm, port, turns, chosen):
    port.create({"firstname": "Ana", "lastname": "Souza", "email": "ana@globex.example", "company": "Globex"})
    words = " ".join(turns)
    new = {"firstname": "Anna"} if "Anna" in words else {"lastname": "Costa"} if "Costa" in words else {"city": "Porto"}
    change = [("update_contact", {"contact_id": chosen or "101", **new})]
    replies = [TWO_ANAS, *["Which Ana: Ana Silva at Acme or Ana Souza at Globex?"] * (len(turns) - 1), change, "Hm."]
    talk = chat(ScriptedModel(replies=replies))
    for turn in turns:
        talk.say(turn)
    patched = {call.path.rsplit("/", 1)[1] for call in crm.requests if call.method == "PATCH"}
    assert patched == ({chosen} if chosen else set())
    assert (talk.pause is None) == bool(chosen)


@pytest.mark.parametrize(
    "words",
    [
        "both moved to The Hague",
        "they both live in The Hague now",
        "they moved to The Hague",
        "update all of them: city The Hague",
        "allebei verhuisd naar The Hague",
        "ze zijn verhuisd naar The Hague",
        "les deux habitent maintenant à The Hague",
    ],
)
def test_everyone_listed_is_meant(chat, crm, port, words):
    port.create({"firstname": "Ana", "lastname": "Souza", "email": "ana@globex.example", "company": "Globex"})
    change = [("update_contact", {"contact_id": each, "city": "The Hague"}) for each in ("101", "102")]
    talk = chat(ScriptedModel(replies=[TWO_ANAS, "Two of them.", change, "Done."]))
    talk.say("find Ana")
    talk.say(words)
    assert talk.pause is None
    assert [each["city"] for each in stored(crm).values()] == ["The Hague", "The Hague"]


@pytest.mark.parametrize(
    "words",
    ["set the city of contact 101 to Porto", "city Porto: https://app.hubspot.com/contacts/1/record/0-1/101"],
)
def test_an_id_that_the_user_typed_is_a_choice(chat, crm, words):
    talk = chat(ScriptedModel(replies=[[("update_contact", {"contact_id": "101", "city": "Porto"})], "Done."]))
    talk.say(words)
    assert talk.pause is None
    assert stored(crm)["101"]["city"] == "Porto"


@pytest.mark.parametrize(
    ("words", "values", "refused"),
    [
        ("set Ana's zip to 1234AB", {"zip": "1234 AB"}, []),
        ("Ana works at acme bv", {"company": "Acme B.V."}, []),
        ("her site is acme.example", {"website": "https://acme.example"}, []),
        ("maak haar klant", {"lifecyclestage": "customer"}, []),
        ("born 3 May 1990", {"date_of_birth": "1990-05-03"}, []),
        ("her revenue is 1.000", {"annualrevenue": "1000"}, []),
        ("call her Łukasz", {"firstname": "Lukasz"}, []),
        ("remove her number", {"phone": ""}, []),
        ("wis haar functie", {"jobtitle": ""}, []),
        ("what is her phone?", {"phone": ""}, ["phone"]),
        ("create a new contact", {"hs_lead_status": "OPEN"}, ["hs_lead_status"]),
        ("joana@new.example", {"email": "ana@new.example"}, ["email"]),
        ("she just called", {"country": "US"}, ["country"]),
    ],
)
def test_what_was_said(words, values, refused):
    assert ungiven(values, [words]) == refused


@pytest.mark.parametrize("kind", ["graph"], indirect=True)
def test_opening_the_chat_repeats_nothing(chat, crm):
    model = ScriptedModel(replies=[[("create_contact", {"firstname": "Bob"})], "Done.", "Again?"])
    talk = chat(model, approve_writes=True)
    talk.say("create Bob")
    talk.open()
    assert len(model.seen) == 1
    assert len(crm.contacts()) == 1
