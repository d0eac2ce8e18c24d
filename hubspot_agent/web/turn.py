"""One turn as the page runs it: what happens in it goes into the transcript, and survives the end of the process."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Interrupt, StateSnapshot

from hubspot_agent.chat.decisions import resumed, waiting_pause
from hubspot_agent.chat.streaming import (
    MessageAdded,
    ProgressUpdate,
    TextDelta,
    TurnEvent,
    TurnInput,
    end_turn,
    turn_events,
)
from hubspot_agent.contacts import Contact
from hubspot_agent.memory.stand_in import TOO_LONG
from hubspot_agent.state import REOPENED, Context
from hubspot_agent.texts import DEFAULT_LANGUAGE, Language
from hubspot_agent.web.items import items_of, record_page_in
from hubspot_agent.web.pause import PausedWrites
from hubspot_agent.web.records import ConversationRecord
from hubspot_agent.web.transcript import ItemData, Transcript

Graph = CompiledStateGraph[Any, Any, Any, Any]

#: Notes an unexpected error and returns the sentence for the user.
Report = Callable[[Exception, Language], str]

_WRITES = {"create_contact": "create", "update_contact": "update"}


@dataclass(frozen=True, kw_only=True)
class PendingTurn:
    """What a turn begins with, as it is stored until the turn has ended.

    Attributes:
        message: The message typed: its `id`, its `text`, and whether it stands for one that is `too_long`.
        reopened: The write that the message asks for again, as `state.REOPENED` has it.
        action: The button pressed.
        pause: The id of the pause that `decisions` resume.
        decisions: The decisions about the writes of a pause.
        resumes: Whether it goes on with a turn that the graph has taken up already.
        language: The language that answers are fixed to.
        checkpoint: Where the graph stood before a button was pressed.
    """

    message: dict[str, Any] | None = None
    reopened: dict[str, Any] | None = None
    action: str | None = None
    pause: str | None = None
    decisions: list[dict[str, Any]] | None = None
    resumes: bool = False
    language: Language | None = None
    checkpoint: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)

    def graph_input(self) -> TurnInput:
        """Return it as the graph takes it."""
        if self.resumes:
            return None
        if self.message:
            told: dict[str, Any] = {REOPENED: self.reopened} if self.reopened else {}
            told |= {TOO_LONG: True} if self.message.get(TOO_LONG) else {}
            return {"messages": [HumanMessage(self.message["text"], id=self.message["id"], additional_kwargs=told)]}
        if self.decisions is not None:
            return resumed(self.pause or "", self.decisions)
        return {"action": self.action} if self.action else {}


@dataclass
class RunningTurn:
    """A turn that runs.

    Attributes:
        context: What the run is told.
        writing: Whether a write may be under way: the model has asked for one and not gone on since.
        doing: What the assistant is doing, "" when it does not say.
        task: What runs it.
        stopped: What the conversation says of a turn that was stopped; "" while nobody has.
        written: The messages being written, by id.
        arguments: Those of the searches, by the id of the tool call.
    """

    context: Context
    writing: bool = False
    doing: str = ""
    task: asyncio.Task[None] | None = None
    stopped: str = ""
    written: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def stop(self, sentence: str) -> None:
        """Stop it; `sentence` says so in the conversation."""
        self.stopped = sentence
        if self.task:
            self.task.cancel()

    async def note_stopped(self, transcript: Transcript) -> None:
        """Keep what was written so far, and say that the turn was stopped."""
        for message_id, written in self.written.items():
            await transcript.put(message_id, {"kind": "assistant", "text": written})
        note = "stopped_writing" if self.writing else "stopped"
        await transcript.put(uuid4().hex, {"kind": "note", "note": note})


@dataclass(frozen=True, kw_only=True)
class Threads:
    """The graph, and what keeps its conversations.

    Attributes:
        graph: The assistant, with a checkpointer.
        links: Whether records have pages.
        report: Notes an unexpected error and returns the sentence for the user.
        prune: Drops the checkpoints of a thread but the newest; `None` keeps all.
    """

    graph: Graph
    links: bool
    report: Report
    prune: Callable[[str], Awaitable[None]] | None = None

    async def run(
        self,
        turn: RunningTurn,
        graph_input: TurnInput,
        record: ConversationRecord,
        transcript: Transcript,
        notify: Callable[[], None],
    ) -> PausedWrites | None:
        """Run a turn to its end and return the pause it ends with, if it does."""
        language = turn.context.language or DEFAULT_LANGUAGE
        try:
            async for event in turn_events(self.graph, graph_input, _config(record), turn.context):
                if await self._take(event, turn, record, transcript):
                    notify()
            return await self._settle(record, transcript)
        except asyncio.CancelledError:
            if not turn.stopped:
                raise
            written = [*turn.written.items()][-1:]
            message_id, so_far = written[0] if written else (uuid4().hex, "")
            await self._end_with(f"{so_far}\n\n{turn.stopped}".strip(), message_id, record, language)
        except Exception as error:
            sentence, message_id = self.report(error, language), uuid4().hex
            note: ItemData = {"kind": "note", "text": sentence}
            try:
                await transcript.put(message_id, note)
            except Exception as failed:  # The database fails: whoever looks on is told all the same.
                self.report(failed, language)
                transcript.show(message_id, note)
            await self._end_with(sentence, message_id, record, language)
        return None

    async def catch_up(
        self, record: ConversationRecord, transcript: Transcript
    ) -> tuple[PausedWrites | None, PendingTurn | None]:
        """Return the write that waits, and the turn that the end of an earlier process left unfinished.

        What the graph has and the transcript has not yet is added to the transcript.
        """
        state = await self.graph.aget_state(_config(record), subgraphs=True)
        messages = _messages_of(state)
        for message in messages:
            for item_id, data in items_of(message, {}):
                if await transcript.get(item_id) is None:
                    await transcript.put(item_id, self._with_links(data, record))
        interrupt = waiting_pause(state)
        pending = PendingTurn(**record.pending_turn) if record.pending_turn else None
        typed = pending.message if pending and not pending.reopened else None
        if typed and await transcript.get(typed["id"]) is None:
            await transcript.put(typed["id"], {"kind": "user", "text": typed["text"]})
        if pending and self._is_new_to(state, pending, messages, interrupt):
            return None, pending
        if interrupt:
            return await self._paused(interrupt, record, transcript), None
        if state.tasks:  # Not `next`, which leaves out a step that ended without the beginning of another being stored.
            return None, PendingTurn(resumes=True, language=pending.language if pending else None)
        return None, None

    async def checkpoint(self, record: ConversationRecord) -> str | None:
        """Return where the graph stands in a conversation."""
        return _checkpoint(await self.graph.aget_state(_config(record)))

    def _is_new_to(
        self, state: StateSnapshot, pending: PendingTurn, messages: list[BaseMessage], interrupt: Interrupt | None
    ) -> bool:
        """Tell whether the graph has not taken up a turn yet."""
        if pending.message:
            return pending.message["id"] not in [message.id for message in messages]
        if pending.decisions is not None:
            return interrupt is not None and interrupt.id == pending.pause
        return bool(pending.action) and pending.checkpoint == _checkpoint(state)

    async def _take(
        self, event: TurnEvent, turn: RunningTurn, record: ConversationRecord, transcript: Transcript
    ) -> bool:
        """Take what happened into the transcript; tell whether there is something new to see."""
        match event:
            case TextDelta():
                written = turn.written.get(event.message_id, "") + event.text
                turn.written[event.message_id], turn.doing = written, ""
                if written.strip():
                    transcript.show(event.message_id, {"kind": "assistant", "text": written})
            case ProgressUpdate():
                turn.doing = event.sentence
            case MessageAdded():
                await self._add(event.message, turn, record, transcript)
            case _:
                return False
        return True

    async def _add(
        self, message: BaseMessage, turn: RunningTurn, record: ConversationRecord, transcript: Transcript
    ) -> None:
        if isinstance(message, AIMessage):
            turn.written.pop(str(message.id), None)
            turn.writing = any(call["name"] in _WRITES for call in message.tool_calls)
            turn.arguments |= {str(call["id"]): call["args"] for call in message.tool_calls}
        elif isinstance(message, ToolMessage) and self.links:
            record.record_page = record_page_in(message) or record.record_page
        for item_id, data in items_of(message, turn.arguments):
            known = await transcript.get(item_id)
            if known and (data["kind"] in ("user", "contacts") or known.data == data):
                continue  # The graph's own messages come once more when the agent has ended.
            if data["kind"] == "contacts" and _shown_already(data, transcript):
                continue
            await transcript.put(item_id, self._with_links(data, record))
            _note_task(record, data)

    def _with_links(self, data: ItemData, record: ConversationRecord) -> ItemData:
        """Return an item with the address of each contact's page, where it is known."""
        page = record.record_page if self.links else None
        if data["kind"] == "contacts":
            contacts = [{**each, "url": f"{page}{each['id']}" if page else None} for each in data["contacts"]]
            return {**data, "contacts": contacts}
        if data["kind"] == "receipt":
            receipt = data["receipt"]
            linked = page and receipt["contact_id"] and receipt["tool"] != "undo"
            return {**data, "receipt": {**receipt, "url": f"{page}{receipt['contact_id']}" if linked else None}}
        return data

    async def _settle(self, record: ConversationRecord, transcript: Transcript) -> PausedWrites | None:
        """Return the pause that a turn ended with; drop the checkpoints that no turn needs any more."""
        state = await self.graph.aget_state(_config(record), subgraphs=True)
        if interrupt := waiting_pause(state):
            return await self._paused(interrupt, record, transcript)
        if self.prune:
            try:
                await self.prune(record.thread)
            except Exception as error:  # The conversation is well without it.
                self.report(error, DEFAULT_LANGUAGE)
        return None

    async def _paused(self, interrupt: Interrupt, record: ConversationRecord, transcript: Transcript) -> PausedWrites:
        pause = await PausedWrites.shown(interrupt, transcript)
        for request in interrupt.value["action_requests"]:
            record.came_to(_WRITES.get(request["name"], ""), PausedWrites.contact_name(request))
        return pause

    async def _end_with(self, sentence: str, message_id: str, record: ConversationRecord, language: Language) -> None:
        """End a turn that did not come to its end, so that the graph takes up the next one."""
        try:
            await end_turn(self.graph, _config(record), sentence, message_id)
        except Exception as error:  # What keeps the conversation fails: the transcript says so already.
            self.report(error, language)


def _config(record: ConversationRecord) -> RunnableConfig:
    return {"configurable": {"thread_id": record.thread}}


def _checkpoint(state: StateSnapshot) -> str | None:
    found: str | None = state.config.get("configurable", {}).get("checkpoint_id")
    return found


def _messages_of(state: StateSnapshot) -> list[BaseMessage]:
    """Return a conversation's messages, with what the agent did within a turn that has not ended."""
    messages: list[BaseMessage] = list(state.values.get("messages", ()))
    for task in state.tasks:
        inner = task.state.values.get("messages", ()) if isinstance(task.state, StateSnapshot) else ()
        typed = max((place for place, each in enumerate(inner) if isinstance(each, HumanMessage)), default=-1)
        messages += inner[typed + 1 :]
    return messages


def _shown_already(data: ItemData, transcript: Transcript) -> bool:
    """Tell whether the latest item is a table of the same contacts."""
    latest = transcript.latest[-1].data if transcript.latest else {}
    return [each["id"] for each in latest.get("contacts", ())] == [each["id"] for each in data["contacts"]]


def _note_task(record: ConversationRecord, data: ItemData) -> None:
    """Note what a conversation has come to be about."""
    if data["kind"] == "contacts" and data["total"] == 1:
        record.came_to("search", Contact.from_dict(data["contacts"][0]).name)
    elif data["kind"] == "receipt" and data["receipt"]["tool"] in _WRITES:
        record.came_to(_WRITES[data["receipt"]["tool"]], data["receipt"]["name"])
