"""The nodes of the graph, and the way into it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast, get_args

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime, get_runtime
from langgraph.types import Command

from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.memory import PinnedContact, pin, recall, settle
from hubspot_agent.state import Action, ChatState, Context, keeps_conversations
from hubspot_agent.texts import LANGUAGES, Language, language_of, text
from hubspot_agent.threads import in_thread
from hubspot_agent.tokens import fits
from hubspot_agent.untrusted import is_blank, plain
from hubspot_agent.writes.claims import contradiction
from hubspot_agent.writes.right_person import is_chosen
from hubspot_agent.writes.undo import MAX_WRITES, receipts_in, undo_latest, undoable


class Node(Protocol):
    """A node of the graph."""

    def __call__(self, state: ChatState, *, runtime: Runtime[Context]) -> ChatState:
        """Return what the turn adds to the conversation."""
        ...


#: The buttons of the greeting.
BUTTONS: tuple[Action, ...] = ("search", "create", "update")

#: How many words of running text a token is, for telling people a limit in words (English: OpenAI's rule of thumb).
WORDS_PER_TOKEN = 0.75


def buttons(language: Language, actions: tuple[Action, ...] = BUTTONS) -> list[dict[str, str]]:
    """Return `actions` as the front ends take them: `[{"action": "search", "label": "Search for a contact"}, ...]`."""
    return [{"action": action, "label": text(f"graph.label_{action}", language)} for action in actions]


def route(state: ChatState) -> Command[Literal["greeting", "button", "undo", "agent"]]:
    """Send a turn on its way: chat opened, button pressed (or its label typed), text typed.

    Notes which message the turn takes up: one that an earlier turn took up and did not finish is not typed
    again, so that opening the chat after a crash repeats nothing.

    Raises:
        ValueError: When the action is none of the buttons'.
    """
    action = state.get("action")
    if action is not None and action not in get_args(Action):
        raise ValueError(f"Unknown action {action!r}; use one of {', '.join(get_args(Action))}.")
    typed = typed_message(state)
    if typed and typed.id == state.get("taken_up"):
        typed = None
    if action is None and typed and (labelled := labelled_action(typed.text)):
        action, _ = labelled
    goto: Literal["greeting", "button", "undo", "agent"]
    if action == "undo":
        goto = "undo"
    elif action:
        goto = "button"
    else:
        goto = "agent" if typed else "greeting"
    return Command(goto=goto, update={"action": action, "taken_up": typed.id if typed else state.get("taken_up")})


def typed_message(state: ChatState) -> HumanMessage | None:
    """Return the message just typed, if the turn began with one."""
    latest = state["messages"][-1] if state.get("messages") else None
    return latest if isinstance(latest, HumanMessage) else None


def labelled_action(words: str) -> tuple[Action, Language] | None:
    """Return the button whose label `words` are, in whichever language, and that language."""
    for language in LANGUAGES:
        for action in get_args(Action):
            if words.strip().casefold() == text(f"graph.label_{action}", language).casefold():
                return action, language
    return None


def greeting_node(default_language: Language) -> Node:
    """Return the node that answers an opened chat: the welcome and the three buttons, once a conversation."""

    def greeting(state: ChatState, *, runtime: Runtime[Context]) -> ChatState:
        language = _language(state, runtime.context, default_language)
        if state.get("messages"):
            return {"messages": []}
        welcome = text("graph.welcome", language).strip()
        return {"messages": [AIMessage(welcome, additional_kwargs={"buttons": buttons(language)})]}

    return greeting


def button_node(default_language: Language) -> Node:
    """Return the node that answers a pressed button: it confirms, and asks for what the task needs."""

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

    def undo(state: ChatState) -> ChatState:
        context = get_runtime(Context).context or Context()
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
    agent: CompiledStateGraph[Any, Any, Any, Any], default_language: Language
) -> RunnableLambda[ChatState, ChatState]:
    """Return the node that has the agent answer what was typed.

    Empty and far too long messages are answered without the model.
    """

    def answer(state: ChatState) -> ChatState:
        turn = _prepare(state, default_language)
        if isinstance(turn, AIMessage):
            return {"messages": [turn]}
        return _conclude(state, turn, agent.invoke(turn.input, context=turn.context, **_durability()))

    async def aanswer(state: ChatState) -> ChatState:
        # In a thread, for counting the tokens of a very long message takes tenths of a second.
        turn = await in_thread(_prepare, state, default_language)
        if isinstance(turn, AIMessage):
            return {"messages": [turn]}
        return _conclude(state, turn, await agent.ainvoke(turn.input, context=turn.context, **_durability()))

    return RunnableLambda(answer, afunc=aanswer, name="agent")


@dataclass(frozen=True, slots=True)
class _Turn:
    input: dict[str, Any]
    context: Context
    language: Language

    @property
    def window(self) -> list[BaseMessage]:
        return cast("list[BaseMessage]", self.input["messages"])


def _prepare(state: ChatState, default_language: Language) -> _Turn | AIMessage:
    context = get_runtime(Context).context or Context()
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
