"""Drops, after a turn, what only a look back at its steps would need, where the application wants that."""

import logging
from collections.abc import Mapping
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

logger = logging.getLogger("hubspot_agent.memory")

Graph = CompiledStateGraph[Any, Any, Any, Any]


def prune(graph: Graph, config: Mapping[str, Any] | None) -> None:
    """Keep the newest checkpoint of a conversation whose turn has ended, where its checkpointer can prune."""
    saver, thread = _place(graph, config)
    if saver is None:
        return
    try:
        if not graph.get_state({"configurable": {"thread_id": thread}}).next:
            saver.prune([thread], strategy="keep_latest")
    except Exception as error:
        _note(error)


async def aprune(graph: Graph, config: Mapping[str, Any] | None) -> None:
    """Keep the newest checkpoint of a conversation whose turn has ended, where its checkpointer can prune."""
    saver, thread = _place(graph, config)
    if saver is None:
        return
    try:
        if not (await graph.aget_state({"configurable": {"thread_id": thread}})).next:
            await saver.aprune([thread], strategy="keep_latest")
    except Exception as error:
        _note(error)


def _place(graph: Graph, config: Mapping[str, Any] | None) -> tuple[BaseCheckpointSaver[Any] | None, str]:
    """Return the checkpointer and the conversation; no checkpointer where this is part of a larger graph's turn."""
    configurable = (config or {}).get("configurable", {})
    saver = graph.checkpointer if isinstance(graph.checkpointer, BaseCheckpointSaver) else None
    whole = "thread_id" in configurable and not configurable.get("checkpoint_ns")
    return (saver if whole else None), str(configurable.get("thread_id"))


def _note(error: Exception) -> None:
    """Log why a conversation was not pruned, which is well without it; never with the error's words."""
    if not isinstance(error, NotImplementedError):
        logger.warning("A conversation could not be pruned: %s", type(error).__name__)
