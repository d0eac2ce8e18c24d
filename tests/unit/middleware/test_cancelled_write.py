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
    assert outcomes[:1] in ([], ["begun"], ["rejected"])
    return [outcome for outcome in outcomes if outcome != "begun"]


APPROVE: dict[str, Any] = {"type": "approve"}
REJECT: dict[str, Any] = {"type": "reject"}
EDIT: dict[str, Any] = {
    "type": "edit",
    "edited_action": {"name": "update_contact", "args": {"contact_id": "101", "city": "Lisbon"}},
}


@pytest.mark.parametrize(
    ("then", "named", "city", "outcome"),
    [
        (None, False, "Porto", "done"),
        (APPROVE, False, "Porto", "done"),
        (EDIT, False, "Lisbon", "done"),
        (REJECT, False, None, "rejected"),
        (REJECT, True, None, "rejected"),
    ],
    ids=["nothing", "approve", "edit", "reject", "reject by the id of the pause"],
)
async def test_of_a_write_that_was_not_sent_yet_the_last_decision_counts(
    crm: Sandbox,
    port: HubSpotContacts,
    caplog: pytest.LogCaptureFixture,
    then: Any,
    named: bool,
    city: str | None,
    outcome: str,
) -> None:
    """Cancelled while what was approved is checked once more; its card is still shown."""
    caplog.set_level("INFO", "hubspot_agent.audit")
    model = ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], CHANGE, "Done."])
    graph = build_graph(model=model, contacts=port, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    context = Context(approve_writes=True)
    paused = await graph.ainvoke({"messages": [("user", "Ana is from Porto")]}, config, context=context)
    if named:  # Asked again, which gives the pause another id.
        paused = await graph.ainvoke(Command(resume={"decisions": []}), config, context=context)
    pause = paused["__interrupt__"][0].id if named else None

    read = len(crm.requests)
    crm.faults.add(Fault("latency", seconds=0.5, method="GET", path="/objects/contacts/101"))
    running = asyncio.create_task(graph.ainvoke(decided(APPROVE, pause), config, context=context))
    while len(crm.requests) == read:
        assert not running.done()
        await asyncio.sleep(0.005)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(each.method == "PATCH" for each in crm.requests)
    assert not (await graph.aget_state(config)).interrupts, "what was decided does not wait"

    crm.faults.clear()
    await graph.ainvoke(decided(then, pause) if then else None, config, context=context)
    assert outcomes(caplog) == [outcome]
    assert crm.contacts()[0]["properties"].get("city") == city


@pytest.mark.parametrize("answered", [APPROVE, REJECT], ids=["approve", "reject"])
async def test_a_decision_that_comes_too_late_is_told(crm: Sandbox, port: HubSpotContacts, answered: Any) -> None:
    """Another process finds the write done, and that another decision came after it."""
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}
    context = Context(approve_writes=True)
    model = ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], CHANGE, "Done."])
    graph: Any = build_graph(model=model, contacts=port, checkpointer=saver)
    await graph.ainvoke({"messages": [("user", "Ana is from Porto")]}, config, context=context)
    crm.faults.add(Fault("latency", seconds=0.5, method="PATCH"))
    running = asyncio.create_task(graph.ainvoke(decided(APPROVE), config, context=context))
    while not any(each.method == "PATCH" for each in crm.requests):
        await asyncio.sleep(0.005)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    while crm.contacts()[0]["properties"].get("city") != "Porto":
        await asyncio.sleep(0.005)

    model = ScriptedModel(replies=["Done."])
    again: Any = build_graph(model=model, contacts=port, checkpointer=saver)  # With no memory of what it began.
    await again.ainvoke(decided(answered), config, context=context)
    assert ("came too late" in str(model.seen[0][-1].content)) == (answered == REJECT)
    assert crm.contacts()[0]["properties"]["city"] == "Porto"
    await again.ainvoke({"action": "undo"}, config)
    assert not crm.contacts()[0]["properties"].get("city")


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_answer_to_one_pause_is_not_taken_for_the_next(
    crm: Sandbox, port: HubSpotContacts, asynchronous: bool
) -> None:
    """LangGraph keeps an answer as long as the turn lasts, and gives it to whoever goes on with it."""
    model = ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], CHANGE, CREATE, "Done."])
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}

    async def run(turn: Any) -> list[str]:
        graph: Any = build_graph(model=model, contacts=port, checkpointer=saver)
        options = {"config": config, "context": Context(approve_writes=True)}
        if asynchronous:
            await graph.ainvoke(turn, **options)
        else:
            graph.invoke(turn, **options)
        return [each["name"] for pause in graph.get_state(config).interrupts for each in pause.value["action_requests"]]

    assert await run({"messages": [("user", "Ana is from Porto; create Bob, bob@globex.example")]}) == [
        "update_contact"
    ]
    assert await run(decided(APPROVE)) == ["create_contact"]
    assert await run(None) == ["create_contact"]
    assert len(crm.contacts()) == 1
    assert await run(decided(APPROVE)) == []
    assert len(crm.contacts()) == 2


def decided(decision: dict[str, Any], pause: str | None = None) -> Command[Any]:
    answer = {"decisions": [decision]}
    return Command(resume={pause: answer} if pause else answer)


@pytest.mark.parametrize("answered", [APPROVE, REJECT], ids=["approve", "reject"])
@pytest.mark.parametrize("tool", ["create_contact", "update_contact"])
async def test_of_a_write_in_parts_the_rest_is_as_decided_last(
    crm: Sandbox, port: HubSpotContacts, tool: str, answered: Any
) -> None:
    """Another process finds the contact written and its note not."""
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}
    context = Context(approve_writes=True)
    whom = {"contact_id": "101"} if tool == "update_contact" else {"firstname": "Bob", "email": "bob@globex.example"}
    call = [(tool, {**whom, "city": "Porto", "note": "called about a quote"})]
    model = ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], call, "Done."])
    said = "Ana, or Bob, bob@globex.example, is from Porto; log: called about a quote"
    graph: Any = build_graph(model=model, contacts=port, checkpointer=saver)
    await graph.ainvoke({"messages": [("user", said)]}, config, context=context)
    crm.faults.add(Fault("latency", seconds=0.0, path="/search"), Fault("error", status=400, path="/objects/notes"))
    method = "PATCH" if tool == "update_contact" else "POST"
    crm.faults.add(Fault("latency", seconds=0.5, method=method))
    running = asyncio.create_task(graph.ainvoke(decided(APPROVE), config, context=context))
    while not any(each.method == method and each.path.split("/")[-1] in ("contacts", "101") for each in crm.requests):
        assert not running.done()
        await asyncio.sleep(0.005)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    while not any(each.path.endswith("/objects/notes") for each in crm.requests):
        await asyncio.sleep(0.005)
    crm.faults.clear()

    again: Any = build_graph(model=ScriptedModel(replies=["Done."]), contacts=port, checkpointer=saver)
    answer = (await again.ainvoke(decided(answered), config, context=context))["messages"][-1]
    written = crm.contacts()[-1]
    assert written["properties"]["city"] == "Porto"
    assert crm.notes(written["id"]) == (["called about a quote"] if answered == APPROVE else [])
    [receipt] = answer.additional_kwargs["receipts"]
    assert [each["outcome"] for each in receipt.get("not_done", ())] == (["not_tried"] if answered == REJECT else [])
