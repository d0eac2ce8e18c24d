"""What passes to a server that asks for tokens, before an application that tells what reached it."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hubspot_agent.server.request_guard import RequestGuard
from hubspot_agent.settings import Settings

ASKS_FOR_TOKENS = Settings(jwks_url="https://login.example/keys")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def told(request: Request) -> JSONResponse:
    """Answer with what came; the conversation "hers" is somebody else's."""
    if request.url.path == "/threads/hers":
        return JSONResponse({}, 404)
    return JSONResponse({"path": request.url.path, "body": await request.json() if await request.body() else None})


@pytest.fixture
def client() -> httpx.AsyncClient:
    return served(ASKS_FOR_TOKENS)


def served(settings: Settings) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/{path:path}", told, methods=METHODS)])
    transport = httpx.ASGITransport(RequestGuard(app, settings))
    return httpx.AsyncClient(transport=transport, base_url="http://server", headers={"Authorization": "Bearer x"})


def run(**fields: Any) -> dict[str, Any]:
    return {"assistant_id": "contacts", **fields}


HI = {"role": "user", "content": "hi"}
PASSED: dict[str, tuple[Any, Any]] = {
    "words": ({"messages": [HI]}, {"messages": [HI]}),
    "words by type": (
        {"messages": [{"type": "human", "content": "hi"}]},
        {"messages": [{"type": "human", "content": "hi"}]},
    ),
    "words alone": ({"messages": "hi"}, {"messages": [HI]}),
    "words in a pair": ({"messages": [["user", "hi"]]}, {"messages": [HI]}),
    "words with more": ({"messages": [{**HI, "artifact": 1, "id": "a"}]}, {"messages": [{**HI, "id": "a"}]}),
    "a conversation": ({"messages": [HI, ["ai", "hello"], {"type": "tool", "content": ""}]}, {"messages": [HI]}),
    "a button": ({"action": "undo"}, {"action": "undo"}),
    "nothing": ({}, {}),
    "what was": (None, None),
}


@pytest.mark.parametrize(("sent", "passed"), PASSED.values(), ids=PASSED)
async def test_a_turn_passes_as_the_users(client: httpx.AsyncClient, sent: Any, passed: Any) -> None:
    answer = await client.post("/threads/mine/runs/stream", json=run(input=sent))
    assert answer.json()["body"] == run(input=passed)


@pytest.mark.parametrize(
    "fields",
    [
        {"command": {"resume": {"decisions": [{"type": "approve"}]}}},
        {"command": {"resume": 1, "update": None, "goto": [], "graph": None}},
        {"checkpoint": {"checkpoint_id": "c", "checkpoint_ns": "", "thread_id": "mine", "checkpoint_map": {}}},
        {"config": {"configurable": {"approve_writes": True, "__pregel_resuming": True}, "tags": ["a"]}},
        {"context": {"language": "nl"}, "stream_mode": ["values"], "stream_subgraphs": True, "durability": "async"},
    ],
)
async def test_what_belongs_to_a_turn_passes_with_it(client: httpx.AsyncClient, fields: dict[str, Any]) -> None:
    assert (await client.post("/runs/wait", json=run(**fields))).json()["body"] == run(**fields)


async def test_what_servers_set_themselves_is_left_out(client: httpx.AsyncClient) -> None:
    config = {"configurable": {"user": "ana", "__pregel_send": 1, "langgraph_auth_user": {}, "run_id": "r"}}
    answer = await client.post("/runs/wait", json=run(config=config))
    assert answer.json()["body"] == run(config={"configurable": {"user": "ana"}})


@pytest.mark.parametrize(
    "request_line",
    [
        "POST /threads/mine/state",
        "POST /threads/mine/state/",
        "PATCH /threads/mine/state",
        "PUT /store/items",
        "POST /assistants",
        "DELETE /assistants/a",
        "POST /runs/crons",
        "POST /mcp",
        "POST /new",
        "TRACE /threads/mine",
    ],
)
async def test_users_have_no_other_request(client: httpx.AsyncClient, request_line: str) -> None:
    method, path = request_line.split()
    assert (await client.request(method, path, json={})).status_code == 404


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /threads/{}/stream",
        "GET /threads/{}/runs/r/stream",
        "POST /threads/{}/copy",
        "POST /threads/{}/stream/events",
    ],
)
async def test_whose_a_conversation_is_comes_first(client: httpx.AsyncClient, request_line: str) -> None:
    method, path = request_line.split()
    assert (await client.request(method, path.format("hers"))).status_code == 404
    assert (await client.request(method, path.format("mine"))).json()["path"] == path.format("mine")


async def test_what_is_wrong_is_told_by_its_place_and_without_its_value(client: httpx.AsyncClient) -> None:
    answer = await client.post("/runs/wait", json=run(input={"writes": ["sesame"]}, webhook="http://sesame"))
    assert answer.status_code == 422
    assert "input.writes" in answer.text
    assert "webhook" in answer.text
    assert "sesame" not in answer.text


async def test_who_has_no_token_is_told_so_first(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]
    assert (await client.post("/threads/mine/state", json={})).status_code == 401


async def test_sockets_are_closed() -> None:
    said = []

    async def send(message: Any) -> None:
        said.append(message["type"])

    await RequestGuard(Starlette(), ASKS_FOR_TOKENS)(
        {"type": "websocket", "path": "/threads/mine/stream/events"}, None, send
    )  # type: ignore[arg-type]
    assert said == ["websocket.close"]


async def test_without_an_issuer_everything_passes() -> None:
    body = {"values": {"writes": [1]}}
    assert (await served(Settings()).post("/threads/mine/state", json=body)).json()["body"] == body
