"""What a conversation takes in the database: the same for each turn, and nothing of what is refused."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import tool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.types import Command, interrupt

from benchmarks.subjects import PEOPLE, assistant, port, question
from benchmarks.turns import stored_bytes
from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.chat.storage import conversations_file
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.settings import Settings
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.terminal.turn_runner import TurnRunner
from hubspot_agent.texts import Texts
from support.scripted import ScriptedModel

#: How much a turn with a search may store.
MAX_KB = 40

CONFIG: Any = {"configurable": {"thread_id": "1"}}


def test_a_turn_with_a_search_stores_the_same_at_the_beginning_and_later(tmp_path: Path) -> None:
    with Sandbox(contacts=PEOPLE) as crm, SqliteSaver.from_conn_string(str(tmp_path / "stored.sqlite")) as saver:
        graph = assistant(port(crm.url, crm.token), saver)
        stored = [0]
        for _ in range(24):
            graph.invoke(question(), CONFIG)
            stored.append(stored_bytes(saver))
    turns = [later - earlier for earlier, later in pairwise(stored)]
    assert max(turns) <= MAX_KB * 1024
    assert turns[-1] == pytest.approx(turns[10], rel=0.01)


def test_a_message_that_is_too_long_is_not_stored(tmp_path: Path, crm: Sandbox) -> None:
    file = tmp_path / "stored.sqlite"
    with SqliteSaver.from_conn_string(str(file)) as saver:
        graph = assistant(port(crm.url, crm.token), saver)
        for _ in range(3):
            answer = graph.invoke({"messages": [("user", "word " * 180_000)]}, CONFIG)["messages"][-1]
            assert "too long" in answer.text
    assert b"word " * 100 not in file.read_bytes()


async def test_a_message_that_is_too_long_for_this_run_is_not_stored(tmp_path: Path, crm: Sandbox) -> None:
    file = tmp_path / "stored.sqlite"
    async with AsyncSqliteSaver.from_conn_string(str(file)) as saver:
        graph = assistant(port(crm.url, crm.token), saver)
        turn = {"messages": [{"role": "user", "content": "word " * 200}]}
        answer = (await graph.ainvoke(turn, CONFIG, context={"max_input_tokens": 100}))["messages"][-1]
        assert "at most 100 tokens" in answer.text
    assert b"word " * 100 not in file.read_bytes()


def of_the_agent(saver: BaseCheckpointSaver[Any]) -> list[Any]:
    """Return the checkpoints of the agent within the graph."""
    return [each for each in saver.list(CONFIG) if each.config["configurable"]["checkpoint_ns"]]


def test_the_agents_steps_are_stored_from_the_plan_of_a_write_on(port: HubSpotContacts) -> None:
    search = [("search_contacts", {"query": "Ana"})]
    write = [("create_contact", {"firstname": "Bob", "email": "bob@globex.example"})]
    saver = InMemorySaver()
    graph = build_graph(model=ScriptedModel(replies=[search, "Found.", write]), contacts=port, checkpointer=saver)
    graph.invoke({"messages": [("user", "find Ana")]}, CONFIG)
    assert not of_the_agent(saver)
    paused = graph.invoke({"messages": [("user", "create Bob")]}, CONFIG)
    assert paused["__interrupt__"]
    [(first, *_)] = [[*state.tasks] for state in [graph.get_state(CONFIG, subgraphs=True)]]
    assert [*first.state.values["plans"]] == ["call_2"]
    assert all(each.checkpoint["channel_values"]["plans"] for each in of_the_agent(saver))


def gate(asked: str) -> str:
    """Ask a person."""
    return str(interrupt(asked))


@pytest.mark.parametrize(
    "open_saver", [SqliteSaver.from_conn_string, lambda file: nullcontext(InMemorySaver())], ids=["SQLite", "memory"]
)
def test_a_tool_of_the_applications_own_pauses_and_goes_on(
    port: HubSpotContacts, tmp_path: Path, open_saver: Callable[[str], Any]
) -> None:
    replies = [[("search_contacts", {"query": "Ana"})], [("gate", {"asked": "Sure?"})], "All right."]
    with open_saver(str(tmp_path / "stored.sqlite")) as saver:
        model = ScriptedModel(replies=replies)
        graph = build_graph(model=model, contacts=port, checkpointer=saver, tools=[tool(gate)])
        paused = graph.invoke({"messages": [("user", "find Ana")]}, CONFIG)
        assert paused["__interrupt__"][0].value == "Sure?"
        # In another process: what was done before the pause is not done again.
        again = build_graph(model=model, contacts=port, checkpointer=saver, tools=[tool(gate)])
        messages = again.invoke(Command(resume="yes"), CONFIG)["messages"]
    assert [each.text for each in messages if each.type == "tool"][1:] == ["yes"]
    assert messages[-1].text == "All right."
    assert not model.replies


async def checkpoints(saver: BaseCheckpointSaver[Any]) -> list[Any]:
    return [each async for each in saver.alist(CONFIG)]


async def test_after_a_turn_in_the_terminal_only_the_newest_checkpoint_stays(
    port: HubSpotContacts, tmp_path: Path
) -> None:
    write = [("create_contact", {"firstname": "Bob", "email": "bob@globex.example"})]
    model = ScriptedModel(replies=["Hello!", write, "Done.", "Bye."])
    async with conversations_file(tmp_path / "conversations.sqlite") as saver:
        graph = build_graph(model=model, contacts=port, checkpointer=saver)
        turns = TurnRunner(graph, CONFIG, Context(approve_writes=True), Screen(links=False), Texts("en"))
        await turns.run({"messages": [("user", "hello")]})
        assert len(await checkpoints(saver)) == 1
        paused = await turns.run({"messages": [("user", "create Bob, bob@globex.example")]})
        assert paused.interrupts
        assert len(await checkpoints(saver)) > 1
        await turns.run(Command(resume={"decisions": [{"type": "approve"}]}))
        [left] = await checkpoints(saver)
        assert len(left.checkpoint["channel_values"]["writes"]) == 1  # What undo needs is there.
        await turns.run({"messages": [("user", "bye")]})
        assert len(await checkpoints(saver)) == 1


async def test_a_turn_in_the_terminal_stands_where_older_checkpoints_cannot_be_dropped(
    port: HubSpotContacts, tmp_path: Path
) -> None:
    """And the file is left to others."""
    file = tmp_path / "conversations.sqlite"
    async with conversations_file(file) as saver:
        graph = build_graph(model=ScriptedModel(replies=["Hello!"]), contacts=port, checkpointer=saver)
        await saver.conn.execute(
            "CREATE TRIGGER kept BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'kept'); END"
        )
        turns = TurnRunner(graph, CONFIG, Context(), Screen(links=False), Texts("en"))
        ended = await turns.run({"messages": [("user", "hello")]})
        assert ended.values["messages"][-1].text == "Hello!"
        with closing(sqlite3.connect(file, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize("prunes", [True, False])
async def test_an_application_keeps_only_the_newest_checkpoint_where_it_wants(
    port: HubSpotContacts, postgresql_url: str, prunes: bool
) -> None:
    write = [("create_contact", {"firstname": "Bob", "email": "bob@globex.example"})]
    model = ScriptedModel(replies=[write, "Done."])
    thread = f"pruned {prunes}"
    config: Any = {"configurable": {"thread_id": thread}}
    async with AsyncPostgresSaver.from_conn_string(postgresql_url) as saver:
        await saver.setup()
        settings = Settings(prune_checkpoints=prunes)
        graph = build_graph(model=model, contacts=port, checkpointer=saver, settings=settings)
        context = Context(approve_writes=True)
        turn = {"messages": [("user", "create Bob, bob@globex.example")]}
        paused = await graph.ainvoke(turn, config, context=context)
        assert paused["__interrupt__"]
        decision = Command(resume={"decisions": [{"type": "approve"}]})
        done = await graph.ainvoke(decision, config, context=context)
        assert [each["outcome"] for each in done["messages"][-1].additional_kwargs["receipts"]] == ["done"]
        stored = [each async for each in saver.alist(config)]
        assert (len(stored) == 1) is prunes
        undone = await graph.ainvoke({"action": "undo"}, config, context=context)
        assert undone["messages"][-1].additional_kwargs["receipts"]
