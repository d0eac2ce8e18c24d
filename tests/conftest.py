"""What most tests stand on: a sandbox over real HTTP, the port on it, and a chat."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.settings import Settings
from support.chat import ANA, NO_LIMITS, Chat
from support.services import postgresql, redis

# Two busy cores make a single example slow now and then.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.load_profile("default")

TESTS = Path(__file__).parent


def pytest_xdist_auto_num_workers() -> int:
    """Many tests wait for another process: one worker more than there are cores."""
    return 1 + (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of pages and servers: one that begins last would keep everybody waiting."""
    folders = ("e2e", "integration", "unit")
    items.sort(key=lambda item: folders.index(item.path.relative_to(TESTS).parts[0]))


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no .env file of the machine reaches a test."""
    for name, field in Settings.model_fields.items():
        monkeypatch.delenv(str(field.validation_alias or name).upper(), raising=False)
    monkeypatch.delenv("OPENAI_API_BASE", raising=False)  # OpenAI's client reads it too.
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[ANA]) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm: Sandbox) -> Iterator[HubSpotContacts]:
    with HubSpotContacts(crm.token, host=crm.url, default_region="NL", **NO_LIMITS) as contacts:
        yield contacts


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
