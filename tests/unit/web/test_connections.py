"""Slow connections are cut, and however many there are, the page answers."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from socket import create_connection, socket

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hubspot_agent.web.connections import Connection, server_config
from hubspot_agent.web.requests import Renaming, body_of


class HastyConnection(Connection):
    REQUEST_TIMEOUT_S = 0.5
    MAX_CONNECTIONS = 20


async def answer(request: Request) -> Response:
    if request.method == "POST":
        await body_of(request, Renaming)
    await asyncio.sleep(float(request.query_params.get("takes", 0)))
    return PlainTextResponse("fine")


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
    listening = socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(server_config(app, connection=HastyConnection, timeout_keep_alive=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join()
    listening.close()


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 14\r\n"


@pytest.mark.parametrize("sent", [b"", b"G", HEAD, HEAD + b"\r\n{", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET"])
def test_what_does_not_arrive_whole_in_time_is_cut(address: tuple[str, int], sent: bytes) -> None:
    with create_connection(address, timeout=20) as slow:
        slow.sendall(sent)
        answered = b""
        while piece := slow.recv(4096):
            answered += piece
        assert (b"200 OK" in answered) == sent.endswith(b"GET")


def test_an_answer_may_take_longer(address: tuple[str, int]) -> None:
    assert httpx.get(f"http://{address[0]}:{address[1]}/?takes=1").text == "fine"


def test_many_slow_ones_keep_nobody_out(address: tuple[str, int]) -> None:
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(create_connection(address, timeout=20)).sendall(b"GET / HT")
        body = {"title": "Mine"}
        assert httpx.post(f"http://{address[0]}:{address[1]}/", json=body, timeout=20).text == "fine"
