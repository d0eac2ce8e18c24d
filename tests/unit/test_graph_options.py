"""What an application makes its own: a button, a language, a property."""

from collections.abc import Iterator

import pytest
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import Context, HubSpotContacts, build_graph, texts
from hubspot_agent.buttons import Button
from hubspot_agent.prompts import INSTRUCTIONS
from hubspot_agent.sandbox import Property, Sandbox
from hubspot_agent.settings import Settings
from hubspot_agent.texts import add_language, catalog, languages, text
from support.chat import ANA, Chat
from support.scripted import ScriptedModel

NEWEST = Button(
    "newest",
    label={"en": "Newest contacts", "nl": "Nieuwste contacten"},
    words={"en": "show the newest contacts", "nl": "toon de nieuwste contacten"},
)


@pytest.fixture
def german() -> Iterator[None]:
    add_language("de", "German", {"graph.label_search": "Kontakt suchen", "graph.ask_search": "Wen suchen Sie?"})
    yield
    texts._ADDED.pop("de")
    texts._NAMES.pop("de")


class TestAButtonOfOnesOwn:
    def begin(self, port: HubSpotContacts, model: ScriptedModel, **context: str) -> Chat:
        graph = build_graph(model=model, contacts=port, checkpointer=InMemorySaver(), buttons=[NEWEST])
        return Chat(graph, context=Context(**context))

    @pytest.mark.parametrize(("language", "label"), [("en", "Newest contacts"), ("nl", "Nieuwste contacten")])
    def test_stands_after_the_three(self, port: HubSpotContacts, language: str, label: str) -> None:
        welcome = self.begin(port, ScriptedModel(), language=language).open()
        assert welcome.additional_kwargs["buttons"][3:] == [{"action": "newest", "label": label}]

    def test_says_its_words_to_the_model_once(self, port: HubSpotContacts) -> None:
        model = ScriptedModel(replies=["Here they are.", "Fine."])
        talk = self.begin(port, model)
        assert talk.press("newest").text == "Here they are."
        assert model.seen[0][-1].text == "show the newest contacts"
        talk.open()
        assert len(model.seen) == 1
        assert talk.say("thanks").text == "Fine."

    def test_is_pressed_by_typing_its_label_in_its_language(self, port: HubSpotContacts) -> None:
        model = ScriptedModel()
        talk = self.begin(port, model)
        talk.say("nieuwste Contacten")
        assert talk.result["messages"][0].text == model.seen[0][-1].text == "toon de nieuwste contacten"

    def test_is_unknown_to_a_graph_without_it(self, chat) -> None:
        with pytest.raises(ValueError, match="Unknown action 'newest'"):
            chat(ScriptedModel()).press("newest")

    def test_takes_no_action_that_is_taken(self) -> None:
        with pytest.raises(ValueError, match="is taken"):
            Button("undo", label={"en": "Back"}, words={"en": "back"})
        with pytest.raises(ValueError, match="Two buttons"):
            build_graph(buttons=[NEWEST, NEWEST])


class TestALanguageOfOnesOwn:
    def test_is_spoken_and_what_it_leaves_out_is_english(self, german: None, chat) -> None:
        model = ScriptedModel(replies=["Gefunden."])
        talk = chat(model, language="de-AT")
        labels = [button["label"] for button in talk.open().additional_kwargs["buttons"]]
        assert labels == ["Kontakt suchen", "Create a new contact", "Update a contact"]
        assert talk.say("kontakt suchen").text == "Wen suchen Sie?"
        talk.say("Ana")
        assert "Answer in German (de)." in model.seen[0][0].text

    def test_is_a_setting(self, german: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HUBSPOT_AGENT_LANGUAGE", "de")
        assert Settings().language == "de"

    @pytest.mark.parametrize(
        ("code", "sentences", "problem"),
        [
            ("German", {}, "two small letters"),
            ("de", {"graph.hello": "Hallo"}, "no sentence 'graph.hello'"),
            ("de", {"graph.welcome": "Hallo {user}"}, "no value for user"),
        ],
    )
    def test_is_refused_with_the_reason(self, code: str, sentences: dict[str, str], problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            add_language(code, "German", sentences)
        assert languages() == ("en", "nl")

    def test_may_be_other_words_for_a_language_there_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = text("graph.welcome", "nl")
        add_language("nl", "Dutch", {"graph.welcome": "Goedemorgen!"})
        assert text("graph.welcome", "nl") == "Goedemorgen!"
        assert text("graph.label_undo", "nl") == "Ongedaan maken"
        add_language("nl", "Dutch", {"graph.welcome": kept})
        assert catalog("nl")["graph.welcome"] == kept


@pytest.mark.parametrize("shown", [(), ("loyalty_tier", "no_such_property")])
def test_a_property_of_the_account_is_shown_where_the_settings_say_so(shown: tuple[str, ...]) -> None:
    tier = Property("loyalty_tier", "Loyalty tier")
    model = ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], "Found."])
    with Sandbox([{**ANA, "loyalty_tier": "gold"}], properties=[tier]) as crm:
        graph = build_graph(
            model=model,
            contacts=HubSpotContacts(crm.token, host=crm.url),
            settings=Settings(shown_properties=shown),
        )
        graph.invoke({"messages": [("user", "find Ana")]})
    assert ('"loyalty_tier": "gold"' in model.seen[1][-1].text.replace('":"', '": "')) == bool(shown)


@pytest.mark.parametrize(
    ("instructions", "begins"),
    [
        (None, INSTRUCTIONS[:40]),
        ("Speak like a pirate.", "Speak like a pirate.\n\nToday is "),
        (lambda default: f"Be brief.\n{default}", f"Be brief.\n{INSTRUCTIONS[:40]}"),
    ],
)
def test_instructions_replace_or_extend_the_default(port: HubSpotContacts, instructions, begins: str) -> None:
    model = ScriptedModel()
    graph = build_graph(model=model, contacts=port, instructions=instructions)
    graph.invoke({"messages": [("user", "hello")]})
    assert model.seen[0][0].text.startswith(begins)


@pytest.mark.parametrize("fails", [False, True])
def test_a_tool_of_ones_own_works_beside_the_three(port: HubSpotContacts, fails: bool) -> None:
    @tool
    def weather(city: str) -> str:
        """Tell the weather in a city."""
        return f"Rain in {city}."

    call = ("weather", {} if fails else {"city": "Utrecht"})
    model = ScriptedModel(replies=[[call, ("search_contacts", {"query": "Ana"})], "Rain."])
    graph = build_graph(model=model, contacts=port, tools=[weather])
    result = graph.invoke({"messages": [("user", "weather in Utrecht, and find Ana")]})
    answers = {each.name: each for each in result["messages"] if each.type == "tool"}
    assert ("Rain in Utrecht" in answers["weather"].text) is not fails
    assert answers["weather"].artifact is None
    assert answers["search_contacts"].artifact["total"] == 1
