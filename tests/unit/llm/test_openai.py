"""The assistant on the real `ChatOpenAI`, over HTTP to a server that speaks OpenAI's chat completions."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from hubspot_agent import build_graph
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.settings import Settings
from hubspot_agent.texts import text
from support import openai_chat
from support.openai_chat import Chat, Mode, Serve
from support.openai_requests import window
from support.openai_wire import KEY, calls, says

CONTACTS = [
    {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva"},
    {"email": "ben@acme.example", "firstname": "Ben", "lastname": "Bakker"},
]

mode, serve = openai_chat.mode, openai_chat.serve


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=CONTACTS) as sandbox:
        yield sandbox


def streams(mode: Mode) -> bool:
    return mode in ("stream", "astream")


def test_an_answer_in_words_comes_whole_or_streams(serve: Serve, mode: Mode) -> None:
    openai = serve(says("I can help you with contacts."))
    chat = Chat(openai, mode=mode)
    assert chat.say("What can you do?").text.strip() == "I can help you with contacts."
    assert "".join(chat.tokens).strip() == ("I can help you with contacts." if streams(mode) else "")
    assert len(chat.tokens) > 3 or not streams(mode)
    assert [sent.get("stream", False) for sent in openai.requests] == [streams(mode)]
    assert openai.keys == [f"Bearer {KEY}"]


def test_a_tool_call_is_run_and_its_result_goes_back(serve: Serve, crm: Sandbox, mode: Mode) -> None:
    openai = serve(calls(("search_contacts", {"email": "ana@acme.example"})), says("Ana Silva, ana@acme.example."))
    chat = Chat(openai, crm, mode)
    assert chat.say("Find ana@acme.example").text.strip() == "Ana Silva, ana@acme.example."
    call, result = openai.requests[1]["messages"][-2:]
    assert json.loads(call["tool_calls"][0]["function"]["arguments"]) == {"email": "ana@acme.example"}
    assert "1 contact matches" in result["content"]
    assert '"lastname": "Silva"' in result["content"].replace('":"', '": "')
    assert not any("{" in token for token in chat.tokens)


def test_several_calls_in_an_answer_are_all_run(serve: Serve, crm: Sandbox, mode: Mode) -> None:
    both = [("search_contacts", {"email": f"{name}@acme.example"}) for name in ("ana", "ben")]
    openai = serve(calls(*both), says("Both are there."))
    Chat(openai, crm, mode).say("Find ana@acme.example and ben@acme.example")
    ana, ben = openai.requests[1]["messages"][-2:]
    assert "Silva" in ana["content"]
    assert "Bakker" in ben["content"]


def test_calls_across_rounds_build_on_each_other(serve: Serve, crm: Sandbox, mode: Mode) -> None:
    ana = crm.contacts()[0]["id"]
    openai = serve(
        calls(("search_contacts", {"email": "ana@acme.example"}), ("search_contacts", {"email": "ben@acme.example"})),
        calls(("update_contact", {"contact_id": ana, "jobtitle": "CFO"})),
        calls(("search_contacts", {"email": "ana@acme.example"})),
        says("Ana's job title is CFO."),
    )
    chat = Chat(openai, crm, mode)
    assert "CFO" in chat.say("Make ana@acme.example CFO").text
    assert crm.contacts()[0]["properties"]["jobtitle"] == "CFO"
    assert [len(sent["messages"]) for sent in openai.requests] == [2, 5, 7, 9]
    assert len(chat.results()) == 4


def test_the_model_sees_five_texts_and_only_this_turns_exchange(serve: Serve, crm: Sandbox, mode: Mode) -> None:
    search = calls(("search_contacts", {"email": "ana@acme.example"}))
    openai = serve(*(reply for turn in range(4) for reply in (search, says(f"Answer {turn}."))))
    chat = Chat(openai, crm, mode)
    for turn in range(4):
        chat.say(f"Question {turn}")
    told = [(role, content.strip()) for role, content in window(openai.requests[-1])]
    assert told == [
        ("user", "Question 1"),
        ("assistant", "Answer 1."),
        ("user", "Question 2"),
        ("assistant", "Answer 2."),
        ("user", "Question 3"),
    ]
    assert [message["role"] for message in openai.requests[-1]["messages"][6:]] == ["assistant", "tool"]


@pytest.mark.parametrize(
    "arguments",
    [
        '{"email": "new@acme.example", "firstname": "Ne',
        '{"email": "new@acme.example"]',
        '["new@acme.example"]',
    ],
)
class TestArgumentsThatAreNoJsonObject:
    def test_are_asked_for_once_more(self, serve: Serve, crm: Sandbox, mode: Mode, arguments: str) -> None:
        whole = {"email": "new@acme.example", "firstname": "Newton"}
        openai = serve(calls(("create_contact", arguments)), calls(("create_contact", whole)), says("It is there."))
        Chat(openai, crm, mode).say("Create new@acme.example, Newton")
        assert openai.requests[1] == openai.requests[0]
        assert [each["properties"].get("firstname") for each in crm.contacts()] == ["Ana", "Ben", "Newton"]

    def test_end_in_a_sentence_when_they_come_again(
        self, serve: Serve, crm: Sandbox, mode: Mode, arguments: str
    ) -> None:
        good = ("create_contact", {"email": "other@acme.example", "firstname": "Olga"})
        openai = serve(
            calls(good, ("create_contact", arguments)), calls(("create_contact", arguments), good), says("OK.")
        )
        chat = Chat(openai, crm, mode)
        assert chat.say("Create both", "en").text == text("failures.model_unreadable", "en")
        assert len(crm.contacts()) == 2
        assert chat.say("Never mind").text.strip() == "OK."


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("delete_contact", {"contact_id": "101"}, "not a valid tool"),
        ("create_contact", {"emial": "new@acme.example"}, "invalid_arguments"),
        ("search_contacts", {"limit": "many"}, "invalid_arguments"),
        ("update_contact", {"jobtitle": "CFO"}, "invalid_arguments"),
        ("create_contact", {}, "missing_identity"),
    ],
)
def test_a_call_that_cannot_be_run_is_answered_to_the_model(
    serve: Serve, crm: Sandbox, mode: Mode, name: str, arguments: dict[str, str], answer: str
) -> None:
    openai = serve(calls((name, arguments)), says("That cannot be done."))
    assert Chat(openai, crm, mode).say("Do it").text.strip() == "That cannot be done."
    assert answer in openai.requests[1]["messages"][-1]["content"]
    assert len(crm.contacts()) == 2


@pytest.mark.parametrize("ids", [(None, None), ("", ""), ("call_1", "call_1")])
def test_each_call_gets_an_id_of_its_own(serve: Serve, crm: Sandbox, mode: Mode, ids: tuple[str | None, ...]) -> None:
    both = calls(("update_contact", {"jobtitle": "CFO"}), ("update_contact", {"jobtitle": "CEO"}), ids=ids)
    openai = serve(both, both, says("Whom?"))
    chat = Chat(openai, crm, mode)
    chat.say("Make them CFO and CEO")
    assert len(chat.results()) == 4
    assert len({message.tool_call_id for message in chat.messages if isinstance(message, ToolMessage)}) == 4


@pytest.mark.parametrize("cut", [{"finish": "length"}, {"ending": "end", "events": 4}], ids=["limit", "lost end"])
def test_an_answer_that_was_cut_off_says_so(serve: Serve, cut: dict[str, object]) -> None:
    chat = Chat(serve(says("I found Ana Silva and", **cut)), mode="stream")
    said = chat.say("Find Ana", "en").text
    assert said.startswith("I found Ana")
    assert said.endswith(text("failures.model_cut_off", "en"))


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_settings_come_from_outside(
    serve: Serve, crm: Sandbox, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openai = serve(calls(("search_contacts", {"email": "ana@acme.example"})), says("Found."))
    settings = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": openai.url,
        "HUBSPOT_AGENT_MODEL": "gpt-4.1-mini",
        "HUBSPOT_ACCESS_TOKEN": crm.token,
        "HUBSPOT_BASE_URL": crm.url,
    }
    file = tmp_path / ".env"
    if where == "environment":
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
    else:
        file.write_text("\n".join(f"{name}={value}" for name, value in settings.items()))
    graph = build_graph(settings=Settings(_env_file=file))
    messages = graph.invoke({"messages": [HumanMessage("Find Ana")]})["messages"]
    assert [type(message) for message in messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert "Silva" in messages[2].text
    assert openai.requests[0]["model"] == "gpt-4.1-mini"
