"""Two runs that go on with the same pause at once, as after a double click."""

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.sandbox import Fault, Sandbox
from support.scripted import ScriptedModel

CREATE = [("create_contact", {"firstname": "Bob", "lastname": "Jones"})]
CHANGE = [("update_contact", {"contact_id": "101", "city": "Porto", "note": "called about a quote"})]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("write", [CREATE, CHANGE], ids=["create", "update"])
async def test_the_write_is_made_once(crm: Sandbox, port: HubSpotContacts, write: Any, asynchronous: bool) -> None:
    crm.faults.add(Fault("latency", seconds=0.0, method="POST", path="/search"))
    model = ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], write, "Done.", "Done."])
    graph: Any = build_graph(model=model, contacts=port, checkpointer=InMemorySaver())
    options: Any = {"config": {"configurable": {"thread_id": "1"}}, "context": Context(approve_writes=True)}
    words = "Ana is from Porto, log: called about a quote; create Bob Jones"
    await graph.ainvoke({"messages": [("user", words)]}, **options)

    # Both look once more at what was shown before either of them writes.
    crm.faults.clear()
    for method, path in (("POST", "/search"), ("GET", "/objects/contacts/101"), ("POST", "/batch/read")):
        crm.faults.add(Fault("latency", seconds=0.2, method=method, path=path))
    decision = Command(resume={"decisions": [{"type": "approve"}]})
    runs = [
        graph.ainvoke(decision, **options) if asynchronous else asyncio.to_thread(graph.invoke, decision, **options)
        for _ in range(2)
    ]
    for ended in await asyncio.gather(*runs):
        receipts = ended["messages"][-1].additional_kwargs["receipts"]
        assert [each["outcome"] for each in receipts] == ["done"]
    expected = ["Ana", "Bob"] if write == CREATE else ["Ana"]
    assert [each["properties"]["firstname"] for each in crm.contacts()] == expected
    assert crm.notes("101") == ([] if write == CREATE else ["called about a quote"])
