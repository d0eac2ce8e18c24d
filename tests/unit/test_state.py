"""What an application tells a run: the context as Studio shows it, and an application's own."""

from dataclasses import dataclass
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.state import ChatState, keeps_conversations
from hubspot_agent.texts import languages
from support.scripted import ScriptedModel


def checkpointers_seen(checkpointer: Any, *, nested: bool) -> list[bool]:
    """Return what `keeps_conversations` tells inside a run, or inside a graph within it."""
    seen: list[bool] = []

    def look(state: dict[str, Any]) -> dict[str, Any]:
        seen.append(keeps_conversations())
        return {}

    inner = StateGraph(ChatState).add_node("look", look).add_edge(START, "look").compile()
    node = inner if nested else look
    outer = StateGraph(ChatState).add_node("node", node).add_edge(START, "node").compile(checkpointer=checkpointer)
    outer.invoke({"messages": []}, {"configurable": {"thread_id": "1"}})
    return seen


@pytest.mark.parametrize("nested", [False, True])
def test_whether_a_run_can_pause_is_known(nested: bool) -> None:
    """It hangs on a name inside LangGraph: this fails when that changes."""
    assert checkpointers_seen(InMemorySaver(), nested=nested) == [True]
    assert checkpointers_seen(None, nested=nested) == [False]


FIND = [("search_contacts", {"query": "Ana"})]
CHANGE = [("update_contact", {"contact_id": "101", "city": "Porto"})]


@dataclass(frozen=True, kw_only=True)
class CustomerContext(Context):
    customer: str


def test_every_field_is_described_and_has_a_default() -> None:
    schema = build_graph().get_context_jsonschema()
    assert schema is not None
    assert schema["description"]
    fields = schema["properties"]
    assert all(field["description"] and "default" in field for field in fields.values())
    assert {name: field["default"] for name, field in fields.items()} == vars(Context())
    assert fields["language"]["anyOf"] == [{"enum": [*languages()], "type": "string"}, {"type": "null"}]
    limits = {name: field["minimum"] for name, field in fields.items() if field.get("type") == "integer"}
    assert limits == {"max_messages": 1, "max_tokens": 0, "max_input_tokens": 1}


def test_the_input_is_messages_and_an_action() -> None:
    fields = build_graph().get_input_jsonschema()["properties"]
    assert set(fields) == {"messages", "action"}
    actions, none = fields["action"]["anyOf"]
    assert actions == {"enum": ["search", "create", "update", "undo"], "type": "string"}
    assert none == {"type": "null"}


def test_an_applications_own_context_has_its_fields() -> None:
    schema = build_graph(context_schema=CustomerContext).get_context_jsonschema()
    assert schema is not None
    assert schema["required"] == ["customer"]
    assert schema["properties"]["max_messages"]["default"] == 5


@pytest.mark.parametrize("given", [CustomerContext(customer="7", user="sam"), {"customer": "7", "user": "sam"}])
async def test_it_reaches_the_choice_of_the_account(port: HubSpotContacts, given: Any) -> None:
    told: list[CustomerContext] = []

    def account(context: CustomerContext) -> HubSpotContacts:
        told.append(context)
        return port

    model = ScriptedModel(replies=[FIND, CHANGE, "Done."])
    graph = build_graph(model=model, contacts=account, context_schema=CustomerContext, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    await graph.ainvoke({"messages": [("user", "Ana lives in Porto")]}, config, context=given)
    searched_and_written = len(told)
    assert searched_and_written >= 2
    graph.invoke({"action": "undo"}, config, context=given)
    assert len(told) > searched_and_written
    assert set(told) == {CustomerContext(customer="7", user="sam")}
    assert all(isinstance(each, CustomerContext) for each in told)
