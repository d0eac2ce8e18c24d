"""A real server, watched: health, metrics and LangSmith, while it asks everybody for a token."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from langgraph_sdk import get_sync_client

from support.langsmith_wire import LangSmith, langsmith
from support.servers import Server, langgraph_dev
from support.signing import Signer, key_set

pytestmark = pytest.mark.slow


@dataclass
class Watched:
    server: Server
    langsmith: LangSmith


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server after a conversation of two turns."""
    directory, signer = tmp_path_factory.mktemp("watched"), Signer("first")
    with langsmith() as traces:
        environment = {
            "HUBSPOT_AGENT_JWT_KEYS": key_set(signer),
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_ENDPOINT": traces.url,
            "LANGSMITH_API_KEY": "ls-test",
        }
        with langgraph_dev(directory, environment=environment) as server:
            token = signer.token("sam@acme.example", iss=None, aud=None)
            client = get_sync_client(url=server.url, headers={"Authorization": f"Bearer {token}"})
            thread = client.threads.create()["thread_id"]
            client.runs.wait(thread, "contacts_demo", input={})
            typed = {"messages": [{"role": "user", "content": "create a contact Zed Quark, zed@quark.example"}]}
            client.runs.wait(thread, "contacts_demo", input=typed)
            yield Watched(server, traces)


def test_health_and_metrics_need_no_token(watched: Watched) -> None:
    with httpx.Client(base_url=watched.server.url, timeout=20) as stranger:
        assert stranger.get("/threads/1").status_code in (401, 403)
        assert stranger.get("/health/live").json() == {"status": "alive"}
        ready = stranger.get("/health/ready")
        metrics = stranger.get("/health/metrics").text
    assert 'turn_duration_seconds_count{kind="agent",outcome="done"} 1.0' in metrics
    assert 'writes_total{outcome="done",tool="create_contact"} 1.0' in metrics
    assert not [word for word in ("@", "Zed", "quark", "sam") if word in metrics]
    # No key is set: a Studio of its own, for the demo.
    assert ready.json()["status"] == "ready"


def test_langsmith_is_told_not_a_word(watched: Watched) -> None:
    deadline = time.monotonic() + 30
    while "create_contact" not in {run.get("name") for run in watched.langsmith.runs.values() if run.get("end_time")}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    sent = watched.langsmith.text
    assert not [word for word in ("Zed", "quark", "sam@", "acme.example", "HubSpot with you") if word in sent]
