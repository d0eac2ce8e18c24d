"""The nodes of the graph, and the way into it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, cast, get_args
from uuid import uuid4

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.config import get_config
from langgraph.errors import GraphBubbleUp
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from hubspot_agent.buttons import Button, buttons, labelled_action
from hubspot_agent.guardrails.seal import Seal
from hubspot_agent.guardrails.undo import MAX_WRITES, latest_receipt, undo_latest, undoable
from hubspot_agent.guardrails.unknown_creations import (
    MAX_UNKNOWN_CREATIONS,
    CreationLookup,
    LookedUp,
    unknown_creations_in,
)
from hubspot_agent.hubspot import HubSpotContacts, turn_time
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.memory import recall
from hubspot_agent.memory.agent_steps import AgentSteps
from hubspot_agent.memory.checkpoint_order import CHECKPOINTER, akeep_order, keep_order
from hubspot_agent.memory.stand_in import is_stand_in
from hubspot_agent.memory.tokens import fit
from hubspot_agent.memory.transcript import outdated
from hubspot_agent.middleware.pinned_contacts import pinned_after
from hubspot_agent.middleware.receipts import with_receipts
from hubspot_agent.middleware.turn_state import TurnState, typed_in
from hubspot_agent.observability import metrics
from hubspot_agent.state import Action, ChatState, Context, run_context, texts_of, turn_language
from hubspot_agent.texts import Language
from hubspot_agent.texts.sanitizing import is_blank, plain

#: The node that a turn goes to, and the state with which it gets there.
Route = Command[Literal["greeting", "button", "undo", "agent"]]


class AnswerNode(Protocol):
    """A node that answers a turn without reading the run's context."""

    def __call__(self, state: ChatState) -> ChatState:
        """Return what the turn adds to the conversation."""
        ...


#: How many words of running text a token is, for telling people a limit in words (English: OpenAI's rule of thumb).
WORDS_PER_TOKEN = 0.75


def route_node(own: Sequence[Button], default_language: Language) -> RunnableLambda[ChatState, Route]:
    """Return the node that routes a turn: chat opened, button pressed (or its label typed), text typed.

    It decides the language of the turn, for every other node. It notes which message the turn takes up: one that an
    earlier turn took up and did not finish is not typed again, so that opening the chat after a crash repeats nothing.

    Args:
        own: The application's own buttons.
        default_language: The language while nothing tells another.

    Raises:
        ValueError: When the action is none of the buttons', or two of `own` have the same.
    """
    own_words = {button.action: button for button in own}
    actions = (*get_args(Action), *own_words)
    if len(own_words) < len(own):
        raise ValueError("Two buttons have the same action.")

    def routed(state: ChatState) -> Route:
        context = run_context()
        action: str | None = state.get("action")
        if action is not None and action not in actions:
            raise ValueError(f"Unknown action {action!r}; use one of {', '.join(actions)}.")
        typed = typed_message(state)
        if typed and typed.id == state.get("taken_up"):
            typed = None
        labelled = labelled_action(typed.text, own) if typed and action is None else None
        if labelled:
            action = labelled[0]
        former = labelled[1] if labelled else state.get("language")
        language = turn_language(context, typed.text if typed and not labelled else "", former)
        language = language or default_language
        update: ChatState = {"language": language, "action": cast("Action | None", action)}
        if action in own_words:
            typed = HumanMessage(own_words[action].said_in(language), id=typed.id if typed else str(uuid4()))
            update = {**update, "messages": [typed], "action": None}
        update["taken_up"] = typed.id if typed else state.get("taken_up")
        if old := _outdated(state, context):
            update["messages"] = [*old, *update.get("messages", [])]
        if action == "undo":
            return Command(goto="undo", update=update)
        if action in own_words or (typed and action is None):
            return Command(goto="agent", update=update)
        return Command(goto="button" if action else "greeting", update=update)

    def route(state: ChatState) -> Route:
        keep_order()
        return routed(state)

    async def aroute(state: ChatState) -> Route:
        await akeep_order()
        return routed(state)

    return RunnableLambda(route, afunc=aroute, name="route")


def _outdated(state: ChatState, context: Context) -> list[AnyMessage]:
    old = outdated(state.get("messages", []), max_messages=context.max_messages, max_tokens=context.max_tokens)
    return cast("list[AnyMessage]", old)  # LangGraph's reducers take them, their type does not name them.


def typed_message(state: ChatState) -> HumanMessage | None:
    """Return the message just typed, if the turn began with one."""
    latest = state["messages"][-1] if state.get("messages") else None
    return latest if isinstance(latest, HumanMessage) else None


def greeting_node(own: Sequence[Button]) -> AnswerNode:
    """Return the node that answers an opened chat: the welcome and the buttons, once a conversation."""

    @metrics.turn("greeting")
    def greeting(state: ChatState) -> ChatState:
        if state.get("messages"):
            return {"messages": []}
        texts = texts_of(state)
        return {
            "messages": [
                AIMessage(
                    texts("graph.welcome").strip(), additional_kwargs={"buttons": buttons(texts.language, own=own)}
                )
            ]
        }

    return greeting


def button_node() -> AnswerNode:
    """Return the node that answers a pressed button: it confirms, and asks for what the task needs."""

    @metrics.turn("button")
    def button(state: ChatState) -> ChatState:
        return {"messages": [AIMessage(texts_of(state)(f"graph.ask_{state.get('action')}"))]}

    return button


def undo_node(
    contacts: Callable[[], HubSpotContacts], seal: Seal, hubspot_timeout: float
) -> RunnableLambda[ChatState, ChatState]:
    """Return the node that takes back the latest write of the conversation; no model call.

    Args:
        contacts: Returns the port to HubSpot for the run under way.
        seal: Tells which writes were made here.
        hubspot_timeout: Seconds that HubSpot may take in all.
    """

    @metrics.turn("undo")
    def undo(state: ChatState) -> ChatState:
        texts = texts_of(state)
        writes = state.get("writes", [])
        with turn_time(hubspot_timeout):
            sentence, receipt, writes = undo_latest(contacts, writes, texts, run_context().user, seal)
        answer = AIMessage(sentence)
        if receipt:
            answer.additional_kwargs["receipts"] = [receipt]
        if writes:
            answer.additional_kwargs["buttons"] = buttons(texts.language, ("undo",))
        return {"messages": [answer], "writes": writes}

    async def aundo(state: ChatState) -> ChatState:
        return await in_thread(undo, state)

    return RunnableLambda(undo, afunc=aundo, name="undo")


def agent_node(
    agent: CompiledStateGraph[Any, Any, Any, Any],
    contacts: Callable[[], HubSpotContacts],
    seal: Seal,
    hubspot_timeout: float,
    *,
    approve_writes: bool = False,
) -> RunnableLambda[ChatState, ChatState]:
    """Return the node that has the agent answer what was typed.

    Empty and far too long messages are answered without the model.

    Args:
        agent: The agent.
        contacts: Returns the port to HubSpot for the run under way.
        seal: Tells which writes were made here.
        hubspot_timeout: Seconds that all its work in HubSpot may take; anew when a paused turn goes on.
        approve_writes: Whether each write waits for a person's approval, whatever the run's context says.
    """

    def answer(state: ChatState) -> ChatState:
        keep_order(routed=True)
        with metrics.turn("agent", GraphBubbleUp) as counted:
            turn = _prepare(state, seal, approve_writes)
            if isinstance(turn, AIMessage):
                return {"messages": [turn]}
            with turn_time(hubspot_timeout):
                lookup = CreationLookup(contacts, state.get("unknown_creations", []), texts_of(state))
                result = agent.invoke(turn.input, context=turn.context, **_kept_steps())
                looked_up = lookup.result(turn.context.user)
            return counted.ended(_conclude(state, turn, result, looked_up))

    async def aanswer(state: ChatState) -> ChatState:
        await akeep_order(routed=True)
        with metrics.turn("agent", GraphBubbleUp) as counted:
            # In a thread, for counting the tokens of a very long message takes tenths of a second.
            turn = await in_thread(_prepare, state, seal, approve_writes)
            if isinstance(turn, AIMessage):
                return {"messages": [turn]}
            with turn_time(hubspot_timeout):
                lookup = CreationLookup(contacts, state.get("unknown_creations", []), texts_of(state))
                result = await agent.ainvoke(turn.input, context=turn.context, **_kept_steps())
                looked_up = await lookup.aresult(turn.context.user)
            return counted.ended(_conclude(state, turn, result, looked_up))

    return RunnableLambda(answer, afunc=aanswer, name="agent")


@dataclass(frozen=True, slots=True)
class _Turn:
    input: dict[str, Any]
    context: Context

    @property
    def window(self) -> list[BaseMessage]:
        return cast("list[BaseMessage]", self.input["messages"])


def _prepare(state: ChatState, seal: Seal, approve_writes: bool) -> _Turn | AIMessage:
    context, texts = run_context(), texts_of(state)
    context = replace(context, approve_writes=approve_writes or context.approve_writes)
    typed = state["messages"][-1]
    if isinstance(typed.content, str) and is_blank(typed.content):
        return AIMessage(texts("graph.empty_message"))
    limit = context.max_input_tokens
    if is_stand_in(typed) or not fit([typed.text], limit):
        words = int(limit * WORDS_PER_TOKEN)
        return AIMessage(texts("graph.long_message", limit=limit, words=words))
    window = recall(state["messages"], max_messages=context.max_messages, max_tokens=context.max_tokens)
    if isinstance(typed.content, str):
        window[-1] = typed.model_copy(update={"content": plain(typed.content)})
    said = typed_in(state["messages"])
    agent_input = {
        "messages": window,
        "pinned": state.get("pinned", []),
        "said": said,
        "latest_write": latest_receipt(state.get("writes", []), seal),
        "language": texts.language,
    }
    return _Turn(agent_input, context)


def _kept_steps() -> dict[str, Any]:
    """Return the options that have the steps of the agent stored, each before the next begins, once it plans a write.

    What is about to be written must be known to whoever takes over after a crash. Without a
    checkpointer there is nothing to store, and LangGraph warns about the option.
    """
    configurable = get_config().get("configurable", {})
    if not (saver := configurable.get(CHECKPOINTER)):
        return {}
    steps = AgentSteps(saver, configurable["checkpoint_ns"], needed="plans")
    return {"config": {"configurable": {**configurable, CHECKPOINTER: steps}}, "durability": "sync"}


def _conclude(state: ChatState, turn: _Turn, result: dict[str, Any], looked_up: LookedUp) -> ChatState:
    """Return what the turn adds to the conversation: its messages, and what is kept of them.

    The last message has the receipts of what was written, and the button that takes it back.
    """
    ended = cast("TurnState", result)
    # What follows the typed message, not what is longer than the window: a pause may have ended with another window.
    places = {message.id: place for place, message in enumerate(result["messages"])}
    typed = places.get(turn.window[-1].id, len(turn.window) - 1)
    new: list[AnyMessage] = result["messages"][typed + 1 :]
    if not new:  # Only from a provider that repeats the id of an earlier message.
        return {"messages": []}
    if completed := with_receipts(ended):
        new[-1] = completed
    writes = undoable(new)
    if writes:
        undo = {"buttons": buttons(texts_of(state).language, ("undo",))}
        new[-1] = new[-1].model_copy(update={"additional_kwargs": {**new[-1].additional_kwargs, **undo}})
    unknown = [*looked_up.left, *unknown_creations_in(new)][-MAX_UNKNOWN_CREATIONS:]
    update: ChatState = {"messages": [*looked_up.messages, *new]}
    # What is as it was is not stored again.
    if unknown or state.get("unknown_creations"):
        update["unknown_creations"] = unknown
    if (pinned := pinned_after(ended)) != state.get("pinned"):
        update["pinned"] = pinned
    if writes:
        update["writes"] = [*state.get("writes", []), *writes][-MAX_WRITES:]
    return update
