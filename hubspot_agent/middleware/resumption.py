"""How a decision gets to the write it was made about, and to no other, also when another process takes over.

The agent is a graph within a graph. LangGraph keeps the pause, and an answer that does not name it, with the step of
the graph around the agent, and keeps both until that step has ended: after a crash a write that was decided would
still be shown as waiting, and its answer be handed to the next pause of the turn, which nobody has seen. So the pause
goes as soon as it is decided, and the answer before another write is planned.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.types import INTERRUPT, RESUME
from langgraph.config import get_config
from langgraph.types import Interrupt

from hubspot_agent.memory.checkpoint_order import CHECKPOINTER

#: The task under whose id LangGraph keeps an answer until one of the run's tasks takes it.
_NO_TASK = "00000000-0000-0000-0000-000000000000"


def late_decision() -> Any | None:
    """Return the answer to a pause that the run under way was given and no pause has taken; `None` without one."""
    scratchpad = _configurable().get("__pregel_scratchpad")
    return scratchpad.get_null_resume(False) if scratchpad else None


def named_decision(pauses: Iterable[str]) -> Any | None:
    """Return the answer that the run under way was given to one of these pauses by its id; `None` without one."""
    named: Mapping[str, Any] = _configurable().get("__pregel_resume_map") or {}
    return next((named[each] for each in pauses if each in named), None)


def pause_id(answered: int) -> str:
    """Return the id of a pause of the running task.

    Args:
        answered: How many pauses of the task have been answered before.
    """
    namespace = _configurable().get("checkpoint_ns", "")
    return Interrupt.from_ns(None, f"{namespace}|{answered}" if answered else namespace).id


def drop_late_decision() -> None:
    """Take the answer that no pause has taken away from those to come."""
    if scratchpad := _configurable().get("__pregel_scratchpad"):
        scratchpad.get_null_resume(True)


def run_id() -> str | None:
    """Return the id that a server gave the run under way, and gives it when it has to begin it again."""
    return cast("str | None", _configurable().get("run_id"))


def forget_answer() -> None:
    """Forget the answer to an earlier pause of the turn, which LangGraph keeps."""
    for entry in _answer():
        _saver().put_writes(entry.place, [entry.write], entry.task)


async def aforget_answer() -> None:
    """Forget the answer to an earlier pause of the turn, which LangGraph keeps."""
    for entry in _answer():
        await _saver().aput_writes(entry.place, [entry.write], entry.task)


def end_pause() -> None:
    """Have the graphs around the running task no longer say that it waits."""
    for entry in _pauses():
        _saver().put_writes(entry.place, [entry.write], entry.task)


async def aend_pause() -> None:
    """Have the graphs around the running task no longer say that it waits."""
    for entry in _pauses():
        await _saver().aput_writes(entry.place, [entry.write], entry.task)


class _Entry(NamedTuple):
    """What is written over in what LangGraph keeps of a step: where, what, and of which of its tasks."""

    place: RunnableConfig
    write: tuple[str, Any]
    task: str


def _answer() -> Iterator[_Entry]:
    for place, _ in _steps_around():
        yield _Entry(place, (RESUME, None), _NO_TASK)
        break  # Only the outermost graph is given answers.


def _pauses() -> Iterator[_Entry]:
    for place, task in _steps_around():
        yield _Entry(place, (INTERRUPT, ()), task)


def _steps_around() -> Iterator[tuple[RunnableConfig, str]]:
    """Yield the steps of the graphs around the running task, outermost first, and which of their tasks it is part of.

    None where the agent itself is the outermost graph: LangGraph then stores a decision with the step it ends.
    """
    configurable = _configurable()
    checkpoints: Mapping[str, str] = configurable.get("checkpoint_map", {})
    names = configurable.get("checkpoint_ns", "").split("|")
    for depth, name in enumerate(names[:-1]):
        namespace = "|".join(names[:depth])
        if namespace in checkpoints:
            place = {"checkpoint_ns": namespace, "checkpoint_id": checkpoints[namespace]}
            yield {"configurable": {"thread_id": configurable["thread_id"], **place}}, name.rpartition(":")[2]


def _saver() -> BaseCheckpointSaver[Any]:
    return cast("BaseCheckpointSaver[Any]", _configurable()[CHECKPOINTER])


def _configurable() -> Mapping[str, Any]:
    return get_config().get("configurable", {})
