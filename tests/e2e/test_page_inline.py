"""The page inside a notebook answers the notebook's browser, and no other site's script."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.web import inline_chat
from support.scripted import ScriptedModel

CONVERSATION = "0" * 32


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    page = inline_chat(build_graph(model=DemoModel(), checkpointer=InMemorySaver()))
    with httpx.Client(base_url=page.url, timeout=20) as client:
        yield client
    page.close()


def say(client: httpx.Client, **headers: str) -> httpx.Response:
    message = {"id": "a" * 32, "words": "hello"}
    return client.post(f"/conversations/{CONVERSATION}/messages", json=message, headers=headers)


def test_the_page_answers_itself(client: httpx.Client) -> None:
    assert say(client, Origin=str(client.base_url).rstrip("/")).json() == {"taken": True}
    with client.stream("GET", f"/conversations/{CONVERSATION}/events") as events:
        assert next(line for line in events.iter_lines() if "How can I help you" in line)


def test_who_asks_again_is_sent_what_is_new_alone(client: httpx.Client) -> None:
    address = f"/conversations/{'1' * 32}"
    view = json.loads(client.get(f"{address}/events?poll=").text.partition("data: ")[2].partition("\n")[0])
    assert client.get(f"{address}/events?poll={view['stamp']}").text == "event: end\ndata: {}\n\n"
    client.patch(address, json={"title": "Mine"})
    assert '"title": "Mine"' in client.get(f"{address}/events?poll={view['stamp']}").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:8888"},
        {"Origin": "http://[x"},
        {"Host": "[x"},
        {"X-Forwarded-For": "10.0.0.1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_another_site_is_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    assert say(client, **headers).status_code == 403
    assert client.get("/conversations", headers=headers).status_code == 403


def test_a_notebook_on_this_machine_may_frame_it_and_no_other_page(client: httpx.Client) -> None:
    headers = client.get("/").headers
    [ancestors] = [
        each for each in headers["Content-Security-Policy"].split("; ") if each.startswith("frame-ancestors")
    ]
    assert "http://localhost:*" in ancestors.split()
    assert not {"*", "http:", "https:"} & set(ancestors.split())
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize("by_context", [False, True])
def test_a_table_goes_on(by_context: bool) -> None:
    people = [{"email": f"p{number}@x.example", "firstname": f"Pat {number}"} for number in range(13)]
    with Sandbox(contacts=people) as crm, HubSpotContacts(crm.token, host=crm.url) as port:
        model = ScriptedModel(replies=[[("search_contacts", {"sort": "createdate"})], "Here."])
        graph = build_graph(model=model, contacts=port, checkpointer=InMemorySaver())
        page = inline_chat(graph, contacts=(lambda context: port) if by_context else port)
        with httpx.Client(base_url=page.url, timeout=20) as client:
            say(client)
            poll = f"/conversations/{CONVERSATION}/events?poll"
            while "data-more" not in (events := client.get(poll).text):
                time.sleep(0.05)
            assert "p12@x.example" not in events
            more = client.post(f"/conversations/{CONVERSATION}/more", json={"item": "tool-call_1"})
            assert more.json() == {"taken": True}
            assert "p12@x.example" in client.get(poll).text
        page.close()


def test_a_graph_without_a_checkpointer_cannot_wait() -> None:
    with pytest.raises(ValueError, match="checkpointer"):
        inline_chat(build_graph(model=DemoModel()))
