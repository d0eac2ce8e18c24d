"""What happens in a turn while it happens, as events that front ends show."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, RemoveMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from hubspot_agent.state import Context

#: What a turn begins with: a `ChatInput`, a `Command` that resumes a paused one, or `None` to finish an
#: interrupted one.
TurnInput = Mapping[str, Any] | Command[Any] | None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of text of the message `message_id`, as the model writes it."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ProgressUpdate:
    """What the assistant is doing, in a sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message that a node added; a `final` one is the conversation's, others are the agent's own steps."""

    message: BaseMessage
    final: bool


@dataclass(frozen=True, slots=True)
class StateUpdated:
    """The values that the state of the conversation, or of the agent within it, now has."""

    values: Mapping[str, Any]


TurnEvent = TextDelta | ProgressUpdate | MessageAdded | StateUpdated


async def turn_events(
    graph: CompiledStateGraph[Any, Any, Any, Any], turn_input: TurnInput, config: RunnableConfig, context: Context
) -> AsyncIterator[TurnEvent]:
    """Run one turn, or go on with a paused or interrupted one, and yield what happens.

    Args:
        graph: The assistant, with a checkpointer.
        turn_input: What the turn begins with.
        config: The conversation's thread.
        context: The run's context.
    """
    chunks = graph.astream(
        turn_input,
        config,
        context=context,
        stream_mode=["messages", "updates", "values", "custom"],
        subgraphs=True,
    )
    async for chunk in chunks:
        namespace, mode, data = cast("tuple[tuple[str, ...], str, Any]", chunk)
        if mode == "messages":
            message = data[0]
            if isinstance(message, AIMessageChunk) and message.text:
                yield TextDelta(str(message.id), message.text)
        elif mode == "custom" and "progress" in data:
            yield ProgressUpdate(data["progress"])
        elif mode == "values":
            yield StateUpdated(data)
        elif mode == "updates":
            for added in _messages(data):
                yield MessageAdded(added, final=not namespace)


async def end_turn(
    graph: CompiledStateGraph[Any, Any, Any, Any], config: RunnableConfig, sentence: str, message_id: str | None = None
) -> None:
    """End a turn that did not come to its end, so that it is not gone on with when the conversation is next opened.

    Args:
        graph: The assistant, with a checkpointer.
        config: The conversation's thread.
        sentence: What the conversation keeps as the turn's answer.
        message_id: The id of that message.
    """
    ending = {"messages": [AIMessage(sentence, id=message_id)], "action": None}
    await graph.aupdate_state(config, ending, as_node="agent")


def _messages(update: Mapping[str, Any]) -> Iterator[BaseMessage]:
    """Yield the messages that nodes added, and not those taken out; an interrupt's update has none."""
    for change in update.values():
        for message in change.get("messages", ()) if isinstance(change, Mapping) else ():
            if isinstance(message, BaseMessage) and not isinstance(message, RemoveMessage):
                yield message
