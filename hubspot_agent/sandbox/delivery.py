"""Sends an answer to the client, or fails to, as networks and gateways do."""

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from hubspot_agent.sandbox.faults import Fault

_SLOW_CHUNKS: Final = 20


def gateway_page(status: int, headers: Mapping[str, str]) -> web.Response:
    """Return what a gateway in front of the API answers: HTML, whatever the client accepts."""
    title = f"{status} {phrase(status)}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return web.Response(text=page, content_type="text/html", status=status, headers=headers)


def record_in(response: web.StreamResponse) -> dict[str, Any] | None:
    """Return the record in an answer that is one record."""
    body = response.body if isinstance(response, web.Response) else None
    record = json.loads(body) if isinstance(body, bytes) and body.startswith(b'{"id":') else None
    return record if isinstance(record, dict) else None


def other_record(record: dict[str, Any], earlier: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a record of the `earlier` ones that is not `record`, or that one if there is none."""
    return next((each for each in earlier if each["id"] != record["id"]), record)


def phrase(status: int) -> str:
    """Return the usual words for a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


async def deliver(request: web.Request, response: web.StreamResponse, fault: Fault | None) -> web.StreamResponse:
    """Return `response` for sending, or send it broken or slowly, as the fault says."""
    if fault is None or not isinstance(response, web.Response):
        return response
    if fault.kind == "reset":
        _reset(request)
    elif fault.kind in ("truncated", "slow"):
        return await _send_badly(request, response, fault)
    return response


async def _send_badly(request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
    body = response.body if isinstance(response.body, bytes) else b""
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = len(body)
    await stream.prepare(request)
    if fault.kind == "truncated":
        await stream.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.close()
        return stream
    size = max(1, -(-len(body) // _SLOW_CHUNKS))
    with suppress(ConnectionError):  # the client may have gone away meanwhile
        for start in range(0, len(body), size):
            await stream.write(body[start : start + size])
            await asyncio.sleep(fault.seconds / _SLOW_CHUNKS)
    return stream


def _reset(request: web.Request) -> None:
    """Close the connection so that the client sees a reset, not of an orderly end."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    request.transport.abort()
