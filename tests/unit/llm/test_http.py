"""The connections to the model's server."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from hubspot_agent import build_graph
from hubspot_agent.settings import Settings
from support import openai_chat
from support.openai_chat import Serve
from support.openai_wire import KEY, OpenAIWire, says

serve = openai_chat.serve

TURN: Any = {"messages": [("user", "Question")]}


def graph_on(openai: OpenAIWire) -> Any:
    return build_graph(settings=Settings(_env_file=None, openai_api_key=KEY, openai_base_url=openai.url))


def invoke(graph: Any) -> None:
    for _ in range(10):
        graph.invoke(TURN)


def ainvoke(graph: Any) -> None:
    async def turns() -> None:
        for _ in range(10):
            await graph.ainvoke(TURN)

    asyncio.run(turns())


def astream(graph: Any) -> None:
    async def turns() -> None:
        for _ in range(10):
            async for _ in graph.astream(TURN, stream_mode="messages", subgraphs=True):
                pass

    asyncio.run(turns())


@pytest.mark.parametrize("ten_turns", [invoke, ainvoke, astream])
def test_ten_turns_take_one_connection(serve: Serve, ten_turns: Callable[[Any], None]) -> None:
    openai = serve(says("Here I am."))
    ten_turns(graph_on(openai))
    assert len(openai.requests) == 10
    assert len(openai.connections) == 1


def test_two_graphs_share_connections(serve: Serve) -> None:
    openai = serve(says("Here I am."))
    for _ in range(2):
        graph_on(openai).invoke(TURN)
    assert len(openai.connections) == 1


def test_each_turn_may_have_an_event_loop_of_its_own(serve: Serve) -> None:
    openai = serve(says("Here I am."))
    graph = graph_on(openai)
    for _ in range(3):
        assert asyncio.run(graph.ainvoke(TURN))["messages"][-1].text == "Here I am."
    assert len(openai.requests) == 3


def test_event_loops_of_several_threads_work_side_by_side(serve: Serve) -> None:
    openai = serve(says("Here I am.", delay=0.02))
    graph = graph_on(openai)
    answers: list[str] = []

    async def turns() -> None:
        for _ in range(3):
            answers.append((await graph.ainvoke(TURN))["messages"][-1].text)

    threads = [threading.Thread(target=asyncio.run, args=(turns(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["Here I am."] * 12
