"""The graph: where a turn goes and what it says, in both languages."""

import pytest

from hubspot_agent import Context
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.texts import LANGUAGES, text
from support.scripted import ScriptedModel

LABELS = {"search": "Search for a contact", "create": "Create a new contact", "update": "Update a contact"}
LABELS_NL = {"search": "Contact zoeken", "create": "Nieuw contact aanmaken", "update": "Contact bijwerken"}


class NoModel(ScriptedModel):
    def _generate(self, *args, **kwargs):
        raise AssertionError("the model was called")


@pytest.mark.parametrize(("language", "labels"), [(None, LABELS), ("en", LABELS), ("nl", LABELS_NL)])
def test_an_opened_chat_greets_with_three_buttons_once(chat, language, labels):
    talk = chat(NoModel(), language=language)
    welcome = talk.open()
    assert welcome.additional_kwargs["buttons"] == [{"action": key, "label": label} for key, label in labels.items()]
    talk.open()
    assert len(talk.result["messages"]) == 1


@pytest.mark.parametrize("action", ["search", "create", "update"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_asks_for_what_it_needs(chat, action, language):
    talk = chat(NoModel(), language=language)
    talk.open()
    assert talk.press(action).content == text(f"graph.ask_{action}", language)


@pytest.mark.parametrize(("language", "labels"), [("en", LABELS), ("nl", LABELS_NL)])
def test_a_typed_label_is_that_button(chat, language, labels):
    for action, label in labels.items():
        talk = chat(NoModel())
        assert talk.say(f"  {label.upper()} ").content == text(f"graph.ask_{action}", language)


def test_a_text_typed_first_goes_to_the_agent(chat):
    assert chat(ScriptedModel(replies=["Hi!"])).say("hello").content == "Hi!"


def test_an_unknown_action_is_a_clear_error_and_the_chat_goes_on(chat):
    talk = chat(ScriptedModel(replies=["Hi!"]))
    with pytest.raises(ValueError, match="Unknown action 'delete'; use one of search, create, update, undo"):
        talk.press("delete")
    assert talk.say("hello").content == "Hi!"


def test_a_button_is_pressed_for_one_turn_only(chat):
    talk = chat(ScriptedModel(replies=["Hi!"]))
    talk.press("search")
    assert talk.say("hello").content == "Hi!"


@pytest.mark.parametrize("words", ["", "   \n", "\x00\x07\u001b", "\u200b"])
def test_an_empty_message_is_answered_without_the_model(chat, words):
    talk = chat(NoModel())
    assert talk.say(words).content == text("graph.empty_message", "en")


def test_a_message_of_10000_words_is_answered_without_the_model(chat):
    talk = chat(ScriptedModel(replies=["Hi!"]))
    assert "too long" in talk.say("word " * 10_000).content
    assert talk.say("hello").content == "Hi!"
    assert len(talk.graph.get_state(talk.config).values["messages"]) == 4


def test_control_characters_do_not_reach_the_model(chat):
    model = ScriptedModel(replies=["Hi!"])
    chat(model).say("find\x00 Ana\x1b[31m\nnow")
    assert model.seen[0][-1].content == "find Ana[31m\nnow"


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        ("en", [{"action": "create"}, "Bob Jones, bob@globex.example", "yes"]),
        ("nl", [{"action": "create"}, "Bob Jones, bob@globex.example", "ja"]),
        ("en", ["create a contact Bob Jones, bob@globex.example"]),
        ("nl", ["maak een contact aan voor Bob Jones, bob@globex.example"]),
    ],
)
def test_create_end_to_end(chat, crm, language, turns):
    talk = chat(DemoModel(), language=language)
    for turn in turns:
        talk.run(turn if isinstance(turn, dict) else {"messages": [("user", turn)]})
    made = crm.contacts()[-1]["properties"]
    assert (made["firstname"], made["lastname"], made["email"]) == ("Bob", "Jones", "bob@globex.example")
    assert len(crm.contacts()) == 2


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        ("en", [{"action": "update"}, "Ana Silva", "phone +31 6 12345678", "yes"]),
        ("nl", [{"action": "update"}, "Ana Silva", "telefoon +31 6 12345678", "ja"]),
        ("en", ["change Ana's phone number to +31 6 12345678"]),
        ("nl", ["verander het telefoonnummer van Ana in +31 6 12345678"]),
    ],
)
def test_update_end_to_end(chat, crm, port, language, turns):
    port.create({"firstname": "Bob", "lastname": "Jones", "phone": "+31201111111"})
    talk = chat(DemoModel(), language=language)
    for turn in turns:
        talk.run(turn if isinstance(turn, dict) else {"messages": [("user", turn)]})
    assert [each["properties"]["phone"] for each in crm.contacts()] == ["+31612345678", "+31201111111"]


@pytest.mark.parametrize(
    ("language", "turns"),
    [
        ("en", [{"action": "search"}, "Silva"]),
        ("nl", [{"action": "search"}, "Silva"]),
        ("en", ["do we know ana@acme.example?"]),
        ("nl", ["kennen we ana@acme.example?"]),
    ],
)
def test_search_end_to_end(chat, crm, language, turns):
    talk = chat(DemoModel(), language=language)
    for turn in turns:
        answer = talk.run(turn if isinstance(turn, dict) else {"messages": [("user", turn)]})
    assert "ana@acme.example" in answer.content
    assert len(crm.contacts()) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_streaming_gives_the_same_words(chat, language):
    talk = chat(DemoModel(), language=language)
    turn = {"messages": [("user", "find Ana")]}
    pieces = talk.graph.stream(turn, talk.config, stream_mode="messages", subgraphs=True, context=talk.context)
    streamed = "".join(chunk.text for _, (chunk, _meta) in pieces if chunk.type == "AIMessageChunk")
    assert streamed == talk.graph.get_state(talk.config).values["messages"][-1].content


def test_the_progress_is_told(chat):
    talk = chat(DemoModel())
    turn = {"messages": [("user", "find Ana")]}
    events = talk.graph.stream(turn, talk.config, stream_mode="custom", subgraphs=True)
    assert [event for _, event in events] == [{"progress": "Searching HubSpot ..."}]


@pytest.mark.parametrize(("first", "then"), [(1, 20), (20, 1)])
def test_a_pause_may_end_with_another_window(chat, crm, first, then):
    """The answer, its receipts and undo are those of the turn; nothing older counts as new."""
    write = [("create_contact", {"firstname": "Bob", "email": "bob@globex.example"})]
    model = ScriptedModel(replies=["One.", "Two.", "Three.", write, "Done."])
    talk = chat(model, max_messages=first, approve_writes=True)
    for words in ("one", "two", "three", "create Bob, bob@globex.example"):
        talk.say(words)
    talk.context = Context(max_messages=then, approve_writes=True)
    answer = talk.decide({"type": "approve"})
    assert answer.text == "Done."
    assert [each["outcome"] for each in answer.additional_kwargs["receipts"]] == ["done"]
    assert [each.text for each in talk.result["messages"] if each.type == "human"] == [
        "one",
        "two",
        "three",
        "create Bob, bob@globex.example",
    ]
    assert [each.text for each in talk.result["messages"] if each.type == "ai" and each.text].count("One.") == 1
    talk.press("undo")
    assert [each["properties"]["firstname"] for each in crm.contacts()] == ["Ana"]
