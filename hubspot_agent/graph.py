"""The graph: what happens in one turn of the chat.

```
chat opened {}            ┌─────────┐
button {"action": ...} ──▶│  route  │──▶ greeting ──▶ END   welcome and three buttons, no model call
typed {"messages": [...]} └─────────┘──▶ button ────▶ END   confirms, asks for what it needs, no model call
                                     ├─▶ undo ──────▶ END   takes back the latest write, no model call
                                     └─▶ agent ─────▶ END   recall, then the model with its three tools
```
"""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Checkpointer

from hubspot_agent.accounts import contacts_source
from hubspot_agent.agent import build_agent
from hubspot_agent.assistant import Assistant
from hubspot_agent.buttons import Button
from hubspot_agent.guardrails.seal import Seal
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.llm.factory import chat_model
from hubspot_agent.nodes import agent_node, button_node, greeting_node, route_node, undo_node
from hubspot_agent.prompts import Instructions
from hubspot_agent.settings import Settings
from hubspot_agent.state import ChatInput, ChatState, Context, ContextT


def build_graph(
    *,
    model: BaseChatModel | str | None = None,
    contacts: HubSpotContacts | Callable[[ContextT], HubSpotContacts] | None = None,
    checkpointer: Checkpointer = None,
    context_schema: type[ContextT] | None = None,
    settings: Settings | None = None,
    buttons: Sequence[Button] = (),
    instructions: Instructions | None = None,
    tools: Sequence[BaseTool | Callable[..., Any]] = (),
) -> CompiledStateGraph[ChatState, ContextT, ChatInput, ChatState]:
    """Build the assistant as a compiled LangGraph graph.

    Needs no key and opens no connection: what is missing is said at the first turn that needs it.

    Args:
        model: A chat model that can call tools, or its name as `init_chat_model` takes it; `None` takes
            the settings' own, an OpenAI model.
        contacts: The port to HubSpot; or a callable that is given the run's `Context` and returns one,
            for an application that serves many accounts; `None` takes it from the settings.
        checkpointer: Where conversations are kept; without one each call stands alone. A server such as
            LangGraph's brings its own. `True` keeps them with those of a larger graph that has this one as a node.
        context_schema: A subclass of `Context`, for an application that tells its runs more, such as whose
            account to work in; `None` takes `Context` itself.
        settings: The settings; `None` reads the environment and the ``.env`` file.
        buttons: Buttons of your own, shown after the three of the greeting.
        instructions: Text in the place of the default instructions, or a callable that is given these and returns
            what to say, such as ``lambda default: default + "Call people by their first name."``. What the guards
            keep does not depend on it.
        tools: Tools of your own, besides the three. The guards stand around the three alone.

    Returns:
        The graph: input `ChatInput`, state `ChatState`, context `context_schema`.
    """
    settings = settings or Settings()
    source = contacts_source(contacts, settings)
    seal = Seal(settings.signing_key)
    agent = build_agent(chat_model(model, settings), source, settings, instructions=instructions, tools=tools)
    graph = (
        StateGraph(ChatState, input_schema=ChatInput, context_schema=context_schema or Context)
        .add_node("route", route_node(buttons, settings.language), destinations=("greeting", "button", "undo", "agent"))
        .add_node("greeting", greeting_node(buttons))
        .add_node("button", button_node())
        .add_node("undo", undo_node(source, seal, settings.hubspot_timeout))
        .add_node(
            "agent", agent_node(agent, source, seal, settings.hubspot_timeout, approve_writes=settings.approve_writes)
        )
        .add_edge(START, "route")
        .add_edge("greeting", END)
        .add_edge("button", END)
        .add_edge("undo", END)
        .add_edge("agent", END)
        .compile(checkpointer=checkpointer, name="hubspot_agent")
    )
    return Assistant.of(graph, prunes=settings.prune_checkpoints)
