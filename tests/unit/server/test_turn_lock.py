"""On a server without locks of its own, the turns of a conversation wait for each other."""

import asyncio
from typing import get_args, get_origin

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_sdk.runtime import ServerRuntime

from hubspot_agent import build_graph
from hubspot_agent.server.turn_lock import TurnLockError, one_turn_at_a_time
from hubspot_agent.settings import Settings
from support.scripted import ScriptedModel
from support.services import free_port

#: The two kinds of runtime that servers hand to a graph factory.
_ExecutionRuntime, _ReadRuntime = map(get_origin, get_args(ServerRuntime.__value__))
EXECUTION = _ExecutionRuntime(access_context="threads.create_run", store=None)
READ = _ReadRuntime(access_context="threads.read", store=None)


@pytest.fixture
def graph(port):
    return build_graph(model=ScriptedModel(replies=["Yes."] * 5), contacts=port, checkpointer=InMemorySaver())


def of_thread(thread="1"):
    return {"configurable": {"thread_id": thread}}


async def run(factory, words, thread="1"):
    """Run a turn as a server does, and return what stands in the conversation."""
    async with factory(of_thread(thread), EXECUTION) as graph:
        result = await graph.ainvoke({"messages": [("user", words)]}, of_thread(thread))
    return [message.text for message in result["messages"]]


async def test_turns_of_a_conversation_wait_for_each_other(postgresql_url, graph):
    # SQLAlchemy's form of the address is Aegra's.
    url = postgresql_url.replace("postgresql://", "postgresql+asyncpg://")
    one, other = (one_turn_at_a_time(graph, Settings(database_url=url)) for _ in range(2))
    async with one(of_thread(), EXECUTION) as running:
        second = asyncio.create_task(run(other, "second"))
        assert await run(other, "meanwhile", thread="2") == ["meanwhile", "Yes."]
        async with other(of_thread(), READ) as looked_at:  # Reading waits for nobody.
            assert not (await looked_at.aget_state(of_thread())).values
        assert not second.done()
        await running.ainvoke({"messages": [("user", "first")]}, of_thread())
    assert await second == ["first", "Yes.", "second", "Yes."]


async def test_a_turn_that_is_cancelled_lets_the_next_one_in(postgresql_url, graph):
    factory = one_turn_at_a_time(graph, Settings(database_url=postgresql_url))
    holds = asyncio.Event()

    async def never_ends():
        async with factory(of_thread(), EXECUTION):
            holds.set()
            await asyncio.Event().wait()

    turn = asyncio.create_task(never_ends())
    await holds.wait()
    turn.cancel()
    async with asyncio.timeout(30):
        assert await run(factory, "second") == ["second", "Yes."]


async def test_without_a_database_nothing_waits(graph):
    factory = one_turn_at_a_time(graph, Settings())
    async with factory(of_thread(), EXECUTION):
        assert await run(factory, "hello") == ["hello", "Yes."]


async def test_a_database_that_does_not_answer_is_named_without_its_password(graph):
    url = f"postgresql://sam:s3cret@127.0.0.1:{free_port()}/assistant"
    factory = one_turn_at_a_time(graph, Settings(database_url=url))
    with pytest.raises(TurnLockError) as caught:
        await run(factory, "hello")
    assert "s3cret" not in f"{caught.value!r} {caught.value.__context__!r}"
