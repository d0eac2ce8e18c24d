"""LangSmith's ingest API on loopback: takes whatever runs it is sent, and keeps them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import zstandard

BATCHES = {
    "use_multipart_endpoint": True,
    "size_limit": 100,
    "size_limit_bytes": 20_000_000,
    "scale_up_nthreads_limit": 1,
    "scale_up_qsize_trigger": 1000,
    "scale_down_nempty_trigger": 4,
}


class LangSmith(ThreadingHTTPServer):
    """The server.

    Attributes:
        sent: Every body, as text, as it came (decompressed).
        runs: What came, run by run, the latest value of each field.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: list[str] = []
        self.runs: dict[str, dict[str, Any]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def text(self) -> str:
        return "\n".join(self.sent)

    def take(self, content_type: str, body: bytes) -> None:
        self.sent.append(body.decode())
        if not content_type.startswith("multipart/"):
            batch = json.loads(body)
            for run in [*batch.get("post", []), *batch.get("patch", [])]:
                self.runs.setdefault(run["id"], {}).update(run)
            return
        parsed = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
        for part in parsed.iter_parts():
            # Such as "post.<id>" or "patch.<id>.outputs".
            _, run, *field = str(part.get_param("name", header="content-disposition")).split(".")
            value = json.loads(part.get_payload(decode=True))
            self.runs.setdefault(run, {}).update({field[0]: value} if field else value)


class _Handler(BaseHTTPRequestHandler):
    server: LangSmith
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536

    def do_GET(self) -> None:
        self._answer({"instance_flags": {"zstd_compression_enabled": True}, "batch_ingest_config": BATCHES})

    def do_POST(self) -> None:
        body = self._body()
        if self.headers.get("Content-Encoding") == "zstd":
            body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
        self.server.take(self.headers["Content-Type"], body)
        self._answer({})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def langsmith() -> Iterator[LangSmith]:
    """Take runs for the length of the block."""
    with LangSmith() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()
