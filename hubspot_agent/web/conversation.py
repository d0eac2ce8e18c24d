"""One conversation as the server keeps it: the turn that runs in it belongs here, not to the page that began it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import Context as Variables
from dataclasses import dataclass, replace
from typing import Any, get_args
from uuid import uuid4

from langchain_core.messages import HumanMessage

from hubspot_agent.buttons import buttons
from hubspot_agent.chat.decisions import typed_decision
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.memory.stand_in import stand_in
from hubspot_agent.state import Action, Context
from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, text
from hubspot_agent.texts.sanitizing import screen_text, shortened
from hubspot_agent.web.pause import PausedWrites
from hubspot_agent.web.quick_replies import quick_replies
from hubspot_agent.web.records import MAX_TITLE_LENGTH, ConversationRecord
from hubspot_agent.web.transcript import Transcript, turn_before
from hubspot_agent.web.turn import PendingTurn, RunningTurn, Threads

#: The event loop alone would not keep a turn that nobody looks at.
_RUNNING: set[asyncio.Task[None]] = set()


@dataclass(frozen=True)
class Speech:
    """The languages of whoever asks.

    Attributes:
        page: The language of the page.
        chosen: The language that answers are fixed to; `None` leaves it to what is typed.
    """

    page: Language
    chosen: Language | None = None


class Conversation:
    """A conversation, the turn that runs in it if one does, and those who look on.

    Args:
        threads: The graph and what keeps its conversations.
        record: What is noted of the conversation; saved by `save`.
        transcript: What was said, shown and decided in it.
        context: What each run is told; the language is the page's.
        save: Stores the record, and tells those who look at the list.
    """

    def __init__(
        self,
        threads: Threads,
        record: ConversationRecord,
        transcript: Transcript,
        context: Context,
        save: Callable[[ConversationRecord], Any],
    ) -> None:
        self.record = record
        self.transcript = transcript
        self.list_version = 0
        self.deleted = False
        self.server_ends = False
        self.changed = asyncio.Event()
        self._threads = threads
        self._context = context
        self._save = save
        self._opening = asyncio.Lock()
        self._turn: RunningTurn | None = None
        self._ending: asyncio.Task[None] | None = None
        self._pause: PausedWrites | None = None
        self._loaded = False
        self._accepted: set[str] = set()
        self._opened, self._changes = uuid4().hex, 0

    @property
    def user(self) -> str | None:
        """Whose conversation it is, by the name that its runs are told."""
        return self._context.user

    @property
    def stamp(self) -> str:
        """What changes with everything that is to be seen of it."""
        return f"{self._opened}-{self._changes}"

    @property
    def busy(self) -> bool:
        """Whether a turn runs."""
        return self._turn is not None

    @property
    def doing(self) -> str:
        """What the assistant is doing, "" when it does not say."""
        return self._turn.doing if self._turn else ""

    @property
    def waits(self) -> bool:
        """Whether a write waits for a decision."""
        return self._pause is not None and not self.busy

    def notify(self) -> None:
        """Wake those who look on."""
        self._changes += 1
        self.changed.set()
        self.changed = asyncio.Event()

    async def open(self, speech: Speech) -> None:
        """Greet in a new conversation; go on with a turn that the end of an earlier process interrupted."""
        async with self._opening:
            if self._loaded:
                return
            await self.transcript.load()
            self._pause, unfinished = await self._threads.catch_up(self.record, self.transcript)
            greets = unfinished is None and self.transcript.first is None
            turn = PendingTurn(language=speech.page) if greets else unfinished
            if turn:
                async with self._reserved(turn) as reserved:
                    await self._save(self.record)
                    self._run(reserved, turn.graph_input())
            self._loaded = True
            if greets and self._ending:
                await asyncio.wait([self._ending])  # No model is asked, so that it is there at once.

    async def say(self, message_id: str, words: str, speech: Speech, *, waited: bool = False) -> bool:
        """Take a typed message, which may be the decision that is waited for; tell whether it was taken.

        A message that is sent again, because the answer to it was lost, is taken once. One that `waited` for the turn
        before it to end, and so was typed before the card of that turn was seen, is not taken while the card waits.
        """
        typed = await in_thread(stand_in, HumanMessage(words, id=message_id), self._context.max_input_tokens)
        if await self.transcript.get(message_id) or message_id in self._accepted:
            return True
        if self.deleted or self.busy or (waited and self._pause):
            return False
        self._accepted.add(message_id)
        try:
            if self._pause and (choice := typed_decision(words)):
                await self._decide_by_word(self._pause, message_id, words, choice, speech)
            else:
                await self._begin_typed({"id": message_id, "text": typed.text, **typed.additional_kwargs}, speech)
        finally:
            self._accepted.discard(message_id)
        return True

    async def press(self, action: str, speech: Speech) -> bool:
        """Begin a turn with a button; tell whether it began."""
        known = action in get_args(Action) or action in [button["action"] for button in self._own_buttons()]
        if not known or self.deleted or self.busy or self._pause:
            return False
        turn = PendingTurn(action=action, language=speech.chosen)
        async with self._reserved(turn) as reserved:
            checkpoint = await self._threads.checkpoint(self.record)
            self.record.pending_turn = replace(turn, checkpoint=checkpoint).as_dict()
            await self._save(self.record)
            self._run(reserved, turn.graph_input())
        return True

    async def decide(
        self, pause_id: str, index: int, choice: str, speech: Speech, *, fields: Mapping[str, str], contact: str
    ) -> bool:
        """Take the decision about one write of the pause that is shown; with the last of them the turn goes on.

        What was decided about another pause, on a page that shows what was before, is not taken.
        """
        pause = self._pause
        if self.busy or pause is None or pause.id != pause_id:
            return False
        if not pause.decide(index, choice, fields=fields, contact=contact):
            return False
        await self._decided(pause, speech)
        return True

    async def reopen(self, item_id: str, speech: Speech) -> bool:
        """Put the card of a write that was set aside back, without asking the model; tell whether it comes."""
        item = await self.transcript.get(item_id)
        if item is None or item.data.get("state") != "set_aside" or self.deleted or self.busy or self._pause:
            return False
        request = item.data["request"]
        turn = PendingTurn(
            message={"id": uuid4().hex, "text": PausedWrites.request_in_words(request, speech.page)},
            reopened={"name": request["name"], "args": request["args"]},
            language=speech.chosen,
        )
        async with self._reserved(turn) as reserved:
            await self._save(self.record)
            await self.transcript.put(item_id, {**item.data, "state": "reopened"})
            self._run(reserved, turn.graph_input())
        return True

    async def stop(self, speech: Speech) -> None:
        """Stop the turn that runs. It is let go of at once; the next one begins when it has ended."""
        turn = self._turn
        if turn is None:
            return
        self._turn = None
        turn.stop(text("web.stopped_writing" if turn.writing else "web.stopped", speech.page))
        if turn.task is None:
            self.record.pending_turn = None
            await self._save(self.record)
        await turn.note_stopped(self.transcript)
        self.notify()

    async def end(self) -> None:
        """End whatever runs in it, before it is deleted."""
        turn, self._turn, self._pause = self._turn, None, None
        if turn:
            turn.stop("-")
        if self._ending and not self._ending.done():
            await asyncio.wait([self._ending])

    def buttons(self, language: Language) -> list[dict[str, str]]:
        """Return what is offered below the conversation: the `action` and the `label` of each."""
        if self.busy or self._pause:
            return []
        latest = self.transcript.latest
        answer = next((item.data for item in reversed(latest) if item.data["kind"] == "assistant"), {})
        if "?" in answer.get("text", "") and not answer.get("buttons"):
            return []
        wrote = bool(latest) and latest[-1].data["kind"] == "receipt"
        undo = any(button["action"] == "undo" for button in answer.get("buttons", ())) and not wrote
        return [*buttons(language), *self._own_buttons(), *buttons(language, ("undo",) if undo else ())]

    def replies(self, language: Language) -> list[str]:
        """Return the words of the buttons that answer the assistant's question, if it has a few answers."""
        latest = self.transcript.latest
        if self.busy or self._pause or not latest or latest[-1].data["kind"] != "assistant":
            return []
        answer = latest[-1].data
        if answer.get("buttons"):
            return []
        tables = [item.data for item in turn_before(latest[-1], latest) if item.data["kind"] == "contacts"]
        return quick_replies(answer["text"], len(tables[-1]["contacts"]) if tables else 0, language)

    def undoable(self) -> str | None:
        """Return the id of the receipt whose write can be taken back."""
        latest = self.transcript.latest
        free = not self.busy and not self._pause
        return latest[-1].id if free and latest and latest[-1].data.get("undo") else None

    def _own_buttons(self) -> list[dict[str, str]]:
        """Return the application's own buttons, as the greeting brought them."""
        offered = self.transcript.first.data.get("buttons", ()) if self.transcript.first else ()
        return [button for button in offered if button["action"] not in get_args(Action)]

    async def _begin_typed(self, message: dict[str, Any], speech: Speech) -> None:
        """Begin a turn with what was typed; a write that waits is set aside."""
        turn = PendingTurn(message=message, language=speech.chosen)
        async with self._reserved(turn) as reserved:
            pause, self._pause = self._pause, None
            await self._note_typed(message["id"], message["text"])
            if pause:
                await pause.set_aside(self.transcript)
            self._run(reserved, turn.graph_input())

    async def _decide_by_word(
        self, pause: PausedWrites, message_id: str, words: str, choice: str, speech: Speech
    ) -> None:
        """Decide about all the writes that wait, or say why a word cannot."""
        async with self._reserved(PendingTurn()) as reserved:
            await self._note_typed(message_id, words)
        if self._turn is not reserved:  # Stopped: the writes wait still.
            return
        self._turn = self.record.pending_turn = None
        if pause.decide_all(choice):
            await self._decided(pause, speech)
        else:
            await self.transcript.put(f"{message_id}-note", {"kind": "note", "note": "choose_on_card"})
            self.notify()

    async def _decided(self, pause: PausedWrites, speech: Speech) -> None:
        """Show what was decided; with the last decision go on with the turn."""
        decisions = pause.decisions()
        if decisions is None:
            try:
                await pause.show(self.transcript)
            except BaseException:
                if self._pause is pause:
                    pause.ask_again(self.transcript)
                raise
            self.notify()
            return
        turn = PendingTurn(pause=pause.id, decisions=decisions, language=speech.chosen)
        async with self._reserved(turn) as reserved:
            self._pause = None
            await pause.show(self.transcript)
            await self._save(self.record)
            if self._turn is not reserved and not self.deleted:  # Stopped before it began: nothing is carried out.
                await pause.set_aside(self.transcript)
            self._run(reserved, turn.graph_input())

    async def _note_typed(self, message_id: str, words: str) -> None:
        """Store what was typed before anything is done with it, and before that the turn that it begins."""
        record = self.record
        record.first_words = record.first_words or shortened(screen_text(words), MAX_TITLE_LENGTH) or "…"
        record.changed_at = time.time()
        await self._save(record)
        await self.transcript.put(message_id, {"kind": "user", "text": words})

    @asynccontextmanager
    async def _reserved(self, pending: PendingTurn) -> AsyncIterator[RunningTurn]:
        """Take the place of the turn that is about to begin, so that no other does.

        If it cannot begin, because the database fails, its place is free again and the writes that waited wait again.
        """
        context = replace(self._context, language=pending.language or self._context.language)
        turn = RunningTurn(context, writing=pending.decisions is not None)
        pause, former = self._pause, self.record.pending_turn
        self._turn, self.record.pending_turn = turn, pending.as_dict()
        self.notify()
        try:
            yield turn
        except BaseException:
            if self._turn is turn:
                self._turn, self._pause, self.record.pending_turn = None, pause, former
                if pause:
                    pause.ask_again(self.transcript)
                self.notify()
                with suppress(Exception):  # What is told of already; a turn that was not taken is not gone on with.
                    await self._save(self.record)
            raise

    def _run(self, turn: RunningTurn, graph_input: Any) -> None:
        """Run the turn whose place was taken, after one that was stopped has ended."""
        if self._turn is not turn:  # Stopped before it began.
            return
        former = self._ending
        # In a context of its own: the turn is not part of the request that begins it.
        task = asyncio.create_task(self._run_turn(turn, graph_input, former), context=Variables())
        turn.task = self._ending = task
        _RUNNING.add(task)
        task.add_done_callback(_RUNNING.discard)

    async def _run_turn(self, turn: RunningTurn, graph_input: Any, former: asyncio.Task[None] | None) -> None:
        if former and not former.done():
            await asyncio.wait([former])
        pause = await self._threads.run(turn, graph_input, self.record, self.transcript, self.notify)
        if self._turn is turn:
            self._turn, self._pause = None, pause
            self.record.changed_at = time.time()
        if self._turn is None:
            self.record.pending_turn = None
        try:
            await self._save(self.record)
        except Exception as error:  # Nobody asked: there is no answer to tell it in.
            self._threads.report(error, DEFAULT_LANGUAGE)
        self.notify()
