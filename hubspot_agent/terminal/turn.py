"""One turn of the chat, shown while it happens."""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from hubspot_agent.chat.streaming import Added, Doing, Piece, Reached, turn_events
from hubspot_agent.state import Context
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.texts import Language

WRITES = ("create_contact", "update_contact")


class Turns:
    """Runs turns of one conversation and shows what they say and do.

    Args:
        graph: The assistant, with a checkpointer.
        config: Which conversation it is.
        context: What each run is told.
        screen: Where it is shown.
        language: The language it begins in.

    Attributes:
        language: The language it is in now: the user's own, as the graph finds it, unless the context fixes one.
        writing: Whether a write may be under way: the model has asked for one and not gone on since.
        found: How many contacts the latest turn's last search found; `None` without a search.
    """

    def __init__(
        self,
        graph: CompiledStateGraph[Any, Any, Any, Any],
        config: RunnableConfig,
        context: Context,
        screen: Screen,
        language: Language,
    ) -> None:
        self._graph = graph
        self._config = config
        self._context = context
        self._screen = screen
        self._shown: dict[str, str] = {}
        self.language = language
        self.writing = False
        self.found: int | None = None

    async def state(self) -> StateSnapshot:
        """Return where the conversation stands."""
        state = await self._graph.aget_state(self._config)
        self._speak(state.values)
        return state

    async def run(self, turn_input: Mapping[str, Any] | Command[Any]) -> StateSnapshot:
        """Run one turn, or go on with a paused one, and return where the conversation then stands.

        Args:
            turn_input: What the graph takes: a `ChatInput`, or a `Command` that resumes.
        """
        self.writing = isinstance(turn_input, Command)
        self.found = None
        async for event in turn_events(self._graph, turn_input, self._config, self._context):
            match event:
                case Piece():
                    self._shown[event.message_id] = self._shown.get(event.message_id, "") + event.text
                    self._screen.stream(event.message_id, event.text)
                case Doing():
                    self._screen.note(event.sentence)
                case Reached():
                    self._speak(event.values)
                case Added():
                    self._show(event.message, final=event.final)
        self._screen.end_stream()
        return await self.state()

    def _speak(self, values: Mapping[str, Any]) -> None:
        self.language = self._context.language or values.get("language") or self.language

    def _show(self, message: BaseMessage, *, final: bool) -> None:
        """Show what was not streamed: a search's contacts, and of a `final` answer what is not the model's."""
        if isinstance(message, AIMessage):
            self.writing = any(call["name"] in WRITES for call in message.tool_calls)
            if final and (unseen := message.text.removeprefix(self._shown.get(str(message.id), "")).strip()):
                self._shown[str(message.id)] = message.text
                self._screen.say(unseen)
        elif isinstance(message, ToolMessage) and message.name == "search_contacts" and not final:
            found = message.artifact if isinstance(message.artifact, dict) else {}
            self.found = len(found.get("contacts", ()))
            if self.found:
                self._screen.contacts(found, self.language)
