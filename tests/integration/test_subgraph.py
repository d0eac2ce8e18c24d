"""The graph as a node of a larger graph: what it keeps over turns, pauses, undo, streaming."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.state import ChatInput
from support.openai_wire import KEY, OpenAIWire, demo
from support.readme_blocks import block
from support.scripted import ScriptedModel

RECIPES = "hubspot_agent/INTEGRATION.md"
APPROVED = Command(resume={"decisions": [{"type": "approve"}]})
CONFIG: Any = {"configurable": {"thread_id": "1"}}
CONTEXT = Context(approve_writes=True, user="sam")

Run = Callable[[Any, Any], dict[str, Any]]


def said(words: str) -> dict[str, Any]:
    return {"messages": [("user", words)]}


@pytest.fixture(params=["invoke", "ainvoke"])
def run(request: pytest.FixtureRequest) -> Run:
    if request.param == "invoke":
        return lambda graph, turn: graph.invoke(turn, CONFIG, context=CONTEXT)
    return lambda graph, turn: asyncio.run(graph.ainvoke(turn, CONFIG, context=CONTEXT))


@pytest.fixture
def shown(crm: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The larger graph of INTEGRATION.md, on the services of the settings."""
    with OpenAIWire(demo) as model:
        settings = {"HUBSPOT_ACCESS_TOKEN": crm.token, "HUBSPOT_BASE_URL": crm.url}
        for name, value in {**settings, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.url}.items():
            monkeypatch.setenv(name, value)
        names: dict[str, Any] = {}
        exec(compile(block("A node of a larger graph", RECIPES), RECIPES, "exec"), names)
        yield names["graph"]


def phone(crm: Sandbox) -> str:
    return crm.contacts()[0]["properties"]["phone"]


def test_the_conversation_goes_on_over_turns(shown: Any, crm: Sandbox, run: Run) -> None:
    welcome = run(shown, {})["messages"][-1]
    assert [each["action"] for each in welcome.additional_kwargs["buttons"]] == ["search", "create", "update"]
    assert "Whom are you looking for?" in run(shown, {"action": "search"})["messages"][-1].text
    assert "ana@acme.example" in run(shown, said("Ana"))["messages"][-1].text
    for _ in range(3):
        assert run(shown, said("and the weather?"))["messages"][-1].text == "Sunny, as always."
    searches = len(crm.requests)
    [pause] = run(shown, said("change her phone to +31 6 12345678"))["__interrupt__"]
    assert pause.value["action_requests"][0]["args"]["contact_id"] == "101"
    assert not any("search" in each.path for each in crm.requests[searches:])
    done = run(shown, APPROVED)["messages"][-1]
    assert done.additional_kwargs["receipts"][0]["outcome"] == "done"
    assert phone(crm) == "+31612345678"
    run(shown, said("and the weather?"))
    assert "Undone" in run(shown, {"action": "undo"})["messages"][-1].text
    assert phone(crm) == "+31201234567"


async def test_it_streams_through(shown: Any) -> None:
    parts = shown.astream(
        said("find Ana"), CONFIG, context=CONTEXT, stream_mode=["messages", "custom"], subgraphs=True, version="v2"
    )
    tokens, progress = [], []
    async for part in parts:
        assert part["ns"][0].startswith("contacts")
        if part["type"] == "custom":
            progress.append(part["data"])
        elif part["data"][0].type == "AIMessageChunk":
            tokens.append(part["data"][0].text)
    answer = (await shown.aget_state(CONFIG)).values["messages"][-1]
    assert "".join(tokens) == answer.text
    assert progress == [{"progress": "Searching HubSpot ..."}]


def larger(state: Any, assistant: Any) -> Any:
    """Build a larger graph whose router is a node."""

    def router(state: Any) -> Any:
        return Command(goto="contacts", update={"action": state.get("action")})

    builder = StateGraph(state, context_schema=Context).add_node("router", router).add_node("contacts", assistant)
    return builder.add_edge(START, "router").compile(checkpointer=InMemorySaver())


def test_a_router_that_is_a_node_passes_the_button_on(port: HubSpotContacts) -> None:
    graph = larger(ChatInput, build_graph(model=DemoModel(), contacts=port, checkpointer=True))
    assert "create a contact" in graph.invoke({"action": "create"}, CONFIG)["messages"][-1].text


def test_each_turn_writes_although_the_model_numbers_its_calls_alike(port: HubSpotContacts, crm: Sandbox) -> None:
    def creates(name: str) -> AIMessage:
        wanted = {"firstname": name, "email": f"{name.lower()}@globex.example"}
        return AIMessage("", tool_calls=[{"name": "create_contact", "args": wanted, "id": "call_1"}])

    model = ScriptedModel(replies=[creates("Bob"), "Done.", creates("Eva"), "Done."])
    graph = larger(ChatInput, build_graph(model=model, contacts=port, checkpointer=True))
    for words in ("create Bob, bob@globex.example", "create Eva, eva@globex.example"):
        graph.invoke(said(words), CONFIG)
    assert [each["properties"]["firstname"] for each in crm.contacts()] == ["Ana", "Bob", "Eva"]


def test_a_long_conversation_stays_in_order(port: HubSpotContacts) -> None:
    """A larger graph that keeps the whole conversation hands all of it down at each turn."""
    model = ScriptedModel(replies=[f"Answer {number}." for number in range(45)])
    graph = larger(MessagesState, build_graph(model=model, contacts=port, checkpointer=True))
    for number in range(45):
        graph.invoke(said(f"Question {number}."), CONFIG)
    seen = [each.text for each in model.seen[-1][1:]]
    assert seen == ["Question 42.", "Answer 42.", "Question 43.", "Answer 43.", "Question 44."]
    texts = [each.text for each in graph.get_state(CONFIG).values["messages"]]
    assert texts == [f"{kind} {number}." for number in range(45) for kind in ("Question", "Answer")]
