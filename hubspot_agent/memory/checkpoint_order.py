"""Keeps the checkpoints of a conversation in their order, whatever this machine's clock shows.

LangGraph takes the checkpoint with the greatest id for the newest, and ids begin with the time of day. With a clock
that was put back since, all that a process stores would come before what is there, and be lost to the next turn.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Any
from uuid import UUID

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.checkpoint.base import id as ids
from langgraph.config import get_config

#: How many conversations a process remembers to have come to; of others it reads the newest checkpoint once more.
MAX_CONVERSATIONS = 1000

_come_to: dict[tuple[int, str], None] = {}
_lock = Lock()


def keep_order() -> None:
    """Have what the running step stores come after all that other processes have stored of the conversation.

    To be called in a node, off the event loop. Only the first turn that a process runs in a conversation takes a look.
    """
    configurable: Mapping[str, Any] = get_config().get("configurable", {})
    saver: BaseCheckpointSaver[Any] | None = configurable.get("__pregel_checkpointer")
    thread = str(configurable.get("thread_id", ""))
    if not saver or not _is_new(id(saver), thread):
        return
    for namespace in ("", configurable.get("checkpoint_ns", "")):  # The conversation, and the agent within it.
        stored = saver.get_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": namespace}})
        if stored:
            _stay_after(stored)


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
