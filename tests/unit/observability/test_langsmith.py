"""What LangSmith is sent, by the ways that the README of this folder names."""

import os
import subprocess
import sys

import pytest

from support.readme_blocks import block

#: A conversation in a process of its own, for LangSmith keeps what it has read of the environment. The recorder is
#: where its client hands over what would leave.
PROGRAM = """
import requests
from langchain_core.tracers import LangChainTracer
from langsmith import Client
from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.sandbox import Sandbox

class Recorder(requests.Session):
    def request(self, method, url, data=None, **options):
        print((data or b"").decode())
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"{}"
        return answer

client = Client(api_url="http://127.0.0.1:9", api_key="ls-test", auto_batch_tracing=False, session=Recorder())
with Sandbox(contacts=[{"email": "zed@quark.example", "firstname": "Zed"}]) as crm:
    graph = build_graph(model=DemoModel(), contacts=HubSpotContacts(crm.token, host=crm.url))
    turn = {"messages": [("user", "find zed@quark.example")]}
    graph.invoke(turn, {"callbacks": [LangChainTracer(client=client)], "configurable": {"customer": "seven"}})
"""


def output(program: str, **variables: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=180,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


@pytest.mark.parametrize("hidden", [False, True])
def test_the_variables_keep_conversations_in_the_process(hidden: bool) -> None:
    names = ("LANGSMITH_HIDE_INPUTS", "LANGSMITH_HIDE_OUTPUTS", "LANGSMITH_HIDE_METADATA")
    text = output(PROGRAM, **dict.fromkeys(names, "true" if hidden else "false"))
    assert '"search_contacts"' in text
    assert [word in text for word in ("zed@quark.example", "Zed", "seven")] == [not hidden] * 3


def test_an_anonymizer_rewrites_what_is_sent() -> None:
    snippet = block("Traces", "hubspot_agent/observability/README.md")
    program = f"{snippet}\nprint(anonymizer({{'messages': ['find zed@quark.example']}}))"
    assert output(program, LANGSMITH_ENDPOINT="http://127.0.0.1:9") == "{'messages': ['find [e-mail]']}\n"
