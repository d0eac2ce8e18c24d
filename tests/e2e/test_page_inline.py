"""The page inside a notebook answers the notebook's browser, and no other site's script."""

from collections.abc import Iterator

import httpx
import pytest
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.web import inline_chat


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    page = inline_chat(build_graph(model=DemoModel(), checkpointer=InMemorySaver()))
    with httpx.Client(base_url=page.local_url, timeout=20) as client:
        yield client
    page.close()


def say(client: httpx.Client, **headers: str) -> httpx.Response:
    asked = {"act": "say", "words": "hello", "conversation": "0" * 32}
    body = {"data": [], "event_data": asked, "fn_index": 0, "session_hash": "aaaa", "trigger_id": 1}
    return client.post("/gradio_api/queue/join", json=body, headers=headers)


def test_the_page_answers_itself(client: httpx.Client) -> None:
    assert say(client, Origin=str(client.base_url).rstrip("/")).status_code == 200
    assert "process_completed" in client.get("/gradio_api/queue/data", params={"session_hash": "aaaa"}).text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:8888"},
        {"Origin": "http://[x"},
        {"Host": "[x"},
    ],
)
def test_another_site_is_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    assert say(client, **headers).status_code == 403
    assert client.get("/", headers=headers).status_code == 403


def test_what_the_page_does_not_need_is_not_served(client: httpx.Client) -> None:
    assert client.get("/gradio_api/info").status_code == 404
    assert client.post("/gradio_api/reset", json={"event_id": "a"}).status_code == 404


def test_a_notebook_on_this_machine_may_frame_it_and_no_other_page(client: httpx.Client) -> None:
    headers = client.get("/").headers
    [ancestors] = [
        each for each in headers["Content-Security-Policy"].split("; ") if each.startswith("frame-ancestors")
    ]
    assert "http://localhost:*" in ancestors.split()
    assert not {"*", "http:", "https:"} & set(ancestors.split())
    assert "X-Frame-Options" not in headers
