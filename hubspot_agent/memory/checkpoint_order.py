"""Keeps the checkpoints of a conversation in their order, whatever this machine's clock shows.

LangGraph takes the checkpoint with the greatest id for the newest, and ids begin with the time of day. With a clock
that was put back since, all that a process stores would come before what is there, and be lost to the next turn.
"""

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.checkpoint.base import id as ids
from langgraph.config import get_config

#: Where LangGraph keeps the checkpointer of the run under way.
CHECKPOINTER = "__pregel_checkpointer"

#: How many conversations a process remembers to have come to; of others it reads the newest checkpoint once more.
MAX_CONVERSATIONS = 1000

_come_to: dict[tuple[int, str], None] = {}
_lock = Lock()


def keep_order() -> None:
    """Have what the running step stores come after all that other processes have stored of the conversation.

    To be called in a node. Only the first turn that a process runs in a conversation takes a look.
    """
    if not (saver := _saver_of_new()):
        return
    for place in _places():
        if stored := saver.get_tuple(place):
            _stay_after(stored)


async def akeep_order() -> None:
    """Do as `keep_order`.

    A checkpointer for asynchronous code cannot be asked from a thread: it needs threads itself, and a server whose
    threads all wait for it stands still.
    """
    if not (saver := _saver_of_new()):
        return
    for place in _places():
        if stored := await saver.aget_tuple(place):
            _stay_after(stored)


def _saver_of_new() -> BaseCheckpointSaver[Any] | None:
    """Return the checkpointer when this process comes to the conversation for the first time."""
    configurable = _configurable()
    saver: BaseCheckpointSaver[Any] | None = configurable.get(CHECKPOINTER)
    return saver if saver and _is_new(id(saver), str(configurable.get("thread_id", ""))) else None


def _places() -> Iterator[RunnableConfig]:
    """Yield where the newest checkpoints are: of the conversation, and of the agent within it."""
    configurable = _configurable()
    for namespace in ("", configurable.get("checkpoint_ns", "")):
        yield {"configurable": {"thread_id": str(configurable.get("thread_id", "")), "checkpoint_ns": namespace}}


def _configurable() -> Mapping[str, Any]:
    return get_config().get("configurable", {})


def _is_new(saver: int, thread: str) -> bool:
    with _lock:
        is_new = (saver, thread) not in _come_to
        _come_to[saver, thread] = None
        if len(_come_to) > MAX_CONVERSATIONS:
            del _come_to[next(iter(_come_to))]
        return is_new


def _stay_after(stored: CheckpointTuple) -> None:
    newest = UUID(stored.checkpoint["id"])
    if newest.version == 6:
        moment = ids.UUID(newest.hex).time
        with _lock:
            ids._last_v6_timestamp = max(ids._last_v6_timestamp or 0, moment)  # type: ignore[assignment]
