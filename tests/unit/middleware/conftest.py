"""The guards, in the package's own graph and in an agent of anyone's own: the same tests for both."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.middleware import contact_guards
from hubspot_agent.settings import Settings
from hubspot_agent.tools import contact_tools
from support.chat import Chat

Build = Callable[..., Any]


def own_agent(model: BaseChatModel, contacts: HubSpotContacts, **options: Any) -> Any:
    guards = contact_guards(contacts, Settings())
    return create_agent(model, contact_tools(contacts), middleware=guards, context_schema=Context, **options)


@pytest.fixture(params=["graph", "create_agent"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def build(kind: str) -> Build:
    """Return what builds the guarded agent: `build(model=..., contacts=..., checkpointer=...)`."""
    return build_graph if kind == "graph" else own_agent


@pytest.fixture
def chat(port: HubSpotContacts, build: Build) -> Callable[..., Chat]:
    """Return what begins a conversation: `chat(model, approve_writes=True)`."""

    def begin(
        model: BaseChatModel,
        *,
        thread: str = "1",
        checkpointer: Any = None,
        contacts: HubSpotContacts = port,
        **context: Any,
    ) -> Chat:
        graph = build(model=model, contacts=contacts, checkpointer=checkpointer or InMemorySaver())
        return Chat(graph, thread, Context(**context))

    return begin
