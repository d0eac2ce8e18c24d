"""What happens in a turn while it happens, as front ends show it."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from hubspot_agent.state import Context

#: What a turn begins with: a `ChatInput`, a `Command` that resumes a paused one, or `None` to finish an
#: interrupted one.
TurnInput = Mapping[str, Any] | Command[Any] | None


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of the message `message_id`, as the model writes it."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Doing:
    """What the assistant is doing, in a sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Added:
    """A message that a node added; a `final` one is the conversation's, others are the agent's own steps."""

    message: BaseMessage
    final: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """The values that the conversation, or the agent within it, now has."""

    values: Mapping[str, Any]


TurnEvent = Piece | Doing | Added | Reached


async def turn_events(
    graph: CompiledStateGraph[Any, Any, Any, Any], turn_input: TurnInput, config: RunnableConfig, context: Context
) -> AsyncIterator[TurnEvent]:
    """Run one turn, or go on with a paused or interrupted one, and yield what happens.

    Args:
        graph: The assistant, with a checkpointer.
        turn_input: What the turn begins with.
        config: Which conversation it is.
        context: What the run is told.
    """
    events = graph.astream(
        turn_input,
        config,
        context=context,
        stream_mode=["messages", "updates", "values", "custom"],
        subgraphs=True,
    )
    async for event in events:
        namespace, mode, data = cast("tuple[tuple[str, ...], str, Any]", event)
        if mode == "messages":
            piece = data[0]
            if isinstance(piece, AIMessageChunk) and piece.text:
                yield Piece(str(piece.id), piece.text)
        elif mode == "custom" and "progress" in data:
            yield Doing(data["progress"])
        elif mode == "values":
            yield Reached(data)
        elif mode == "updates":
            for message in _messages(data):
                yield Added(message, final=not namespace)


def _messages(update: Mapping[str, Any]) -> Iterator[BaseMessage]:
    """Yield the messages that nodes added; an interrupt's update has none."""
    for change in update.values():
        if isinstance(change, Mapping):
            yield from (message for message in change.get("messages", ()) if isinstance(message, BaseMessage))
