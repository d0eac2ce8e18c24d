"""Runs the turns of a conversation, and shows each while it happens."""

import logging
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from hubspot_agent.chat.storage import prune
from hubspot_agent.chat.streaming import (
    MessageAdded,
    ProgressUpdate,
    StateUpdated,
    TextDelta,
    TurnInput,
    end_turn,
    turn_events,
)
from hubspot_agent.state import Context
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.texts import Texts

logger = logging.getLogger("hubspot_agent.terminal")

WRITE_TOOLS = ("create_contact", "update_contact")


class TurnRunner:
    """Runs turns of one conversation and shows what the assistant says and does.

    Args:
        graph: The assistant, with a checkpointer.
        config: The conversation's thread.
        context: The context of each run.
        screen: Where it is shown.
        texts: The language it begins in.

    Attributes:
        texts: The language it is in now: the user's own, as the graph finds it, unless the context fixes one.
        writing: Whether a write may be under way: the model has asked for one and not gone on since.
        contacts_found: How many contacts the latest turn's last search found; `None` without a search.
    """

    def __init__(
        self,
        graph: CompiledStateGraph[Any, Any, Any, Any],
        config: RunnableConfig,
        context: Context,
        screen: Screen,
        texts: Texts,
    ) -> None:
        self._graph = graph
        self._config = config
        self._context = context
        self._screen = screen
        self._streamed: dict[str, str] = {}
        self.texts = texts
        self.writing = False
        self.contacts_found: int | None = None

    async def state(self) -> StateSnapshot:
        """Return the state of the conversation."""
        state = await self._graph.aget_state(self._config, subgraphs=True)
        self._follow_language(state.values)
        return state

    async def run(self, turn_input: TurnInput) -> StateSnapshot:
        """Run one turn, or go on with a paused one, and return the state that it leads to.

        Args:
            turn_input: A `ChatInput`, a `Command` that resumes, or `None` to finish an interrupted turn.
        """
        self.writing = turn_input is None or isinstance(turn_input, Command)
        self.contacts_found = None
        async for event in turn_events(self._graph, turn_input, self._config, self._context):
            match event:
                case TextDelta():
                    self._streamed[event.message_id] = self._streamed.get(event.message_id, "") + event.text
                    self._screen.stream(event.message_id, event.text)
                case ProgressUpdate():
                    self._screen.note(event.sentence)
                case StateUpdated():
                    self._follow_language(event.values)
                case MessageAdded():
                    self._show(event.message, final=event.final)
        self._screen.end_stream()
        state = await self.state()
        if not state.next and isinstance(self._graph.checkpointer, BaseCheckpointSaver):
            try:
                await prune(self._graph.checkpointer, self._config["configurable"]["thread_id"])
            except Exception as error:  # The conversation is well without it.
                logger.warning("A conversation could not be pruned: %s", type(error).__name__)
        return state

    async def end(self, sentence: str) -> None:
        """End the turn that was stopped or failed, so that nobody goes on with it; `sentence` says so."""
        await end_turn(self._graph, self._config, sentence)

    def _follow_language(self, values: Mapping[str, Any]) -> None:
        self.texts = Texts(self._context.language or values.get("language") or self.texts.language)

    def _show(self, message: BaseMessage, *, final: bool) -> None:
        """Show what was not streamed: a search's contacts, and of a `final` answer what is not the model's."""
        if isinstance(message, AIMessage):
            self.writing = any(call["name"] in WRITE_TOOLS for call in message.tool_calls)
            if final and (unseen := message.text.removeprefix(self._streamed.get(str(message.id), "")).strip()):
                self._streamed[str(message.id)] = message.text
                self._screen.say(unseen)
        elif isinstance(message, ToolMessage) and message.name == "search_contacts" and not final:
            result = message.artifact if isinstance(message.artifact, dict) else {}
            self.contacts_found = len(result.get("contacts", ()))
            if self.contacts_found:
                self._screen.contacts(result, self.texts)
