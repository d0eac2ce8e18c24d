"""What the package promises to those who import it."""

import re
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from langchain_core.tools import StructuredTool

import hubspot_agent
from hubspot_agent import Context, build_graph
from hubspot_agent.settings import Settings
from hubspot_agent.tools import contact_tools
from support.scripted import ScriptedModel

PROJECT = Path(__file__).parents[2]


def test_the_public_names():
    assert hubspot_agent.__all__ == ["Context", "HubSpotContacts", "build_graph", "recall"]
    assert all(hasattr(hubspot_agent, name) for name in hubspot_agent.__all__)


def test_building_needs_no_key_and_opens_no_connection(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    graph = build_graph()
    assert set(graph.get_graph().nodes) >= {"greeting", "button", "undo", "agent"}


#: What a program has a right to find as it left it.
HOST = """
import gc, logging, os, signal, sys

def state():
    loggers = [logging.root, *(each for each in logging.root.manager.loggerDict.values() if hasattr(each, "level"))]
    return {
        "environment": dict(os.environ),
        # HubSpot's client sets the levels of its own.
        "levels": {each.name: each.level for each in loggers if each.level and not each.name.startswith("hubspot.")},
        "root handlers": list(logging.root.handlers),
        "garbage collection": (gc.get_freeze_count(), gc.isenabled(), gc.get_threshold()),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "hooks": (sys.excepthook, sys.unraisablehook),
    }

before = state()
from hubspot_agent import HubSpotContacts, build_graph
build_graph(contacts=HubSpotContacts("pat-1"))
after = state()
print([name for name in before if before[name] != after[name]])
"""


def test_importing_and_building_change_nothing_in_the_process():
    result = subprocess.run([sys.executable, "-c", HOST], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_importing_brings_no_extra():
    extras = ("langchain_community", "prompt_toolkit", "hubspot_agent.sandbox")
    code = f"import sys, hubspot_agent.graph; print([name for name in {extras} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code], capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]", result.stderr


def test_imports_keep_the_contracts_of_pyproject():
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache", "--no-logo"], cwd=PROJECT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_no_two_classes_have_the_same_name():
    sources = (file.read_text(encoding="utf-8") for file in (PROJECT / "hubspot_agent").rglob("*.py"))
    names = Counter(name for source in sources for name in re.findall(r"^class (\w+)", source, re.MULTILINE))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("model", "missing"),
    [
        (None, "OPENAI_API_KEY"),
        (ScriptedModel(replies=[[("search_contacts", {"query": "a"})]]), "HUBSPOT_ACCESS_TOKEN"),
    ],
)
def test_a_missing_key_is_said_at_the_first_turn_that_needs_it(model, missing):
    result = build_graph(model=model, settings=Settings()).invoke({"messages": [("user", "hello")]})
    assert any(missing in message.text for message in result["messages"])


def test_the_three_tools(port):
    tools = contact_tools(port)
    assert [tool.name for tool in tools] == ["search_contacts", "create_contact", "update_contact"]
    assert all(isinstance(tool, StructuredTool) for tool in tools)


async def test_each_tool_works_alone(port, crm):
    search, create, update = contact_tools(port)
    assert "ana@acme.example" in search.invoke({"query": "Ana"})
    assert (await create.ainvoke({"firstname": "Bob"})).startswith("Created.")
    assert update.invoke({"contact_id": "102", "city": "Porto"}).startswith("Updated.")
    assert update.invoke({"contact_id": "102", "city": "Porto"}).startswith("Nothing to change")
    assert update.invoke({"contact_id": "102", "clear": ["city"]}).startswith("Updated.")
    assert update.invoke({"contact_id": "999", "city": "Porto"}).startswith("Not done (not_found)")
    assert crm.contacts()[1]["properties"].get("city") is None


def test_an_account_for_each_context(port):
    asked = []

    def choose(context):
        asked.append(context.user)
        return port

    graph = build_graph(
        model=ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], "Found."]), contacts=choose
    )
    graph.invoke({"messages": [("user", "find Ana")]}, context=Context(user="customer 7"))
    assert set(asked) == {"customer 7"}
