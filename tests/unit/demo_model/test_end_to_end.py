"""The demo model in the real graph on the real sandbox: judged by what the CRM then holds."""

import pytest

from hubspot_agent.demo_model import DemoModel


def people(crm):
    return {
        each["properties"].get("email"): {
            name: each["properties"].get(name) for name in ("firstname", "lastname", "phone", "jobtitle", "city")
        }
        for each in crm.contacts()
    }


@pytest.mark.parametrize(
    ("language", "answers"),
    [("en", ["Bob Smith", "bob@smith.example", "yes"]), ("nl", ["Bob Smith", "bob@smith.example", "ja"])],
)
def test_creating_by_button(chat, crm, language, answers):
    conversation = chat(DemoModel(), language=language)
    conversation.press("create")
    for each in answers:
        conversation.say(each)
    assert people(crm)["bob@smith.example"]["lastname"] == "Smith"
    assert len(crm.contacts()) == 2
    found = conversation.say("find Bob Smith" if language == "en" else "zoek Bob Smith")
    assert "bob@smith.example" in found.text


@pytest.mark.parametrize(
    ("language", "answers"), [("en", ["Ana", "job title CFO", "yes"]), ("nl", ["Ana", "functie CFO", "ja"])]
)
def test_updating_by_button(chat, crm, language, answers):
    conversation = chat(DemoModel(), language=language)
    conversation.press("update")
    for each in answers:
        conversation.say(each)
    assert people(crm)["ana@acme.example"]["jobtitle"] == "CFO"
    assert len(crm.contacts()) == 1


@pytest.mark.parametrize("language", ["en", "nl"])
def test_searching_by_button(chat, crm, language):
    conversation = chat(DemoModel(), language=language)
    conversation.press("search")
    assert "ana@acme.example" in conversation.say("Ana").text
    assert len(crm.contacts()) == 1


def test_she_is_still_known_twenty_turns_later(chat, crm):
    conversation = chat(DemoModel())
    conversation.say("Find Ana")
    for typed in ["hello", "thanks", "how are you?", "tell me a joke", "what's the weather like?"] * 4:
        conversation.say(typed)
    conversation.say("change her phone number to +31 6 12345678")
    assert people(crm)["ana@acme.example"]["phone"] == "+31612345678"
    assert len(crm.contacts()) == 1


def test_a_write_that_was_rejected_is_told_as_not_done(chat, crm):
    conversation = chat(DemoModel(), approve_writes=True)
    conversation.say("change Ana Silva's city to Utrecht")
    assert conversation.pause
    answer = conversation.decide({"type": "reject"})
    assert answer.text == "Nothing was changed. You rejected it."
    assert not people(crm)["ana@acme.example"]["city"]


def test_a_namesake_is_never_changed_by_guess(chat, crm, port):
    port.create({"firstname": "Ana", "lastname": "Silva", "email": "ana@globex.example", "city": "Porto"})
    conversation = chat(DemoModel())
    conversation.say("change Ana Silva's phone to +31 6 12345678")
    before = people(crm)
    assert before["ana@acme.example"]["phone"] != "+31612345678"
    assert before["ana@globex.example"]["phone"] is None
    conversation.say("the one in Porto")
    assert people(crm) == {**before, "ana@globex.example": {**before["ana@globex.example"], "phone": "+31612345678"}}


def test_one_of_a_long_list_is_looked_up_before_it_is_changed(chat, crm, port):
    for number in range(15):
        port.create({"email": f"bulk{number}@bulk.example", "company": "Bulk"})
    conversation = chat(DemoModel())
    shown = conversation.say("find contacts at Bulk").text
    second = next(line for line in shown.split("\n") if line.startswith("2. ")).split(" · ")[1]
    conversation.say("change the city of the second to Delft")
    assert [email for email, each in people(crm).items() if each["city"] == "Delft"] == [second]


async def test_it_answers_while_it_streams(chat):
    conversation = chat(DemoModel())
    turn = {"messages": [("user", "find Ana")]}
    stream = conversation.graph.astream(turn, conversation.config, stream_mode="messages", subgraphs=True)
    pieces = [message.text async for _, (message, _) in stream if message.type == "AIMessageChunk"]
    assert len(pieces) > 3
    assert "ana@acme.example" in "".join(pieces)
