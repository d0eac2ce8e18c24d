"""What most tests stand on: a sandbox over real HTTP, the port on it, and a chat."""

import os
from collections.abc import Callable, Generator, Iterator
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

#: How the variables begin that libraries and servers read besides our settings.
OTHERS_SETTINGS = ("HUBSPOT_", "LANGCHAIN_", "LANGGRAPH_", "LANGSMITH_", "OPENAI_", "OTEL_", "REDIS_")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hubspot-agent")
    group.addoption(
        "--no-skips", action="store_true", help="fail where a service is not installed, instead of skipping"
    )
    group.addoption("--soak", action="store_true", help="try random moments more often, and limits for longer")
    group.addoption("--live", action="store_true", help="run the contract tests on the account of HUBSPOT_ACCESS_TOKEN")


def pytest_xdist_auto_num_workers() -> int:
    """Most tests wait for another process half of the time: two workers for each core."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of pages and servers: one that begins last would keep everybody waiting."""
    folders = ("e2e", "integration", "unit")
    items.sort(key=lambda item: folders.index(item.path.relative_to(TESTS).parts[0]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With --no-skips, fail what our own tests, and not a library's, would skip."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and item.config.getoption("no_skips"):
        file, line, reason = report.longrepr
        if Path(file).is_relative_to(TESTS):
            report.outcome, report.longrepr = "failed", f"{file}:{line}: {reason}"
    return report


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_this_machine() -> Iterator[None]:
    """No setting and no .env file of this machine reaches a test or a program that a test starts."""
    settings = {str(field.validation_alias or name).upper() for name, field in Settings.model_fields.items()}
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name in settings or name.startswith(OTHERS_SETTINGS):
                patch.delenv(name)
        patch.setitem(Settings.model_config, "env_file", None)
        yield


@pytest.fixture(scope="session")
def soak(pytestconfig: pytest.Config) -> bool:
    """Tell whether to repeat more often, or for longer, what is tried at random moments or for a time."""
    return bool(pytestconfig.getoption("soak"))


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
