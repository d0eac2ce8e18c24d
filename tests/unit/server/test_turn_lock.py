"""The graph as a server runs it: the turns of a conversation wait for each other."""

import asyncio

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import build_graph
from hubspot_agent.server.turn_lock import LockError, served
from hubspot_agent.settings import Settings
from support.scripted import ScriptedModel
from support.services import free_port


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def instances(url, port, count=2):
    """Return instances of a server, which share the conversations."""
    kept = InMemorySaver()
    graph = build_graph(model=ScriptedModel(replies=["Yes."] * 5), contacts=port, checkpointer=kept)
    return [served(graph, Settings(database_url=url)).copy() for _ in range(count)]


def turn(words):
    return {"messages": [("user", words)]}, {"configurable": {"thread_id": "1"}}


async def test_turns_of_a_conversation_wait_for_each_other(postgresql_url, port):
    # In the form that SQLAlchemy takes, as Aegra does.
    one, other = instances(postgresql_url.replace("postgresql://", "postgresql+asyncpg://"), port)
    running = one.astream(*turn("first"), stream_mode="values")
    await anext(running)
    second = asyncio.create_task(other.ainvoke(*turn("second")))
    elsewhere = {"configurable": {"thread_id": "2"}}
    await other.ainvoke(turn("meanwhile")[0], elsewhere)
    assert not second.done()
    async for _ in running:
        pass
    said = [message.text for message in (await second)["messages"]]
    assert said == ["first", "Yes.", "second", "Yes."]


async def test_a_turn_that_is_left_lets_the_next_one_in(postgresql_url, port):
    one, other = instances(postgresql_url, port)
    running = one.astream(*turn("first"), stream_mode="values")
    await anext(running)
    await running.aclose()
    async with asyncio.timeout(30):
        assert (await other.ainvoke(*turn("second")))["messages"][-1].text == "Yes."


async def test_without_the_database_it_says_so_without_the_password(port):
    [graph] = instances(f"postgresql://sam:s3cret@127.0.0.1:{free_port()}/assistant", port, 1)
    with pytest.raises(LockError) as caught:
        await graph.ainvoke(*turn("hello"))
    assert "s3cret" not in f"{caught.value!r} {caught.value.__context__!r}"
