"""What is stored of the agent's own steps within a turn: nothing, until a crash would cost more than asking again."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)


class _Put(NamedTuple):
    config: RunnableConfig
    checkpoint: Checkpoint
    metadata: CheckpointMetadata
    new_versions: ChannelVersions


class _PutWrites(NamedTuple):
    config: RunnableConfig
    writes: Sequence[tuple[str, Any]]
    task_id: str
    task_path: str


class AgentSteps(BaseCheckpointSaver[Any]):
    """A checkpointer for one run of the agent within a turn, which stores its steps from when they are needed on.

    Most turns search and answer: killed in the middle, they are asked again and nothing is lost. Their steps are not
    stored; they would be most of what a conversation takes. From the step on that fills the channel `needed`, and
    where the run pauses or fails, all is passed on to the application's own checkpointer, as by LangGraph itself.

    Args:
        saver: The application's own checkpointer.
        namespace: Where the agent's checkpoints stand. Those of graphs within its tools are passed on.
        needed: The channel that tells, by not being empty, that the steps are needed.
    """

    def __init__(self, saver: BaseCheckpointSaver[Any], namespace: str, needed: str) -> None:
        super().__init__(serde=saver.serde)
        self._saver = saver
        self._namespace = namespace
        self._needed = needed
        self._lock = Lock()
        self._held: _Put | None = None
        self._held_writes: list[_PutWrites] = []
        self._first_stored: str | None = None  # Ids of checkpoints grow with time; "" where an earlier run stored some.

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return what is stored; once there is something, all that follows is stored as well."""
        return self._found(config, self._saver.get_tuple(config))

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return what is stored; once there is something, all that follows is stored as well."""
        return self._found(config, await self._saver.aget_tuple(config))

    def list(self, config: RunnableConfig | None, **options: Any) -> Iterator[CheckpointTuple]:
        """Return what is stored."""
        return self._saver.list(config, **options)

    def alist(self, config: RunnableConfig | None, **options: Any) -> AsyncIterator[CheckpointTuple]:
        """Return what is stored."""
        return self._saver.alist(config, **options)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint, or hold it until it is needed or replaced."""
        put = self._to_store(_Put(config, checkpoint, metadata, new_versions))
        return self._saver.put(*put) if put else _config_of(config, checkpoint)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint, or hold it until it is needed or replaced."""
        put = self._to_store(_Put(config, checkpoint, metadata, new_versions))
        return await self._saver.aput(*put) if put else _config_of(config, checkpoint)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a step wrote, or hold it with its checkpoint; what a step pauses or fails with needs them."""
        for each in self._writes_to_store(_PutWrites(config, writes, task_id, task_path)):
            if isinstance(each, _Put):
                self._saver.put(*each)
            else:
                self._saver.put_writes(*each)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a step wrote, or hold it with its checkpoint; what a step pauses or fails with needs them."""
        for each in self._writes_to_store(_PutWrites(config, writes, task_id, task_path)):
            if isinstance(each, _Put):
                await self._saver.aput(*each)
            else:
                await self._saver.aput_writes(*each)

    def get_next_version(self, current: Any, channel: None) -> Any:
        """Return the version that follows, as the application's own checkpointer counts them."""
        return self._saver.get_next_version(current, channel)

    def with_allowlist(self, extra_allowlist: Any) -> "AgentSteps":
        """Return the same for a checkpointer that may read these types as well."""
        return AgentSteps(self._saver.with_allowlist(extra_allowlist), self._namespace, self._needed)

    def _is_agents(self, config: RunnableConfig) -> bool:
        return bool(config["configurable"].get("checkpoint_ns", "") == self._namespace)

    def _found(self, config: RunnableConfig, stored: CheckpointTuple | None) -> CheckpointTuple | None:
        if stored is not None and self._is_agents(config):
            self._first_stored = ""
        return stored

    def _to_store(self, put: _Put) -> _Put | None:
        """Return what to store of a new checkpoint, `None` when it is held."""
        if self._first_stored is not None or not self._is_agents(put.config):
            return put
        with self._lock:
            self._held, self._held_writes = put, []
            return self._let_go() if put.checkpoint["channel_values"].get(self._needed) else None

    def _writes_to_store(self, put: _PutWrites) -> Sequence[_Put | _PutWrites]:
        if not self._is_agents(put.config):
            return [put]
        with self._lock:
            of = str(put.config["configurable"]["checkpoint_id"])
            if self._first_stored is not None:
                return [put] if of >= self._first_stored else []  # Those of a step before are stored with its result.
            if self._held is None or of != self._held.checkpoint["id"]:
                return []
            self._held_writes.append(put)
            if not any(channel in WRITES_IDX_MAP for channel, _ in put.writes):
                return []
            writes = self._held_writes
            return [self._let_go(), *writes]

    def _let_go(self) -> _Put:
        """Return the held checkpoint as the first one that is stored: without a parent, and new in all its channels."""
        held = self._held
        assert held is not None
        self._held, self._held_writes = None, []
        self._first_stored = held.checkpoint["id"]
        configurable = {name: value for name, value in held.config["configurable"].items() if name != "checkpoint_id"}
        config: RunnableConfig = {**held.config, "configurable": configurable}
        return _Put(config, held.checkpoint, held.metadata, held.checkpoint["channel_versions"])


def _config_of(config: RunnableConfig, checkpoint: Checkpoint) -> RunnableConfig:
    configurable: Mapping[str, Any] = config["configurable"]
    return {
        "configurable": {
            "thread_id": configurable["thread_id"],
            "checkpoint_ns": configurable.get("checkpoint_ns", ""),
            "checkpoint_id": checkpoint["id"],
        }
    }
