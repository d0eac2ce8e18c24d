"""`RemoteGraph` on the graph that a real server serves, alone and as a node of a local graph."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph.types import Command

from hubspot_agent.sandbox import Sandbox
from hubspot_agent.state import ChatInput
from support.openai_wire import KEY, OpenAIWire, demo
from support.readme_blocks import block
from support.servers import langgraph_dev
from support.signing import AUDIENCE, ISSUER, Signer, jwks_server

APPROVED = Command(resume={"decisions": [{"type": "approve"}]})


@dataclass
class Remote:
    url: str
    token: str
    crm: Sandbox

    def names(self) -> list[str]:
        return [each["properties"]["firstname"] for each in self.crm.contacts()]

    def graph(self) -> RemoteGraph:
        config: Any = {"configurable": {"approve_writes": True}}
        headers = {"Authorization": f"Bearer {self.token}"}
        return RemoteGraph("contacts", url=self.url, headers=headers, config=config)


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    directory, signer = tmp_path_factory.mktemp("remote"), Signer("first")
    ana = {"email": "ana@acme.example", "firstname": "Ana"}
    with Sandbox(contacts=[ana]) as crm, OpenAIWire(demo) as model, jwks_server(signer) as issuer:
        settings = {
            "HUBSPOT_ACCESS_TOKEN": crm.token,
            "HUBSPOT_BASE_URL": crm.url,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": model.url,
            "HUBSPOT_AGENT_JWKS_URL": issuer.url,
            "HUBSPOT_AGENT_JWT_ISSUER": ISSUER,
            "HUBSPOT_AGENT_JWT_AUDIENCE": AUDIENCE,
        }
        with langgraph_dev(directory, environment=settings) as server:
            yield Remote(server.url, signer.token("ana"), crm)


@pytest.fixture
def conversation() -> Any:
    return {"configurable": {"thread_id": str(uuid4())}}


def said(words: str) -> dict[str, Any]:
    return {"messages": [("user", words)]}


def test_the_example_runs(remote: Remote, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ASSISTANT_URL", remote.url)
    monkeypatch.setenv("ASSISTANT_TOKEN", remote.token)
    exec(compile(block("From afar"), "README.md", "exec"), {})
    assert "Create a new contact:" in capsys.readouterr().out
    assert remote.names() == ["Ana", "Bob"]


async def test_a_conversation(remote: Remote, conversation: Any) -> None:
    graph = remote.graph()
    welcome = (await graph.ainvoke({}, conversation))["messages"][-1]
    assert [each["action"] for each in welcome["additional_kwargs"]["buttons"]] == ["search", "create", "update"]
    modes: Any = ["messages", "custom"]
    parts = [
        part
        async for part in graph.astream(said("find ana"), conversation, stream_mode=modes, subgraphs=True, version="v2")
    ]
    assert {"progress": "Searching HubSpot ..."} in [part["data"] for part in parts if part["type"] == "custom"]
    pieces = [part["data"][0] for part in parts if part["type"] == "messages"]
    tokens = "".join(each["content"] for each in pieces if each["type"] == "AIMessageChunk")
    assert tokens == graph.get_state(conversation).values["messages"][-1]["content"]
    await graph.ainvoke(said("change the city of ana@acme.example to Porto"), conversation)
    state = await graph.aget_state(conversation)
    assert state.interrupts[0].value["action_requests"][0]["name"] == "update_contact"
    await graph.ainvoke(APPROVED, conversation)
    assert remote.crm.contacts()[0]["properties"]["city"] == "Porto"
    await graph.ainvoke({"action": "undo"}, conversation)
    assert not remote.crm.contacts()[0]["properties"].get("city")


def test_as_a_node_of_a_local_graph(remote: Remote, conversation: Any) -> None:
    assistant = remote.graph()
    local = StateGraph(ChatInput).add_node("contacts", assistant).add_edge(START, "contacts")
    graph = local.compile(checkpointer=InMemorySaver())
    assert "Whom are you looking for?" in graph.invoke({"action": "search"}, conversation)["messages"][-1].text
    assert "ana@acme.example" in graph.invoke(said("Ana"), conversation)["messages"][-1].text
    before = remote.names()
    [pause] = graph.invoke(said("create a contact Eva Berg, eva@globex.example"), conversation)["__interrupt__"]
    assert pause.value["action_requests"][0]["args"]["firstname"] == "Eva"
    assert "__interrupt__" in graph.invoke(APPROVED, conversation)
    assert remote.names() == before
    assistant.invoke(APPROVED, conversation)
    assert remote.names() == [*before, "Eva"]
    texts = [each.text for each in graph.invoke(said("hello"), conversation)["messages"]]
    assert any("Created" in text and "Eva" in text for text in texts)
    assert texts[-1].startswith("Hello!")
