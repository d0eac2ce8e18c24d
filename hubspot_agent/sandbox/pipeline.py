"""What happens to every request around its call: recorded, made to fail by a fault, checked, counted, answered."""

import asyncio
import json
import random
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from hubspot_agent.sandbox import delivery
from hubspot_agent.sandbox.calls import RouteRequest, RouteResponse
from hubspot_agent.sandbox.errors import ApiError, invalid_json, not_found
from hubspot_agent.sandbox.faults import Fault, Faults
from hubspot_agent.sandbox.limits import Access, Meter, rate_limited
from hubspot_agent.sandbox.portal import Portal
from hubspot_agent.sandbox.routes import Route

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Longest address in characters; HubSpot answers 414 to longer ones without naming a number.
MAX_URL_CHARACTERS: Final = 8_000
#: Calls remembered in `Pipeline.requests`.
MAX_RECORDED_REQUESTS: Final = 100_000

#: Answers remembered, of which a `misdirected` one is chosen.
REMEMBERED_RECORDS: Final = 8


@dataclass(slots=True)
class ReceivedRequest:
    """A call that came in.

    Attributes:
        method: HTTP method.
        path: Path without query.
        status: Status of the answer; 0 while there is none, or if the connection was dropped.
    """

    method: str
    path: str
    status: int = 0


class Pipeline:
    """Turns routes into request handlers, with everything an account does to calls."""

    def __init__(
        self,
        portal: Portal,
        *,
        access: Access,
        meter: Meter,
        faults: Faults,
        latency: tuple[float, float] = (0.0, 0.0),
        unaffected_paths: frozenset[str] = frozenset(),
    ):
        """Set up the account's gateway.

        Args:
            portal: The account.
            access: Its token and scopes.
            meter: Its rate limits.
            faults: What goes wrong with calls.
            latency: Shortest and longest extra seconds before an answer.
            unaffected_paths: Paths that are neither recorded nor affected by faults.
        """
        self.requests: deque[ReceivedRequest] = deque(maxlen=MAX_RECORDED_REQUESTS)
        #: The latest answers that were one record, for the fault that mixes them up.
        self._records: deque[dict[str, Any]] = deque(maxlen=REMEMBERED_RECORDS)
        self._portal = portal
        self._access = access
        self._meter = meter
        self._faults = faults
        self._latency = latency
        self._unaffected_paths = unaffected_paths
        # One thread for all calls: SQLite stays off the event loop, and calls take effect one after another.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="hubspot-sandbox-store")
        self._random = random.Random(0)  # noqa: S311 - repeatable, not secret

    def close(self) -> None:
        """Let the call under way finish and take no more."""
        self._worker.shutdown()

    def handler(self, route: Route) -> Handler:
        """Return the request handler of a route: token, limits and scopes before the call itself."""

        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            self._access.check_token(request.headers.get("Authorization", ""))
            self._meter.count(search=_is_search(request))
            self._access.check_scopes(route.scopes)
            self._access.check_scopes(route.other_scopes)
            query = {name: [_clean(value) for value in request.query.getall(name)] for name in request.query}
            parameters = {name: _clean(value) for name, value in request.match_info.items()}
            url = _clean(f"{request.scheme}://{request.host}{request.path}")
            call = RouteRequest(self._portal, url, parameters, query, body)
            return _http_response(await asyncio.get_running_loop().run_in_executor(self._worker, route.handle, call))

        return handle

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Record a request, apply a fault to it, and answer errors as HubSpot does."""
        if request.path in self._unaffected_paths:
            return await self._respond(request, handler)
        received = ReceivedRequest(request.method, request.path)
        self.requests.append(received)
        fault = self._faults.next_fault(request.method, request.path)
        await asyncio.sleep(self._random.uniform(*self._latency))
        if fault is not None and fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        if fault is None or fault.carried_out:
            response = await self._respond(request, handler)
        else:
            response = web.Response()
        if fault is not None:
            response = self._apply_fault(fault, request, response)
        received.status = 0 if fault is not None and fault.kind == "reset" else response.status
        return await delivery.deliver(request, response, fault)

    async def _respond(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        correlation_id = str(uuid.uuid4())
        try:
            if len(request.raw_path) > MAX_URL_CHARACTERS:
                raise ApiError(414, "URI too long")
            response = await handler(request)
        except ApiError as error:
            response = _error_response(error, correlation_id)
        except web.HTTPException as error:
            response = _error_response(_as_api_error(error), correlation_id)
        except (web.RequestPayloadError, ConnectionError):
            response = _error_response(invalid_json("the body cannot be read"), correlation_id)
        if record := delivery.record_in(response):
            self._records.append(record)
        response.headers["X-HubSpot-Correlation-Id"] = correlation_id
        response.headers.update(self._meter.headers(search=_is_search(request)))
        return response

    def _apply_fault(self, fault: Fault, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        if fault.kind == "rate_limit":
            policy = "search" if _is_search(request) else "burst"
            return _error_response(rate_limited(policy, headers=headers), str(uuid.uuid4()))
        if fault.kind == "error" and fault.status < 500:
            return _error_response(
                ApiError(fault.status, delivery.phrase(fault.status), headers=headers), str(uuid.uuid4())
            )
        if fault.kind == "error":
            return delivery.gateway_page(fault.status, headers)
        if fault.kind == "unreadable":
            return delivery.gateway_page(response.status, headers)
        if fault.kind == "misdirected" and (record := delivery.record_in(response)):
            return _json(delivery.other_record(record, self._records), response.status, {})
        return response


def _http_response(response: RouteResponse) -> web.Response:
    if response.body is None:
        return web.Response(status=response.status, headers=response.headers)
    return _json(response.body, response.status, response.headers)


def _error_response(error: ApiError, correlation_id: str) -> web.Response:
    response = _json(error.body(correlation_id), error.status, error.headers)
    response.headers["X-HubSpot-Correlation-Id"] = correlation_id
    return response


def _json(body: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> web.Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(
        body=text.encode(errors="replace"),
        status=status,
        headers={"Content-Type": "application/json;charset=utf-8", **headers},
    )


def _as_api_error(error: web.HTTPException) -> ApiError:
    if error.status == 404:
        return not_found()
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return ApiError(error.status, error.reason, headers=headers)


def _is_search(request: web.Request) -> bool:
    return request.path.endswith("/search")


def _clean(text: str) -> str:
    """Return a text without what is no Unicode, which raw bytes in an address lead to."""
    return text.encode(errors="replace").decode()
