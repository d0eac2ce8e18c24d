"""A database that fails when a turn has ended: the answer stands."""

import logging
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.settings import Settings
from support.scripted import ScriptedModel


class Failing(InMemorySaver):
    away = False

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        if self.away:
            raise OSError("the connection to 10.0.0.1 was lost")
        return super().get_tuple(config)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_look_that_fails(port: HubSpotContacts, caplog: pytest.LogCaptureFixture, asynchronous: bool) -> None:
    caplog.set_level(logging.WARNING)
    saver = Failing()

    def answer(messages: Any) -> str:
        saver.away = True
        return "Hello!"

    settings = Settings(prune_checkpoints=True)
    graph: Any = build_graph(
        model=ScriptedModel(replies=[answer]), contacts=port, checkpointer=saver, settings=settings
    )
    turn, config = {"messages": [("user", "hello")]}, {"configurable": {"thread_id": "1"}}
    ended = await graph.ainvoke(turn, config) if asynchronous else graph.invoke(turn, config)
    assert ended["messages"][-1].text == "Hello!"
    assert [record.getMessage() for record in caplog.records] == ["A conversation could not be pruned: OSError"]
