"""A pause that asks again: what was decided stays, and what cannot be is asked about once more."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

from hubspot_agent.state import ChatInput, ChatState, Context
from hubspot_agent.web.conversation import Conversation, Speech
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.database import sqlite_tables
from hubspot_agent.web.identity import LOCAL_USER
from hubspot_agent.web.turn import Threads

ENGLISH = Speech("en")
NAMES = ("Tim", "Tom")


def request(name: str) -> dict[str, Any]:
    changes = [{"property": "firstname", "old": "", "new": name}, {"property": "email", "old": "", "new": "t@"}]
    return {"name": "create_contact", "args": {"firstname": name, "email": "t@"}, "contact": None, "changes": changes}


def ask(state: ChatState) -> dict[str, Any]:
    """Greet; then ask about two writes, and about the second again until its e-mail address is one."""
    if not state.get("messages"):
        return {"messages": [AIMessage("Hello.")]}
    configs = [{"action_name": "create_contact", "allowed_decisions": ["approve", "edit", "reject"]}] * 2
    pause: dict[str, Any] = {"action_requests": [request(name) for name in NAMES], "review_configs": configs}
    decisions = interrupt(pause)["decisions"]
    while "@x" not in (email := decisions[1]["edited_action"]["args"]["email"]):
        problem = {"request": 1, "property": "email", "message": f"{email} is no e-mail address."}
        decisions = interrupt({**pause, "problems": [problem]})["decisions"]
    return {"messages": [AIMessage(f"Decided: {decisions[0]['type']}, {email}")]}


@pytest.fixture
async def conversation(tmp_path: Path) -> AsyncIterator[Conversation]:
    graph: Any = StateGraph(ChatState, input_schema=ChatInput, context_schema=Context)
    graph.add_node("agent", ask).add_edge(START, "agent").add_edge("agent", END)
    threads = Threads(
        graph=graph.compile(checkpointer=InMemorySaver()), links=False, report=lambda error, _: str(error)
    )
    async with sqlite_tables(tmp_path / "web.sqlite") as tables:
        kept = Conversations(threads=threads, tables=tables, account="test", context=Context())
        conversation = await kept.get(LOCAL_USER, "0" * 32)
        await conversation.open(ENGLISH)
        yield conversation


def cards(conversation: Conversation) -> Iterator[dict[str, Any]]:
    return (item.data for item in conversation.transcript.latest if item.data["kind"] == "approval")


async def decide(conversation: Conversation, index: int, choice: str, **fields: str) -> None:
    pause = next(cards(conversation))["pause"]
    assert await conversation.decide(pause, index, choice, ENGLISH, fields=fields, contact="")
    while conversation.busy:
        await conversation.changed.wait()


async def test_a_value_that_cannot_be_is_asked_for_again(conversation: Conversation) -> None:
    await conversation.say("a" * 32, "create Tim and Tom", ENGLISH)
    while conversation.busy:
        await conversation.changed.wait()
    await decide(conversation, 0, "approve")
    await decide(conversation, 1, "edit", firstname="Thomas", email="nonsense")
    first, second = cards(conversation)
    assert first["state"] == "approve"
    assert second["state"] == "waiting"
    assert second["typed"] == {"firstname": "Thomas", "email": "nonsense"}
    assert [each["message"] for each in second["problems"]] == ["nonsense is no e-mail address."]
    await decide(conversation, 1, "edit", firstname="Thomas", email="t@x.example")
    assert [each["state"] for each in cards(conversation)] == ["approve", "edit"]
    assert conversation.transcript.latest[-1].data["text"] == "Decided: approve, t@x.example"
