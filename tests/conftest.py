"""What most tests stand on: a sandbox over real HTTP, the port on it, and a chat."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.settings import Settings
from services import postgresql, redis

# Two busy cores make a single example slow now and then.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.load_profile("default")


def pytest_xdist_auto_num_workers() -> int:
    """Many tests wait for another process: one worker more than there are cores."""
    return 1 + (os.cpu_count() or 1)


#: The files that take longest, the longest first: begun last, one of them would keep everybody waiting.
LONGEST = (
    "web_kept",
    "servers",
    "server_access",
    "web",
    "notebooks",
    "many_machines",
    "apps",
    "crash",
    "web_access",
    "web_login",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "company": "Acme", "phone": "+31201234567"}


#: The sandbox of the tests has no limits to keep.
NO_LIMITS = {"searches_per_second": None, "calls_per_ten_seconds": None}


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No key and no .env file of the machine reaches a test."""
    for name in ("HUBSPOT_ACCESS_TOKEN", "HUBSPOT_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[ANA]) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm: Sandbox) -> Iterator[HubSpotContacts]:
    with HubSpotContacts(crm.token, host=crm.url, default_region="NL", **NO_LIMITS) as contacts:
        yield contacts


@dataclass
class Chat:
    """One conversation with the assistant."""

    graph: Any
    thread: str = "1"
    context: Context = field(default_factory=Context)
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> dict[str, Any]:
        return {"configurable": {"thread_id": self.thread}}

    def run(self, turn: Any) -> AIMessage:
        self.result = self.graph.invoke(turn, self.config, context=self.context)
        return self.result["messages"][-1]

    def open(self) -> AIMessage:
        return self.run({})

    def press(self, action: str) -> AIMessage:
        return self.run({"action": action})

    def say(self, words: str) -> AIMessage:
        return self.run({"messages": [("user", words)]})

    def decide(self, *decisions: dict[str, Any]) -> AIMessage:
        return self.run(Command(resume={"decisions": list(decisions)}))

    @property
    def pause(self) -> dict[str, Any] | None:
        interrupts = self.result.get("__interrupt__")
        return interrupts[0].value if interrupts else None


@pytest.fixture
def chat(port: HubSpotContacts) -> Callable[..., Chat]:
    """Return what begins a conversation: `chat(model, approve_writes=True)`."""

    def begin(model: BaseChatModel, *, thread: str = "1", checkpointer: Any = None, **context: Any) -> Chat:
        graph = build_graph(model=model, contacts=port, checkpointer=checkpointer or InMemorySaver())
        return Chat(graph, thread, Context(**context))

    return begin


@pytest.fixture(scope="module")
def postgresql_url() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis() as url:
        yield url
