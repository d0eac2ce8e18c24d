"""The two that are compared, and the model that speaks for both."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.graph.state import CompiledStateGraph

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.tools import contact_tools

#: Who is in the sandbox. Every turn asks for them.
PEOPLE = [
    {"email": f"silva{number}@acme.example", "firstname": name, "lastname": "Silva", "company": "Acme"}
    for number, name in enumerate(("Ana", "Bruno", "Clara"))
]

QUESTION = "Which contacts are called Silva?"
ANSWER = "Three contacts are called Silva, all of them at Acme: Ana, Bruno and Clara. Whom do you mean?"

Graph = CompiledStateGraph[Any, Any, Any, Any]


class SearchingModel(BaseChatModel):
    """Searches when it is asked, and answers when it is shown the result."""

    @property
    def _llm_type(self) -> str:
        return "searching"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> "SearchingModel":
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        answer = AIMessage(ANSWER)
        if isinstance(messages[-1], HumanMessage):
            call = {"name": "search_contacts", "args": {"query": "Silva"}, "id": f"call_{messages[-1].id}"}
            answer = AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=answer)])

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return self._generate(messages)


def assistant(contacts: HubSpotContacts, checkpointer: Any) -> Graph:
    """Return the assistant."""
    return build_graph(model=SearchingModel(), contacts=contacts, checkpointer=checkpointer)


def bare_agent(contacts: HubSpotContacts, checkpointer: Any) -> Graph:
    """Return what stands beside it: no guards, no greeting, no undo, and the model is sent the whole conversation."""
    return create_agent(SearchingModel(), contact_tools(contacts), checkpointer=checkpointer)


SUBJECTS: dict[str, Callable[[HubSpotContacts, Any], Graph]] = {"assistant": assistant, "create_agent": bare_agent}


def question() -> dict[str, Any]:
    """Return what a turn begins with."""
    return {"messages": [("user", QUESTION)]}


def port(url: str, token: str) -> HubSpotContacts:
    """Return a port without limits, which would be what is measured."""
    return HubSpotContacts(token, host=url, searches_per_second=None, calls_per_ten_seconds=None)
