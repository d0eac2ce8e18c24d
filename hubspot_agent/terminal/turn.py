"""One turn of the chat, shown while it happens."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

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
        self._shown: dict[str | None, str] = {}
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
        events = self._graph.astream(
            turn_input,
            self._config,
            context=self._context,
            stream_mode=["messages", "updates", "values", "custom"],
            subgraphs=True,
        )
        async for event in events:
            namespace, mode, data = cast("tuple[tuple[str, ...], str, Any]", event)
            if mode == "messages":
                self._stream(data[0])
            elif mode == "custom" and "progress" in data:
                self._screen.note(data["progress"])
            elif mode == "values":
                self._speak(data)
            elif mode == "updates":
                for message in _messages(data):
                    self._show(message, final=not namespace)
        self._screen.end_stream()
        return await self.state()

    def _speak(self, values: Mapping[str, Any]) -> None:
        self.language = self._context.language or values.get("language") or self.language

    def _stream(self, piece: BaseMessage) -> None:
        if isinstance(piece, AIMessageChunk) and piece.text:
            self._shown[piece.id] = self._shown.get(piece.id, "") + piece.text
            self._screen.stream(str(piece.id), piece.text)

    def _show(self, message: BaseMessage, *, final: bool) -> None:
        """Show what was not streamed: a search's contacts, and of a `final` answer what is not the model's."""
        if isinstance(message, AIMessage):
            self.writing = any(call["name"] in WRITES for call in message.tool_calls)
            if final and (unseen := message.text.removeprefix(self._shown.get(message.id, "")).strip()):
                self._shown[message.id] = message.text
                self._screen.say(unseen)
        elif isinstance(message, ToolMessage) and message.name == "search_contacts" and not final:
            found = message.artifact if isinstance(message.artifact, dict) else {}
            self.found = len(found.get("contacts", ()))
            if self.found:
                self._screen.contacts(found, self.language)


def _messages(update: Mapping[str, Any]) -> Iterator[BaseMessage]:
    """Yield the messages that nodes added; an interrupt's update has none."""
    for change in update.values():
        if isinstance(change, Mapping):
            yield from (message for message in change.get("messages", ()) if isinstance(message, BaseMessage))
