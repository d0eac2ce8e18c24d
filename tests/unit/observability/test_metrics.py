"""What is counted and timed of a conversation, and that no label tells of a person."""

import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from prometheus_client.parser import text_string_to_metric_families

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.sandbox import Fault, Sandbox
from hubspot_agent.server.metrics_exporter import metrics_page
from hubspot_agent.settings import Settings
from support.openai_wire import KEY, OpenAIWire, calls, fails, says
from support.port_stub import stub

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva"}
TURNS: list[Any] = [
    {},
    {"action": "update"},
    {"messages": [("user", "Who is ana@acme.example?")]},
    {"messages": [("user", "Find Silva, and Ana")]},
    {"messages": [("user", "Her phone is now +31 6 12345678")]},
    Command(resume={"decisions": [{"type": "approve"}]}),
    {"messages": [("user", "Create Bob Jones, bob@globex.example")]},
    Command(resume={"decisions": [{"type": "reject", "message": "(bob)"}]}),
    {"messages": [("user", "And who is Bob?")]},
    {"action": "undo"},
]
SCRIPT = (
    calls(("search_contacts", {"email": "ana@acme.example"})),
    says("That is Ana Silva."),
    calls(("search_contacts", {"query": "Silva"}), ("search_contacts", {"query": "Ana"})),
    says("Found her."),
    calls(("update_contact", {"contact_id": "101", "phone": "+31 6 12345678"})),
    says("Her phone is changed."),
    calls(("create_contact", {"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example"})),
    says("Bob was not created."),
    fails(400, "invalid_prompt"),
)

Measured = Counter[tuple[str, ...]]


def page() -> str:
    render = metrics_page()
    assert render is not None
    return render().decode()


def measured() -> Measured:
    """Return the counts so far: `("turn", "agent", "done")`, labels in the order of their names."""
    counts: Measured = Counter()
    for family in text_string_to_metric_families(page()):
        for sample in family.samples:
            name, _, kind = sample.name.removeprefix("hubspot_agent_").rpartition("_")
            if kind in ("count", "total"):
                labels = [value for _, value in sorted(sample.labels.items())]
                counts[(name.removesuffix("_duration_seconds"), *labels)] += sample.value
    return counts


@pytest.fixture(scope="module")
def conversation() -> Measured:
    """What a conversation adds to the counts."""
    before = measured()
    with Sandbox(contacts=[ANA]) as crm, OpenAIWire(*SCRIPT) as openai:
        crm.faults.add(Fault("rate_limit", times=1, retry_after="0", path="/search"))
        with HubSpotContacts(crm.token, host=crm.url) as port:
            settings = Settings(_env_file=None, openai_api_key=KEY, openai_base_url=openai.url)
            graph = build_graph(contacts=port, checkpointer=InMemorySaver(), settings=settings)
            for turn in TURNS:
                given = {"context": Context(approve_writes=True, user="sam@acme.example")}
                graph.invoke(turn, {"configurable": {"thread_id": "sam@acme.example"}}, **given)
    return measured() - before


def test_turns(conversation: Measured) -> None:
    turns = {name[1:]: count for name, count in conversation.items() if name[0] == "turn"}
    assert turns == {
        ("greeting", "done"): 1,
        ("button", "done"): 1,
        ("agent", "done"): 4,
        ("agent", "paused"): 2,
        ("agent", "failed"): 1,
        ("undo", "done"): 1,
    }


def test_model_calls_and_tokens(conversation: Measured) -> None:
    assert conversation["model_call", "answered"] == 8
    assert conversation["model_call", "model_refused"] == 1
    assert conversation["model_tokens", "input"] == 80
    assert conversation["model_tokens", "output"] == 40


def test_hubspot_calls_by_route_and_status(conversation: Measured) -> None:
    calls_made = {name[1:] for name in conversation if name[0] == "hubspot_call"}
    assert ("GET", "contacts/{email}", "2xx") in calls_made
    assert ("GET", "contacts/{id}", "2xx") in calls_made
    assert {("POST", "contacts/search", "2xx"), ("POST", "contacts/search", "4xx")} <= calls_made
    assert ("PATCH", "contacts/{id}", "2xx") in calls_made
    assert not any(digit in route for _, route, _ in calls_made for digit in "0123456789@")


def test_waits_refusals_and_writes(conversation: Measured) -> None:
    assert conversation["wait", "rate_limited"] == 1
    assert conversation["wait", "search_limit"] >= 1
    assert conversation["refusals", "rejected", "create_contact"] == 1
    assert conversation["writes", "done", "update_contact"] == 1
    assert conversation["writes", "refused", "create_contact"] == 1
    assert conversation["writes", "done", "undo"] == 1


def test_the_page_tells_of_nobody(conversation: Measured) -> None:
    labels = " ".join(word for name in conversation for word in name)
    assert "update_contact" in labels
    personal = ("@", "acme", "globex", "Ana", "Silva", "Jones", "bob", "12345678", "101")
    assert not [word for word in personal if word.casefold() in labels.casefold()]


PROGRAM = """
from hubspot_agent.observability import metrics
from hubspot_agent.server.metrics_exporter import metrics_page
metrics_page()
metrics.wait("index", 1.0)
"""


def test_counts_go_to_a_collector_by_the_standard_variables() -> None:
    with stub() as collector:
        variables = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        subprocess.run([sys.executable, "-c", PROGRAM], env=variables, check=True, timeout=30)
        assert collector.connections
