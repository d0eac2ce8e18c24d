"""A conversation with the real OpenAI model class, in each of the ways in which a graph is run.

A test file takes the fixtures with `mode, serve = openai_chat.mode, openai_chat.serve`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal, get_args

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import Context, build_graph
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.settings import Settings
from support.openai_requests import faults
from support.openai_wire import KEY, OpenAIWire, Reply

Mode = Literal["invoke", "ainvoke", "stream", "astream"]
Serve = Callable[..., OpenAIWire]

#: What no log may hold: the key, and what stands in conversations, contacts and OpenAI's answers.
_PRIVATE = (KEY, "acme.example", "Silva", "Newton", "Question")


@pytest.fixture(params=get_args(Mode))
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param


@pytest.fixture
def serve(caplog: pytest.LogCaptureFixture) -> Iterator[Serve]:
    """Start servers with a script each.

    In the end, nothing that reached them may be of a kind that OpenAI refuses, and nothing private in our logs.
    """
    servers: list[OpenAIWire] = []

    def start(*script: Reply) -> OpenAIWire:
        servers.append(OpenAIWire(*script).start())
        return servers[-1]

    with caplog.at_level(logging.DEBUG, "hubspot_agent"):
        yield start
    for server in servers:
        server.stop()
        found = [fault for sent in server.requests for fault in faults(sent)]
        assert not found, found
    formatter = logging.Formatter("%(message)s")
    for record in caplog.get_records("call"):
        # The audit trail is of people and contacts by its nature, and kept apart.
        if record.name.startswith("hubspot_agent") and record.name != "hubspot_agent.audit":
            line = formatter.format(record)
            assert not any(private in line for private in _PRIVATE), line


class Chat:
    """One thread on one checkpointer. Each turn may have its own settings.

    Attributes:
        tokens: The texts that streamed in the last turn, as they came.
    """

    def __init__(self, openai: OpenAIWire | None, crm: Sandbox | None = None, mode: Mode = "invoke") -> None:
        self._mode = mode
        self._given: dict[str, Any] = {"openai_api_key": KEY, "_env_file": None}
        if openai:
            self._given["openai_base_url"] = openai.url
        if crm:
            self._given |= {"hubspot_access_token": crm.token, "hubspot_base_url": crm.url}
        self._checkpointer = InMemorySaver()
        self._config: Any = {"configurable": {"thread_id": "1"}}
        self.tokens: list[str] = []

    def say(self, words: str, language: Any = None, **settings: Any) -> AIMessage:
        """Take one turn and return the last message of the conversation."""
        graph = self._graph(**settings)
        self.tokens = []
        turn = ({"messages": [("user", words)]}, self._config)
        context = Context(language=language)
        tokens: Any = {"context": context, "stream_mode": "messages", "subgraphs": True}

        def token(part: Any) -> None:
            _, (message, _) = part
            if isinstance(message, AIMessageChunk) and message.text:
                self.tokens.append(message.text)

        async def astream() -> None:
            async for part in graph.astream(*turn, **tokens):
                token(part)

        match self._mode:
            case "invoke":
                graph.invoke(*turn, context=context)
            case "ainvoke":
                asyncio.run(graph.ainvoke(*turn, context=context))
            case "stream":
                for part in graph.stream(*turn, **tokens):
                    token(part)
            case "astream":
                asyncio.run(astream())
        self.messages: list[AnyMessage] = graph.get_state(self._config).values["messages"]
        last = self.messages[-1]
        assert isinstance(last, AIMessage)
        return last

    @cache  # noqa: B019 - a chat lives no longer than its test
    def _graph(self, **settings: Any) -> Any:
        return build_graph(settings=Settings(**self._given | settings), checkpointer=self._checkpointer)

    def results(self) -> list[str]:
        """Return the tools' results in the conversation."""
        return [message.text for message in self.messages if isinstance(message, ToolMessage)]
