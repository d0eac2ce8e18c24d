"""The same assistant without the guards, to show what they prevent. Only ever for a sandbox."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.memory import recall
from hubspot_agent.prompts import Instructions, system_prompt
from hubspot_agent.state import ChatInput, ChatState, Context, texts_of
from hubspot_agent.tools import contact_tools


class Recall(AgentMiddleware[Any, Context]):
    """Shows the model what `recall` returns, and the tool exchange of this turn."""

    def wrap_model_call(
        self, request: ModelRequest[Context], handler: Callable[[ModelRequest[Context]], ModelResponse]
    ) -> ModelResponse:
        """Call the model with the newest messages alone."""
        return handler(_with_window(request))

    async def awrap_model_call(
        self, request: ModelRequest[Context], handler: Callable[[ModelRequest[Context]], Awaitable[ModelResponse]]
    ) -> ModelResponse:
        """Call the model with the newest messages alone."""
        return await handler(_with_window(request))


def build_unguarded_graph(
    *,
    model: BaseChatModel,
    contacts: HubSpotContacts,
    checkpointer: BaseCheckpointSaver[Any],
    instructions: Instructions | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Build an agent with the three tools, the assistant's instructions and memory, and no guard.

    A pressed button is answered as in the assistant, but for "undo", which is not there.

    Args:
        model: A chat model that can call tools.
        contacts: The port to a sandbox.
        checkpointer: Where the conversation is kept.
        instructions: As for `build_graph`.
    """
    agent = create_agent(
        model,
        contact_tools(contacts),
        middleware=[system_prompt(instructions), Recall()],
        context_schema=Context,
    )

    def begin(state: ChatState) -> str:
        typed = state.get("messages") and isinstance(state["messages"][-1], HumanMessage)
        return "agent" if typed and not state.get("action") else "button"

    def button(state: ChatState) -> ChatState:
        action = state.get("action")
        return {"messages": [AIMessage(texts_of(state)(f"graph.ask_{action}"))]} if action in _ASKED else {}

    return (
        StateGraph(ChatState, input_schema=ChatInput, context_schema=Context)
        .add_node("agent", agent)
        .add_node("button", button)
        .add_conditional_edges(START, begin, ["agent", "button"])
        .add_edge("agent", END)
        .add_edge("button", END)
        .compile(checkpointer=checkpointer)
    )


_ASKED = ("search", "create", "update")


def _with_window(request: ModelRequest[Context]) -> ModelRequest[Context]:
    messages = request.messages
    place = max(place for place, each in enumerate(messages) if isinstance(each, HumanMessage))
    return request.override(messages=[*recall(messages[: place + 1]), *messages[place + 1 :]])  # type: ignore[list-item]
