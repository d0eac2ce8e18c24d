"""No log of a whole conversation, at DEBUG and of every library, holds a key or anything of a person."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hubspot_agent.sandbox import Fault, Sandbox
from support.openai_wire import KEY, OpenAIWire, calls, fails, says

PROGRAM = """
import asyncio, json, logging, sys
logging.basicConfig(level=logging.DEBUG)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command
from hubspot_agent import Context, build_graph

mode, file, turns = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
logging.getLogger("urllib3.connectionpool").setLevel(logging.DEBUG)  # HubSpot's client silences its parent.
given = {"config": {"configurable": {"thread_id": "1"}}, "context": Context(approve_writes=True, user="sam")}
turns = [Command(resume=turn["resume"]) if "resume" in turn else turn for turn in turns]

async def converse():
    # Not in SQLite: aiosqlite logs every statement with its values, and so whole conversations.
    graph = build_graph(checkpointer=InMemorySaver())
    return [await graph.ainvoke(turn, **given) for turn in turns][-1]

if mode == "async":
    result = asyncio.run(converse())
else:
    with SqliteSaver.from_conn_string(file) as saver:
        graph = build_graph(checkpointer=saver)
        result = [graph.invoke(turn, **given) for turn in turns][-1]
print([receipt["outcome"] for each in result["messages"] for receipt in each.additional_kwargs.get("receipts", [])])
"""

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "phone": "+31201234567"}
APPROVE, REJECT = ({"resume": {"decisions": [{"type": kind}]}} for kind in ("approve", "reject"))


def typed(words: str) -> dict[str, object]:
    return {"messages": [["user", words]]}


TURNS = [
    {},
    {"action": "search"},
    typed("Who is ana@acme.example?"),
    typed("And who has 020 123 4567, or is called Silva?"),
    typed("Her phone is now +31 6 98765432"),
    APPROVE,
    typed("Create Bob Jones, bob@globex.example"),
    APPROVE,
    typed("Create Ann Silva, ana@acme.example"),
    REJECT,
    typed("Who is eva@initech.example?"),
    {"action": "undo"},
]
SCRIPT = [
    calls(("search_contacts", {"email": "ana@acme.example"})),
    says("That is Ana Silva, ana@acme.example."),
    calls(("search_contacts", {"phone": "020 123 4567"}), ("search_contacts", {"query": "Silva"})),
    says("Ana Silva, +31201234567."),
    calls(("update_contact", {"contact_id": "101", "phone": "+31 6 98765432"})),
    says("Ana's phone is +31698765432."),
    calls(("create_contact", {"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example"})),
    says("Created Bob Jones."),
    calls(("create_contact", {"firstname": "Ann", "lastname": "Silva", "email": "ana@acme.example"})),
    says("Not created."),
    fails(400, "invalid_prompt"),
]
#: What is logged of faults is there too: no answer to a read, a limit, the lost answers of two writes.
FAULTS = [
    Fault("reset", times=1, method="GET"),
    Fault("rate_limit", times=1, retry_after="0", path="/search"),
    Fault("reset", applied=True, times=1, method="PATCH"),
    Fault("latency", seconds=0.0, method="POST", path="/search"),  # so that the next is for creates alone
    Fault("reset", applied=True, times=1, method="POST", path="/objects/contacts"),
]
PERSONAL = (
    "acme.example", "globex.example", "initech.example", "%40", "Silva", "Jones", "Bob",
    "201234567", "020 123", "98765432",
)  # fmt: skip


def converse(tmp_path: Path, mode: str, turns: list[object], **settings: str) -> tuple[str, str]:
    """Have the conversation in a process of its own, and return what it says of the writes and what it logged."""
    with Sandbox(contacts=[ANA]) as crm, OpenAIWire(*SCRIPT) as openai:
        crm.faults.add(*FAULTS)
        services = {
            "HUBSPOT_ACCESS_TOKEN": crm.token,
            "HUBSPOT_BASE_URL": crm.url,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": openai.url,
        }
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, mode, str(tmp_path / "conversation.sqlite"), json.dumps(turns)],
            env={**os.environ, **services, **settings},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ran.returncode == 0, ran.stderr[-2000:]
    for secret in (crm.token, KEY):
        assert secret not in ran.stderr
    return ran.stdout.strip(), ran.stderr


@pytest.mark.parametrize("mode", ["sync", pytest.param("async", marks=pytest.mark.slow)])
def test_no_log_of_a_conversation_holds_a_key_or_a_person(tmp_path, mode):
    written, log = converse(tmp_path, mode, TURNS)

    assert written == "['done', 'done', 'done']"  # the update, the create and its undo
    for logger in ("hubspot_agent.hubspot", "hubspot_agent.model", "urllib3.connectionpool", "openai", "httpcore"):
        assert f":{logger}" in log
    assert "Attempt 1" in log
    found = [secret for secret in PERSONAL if secret in log]
    assert not found, found


@pytest.mark.slow
def test_with_the_setting_addresses_in_paths_are_logged(tmp_path):
    _, log = converse(tmp_path, "sync", TURNS[:3], HUBSPOT_AGENT_LOG_PERSONAL_DATA="1")

    assert "ana%40acme.example" in log
