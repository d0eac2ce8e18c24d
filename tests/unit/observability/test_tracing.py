"""LangSmith is told the shape of a conversation and, unless it is allowed to, not a word of it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tracers.langchain import LangChainTracer
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from langsmith import Client, traceable, tracing_context

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.settings import Settings
from hubspot_agent.state import ChatState
from support.langsmith_wire import LangSmith, langsmith
from support.openai_wire import KEY, OpenAIWire, calls, fails, says

PERSONAL = (
    "acme.example", "globex.example", "Silva", "Ana", "Jones", "Bob", "12345678", "201234567", "Who is", "Her phone",
    "sam@", "Chat with", "invalid_prompt:",
)  # fmt: skip
TURNS: list[Any] = [
    {},
    {"messages": [("user", "Who is ana@acme.example?")]},
    {"messages": [("user", "Her phone is now +31 6 12345678")]},
    Command(resume={"decisions": [{"type": "edit", "edited_action": {
        "name": "update_contact", "args": {"contact_id": "101", "phone": "+31612345678"}}}]}),
    {"messages": [("user", "Create Bob Jones, bob@globex.example")]},
    Command(resume={"decisions": [{"type": "reject", "message": "Bob Jones is no customer"}]}),
    {"messages": [("user", "And who is Bob Jones?")]},
    {"action": "undo"},
]  # fmt: skip
SCRIPT = (
    calls(("search_contacts", {"email": "ana@acme.example"})),
    says("That is Ana Silva, ana@acme.example."),
    calls(("update_contact", {"contact_id": "101", "phone": "+31 6 12345678"})),
    says("Ana's phone is +31612345678."),
    calls(("create_contact", {"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example"})),
    says("Bob Jones was not created."),
    fails(400, "invalid_prompt"),
)
ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "phone": "+31201234567"}
CONFIG: RunnableConfig = {
    "configurable": {"thread_id": "sam@acme.example", "customer": "Ana Silva"},
    "metadata": {"customer": "Bob Jones"},
    "tags": ["Ana"],
    "run_name": "Chat with Ana",
}
GIVEN: dict[str, Any] = {"context": Context(approve_writes=True, user="Sam Jones")}

Runner = Callable[[Any, Any], None]


@contextmanager
def assistant(**settings: Any) -> Iterator[Any]:
    with Sandbox(contacts=[ANA]) as crm, OpenAIWire(*SCRIPT) as openai:
        of_test = Settings(openai_api_key=KEY, openai_base_url=openai.url, **settings)
        port = HubSpotContacts(crm.token, host=crm.url, searches_per_second=None, calls_per_ten_seconds=None)
        yield build_graph(contacts=port, checkpointer=InMemorySaver(), settings=of_test)


@pytest.fixture
def server() -> Iterator[LangSmith]:
    with langsmith() as wire:
        yield wire


@pytest.fixture
def client(server: LangSmith) -> Client:
    return Client(api_url=server.url, api_key="ls-test")


def by_context(graph: Any, client: Client) -> None:
    with tracing_context(enabled=True, client=client):
        for turn in TURNS:
            graph.invoke(turn, CONFIG, **GIVEN)


def in_async(graph: Any, client: Client) -> None:
    async def converse() -> None:
        with tracing_context(enabled=True, client=client):
            for turn in TURNS:
                await graph.ainvoke(turn, CONFIG, **GIVEN)

    asyncio.run(converse())


def by_callback(graph: Any, client: Client) -> None:
    for turn in TURNS:
        graph.invoke(turn, {**CONFIG, "callbacks": [LangChainTracer(client=client)]}, **GIVEN)


def by_own_config(graph: Any, client: Client) -> None:
    graph = graph.with_config(callbacks=[LangChainTracer(client=client)])
    for turn in TURNS:
        graph.invoke(turn, CONFIG, **GIVEN)


def by_events(graph: Any, client: Client) -> None:
    async def converse() -> None:
        with tracing_context(enabled=True, client=client):
            for turn in TURNS:
                async for _ in graph.astream_events(turn, CONFIG, version="v2", **GIVEN):
                    pass

    asyncio.run(converse())


def in_another_run(graph: Any, client: Client) -> None:
    """The application's own runs hold nothing here, so that all that is found came from ours."""
    turns = iter(TURNS)

    def step(_: int) -> int:
        graph.invoke(next(turns), CONFIG, **GIVEN)
        return 0

    with tracing_context(enabled=True, client=client):
        for _ in TURNS:
            RunnableLambda(step).invoke(0)


def in_a_traceable_function(graph: Any, client: Client) -> None:
    turns = iter(TURNS)

    @traceable
    def step() -> None:
        graph.invoke(next(turns), CONFIG, **GIVEN)

    with tracing_context(enabled=True, client=client):
        for _ in TURNS:
            step()


def changing_the_state(graph: Any, client: Client) -> None:
    by_context(graph, client)
    with tracing_context(enabled=True, client=client):
        graph.update_state(CONFIG, {"messages": [("user", "Who is Ana Silva?")]}, as_node="agent")
        asyncio.run(graph.aupdate_state(CONFIG, {"messages": [("user", "Who is Bob?")]}, as_node="agent"))


@pytest.mark.parametrize(
    "converse",
    [by_context, in_async, by_callback, by_own_config, by_events, in_another_run, in_a_traceable_function,
     changing_the_state],
)  # fmt: skip
def test_not_a_word_of_a_conversation_is_traced(server: LangSmith, client: Client, converse: Runner) -> None:
    with assistant() as graph:
        converse(graph, client)
        assert graph.get_state(CONFIG).values["messages"][1].content == "Who is ana@acme.example?"
    client.flush()

    assert {word for word in PERSONAL if word in server.text} == set()
    names = [run.get("name") for run in server.runs.values()]
    assert names.count("hubspot_agent") == len(TURNS)
    assert {"route", "greeting", "agent", "undo", "model", "search_contacts", "update_contact"} <= set(names)


def test_a_trace_tells_what_happened(server: LangSmith, client: Client) -> None:
    with assistant() as graph:
        by_context(graph, client)
    client.flush()

    runs = list(server.runs.values())
    [searched] = [run for run in runs if run.get("name") == "search_contacts"]
    assert searched["start_time"] < searched["end_time"]
    assert searched["outputs"]["output"]["content"].startswith("1 contact matches; [")
    assert searched["inputs"] == {"email": "[16 characters]"}
    models = [run for run in runs if run.get("name") == "ChatOpenAI"]
    assert models[0]["extra"]["metadata"]["usage_metadata"]["total_tokens"] == 15
    assert models[0]["extra"]["metadata"]["ls_model_name"] == "gpt-5.4-mini"
    typed = models[0]["inputs"]["messages"][0][-1]["kwargs"]
    assert (typed["type"], typed["content"]) == ("human", "[24 characters]")
    [failed] = [run for run in models if run.get("error")]
    assert failed["error"].splitlines()[0] == "OpenAIInvalidRequestError"
    assert "GraphInterrupt" in {str(run.get("error")).splitlines()[0] for run in runs}
    roots = [run for run in runs if not run.get("parent_run_id")]
    assert {run["extra"]["metadata"]["thread_id"] for run in roots} == {roots[0]["extra"]["metadata"]["thread_id"]}


@pytest.mark.parametrize("converse", [by_context, in_async])
def test_with_the_setting_all_is_traced(server: LangSmith, client: Client, converse: Runner) -> None:
    with assistant(trace_personal_data=True) as graph:
        converse(graph, client)
    client.flush()

    assert {word for word in PERSONAL if word not in server.text} <= {"invalid_prompt:"}


def test_the_runs_of_the_application_around_it_are_not_masked(server: LangSmith, client: Client) -> None:
    outer = StateGraph(ChatState).add_node("note", lambda state: {"messages": []})
    with assistant() as graph, tracing_context(enabled=True, client=client):
        outer.add_node("assistant", graph).add_edge(START, "note").add_edge("note", "assistant").add_edge(
            "assistant", END
        )
        outer.compile(name="outer").invoke({"messages": [("user", "Who is ana@acme.example?")]})
    client.flush()

    runs = list(server.runs.values())
    [around] = [run for run in runs if run.get("name") == "outer"]
    [ours] = [run for run in runs if run.get("name") == "hubspot_agent"]
    assert "Who is ana@acme.example?" in str(around["inputs"])
    assert ours["trace_id"] == around["trace_id"]
    assert ours["id"] != around["id"]
    assert "acme.example" not in str([run for run in runs if ours["id"] in run["dotted_order"]])


PROGRAM = """
from hubspot_agent import build_graph
from langchain_core.tracers.langchain import wait_for_all_tracers
build_graph().invoke({"messages": [("user", "Who is ana@acme.example?")]})
wait_for_all_tracers()
"""


def test_langsmiths_own_variables(server: LangSmith, tmp_path: Any) -> None:
    variables = {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_ENDPOINT": server.url,
        "LANGSMITH_API_KEY": "ls-test",
        "LANGSMITH_PROJECT": "contacts",
    }
    with Sandbox(contacts=[ANA]) as crm, OpenAIWire(*SCRIPT[:2]) as openai:
        services = {
            "HUBSPOT_ACCESS_TOKEN": crm.token,
            "HUBSPOT_BASE_URL": crm.url,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": openai.url,
        }
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, **variables, **services},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "contacts" in {run.get("session_name") for run in server.runs.values()}
    assert "search_contacts" in {run.get("name") for run in server.runs.values()}
    assert {word for word in PERSONAL if word in server.text} == set()
