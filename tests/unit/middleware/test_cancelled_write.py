"""A run that its application cancels in the middle of a write."""

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.sandbox import Fault, Sandbox
from support.scripted import ScriptedModel

CREATE = [("create_contact", {"firstname": "Bob", "email": "bob@globex.example"})]
CREATE_NAMELESS = [("create_contact", {"firstname": "Bob", "lastname": "Jones"})]
CHANGE = [("update_contact", {"contact_id": "101", "city": "Porto"})]


@pytest.mark.parametrize("write", [CREATE, CREATE_NAMELESS, CHANGE], ids=["e-mail", "no e-mail", "update"])
@pytest.mark.parametrize("went_on", ["at once", "later"])
async def test_the_write_ends_once_and_is_told_when_the_run_goes_on(
    crm: Sandbox, port: HubSpotContacts, caplog: pytest.LogCaptureFixture, write: Any, went_on: str
) -> None:
    caplog.set_level("INFO", "hubspot_agent.audit")
    method = "PATCH" if write == CHANGE else "POST"
    for path, seconds in (("/search", 0.0), ("/batch/read", 0.0), ("/objects/contacts", 0.3)):
        crm.faults.add(Fault("latency", seconds=seconds, method=method, path=path))
    model = ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], write, "Done."])
    graph = build_graph(model=model, contacts=port, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    turn = {"messages": [("user", "Ana is from Porto; create Bob Jones, bob@globex.example")]}

    running = asyncio.create_task(graph.ainvoke(turn, config))
    while not any(each.method == method and each.path.split("/")[-1] in ("contacts", "101") for each in crm.requests):
        assert not running.done()
        await asyncio.sleep(0.005)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    while went_on == "later" and not outcomes(caplog):
        await asyncio.sleep(0.005)
    answer = (await graph.ainvoke(None, config))["messages"][-1]
    assert answer.text == "Done."
    assert [each["outcome"] for each in answer.additional_kwargs["receipts"]] == ["done"]
    assert outcomes(caplog)[0] == "done"
    assert set(outcomes(caplog)) == {"done"}
    expected = ["Ana"] if write == CHANGE else ["Ana", "Bob"]
    assert [each["properties"]["firstname"] for each in crm.contacts()] == expected
    await graph.ainvoke({"action": "undo"}, config)
    assert [each["properties"]["firstname"] for each in crm.contacts()] == ["Ana"]
    assert not crm.contacts()[0]["properties"].get("city")


def outcomes(caplog: pytest.LogCaptureFixture) -> list[str]:
    outcomes = [record.audit["outcome"] for record in caplog.records if hasattr(record, "audit")]
    assert outcomes[:1] in ([], ["begun"])
    return [outcome for outcome in outcomes if outcome != "begun"]


async def test_a_write_that_was_not_sent_yet_is_done_when_the_run_goes_on(
    crm: Sandbox, port: HubSpotContacts, caplog: pytest.LogCaptureFixture
) -> None:
    """Cancelled while what was approved is checked once more."""
    caplog.set_level("INFO", "hubspot_agent.audit")
    model = ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], CHANGE, "Done."])
    graph = build_graph(model=model, contacts=port, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    context = Context(approve_writes=True)
    await graph.ainvoke({"messages": [("user", "Ana is from Porto")]}, config, context=context)

    read = len(crm.requests)
    crm.faults.add(Fault("latency", seconds=0.5, method="GET", path="/objects/contacts/101"))
    decided = Command(resume={"decisions": [{"type": "approve"}]})
    running = asyncio.create_task(graph.ainvoke(decided, config, context=context))
    while len(crm.requests) == read:
        assert not running.done()
        await asyncio.sleep(0.005)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(each.method == "PATCH" for each in crm.requests)

    crm.faults.clear()
    answer = (await graph.ainvoke(None, config, context=context))["messages"][-1]
    assert answer.text == "Done."
    assert outcomes(caplog) == ["done"]
    assert crm.contacts()[0]["properties"]["city"] == "Porto"
