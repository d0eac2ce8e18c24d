"""Setting faults over HTTP, for tests in other processes; off unless a sandbox has `admin=True`."""

from dataclasses import asdict
from typing import Final

from aiohttp import web
from pydantic import TypeAdapter

from hubspot_agent.sandbox.bodies import parse_with
from hubspot_agent.sandbox.faults import Fault, Faults
from hubspot_agent.sandbox.limits import Access

PATH: Final = "/sandbox/faults"

_read_fault: Final = TypeAdapter(Fault).validate_json


def routes(access: Access, faults: Faults) -> list[web.RouteDef]:
    """Return `GET`, `POST` (one fault as JSON) and `DELETE` on `/sandbox/faults`."""

    async def listed(request: web.Request) -> web.Response:
        access.check_token(request.headers.get("Authorization", ""))
        return web.json_response({"results": [asdict(fault) for fault in faults]})

    async def add(request: web.Request) -> web.Response:
        access.check_token(request.headers.get("Authorization", ""))
        faults.add(parse_with(_read_fault, await request.read()))
        return web.json_response({}, status=201)

    async def clear(request: web.Request) -> web.Response:
        access.check_token(request.headers.get("Authorization", ""))
        faults.clear()
        return web.Response(status=204)

    return [web.get(PATH, listed), web.post(PATH, add), web.delete(PATH, clear)]
