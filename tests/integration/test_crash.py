"""A process killed between HubSpot's write and the checkpoint, and the same conversation in a new process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import ANA

PROGRAM = """
import sys
from langgraph.checkpoint.sqlite import SqliteSaver
from hubspot_agent import HubSpotContacts, build_graph
from support.scripted import ScriptedModel

url, token, file, resume, tool, *pairs = sys.argv[1:]
args = dict(pair.split("=", 1) for pair in pairs)
replies = ["Done."] if resume == "yes" else [[("search_contacts", {"query": "Ana"})], [(tool, args)], "Done."]
with SqliteSaver.from_conn_string(file) as saver:
    port = HubSpotContacts(token, host=url, index_delay=0.5)
    graph = build_graph(model=ScriptedModel(replies=replies), contacts=port, checkpointer=saver)
    config = {"configurable": {"thread_id": "1"}}
    turn = None if resume == "yes" else {"messages": [("user", f"Ana: {' '.join(args.values())}")]}
    message = graph.invoke(turn, config)["messages"][-1]
    print([receipt["outcome"] for receipt in message.additional_kwargs.get("receipts", [])])
"""


def run(crm, file, resume, tool, args):
    command = [sys.executable, "-c", PROGRAM, crm.url, crm.token, str(file), resume, tool]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    pairs = [f"{name}={value}" for name, value in args.items()]
    return subprocess.Popen([*command, *pairs], env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("tool", "args", "written"),
    [
        pytest.param(
            "create_contact", {"firstname": "Bob", "email": "bob@globex.example"}, True, marks=pytest.mark.slow
        ),
        ("create_contact", {"firstname": "Bob", "lastname": "Jones"}, True),
        pytest.param(
            "create_contact", {"firstname": "Bob", "email": "bob@globex.example"}, False, marks=pytest.mark.slow
        ),
        pytest.param("update_contact", {"contact_id": "101", "city": "Porto"}, True, marks=pytest.mark.slow),
        pytest.param("update_contact", {"contact_id": "101", "city": "Porto"}, False, marks=pytest.mark.slow),
    ],
)
def test_one_write_whenever_the_process_dies(crm, tmp_path, tool, args, written):
    method = "POST" if tool == "create_contact" else "PATCH"
    path = "/objects/contacts" if method == "PATCH" else "/crm/v3/objects/contacts"
    kind = {"kind": "slow", "seconds": 15.0} if written else {"kind": "reset"}
    faults = [Fault(method=method, path=path, times=1, **kind)]
    if method == "POST":  # The search is a POST as well.
        faults.insert(0, Fault(kind="latency", seconds=0.0, method="POST", path="/search"))
    crm.faults.add(*faults)
    file = tmp_path / "conversations.sqlite"
    child = run(crm, file, "no", tool, args)
    deadline = time.monotonic() + 60
    while not any(each.method == method and "search" not in each.path for each in crm.requests):
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.01)
    if written:
        while not done(crm, tool):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    crm.faults.clear()
    output, _ = run(crm, file, "yes", tool, args).communicate(timeout=60)
    assert output.strip() == "['done']"
    assert done(crm, tool)
    assert len(crm.contacts()) == (2 if tool == "create_contact" else 1)


def done(crm, tool):
    contacts = crm.contacts()
    return len(contacts) == 2 if tool == "create_contact" else contacts[0]["properties"].get("city") == "Porto"


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["create_contact", "update_contact"])
def test_one_link_and_one_note_when_the_process_dies(tmp_path, tool):
    """Killed while the note is on its way: the contact is written and linked by then."""
    args = {"link_company": "Globex", "note": "link her to Globex, log a note"}
    args |= {"contact_id": "101"} if tool == "update_contact" else {"firstname": "Bob", "email": "bob@globex.example"}
    with Sandbox(contacts=[ANA], companies=[{"name": "Globex", "domain": "globex.example"}]) as crm:
        crm.faults.add(Fault("slow", method="POST", path="/objects/notes", times=1, seconds=15.0))
        file = tmp_path / "conversations.sqlite"
        child = run(crm, file, "no", tool, args)
        deadline = time.monotonic() + 60
        while not any(each.path.endswith("/objects/notes") for each in crm.requests):
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        crm.faults.clear()
        output, _ = run(crm, file, "yes", tool, args).communicate(timeout=60)
        assert output.strip() == "['done']"
        written = crm.contacts()[-1]["id"]
        assert len(crm.contacts()) == (2 if tool == "create_contact" else 1)
        assert crm.associations(written) == [crm.companies()[0]["id"]]
        assert crm.notes(written) == [args["note"]]
