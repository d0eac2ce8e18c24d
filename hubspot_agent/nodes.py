"""The nodes of the graph, and the way into it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, cast, get_args
from uuid import uuid4

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.errors import GraphBubbleUp
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from hubspot_agent.buttons import Button, buttons, labelled_action
from hubspot_agent.guardrails.claims import contradiction
from hubspot_agent.guardrails.contact_selection import is_chosen
from hubspot_agent.guardrails.undo import MAX_WRITES, receipts_in, undo_latest, undoable
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.memory import PinnedContact, pin, recall, settle
from hubspot_agent.memory.tokens import fits
from hubspot_agent.observability import metrics
from hubspot_agent.state import Action, ChatState, Context, keeps_conversations, run_context
from hubspot_agent.texts import Language, language_of, text
from hubspot_agent.texts.sanitizing import is_blank, plain

#: Where a turn goes on.
Way = Command[Literal["greeting", "button", "undo", "agent"]]


class Node(Protocol):
    """A node of the graph."""

    def __call__(self, state: ChatState, *, runtime: Runtime[Context]) -> ChatState:
        """Return what the turn adds to the conversation."""
        ...


class Router(Protocol):
    """The node that sends a turn on its way."""

    def __call__(self, state: ChatState, *, runtime: Runtime[Context]) -> Way:
        """Return the way, and what is noted on it."""
        ...


#: How many words of running text a token is, for telling people a limit in words (English: OpenAI's rule of thumb).
WORDS_PER_TOKEN = 0.75


def route_node(own: Sequence[Button], default_language: Language) -> Router:
    """Return the node that sends a turn on its way: chat opened, button pressed (or its label typed), text typed.

    It notes which message the turn takes up: one that an earlier turn took up and did not finish is not typed
    again, so that opening the chat after a crash repeats nothing.

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

    def route(state: ChatState, *, runtime: Runtime[Context]) -> Way:
        action: str | None = state.get("action")
        if action is not None and action not in actions:
            raise ValueError(f"Unknown action {action!r}; use one of {', '.join(actions)}.")
        typed = typed_message(state)
        if typed and typed.id == state.get("taken_up"):
            typed = None
        context = runtime.context
        language = _language(state, context, default_language)
        if action is None and typed and (labelled := labelled_action(typed.text, own)):
            action, label_language = labelled
            language = (context and context.language) or label_language
        if action in own_words:
            typed = HumanMessage(own_words[action].said_in(language), id=typed.id if typed else str(uuid4()))
            update: ChatState = {"messages": [typed], "action": None, "taken_up": typed.id}
            return Command(goto="agent", update=update)
        goto: Literal["greeting", "button", "undo", "agent"]
        if action == "undo":
            goto = "undo"
        elif action:
            goto = "button"
        else:
            goto = "agent" if typed else "greeting"
        return Command(goto=goto, update={"action": action, "taken_up": typed.id if typed else state.get("taken_up")})

    return route


def typed_message(state: ChatState) -> HumanMessage | None:
    """Return the message just typed, if the turn began with one."""
    latest = state["messages"][-1] if state.get("messages") else None
    return latest if isinstance(latest, HumanMessage) else None


def greeting_node(own: Sequence[Button], default_language: Language) -> Node:
    """Return the node that answers an opened chat: the welcome and the buttons, once a conversation."""

    @metrics.turn("greeting")
    def greeting(state: ChatState, *, runtime: Runtime[Context]) -> ChatState:
        language = _language(state, runtime.context, default_language)
        if state.get("messages"):
            return {"messages": []}
        welcome = text("graph.welcome", language).strip()
        return {"messages": [AIMessage(welcome, additional_kwargs={"buttons": buttons(language, own=own)})]}

    return greeting


def button_node(default_language: Language) -> Node:
    """Return the node that answers a pressed button: it confirms, and asks for what the task needs."""

    @metrics.turn("button")
    def button(state: ChatState, *, runtime: Runtime[Context]) -> ChatState:
        language = _language(state, runtime.context, default_language)
        action = state.get("action")
        if (typed := typed_message(state)) and (labelled := labelled_action(typed.text)):
            _, label_language = labelled
            language = (runtime.context and runtime.context.language) or label_language
        return {"messages": [AIMessage(text(f"graph.ask_{action}", language))], "language": language}

    return button


def undo_node(
    contacts: Callable[[], HubSpotContacts], default_language: Language
) -> RunnableLambda[ChatState, ChatState]:
    """Return the node that takes back the latest write of the conversation; no model call."""

    @metrics.turn("undo")
    def undo(state: ChatState) -> ChatState:
        context = run_context()
        language = _language(state, context, default_language)
        sentence, receipt, writes = undo_latest(contacts, state.get("writes", []), language, context.user)
        answer = AIMessage(sentence)
        if receipt:
            answer.additional_kwargs["receipts"] = [receipt]
        if writes:
            answer.additional_kwargs["buttons"] = buttons(language, ("undo",))
        return {"messages": [answer], "writes": writes}

    async def aundo(state: ChatState) -> ChatState:
        return await in_thread(undo, state)

    return RunnableLambda(undo, afunc=aundo, name="undo")


def agent_node(
    agent: CompiledStateGraph[Any, Any, Any, Any], default_language: Language, *, approve_writes: bool = False
) -> RunnableLambda[ChatState, ChatState]:
    """Return the node that has the agent answer what was typed.

    Empty and far too long messages are answered without the model. With `approve_writes` each write waits
    for a person's approval, whatever the run's context says.
    """

    def answer(state: ChatState) -> ChatState:
        with metrics.turn("agent", GraphBubbleUp) as counted:
            turn = _prepare(state, default_language, approve_writes)
            if isinstance(turn, AIMessage):
                return {"messages": [turn]}
            result = agent.invoke(turn.input, context=turn.context, **_durability())
            return counted.ended(_conclude(state, turn, result))

    async def aanswer(state: ChatState) -> ChatState:
        with metrics.turn("agent", GraphBubbleUp) as counted:
            # In a thread, for counting the tokens of a very long message takes tenths of a second.
            turn = await in_thread(_prepare, state, default_language, approve_writes)
            if isinstance(turn, AIMessage):
                return {"messages": [turn]}
            result = await agent.ainvoke(turn.input, context=turn.context, **_durability())
            return counted.ended(_conclude(state, turn, result))

    return RunnableLambda(answer, afunc=aanswer, name="agent")


@dataclass(frozen=True, slots=True)
class _Turn:
    input: dict[str, Any]
    context: Context
    language: Language

    @property
    def window(self) -> list[BaseMessage]:
        return cast("list[BaseMessage]", self.input["messages"])


def _prepare(state: ChatState, default_language: Language, approve_writes: bool) -> _Turn | AIMessage:
    context = run_context()
    context = replace(context, approve_writes=approve_writes or context.approve_writes)
    language = _language(state, context, default_language)
    typed = state["messages"][-1]
    if isinstance(typed.content, str) and is_blank(typed.content):
        return AIMessage(text("graph.empty_message", language))
    if not fits(typed.text, limit := context.max_input_tokens):
        words = int(limit * WORDS_PER_TOKEN)
        return AIMessage(text("graph.long_message", language, limit=limit, words=words))
    window = recall(state["messages"], max_messages=context.max_messages, max_tokens=context.max_tokens)
    if isinstance(typed.content, str):
        window[-1] = typed.model_copy(update={"content": plain(typed.content)})
    said = [each.text for each in state["messages"] if isinstance(each, HumanMessage)]
    return _Turn(
        {"messages": window, "pinned": state.get("pinned", []), "said": said, "language": language}, context, language
    )


def _durability() -> dict[str, Any]:
    """Return the option that has each step of the agent stored before the next begins.

    What is about to be written must be known to whoever takes over after a crash. Without a
    checkpointer there is nothing to store, and LangGraph warns about the option.
    """
    return {"durability": "sync"} if keeps_conversations() else {}


def _conclude(state: ChatState, turn: _Turn, result: dict[str, Any]) -> ChatState:
    """Return what the turn adds to the conversation, its last message with the receipts of what was written."""
    new: list[AnyMessage] = result["messages"][len(turn.window) :]
    receipts = receipts_in(new)
    writes = [*state.get("writes", []), *undoable(new)][-MAX_WRITES:]
    if not new:  # Only from a provider that repeats the id of an earlier message.
        return {"messages": [], "language": turn.language}
    last = new[-1]
    extras: dict[str, Any] = {}
    if receipts:
        extras["receipts"] = receipts
    if any(receipt["outcome"] == "done" for receipt in receipts):
        extras["buttons"] = buttons(turn.language, ("undo",))
    content = last.content
    if isinstance(content, str) and (note := contradiction(content, receipts)):
        content = f"{content}\n\n{text(f'writes.{note}', turn.language)}"
    new[-1] = last.model_copy(update={"content": content, "additional_kwargs": {**last.additional_kwargs, **extras}})
    return {
        "messages": new,
        "pinned": _settled(pin(state.get("pinned", []), new), turn),
        "writes": writes,
        "language": turn.language,
    }


def _settled(pinned: list[PinnedContact], turn: _Turn) -> list[PinnedContact]:
    """Return `pinned` with the contact settled that the user chose in this turn, so that it need not be said again."""
    said = [turn.window[-1].text]
    asked = turn.window[-2].text if len(turn.window) > 1 else ""
    return settle(pinned, lambda contact: is_chosen(contact, pinned, said, asked))


def _language(state: ChatState, context: Context | None, default: Language) -> Language:
    """Return the language to speak: the run's own, else that of the words typed, else the last one, else `default`."""
    if context and context.language:
        return context.language
    typed = typed_message(state)
    return (typed and language_of(typed.text)) or state.get("language") or default
