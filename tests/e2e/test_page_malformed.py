"""Whatever is sent to the page's addresses, it is answered as the sender's mistake, and the page goes on."""

import json
import re
from collections.abc import Iterator
from random import Random
from socket import create_connection
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.web import inline_chat

CONVERSATION = "0" * 32
ONE = f"/conversations/{CONVERSATION}"

#: What each address takes, one of each of its values.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", f"{ONE}/messages"): {"id": "a" * 32, "words": "hello", "waited": False},
    ("POST", f"{ONE}/actions"): {"action": "search"},
    ("POST", f"{ONE}/decisions"): {
        "pause": "x",
        "index": 0,
        "choice": "edit",
        "fields": {"email": "a@b.example"},
        "contact": "1",
    },
    ("POST", f"{ONE}/reopened"): {"item": "x"},
    ("POST", f"{ONE}/more"): {"item": "x"},
    ("POST", f"{ONE}/stop"): {},
    ("PATCH", ONE): {"title": "x"},
}

VALUES: tuple[Any, ...] = (
    *(None, True, -1, 10**400, 1e308, "", "\0", "\ud800", "\u202e" * 9, "x" * 100_000, "%s'\"\\", [], [[]], {}),
    *({"x": {}}, {"email": None}, {"\0": "\0"}),
)

RAW = (
    *(b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"id": "\xff"}', b'"\\ud800"', b"[" * 100_000, b"{}" * 9),
    *(b'{"x": NaN}', b"\0", b"9" * 999_999),
)

QUERIES = (
    *("before=", "before=nan", "before=-inf", "before=1e999", "before=x", "before=\u0665", "before=" + "9" * 5_000),
    *("search=%00", "search=%ff%fe", "search=%ed%a0%80", "search=" + "%25" * 2_000, "c=%00", "poll=%00", "poll", "a=%"),
)

COOKIES = (
    "hubspot_agent_theme=\"'<\0",
    "hubspot_agent_language=\xff\xfe",
    "=",
    ";;;",
    "hubspot_agent_session=" + "x" * 9_000,
)

PATHS = (
    *(
        "/conversations/%00",
        f"{ONE}%0a/items?before=1",
        "/static/%00",
        "/static/..%2f..%2fapp.py",
        "/static/" + "x" * 5_000,
    ),
    *("/static", "/static/", "//", "/%ff", f"{ONE}/export.%00", f"{ONE}/export.exe", "/\u202e", "/login", "/logout"),
)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    page = inline_chat(build_graph(model=DemoModel(), checkpointer=InMemorySaver()))
    with httpx.Client(base_url=page.url, timeout=20) as client:
        yield client
    page.close()


@pytest.fixture(autouse=True)
def _the_page_goes_on(client: httpx.Client) -> Iterator[None]:
    yield
    assert "Hello!" in client.get(f"/conversations/{'1' * 32}/events?poll=").text


def is_fine(answer: httpx.Response) -> bool:
    return answer.status_code < 500 and "Traceback" not in answer.text


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_bodies(client: httpx.Client, method: str, path: str) -> None:
    good = BODIES[method, path]
    bodies = [json.dumps({**good, name: value}).encode() for name in good for value in VALUES]
    bodies += [json.dumps({each: good[each] for each in good if each != name}).encode() for name in good]
    for body in (*bodies, *RAW):
        answer = client.request(method, path, content=body, headers={"Content-Type": "application/json"})
        assert is_fine(answer), (answer.status_code, body[:200])
    assert client.request(method, path, content=b"x" * 1_100_000).status_code in (200, 413, 415)
    assert client.request(method, path, json={**good, "x": "y" * 1_100_000}).status_code in (200, 413)


@pytest.mark.parametrize("path", ["/", "/conversations", f"{ONE}/items", f"{ONE}/events?poll=", f"{ONE}/export.txt"])
def test_queries_and_cookies(client: httpx.Client, path: str) -> None:
    for query in QUERIES:
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{query}")
        assert is_fine(answer), (answer.status_code, query)
    for cookie in COOKIES:
        for header in ("Cookie", "Accept-Language", "Sec-Fetch-Mode"):
            answer = client.get(path, headers={header.encode(): cookie.replace("\0", "").encode("latin-1")})
            assert is_fine(answer), (answer.status_code, header, cookie)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_paths(client: httpx.Client, method: str) -> None:
    for path in (*PATHS, *(path for _, path in BODIES), f"{ONE}/items", "/conversations"):
        answer = client.request(method, path)
        assert is_fine(answer), (answer.status_code, path)


def test_bytes_that_are_no_request(client: httpx.Client) -> None:
    chance, address = Random(1), urlsplit(str(client.base_url))
    request = f"POST {ONE}/messages HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n".encode()
    request += b'Content-Length: 45\r\n\r\n{"id": "' + b"b" * 32 + b'", "words": ""}'
    for _ in range(60):
        sent = bytearray(request)
        for _ in range(chance.randint(1, 6)):
            sent[chance.randrange(len(sent))] = chance.randrange(256)
        with create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
            connection.sendall(sent + b"\r\n\r\n")
            connection.shutdown(1)
            answered = connection.recv(4096)
        assert not re.match(rb"HTTP/1.1 5", answered), (bytes(sent), answered)
