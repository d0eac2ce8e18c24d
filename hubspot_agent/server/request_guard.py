"""Stands before all routes of a server that asks for tokens: no request brings anything into a conversation but a turn.

Servers of LangGraph's API ask `authorization` whose a conversation is, but not what is done to it: whoever may chat
could also write its state. Here every request that may change something is known, or it is refused.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubspot_agent.server.auth.authorization import BEARER_EXPECTED
from hubspot_agent.server.request_rules import History, NewThread, Run, ThreadPatch, ThreadSearch, as_json, command
from hubspot_agent.settings import Settings

logger = logging.getLogger("hubspot_agent.server.auth")

#: How long a request's body may be; the longest message that the assistant reads is some 20 kB.
MAX_BODY_BYTES = 1_000_000

#: How long a whole number may be: JSON parsers and databases take those of 64 bits.
MAX_DIGITS = 18

_ODD_QUERY = re.compile(rb"%00|=-?\d{" + str(MAX_DIGITS + 1).encode() + rb",}")
_ZERO_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

Check = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for the requests to a route.

    Attributes:
        methods: The route's methods.
        path: The route's path, as a regular expression.
        check: Reads the body, and raises pydantic's `ValidationError` for what may not be sent.
        own_thread: Whether it is answered only about a conversation that exists and is the user's; the servers
            themselves answer some of these with an empty stream, whosever it is.
    """

    methods: str
    path: str
    check: Check = TypeAdapter(dict[str, JsonValue]).validate_python
    own_thread: bool = False


_THREAD = r"/threads/(?P<thread>[^/]+)"

#: The first that fits counts. What changes something and fits none does not exist for users.
RULES = (
    Rule("GET HEAD", rf"{_THREAD}(/runs/[^/]+)?/stream", own_thread=True),
    Rule("GET HEAD OPTIONS", r".*"),
    Rule("POST", r"/threads", NewThread.model_validate),
    Rule("POST", r"/threads/(search|count)", ThreadSearch.model_validate),
    Rule("POST", r"/threads/prune"),
    Rule("PATCH", _THREAD, ThreadPatch.model_validate),
    Rule("DELETE", rf"{_THREAD}(/runs/[^/]+)?"),
    Rule("POST", rf"{_THREAD}/history", History.model_validate),
    Rule("POST", rf"{_THREAD}/state/checkpoint"),
    Rule("POST", rf"{_THREAD}/copy", own_thread=True),
    Rule("POST", rf"({_THREAD})?/runs(/stream|/wait)?", Run.model_validate),
    Rule("POST", r"/runs/batch", TypeAdapter(list[Run]).validate_python),
    Rule("POST", rf"({_THREAD}/runs/[^/]+|/runs)/cancel"),
    Rule("POST", rf"{_THREAD}/stream/events", own_thread=True),
    Rule("POST", rf"{_THREAD}/commands", command, own_thread=True),
    Rule("POST", r"/assistants/(search|count|[^/]+/versions)"),
)


class _RefusedError(Exception):
    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(detail)


class RequestGuard:
    """ASGI middleware, for ``http.app`` of ``langgraph.json``; without an issuer of tokens it lets everything pass.

    Args:
        app: What answers the requests.
        settings: Whether tokens are asked for; `None` reads the environment and the ``.env`` file.
    """

    def __init__(self, app: ASGIApp, settings: Settings | None = None) -> None:
        self._app = app
        self._guards = bool((settings or Settings()).jwks_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or refuse it."""
        if not self._guards or scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":  # The same commands and events as over HTTP, past these rules.
            await send({"type": "websocket.close", "code": 1008})
        else:
            try:
                passed_scope, passed_receive = await self._checked(scope, receive)
            except _RefusedError as error:
                has_token = any(name == b"authorization" for name, _ in scope["headers"])
                refused = error if has_token else _RefusedError(401, BEARER_EXPECTED)
                logger.warning("A request was refused: %d.", refused.status)
                await JSONResponse({"detail": refused.detail}, refused.status)(scope, receive, send)
            else:
                await self._app(passed_scope, passed_receive, send)

    async def _checked(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        if "\0" in scope["path"] or _ODD_QUERY.search(scope.get("query_string", b"")):
            raise _RefusedError(422, "The address has a number or text that nobody takes.")
        rule, thread = _rule_of(scope)
        if rule.own_thread and not await self._is_own(thread, scope):
            raise _RefusedError(404, "There is no such conversation.")
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return scope, receive
        sent = await _body(receive)
        if not sent.strip():
            return scope, _replayed(sent, receive)
        body = json.dumps(_read(sent, rule.check)).encode()
        kept = [each for each in scope["headers"] if each[0] not in (b"content-length", b"content-type")]
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")]
        return {**scope, "headers": [*kept, *headers]}, _replayed(body, receive)

    async def _is_own(self, thread: str, scope: Scope) -> bool:
        """Ask the server itself, for the same user, whether it has the conversation."""
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)

        async def nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        path = f"{scope.get('root_path', '')}/threads/{thread}"
        headers = [each for each in scope["headers"] if not each[0].startswith(b"content-")]
        look = {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
        await self._app({**scope, **look}, nothing, noted)
        return status == 200


def _route(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


def _rule_of(scope: Scope) -> tuple[Rule, str]:
    for rule in RULES:
        found = re.fullmatch(rule.path, _route(scope))
        if found and scope["method"] in rule.methods.split():
            named: Mapping[str, str | None] = found.groupdict()
            return rule, named.get("thread") or ""
    raise _RefusedError(404, "Users have no such request.")


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _RefusedError(400, "The request broke off.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            raise _RefusedError(413, f"A request may have {MAX_BODY_BYTES:,} bytes.")
    return body


def _read(sent: bytes, check: Check) -> Any:
    try:
        body = json.loads(sent, parse_int=_whole_number)
        if _ZERO_BYTE.search(json.dumps(body, allow_nan=False)):
            raise ValueError("a zero byte")  # PostgreSQL stores none.
        json.dumps(body, ensure_ascii=False).encode()  # Half a character, as JSON can spell it, is nobody's text.
    except (ValueError, RecursionError):
        raise _RefusedError(422, "The body is no JSON (RFC 8259), or has a number or text that nobody takes.") from None
    try:
        return as_json(check(body))
    except ValidationError as error:
        wrong = {f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors()}
        told = "; ".join(sorted(wrong)[:5])
        detail = f"A turn is messages of the user's own, an action, or a resume, and nothing else. {told}"
        raise _RefusedError(422, detail) from None
    except RecursionError:
        raise _RefusedError(422, "The body is nested too deeply.") from None


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number too large to be stored")
    return int(digits)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives `body` as the whole body, and then what comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
