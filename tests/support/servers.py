"""The servers that serve the graphs: LangGraph's development server, and Aegra with its own environment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from hubspot_agent.audit.file import read_trail
from support.services import free_port

PROJECT = Path(__file__).parents[2]

#: What `make serve` sets up: Aegra needs Python 3.12 and has dependencies of its own.
AEGRA = PROJECT / ".venv-serve" / "bin" / "aegra"


@dataclass
class Server:
    """A server that runs, in a process group of its own."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: Path

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def audit(self) -> list[dict[str, Any]]:
        """Return the audit trail, of all servers with the same directory."""
        return [dict(each) for each in read_trail(self.log_file.parent / "hubspot-agent", lambda record: True)[0]]

    def kill(self) -> None:
        """Pull the plug: kill -9, workers included."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


@contextmanager
def langgraph_dev(
    directory: Path, *, environment: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[Server]:
    """Run `langgraph dev` on the project's graphs; with nothing in `environment` no key is set.

    Args:
        directory: Where the server keeps its conversations and its log; the next one there goes on with them.
        environment: What is set for it.
        port: Where it listens; a free one if `None`.
    """
    port = port or free_port()
    for name in ("langgraph.json", "graphs"):  # The server keeps its conversations beside them.
        if not (directory / name).exists():
            (directory / name).symlink_to(PROJECT / name)
    arguments = ["dev", "--no-browser", "--no-reload", "--host", "127.0.0.1", "--port", str(port)]
    command = [str(Path(sys.executable).with_name("langgraph")), *arguments]
    settings = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGSMITH_TRACING": "false", **(environment or {})}
    with _running(command, directory, settings, directory / f"langgraph-{port}.log", port, "/ok") as server:
        yield server


@contextmanager
def aegra(
    directory: Path,
    *,
    database_url: str,
    redis_url: str | None = None,
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[Server]:
    """Run one instance as `make serve` does; skip the test where Aegra is not set up."""
    if not AEGRA.exists():
        pytest.skip("Aegra is not set up (make setup-serve)")
    port = port or free_port()
    settings = {"DATABASE_URL": database_url, **({"REDIS_URL": redis_url} if redis_url else {}), **(environment or {})}
    command = ["make", "--no-print-directory", "serve", "HOST=127.0.0.1", f"PORT={port}"]
    with _running(command, PROJECT, settings, directory / f"aegra-{port}.log", port, "/health") as server:
        yield server


@contextmanager
def _running(
    command: Sequence[str], directory: Path, settings: Mapping[str, str], log_file: Path, port: int, ready: str
) -> Iterator[Server]:
    with log_file.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, "XDG_STATE_HOME": str(log_file.parent), **settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log_file)
    try:
        deadline = time.monotonic() + 90
        while True:
            assert process.poll() is None, server.log()[-5000:]
            assert time.monotonic() < deadline, server.log()[-5000:]
            with suppress(httpx.HTTPError):
                if httpx.get(server.url + ready, timeout=5).is_success:
                    break
            time.sleep(0.1)
        yield server
    finally:
        server.stop()
