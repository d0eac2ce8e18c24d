"""An OpenAI chat-completions server on loopback that answers from a script and keeps what it was sent.

    with OpenAIWire(calls(("search_contacts", {"query": "Ana"})), says("Found her.")) as openai:
        ...  # OPENAI_BASE_URL=openai.url

Each request gets the next reply, streamed or whole as it asks; the last reply is given again and again. In the
place of a reply may stand what makes one of the request, such as `demo`, which answers as the demo model.
"""

import asyncio
import json
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, Literal

from aiohttp import web
from langchain_core.messages import convert_to_messages

from hubspot_agent.demo_model import DemoModel
from support.wire_data import with_data

KEY = "sk-test-0123456789abcdef"

#: How the server leaves: tears the connection, ends it as if all was said, keeps still until the client goes,
#: or sends comments that hold nothing for 5 s.
Ending = Literal["reset", "end", "silence", "keepalives"]


@dataclass(frozen=True)
class Reply:
    """What one request is answered with.

    Attributes:
        delta: The assistant's message, as `choices[0].message` has it.
        finish: The `finish_reason`.
        status: An HTTP status other than 200 makes `body` the whole answer.
        body: A JSON value, or text as it is.
        headers: Added to the response.
        ending: What happens instead of a regular end, after `events` of the stream or half of a whole body.
        events: How many events of the stream are sent before `ending`; -1 tears before any byte of the response.
        raw: Bytes sent in place of the stream's events, or of the whole body.
        delay: Seconds before anything is sent.
        pace: Seconds between two events of the stream.
    """

    delta: dict[str, Any] = field(default_factory=lambda: {"content": "Done."})
    finish: str | None = "stop"
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    ending: Ending | None = None
    events: int = 2
    raw: bytes | None = None
    delay: float = 0
    pace: float = 0


_numbers = count(1)


def says(text: str, **changes: Any) -> Reply:
    """Return an answer in words."""
    return Reply(delta={"content": text}, **changes)


def calls(*tools: tuple[str, dict[str, Any] | str], ids: tuple[str | None, ...] = (), **changes: Any) -> Reply:
    """Return an answer that calls tools; arguments given as text are sent as they are."""
    made = [
        {
            "id": ids[number] if number < len(ids) else f"call_{next(_numbers)}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for number, (name, given) in enumerate(tools)
    ]
    return Reply(**{"delta": {"content": None, "tool_calls": made}, "finish": "tool_calls", **changes})


def fails(status: int, code: str | None = None, *, kind: str = "invalid_request_error", **changes: Any) -> Reply:
    """Return an error in OpenAI's shape, with an e-mail address in its message, as OpenAI quotes what it was sent."""
    error = {"message": f"No: ana@acme.example ({code}).", "type": kind, "param": None, "code": code}
    return Reply(**{"status": status, "body": {"error": error}, **changes})


Script = Reply | Callable[[dict[str, Any]], Reply]


def demo(request: dict[str, Any], **changes: Any) -> Reply:
    """Return what the demo model answers to `request`, as OpenAI says it.

    The demo model takes data where a language model reads words; over the wire there are only the words.
    """
    messages = with_data(convert_to_messages(request["messages"]))
    answer = DemoModel().bind_tools(request["tools"]).invoke(messages)
    tools = tuple((call["name"], call["args"]) for call in answer.tool_calls)
    return calls(*tools, **changes) if tools else says(answer.text, **changes)


class OpenAIWire:
    """The server, from `start` to `stop` or as a context manager.

    Attributes:
        url: What OPENAI_BASE_URL takes.
        requests: The JSON bodies received, in order.
        keys: The Authorization headers received, in order.
        connections: The client's ends of the connections that requests came on.
    """

    def __init__(self, *script: Script) -> None:
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.connections: set[tuple[str, int]] = set()
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None

    def __enter__(self) -> "OpenAIWire":
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> "OpenAIWire":
        self._thread.start()
        self._wait(self._open())
        return self

    def stop(self) -> None:
        if self._runner:
            self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        # What still keeps silent is cut off rather than waited for.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        sent = await request.json()
        self.requests.append(sent)
        self.keys.append(request.headers.get("Authorization"))
        self.connections.add(request.get_extra_info("peername"))
        scripted = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        reply = scripted if isinstance(scripted, Reply) else scripted(sent)
        await asyncio.sleep(reply.delay)
        if reply.ending and reply.events < 0:
            await self._leave(request, reply.ending)
        if reply.status != 200:
            if isinstance(reply.body, str):
                return web.Response(
                    status=reply.status, text=reply.body, content_type="text/html", headers=reply.headers
                )
            return web.json_response(reply.body, status=reply.status, headers=reply.headers)
        if sent.get("stream"):
            return await self._stream(request, reply, sent["model"])
        whole = reply.raw if reply.raw is not None else json.dumps(_completion(reply, sent["model"])).encode()
        response = web.StreamResponse(headers={"Content-Type": "application/json", **reply.headers})
        response.content_length = len(whole)
        await response.prepare(request)
        if reply.ending:
            await response.write(whole[: len(whole) // 2])
            await self._leave(request, reply.ending, response)
        await response.write(whole)
        return response

    async def _stream(self, request: web.Request, reply: Reply, model: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **reply.headers})
        await response.prepare(request)
        if reply.raw is not None:
            await response.write(reply.raw)
            return response
        for number, event in enumerate(_events(reply, model)):
            if reply.ending and number == reply.events:
                await self._leave(request, reply.ending, response)
                return response
            await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            await asyncio.sleep(reply.pace)
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _leave(self, request: web.Request, ending: Ending, response: web.StreamResponse | None = None) -> None:
        if ending == "end":
            return
        if ending == "silence":
            await asyncio.Event().wait()
        if ending == "keepalives" and response:
            for _ in range(100):
                await response.write(b": still here\n\n")
                await asyncio.sleep(0.05)
        transport = request.transport
        assert transport is not None
        # A linger of 0 s makes the kernel send a reset instead of a polite end.
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await asyncio.sleep(0)
        raise asyncio.CancelledError


def _head(kind: str, model: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_790_000_000, "model": model}


def _completion(reply: Reply, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": None, "refusal": None, **reply.delta}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reply.finish}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return {**_head("chat.completion", model), "choices": [choice], "usage": usage}


def _events(reply: Reply, model: str) -> Iterator[dict[str, Any]]:
    """Yield the events of a stream: the role, the text word by word, tool calls in three pieces each, the finish."""

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**_head("chat.completion.chunk", model), "choices": [choice]}

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for word in (reply.delta.get("content") or "").split(" "):
        if word:
            yield chunk({"content": word + " "})
    if refusal := reply.delta.get("refusal"):
        yield chunk({"refusal": refusal})
    for index, call in enumerate(reply.delta.get("tool_calls") or ()):
        function, half = call["function"], len(call["function"]["arguments"]) // 2
        yield chunk({"tool_calls": [{"index": index, **call, "function": {**function, "arguments": ""}}]})
        for piece in (function["arguments"][:half], function["arguments"][half:]):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    if reply.finish:
        yield chunk({}, reply.finish)
