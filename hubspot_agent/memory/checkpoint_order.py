"""Keeps the checkpoints of a conversation in their order, whatever this machine's clock shows.

LangGraph takes the checkpoint with the greatest id for the newest, and ids begin with the time of day. With a clock
that was put back since, all that a process stores would come before what is there, and be lost to the next turn.
"""

from collections.abc import Iterator
from threading import Lock
from typing import Any
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.checkpoint.base import id as ids
from langgraph.config import get_config

#: Where LangGraph keeps the checkpointer of the run under way.
CHECKPOINTER = "__pregel_checkpointer"

#: Where LangGraph says whether the run under way goes on with a turn that an earlier one began.
_RESUMING = "__pregel_resuming"

_lock = Lock()


def keep_order(*, routed: bool = False) -> None:
    """Have what the running step stores come after all that other processes have stored of the conversation.

    To be called in a node. Each run takes a look, for another process may have led the conversation meanwhile.

    Args:
        routed: Whether the turn was routed to this node: a run that routed it itself has taken its look.
    """
    for saver, place in _places(routed):
        if stored := saver.get_tuple(place):
            _stay_after(stored)


async def akeep_order(*, routed: bool = False) -> None:
    """Do as `keep_order`.

    A checkpointer for asynchronous code cannot be asked from a thread: it needs threads itself, and a server whose
    threads all wait for it stands still.
    """
    for saver, place in _places(routed):
        if stored := await saver.aget_tuple(place):
            _stay_after(stored)


def _places(routed: bool) -> Iterator[tuple[BaseCheckpointSaver[Any], RunnableConfig]]:
    """Yield where the newest checkpoints are: of the conversation, and of the agent within it where one was begun."""
    configurable = get_config().get("configurable", {})
    saver: BaseCheckpointSaver[Any] | None = configurable.get(CHECKPOINTER)
    if saver is None or (routed and not configurable.get(_RESUMING, True)):
        return
    for namespace in ("", configurable.get("checkpoint_ns", "")) if routed else ("",):
        place = {"thread_id": str(configurable.get("thread_id", "")), "checkpoint_ns": namespace}
        yield saver, {"configurable": place}


def _stay_after(stored: CheckpointTuple) -> None:
    newest = UUID(stored.checkpoint["id"])
    if newest.version == 6:
        moment = ids.UUID(newest.hex).time
        with _lock:
            ids._last_v6_timestamp = max(ids._last_v6_timestamp or 0, moment)  # type: ignore[assignment]
