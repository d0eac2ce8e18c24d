"""LangGraph's own development server on the two graphs of `langgraph.json`, with no key and no network."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from langgraph_sdk import get_sync_client

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    log = tmp_path_factory.mktemp("studio") / "server.log"
    keys = ("OPENAI_API_KEY", "HUBSPOT_ACCESS_TOKEN")
    environment = {name: value for name, value in os.environ.items() if name not in keys}
    environment |= {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGSMITH_TRACING": "false"}
    command = [Path(sys.executable).with_name("langgraph"), "dev", "--no-browser", "--no-reload", "--port", str(number)]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        url = f"http://127.0.0.1:{number}"
        deadline = time.monotonic() + 90
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                if httpx.get(f"{url}/ok", timeout=5).is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.2)
        yield url
        process.terminate()
        process.wait(30)


def test_both_graphs_are_listed(server):
    client = get_sync_client(url=server)
    assert {each["graph_id"] for each in client.assistants.search()} == {"contacts", "contacts_demo"}


def test_a_conversation(server):
    client = get_sync_client(url=server)
    thread = client.threads.create()["thread_id"]
    welcome = client.runs.wait(thread, "contacts_demo", input={})["messages"][-1]
    assert [each["action"] for each in welcome["additional_kwargs"]["buttons"]] == ["search", "create", "update"]
    asked = client.runs.wait(thread, "contacts_demo", input={"action": "create"})["messages"][-1]
    assert "e-mail" in asked["content"]
    turn = {"messages": [{"role": "user", "content": "create a contact Zed Quark, zed@quark.example"}]}
    client.runs.wait(thread, "contacts_demo", input=turn, context={"approve_writes": True})
    pause = client.threads.get_state(thread)["tasks"][0]["interrupts"][0]["value"]
    assert pause["action_requests"][0]["args"]["email"] == "zed@quark.example"
    resume = {"resume": {"decisions": [{"type": "approve"}]}}
    done = client.runs.wait(thread, "contacts_demo", command=resume, context={"approve_writes": True})
    assert done["messages"][-1]["additional_kwargs"]["receipts"][0]["outcome"] == "done"


def test_what_is_missing_is_said(server):
    client = get_sync_client(url=server)
    thread = client.threads.create()["thread_id"]
    turn = {"messages": [{"role": "user", "content": "hello"}]}
    assert "OPENAI_API_KEY" in client.runs.wait(thread, "contacts", input=turn)["messages"][-1]["content"]


def test_the_schemas_as_studio_shows_them(server):
    client = get_sync_client(url=server)
    [demo] = client.assistants.search(graph_id="contacts_demo")
    schemas = client.assistants.get_schemas(demo["assistant_id"])
    assert "search" in str(schemas["input_schema"]["properties"]["action"])
    assert {"language", "approve_writes", "user"} <= set(schemas["context_schema"]["properties"])
