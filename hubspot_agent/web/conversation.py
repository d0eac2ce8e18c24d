"""One conversation as the server keeps it: the turn that runs in it belongs here, not to the page that began it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import Context as Variables
from dataclasses import dataclass, replace
from typing import Any, get_args
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Interrupt, StateSnapshot

from hubspot_agent.buttons import BUTTONS, buttons
from hubspot_agent.chat.decisions import Decision, allowed_decisions, decision_on, typed_decision
from hubspot_agent.chat.streaming import MessageAdded, ProgressUpdate, TextDelta, TurnInput, turn_events
from hubspot_agent.state import Action, Context
from hubspot_agent.texts import Language, Texts, text
from hubspot_agent.web.cards import approval_card
from hubspot_agent.web.transcript import Item, items_of, key_of, record_page_in

Graph = CompiledStateGraph[Any, Any, Any, Any]
#: Notes an unexpected error and returns the sentence for the user.
Report = Callable[[Exception, Language], str]

#: Seconds between two looks at an answer that is being written: as often as an eye can tell.
GLANCE = 0.04

#: The event loop alone would not keep a turn that nobody looks at.
_RUNNING: set[asyncio.Task[None]] = set()


@dataclass(frozen=True)
class ConversationView:
    """What a page shows of a conversation.

    Attributes:
        items: The transcript, and what waits for a decision.
        buttons: What is offered below it: the `action` and the `label` of each.
        busy: Whether a turn runs.
        doing: What the assistant is doing, "" when it does not say.
    """

    items: list[Item]
    buttons: list[dict[str, str]]
    busy: bool
    doing: str


class Conversation:
    """A conversation, the turn that runs in it if one does, and those who look on.

    Args:
        graph: The assistant, with a checkpointer.
        config: Which conversation it is.
        context: What each run is told; the language is the page's.
        default_language: What is spoken where the page fixes no language.
        report: Notes an unexpected error and returns the sentence for the user.
        record_page: The address of a record's page without the id at its end, where known.
        links: Whether records have pages.
    """

    def __init__(
        self,
        graph: Graph,
        config: RunnableConfig,
        context: Context,
        *,
        default_language: Language,
        report: Report,
        links: bool,
        record_page: str | None = None,
    ) -> None:
        self._graph = graph
        self._config = config
        self._context = context
        self._default_language = default_language
        self._report = report
        self._links = links
        self._turn: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._changed = asyncio.Event()
        self._settled: list[BaseMessage] = []
        self._live: dict[str, BaseMessage] = {}
        self._pause: Interrupt | None = None
        self._decided: dict[int, Decision] = {}
        self._doing = ""
        self._stopping = False
        self.record_page = record_page

    @property
    def busy(self) -> bool:
        """Whether a turn runs."""
        return self._turn is not None and not self._turn.done()

    async def open(self, language: Language | None) -> None:
        """Greet in a new conversation; go on with a turn that the end of an earlier server interrupted."""
        async with self._opening:
            if self.busy:
                return
            state = await self._look()
            if self.busy:
                return
            if not self._settled:
                self._start({}, language)
                await asyncio.wait([self._turn] if self._turn else [])
            elif state.next and not state.interrupts:
                self._start(None, language)

    def say(self, words: str, language: Language | None) -> bool:
        """Begin a turn with a typed message, which may be the decision that is waited for; tell whether it began."""
        pause = self._pause
        if pause and (choice := typed_decision(pause.value, words, Texts(self._spoken(language)))):
            return self.decide(pause.id, 0, choice, language)
        message = HumanMessage(words, id=uuid4().hex)
        if not self._start({"messages": [message]}, language):
            return False
        self._live[key_of(message)] = message
        return True

    def press(self, action: str, language: Language | None) -> bool:
        """Begin a turn with a button; tell whether it began."""
        known = action in get_args(Action) or any(action == button["action"] for button in _own_buttons(self._settled))
        return known and self._start({"action": action}, language)

    def decide(
        self,
        pause: str,
        index: int,
        choice: str,
        language: Language | None,
        *,
        fields: Mapping[str, str] | None = None,
        contact: str = "",
    ) -> bool:
        """Take the decision about one write of the pause that is shown; with the last of them it goes on.

        What was decided about another pause, on a page that shows what was before, is not taken.
        """
        if self.busy or self._pause is None or self._pause.id != pause:
            return False
        decision = decision_on(self._pause.value, index, choice, fields=fields or {}, contact=contact)
        if decision is None:
            return False
        self._decided[index] = decision
        count = len(self._pause.value["action_requests"])
        if len(self._decided) == count:
            decisions = [self._decided[each] for each in range(count)]
            self._start(Command(resume={"decisions": decisions}), language)
        return True

    async def stop(self) -> None:
        """Stop the turn that runs; what was being written may have been carried out."""
        if self._turn is not None:
            self._stopping = True
            self._turn.cancel()
            await asyncio.wait([self._turn])

    async def views(self, language: Language | None) -> AsyncIterator[ConversationView]:
        """Yield what is to be seen now, and again whenever it changes, until no turn runs."""
        while True:
            changed, busy = self._changed, self.busy
            yield self.view(language)
            if not busy:
                return
            await changed.wait()
            await asyncio.sleep(GLANCE)

    def view(self, language: Language | None) -> ConversationView:
        """Return what is to be seen now."""
        spoken = self._spoken(language)
        known = {key_of(message) for message in self._settled}
        messages = [*self._settled, *(each for name, each in self._live.items() if name not in known)]
        record_page = self.record_page if self._links else None
        free = not self.busy and self._pause is None
        undoable = messages[-1] if free and messages and _wrote(messages[-1]) else None
        items = list(items_of(messages, spoken, record_page=record_page, undoable=undoable))
        if self._pause and not self.busy:
            items += self._waiting(self._pause, spoken)
        return ConversationView(items, _offered(messages, spoken) if free else [], self.busy, self._doing)

    def _waiting(self, pause: Interrupt, language: Language) -> list[Item]:
        cards = [
            approval_card(
                request,
                language,
                pause=pause.id,
                index=index,
                allowed=allowed_decisions(pause.value, index),
                chosen=self._decided[index]["type"] if index in self._decided else "",
            )
            for index, request in enumerate(pause.value["action_requests"])
        ]
        return [{"id": f"{pause.id}-{index}", "kind": "card", "html": card} for index, card in enumerate(cards)]

    def _spoken(self, language: Language | None) -> Language:
        return language or self._default_language

    def _start(self, turn_input: TurnInput, language: Language | None) -> bool:
        """Begin a turn, unless one runs already."""
        if self.busy:
            return False
        self._pause, self._doing, self._stopping = None, "", False
        context = replace(self._context, language=language or self._context.language)
        # In a context of its own: the turn is not part of the request that begins it.
        self._turn = asyncio.create_task(self._run(turn_input, context), context=Variables())
        _RUNNING.add(self._turn)
        self._turn.add_done_callback(self._ended)
        return True

    def _ended(self, turn: asyncio.Task[None]) -> None:
        """Let go of a turn, also of one that was stopped before it took its first step."""
        _RUNNING.discard(turn)
        if self._turn is turn:
            self._turn, self._doing = None, ""
            self._notify()

    async def _run(self, turn_input: TurnInput, context: Context) -> None:
        language = self._spoken(context.language)
        try:
            async for event in turn_events(self._graph, turn_input, self._config, context):
                self._take(event)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            await self._end_with(text("web.stopped", language))
        except Exception as error:
            await self._end_with(self._report(error, language))
        else:
            await self._look()

    def _take(self, event: object) -> None:
        match event:
            case TextDelta():
                so_far = self._live.get(event.message_id)
                written = (so_far.text if so_far else "") + event.text
                self._live[event.message_id] = AIMessage(written, id=event.message_id)
                self._doing = ""
            case ProgressUpdate():
                self._doing = event.sentence
            case MessageAdded():
                self._live[key_of(event.message)] = event.message
            case _:
                return
        self._notify()

    async def _look(self) -> StateSnapshot:
        """Take over what the checkpointer holds, with what the agent did within a turn that waits."""
        state = await self._graph.aget_state(self._config, subgraphs=True)
        if self._turn not in (None, asyncio.current_task()):
            return state  # A turn has begun meanwhile.
        messages: list[BaseMessage] = list(state.values.get("messages", ()))
        for task in state.tasks:
            inner = task.state.values.get("messages", ()) if isinstance(task.state, StateSnapshot) else ()
            typed = max((place for place, each in enumerate(inner) if isinstance(each, HumanMessage)), default=-1)
            known = {key_of(message) for message in messages}
            messages += [each for each in inner[typed + 1 :] if key_of(each) not in known]
        self._settled = messages
        pause = state.interrupts[0] if state.interrupts else None
        if pause is None or self._pause is None or pause.id != self._pause.id:
            self._decided.clear()
        self._pause = pause
        self._live.clear()
        self.record_page = record_page_in(messages) or self.record_page
        return state

    async def _end_with(self, sentence: str) -> None:
        """End a turn that did not come to its end, and have the conversation say so."""
        try:
            ending = {"messages": [AIMessage(sentence, id=uuid4().hex)], "action": None}
            await self._graph.aupdate_state(self._config, ending, as_node="agent")
            await self._look()
        except Exception as error:  # What keeps the conversation fails: at least whoever looks on is told.
            self._report(error, self._default_language)
            self._live["ending"] = AIMessage(sentence, id="ending")

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _offered(messages: list[BaseMessage], language: Language) -> list[dict[str, str]]:
    """Return the buttons below an answer: the greeting's, unless it asks something, and those of its own.

    What it has just written is taken back where its receipt stands.
    """
    latest = messages[-1] if messages else None
    said = latest.text if isinstance(latest, AIMessage) else ""
    undo: list[Action] = ["undo"] if _can_undo(latest) and not _wrote(latest) else []
    if "?" in said and not _buttons_of(latest):
        return []
    return [*buttons(language, BUTTONS), *_own_buttons(messages), *buttons(language, undo)]


def _can_undo(message: BaseMessage | None) -> bool:
    return any(button["action"] == "undo" for button in _buttons_of(message))


def _wrote(message: BaseMessage | None) -> bool:
    """Tell whether a message is of a write that can be taken back."""
    receipts = message.additional_kwargs.get("receipts", ()) if message else ()
    return _can_undo(message) and any(receipt["tool"] != "undo" for receipt in receipts)


def _own_buttons(messages: list[BaseMessage]) -> list[dict[str, str]]:
    """Return the application's own buttons, as the greeting brought them."""
    offered = _buttons_of(messages[0]) if messages else []
    return [button for button in offered if button["action"] not in get_args(Action)]


def _buttons_of(message: BaseMessage | None) -> list[dict[str, str]]:
    return message.additional_kwargs.get("buttons", []) if message else []
