"""The FastAPI application of INTEGRATION.md: real processes, real PostgreSQL, a HubSpot account for each customer."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from hubspot_agent.sandbox import Fault, Sandbox
from support.openai_wire import KEY, OpenAIWire, demo
from support.readme_blocks import block
from support.services import free_port

APPROVED = [{"type": "approve"}]
SHUTDOWN_LIMIT = 2

Event = tuple[str, Any]
Events = Generator[Event, None, None]


@dataclass
class App:
    """The application's process."""

    url: str
    process: subprocess.Popen[bytes]

    def turn(self, conversation: str, *, key: str = "key-a", patience: float = 30, **turn: Any) -> Events:
        """Yield the events of a turn; who stops reading, or waits `patience` seconds for one, leaves."""
        headers = {"Authorization": f"Bearer {key}"}
        url = f"{self.url}/conversations/{conversation}"
        with httpx.stream("POST", url, json=turn, headers=headers, timeout=patience) as response:
            response.raise_for_status()
            assert response.headers["content-type"].startswith("text/event-stream")
            name = ""
            for line in response.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield name, json.loads(line.removeprefix("data: "))

    def ask(self, conversation: str, **turn: Any) -> Event:
        """Return the last event of a turn."""
        return list(self.turn(conversation, **turn))[-1]

    def start_creating(self, conversation: str, words: str) -> Events:
        """Ask for a contact and approve it; return the events that follow once HubSpot is told of it."""
        name, _ = self.ask(conversation, message=words)
        assert name == "approval"
        events = self.turn(conversation, decisions=APPROVED)
        assert next(events) == ("progress", "Creating the contact in HubSpot ...")
        return events


@dataclass
class World:
    """What the application works with."""

    directory: Path
    database_url: str
    a: Sandbox
    b: Sandbox
    model: OpenAIWire

    @contextmanager
    def app(self) -> Iterator[App]:
        customers = {
            f"key-{name}": {"id": name, "hubspot_token": crm.token, "hubspot_host": crm.url}
            for name, crm in (("a", self.a), ("b", self.b))
        }
        settings = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.model.url, "DATABASE_URL": self.database_url}
        port, log = free_port(), self.directory / "log"
        options = ["--port", str(port), "--timeout-graceful-shutdown", str(SHUTDOWN_LIMIT)]
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "app:app", *options],
                cwd=self.directory,
                env={**os.environ, **settings, "CUSTOMERS": json.dumps(customers)},
                stdout=output,
                stderr=output,
            )
        app = App(f"http://127.0.0.1:{port}", process)
        deadline = time.monotonic() + 60
        try:
            while True:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                with suppress(httpx.HTTPError):
                    httpx.get(f"{app.url}/openapi.json")
                    break
                time.sleep(0.05)
            yield app
        finally:
            process.terminate()
            process.wait(60)

    def names(self) -> list[str]:
        return sorted(each["properties"]["firstname"] for each in self.a.contacts())

    @contextmanager
    def slow_create(self, seconds: float) -> Iterator[None]:
        """Have HubSpot create contacts late; its searches are POSTs as well, and as quick as ever."""
        for path, delay in (("/search", 0.0), ("/batch/read", 0.0), ("/objects/contacts", seconds)):
            self.a.faults.add(Fault("latency", seconds=delay, method="POST", path=path))
        yield
        self.a.faults.clear()

    @contextmanager
    def slow_model(self, seconds: float) -> Iterator[Callable[[], None]]:
        """Have the model answer late; yields what waits until it was asked."""
        asked = len(self.model.requests)
        self.model.script[:] = [partial(demo, delay=seconds)]
        yield lambda: until(lambda: len(self.model.requests) > asked)
        self.model.script[:] = [demo]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def world(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("app")
    (directory / "app.py").write_text(block("A FastAPI application", "hubspot_agent/INTEGRATION.md"), encoding="utf-8")
    with Sandbox(contacts=[]) as a, Sandbox(contacts=[]) as b, OpenAIWire(demo) as model:
        yield World(directory, postgresql_url, a, b, model)


@pytest.fixture(scope="module")
def app(world: World) -> Iterator[App]:
    with world.app() as running:
        yield running


def test_a_conversation(app: App, world: World) -> None:
    name, welcome = app.ask("talk")
    assert name == "answer"
    assert [each["action"] for each in welcome["buttons"]] == ["search", "create", "update"]
    assert "e-mail" in app.ask("talk", action="create")[1]["text"]
    name, pause = app.ask("talk", message="Ana Silva, ana@acme.example")
    assert (name, pause["action_requests"][0]["args"]["email"]) == ("approval", "ana@acme.example")
    assert app.ask("talk") == ("approval", pause)
    *streamed, (name, answer) = app.turn("talk", decisions=APPROVED)
    assert (name, answer["receipts"][0]["outcome"]) == ("answer", "done")
    assert streamed[0] == ("progress", "Creating the contact in HubSpot ...")
    tokens = [data for name, data in streamed if name == "token"]
    assert len(tokens) > 2
    assert "".join(tokens) == answer["text"]
    assert app.ask("talk") == ("answer", answer)
    assert world.names() == ["Ana"]


def test_each_customer_has_an_account_and_conversations_of_its_own(app: App, world: World) -> None:
    app.ask("ours", message="hello")
    assert app.ask("ours", key="key-b")[1]["buttons"]
    before = world.a.contacts()
    app.ask("ours", key="key-b", message="create a contact Eva Berg, eva@umbrella.example")
    app.ask("ours", key="key-b", decisions=APPROVED)
    assert [each["properties"]["firstname"] for each in world.b.contacts()] == ["Eva"]
    assert world.a.contacts() == before
    for headers in ({}, {"Authorization": "Bearer key-c"}):
        assert httpx.post(f"{app.url}/conversations/ours", json={}, headers=headers).status_code == 401


def test_turns_of_one_conversation_wait_for_each_other(app: App, world: World) -> None:
    with world.slow_model(0.5) as asked, ThreadPoolExecutor() as threads:
        first = threads.submit(app.ask, "twice", message="who are you?")
        asked()
        threads.submit(app.ask, "twice", message="hello")
    told = [each["content"] for each in world.model.requests[-1]["messages"][1:]]
    assert told == ["who are you?", first.result()[1]["text"], "hello"]


def test_who_leaves_while_the_model_thinks_ends_the_answer(app: App, world: World) -> None:
    with world.slow_model(600) as asked, ThreadPoolExecutor() as threads:
        left = threads.submit(app.ask, "left", message="hello", patience=1)
        asked()
        assert isinstance(left.exception(), httpx.ReadTimeout)
    assert app.ask("left", message="who are you?")[0] == "answer"


@pytest.mark.parametrize("again", ["while it is written", "afterwards"])
def test_who_leaves_while_a_contact_is_created_is_told_what_came_of_it(app: App, world: World, again: str) -> None:
    before = world.names()
    with world.slow_create(0.6):
        app.start_creating(again, "create a contact Bob Jones, bob@globex.example").close()
        if again == "afterwards":
            until(lambda: world.names() != before)
        _, answer = app.ask(again)
    assert [each["outcome"] for each in answer["receipts"]] == ["done"]
    assert world.names() == sorted([*before, "Bob"])
    assert app.ask(again, action="undo")[1]["receipts"][0]["outcome"] == "done"
    assert world.names() == before


def test_who_comes_back_with_another_message_gets_no_second_contact(app: App, world: World) -> None:
    before = world.names()
    words = "create a contact Tim Ng, tim@globex.example"
    with world.slow_create(0.6):
        app.start_creating("again", words).close()
        until(lambda: world.names() != before)
    name, told = app.ask("again", message=words)
    assert name == "approval"
    assert [each["properties"]["firstname"] for each in told["action_requests"][0]["duplicates"]] == ["Tim"]
    app.ask("again", decisions=[{"type": "reject"}])
    assert world.names() == sorted([*before, "Tim"])


@pytest.mark.slow
def test_a_shutdown_finishes_answers_up_to_its_limit_and_loses_nothing(app: App, world: World) -> None:
    """The last of this file, for it ends the application."""
    before = world.names()
    with ThreadPoolExecutor() as threads, world.slow_model(0.5) as asked, world.slow_create(SHUTDOWN_LIMIT + 1):
        kept = threads.submit(app.ask, "kept", message="who are you?")
        asked()
        creating = app.start_creating("cut", "create a contact Kim Lee, kim@globex.example")
        app.process.send_signal(signal.SIGTERM)
        with suppress(httpx.HTTPError):
            assert not list(creating)
        name, answer = kept.result()
        assert name == "answer"
        app.process.wait(60)
    with world.app() as again:
        assert again.ask("kept") == ("answer", answer)
        assert again.ask("cut")[1]["receipts"][0]["outcome"] == "done"
    assert world.names() == sorted([*before, "Kim"])
