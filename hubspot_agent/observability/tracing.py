"""Tracing by LangSmith: the shape, times and tokens of every step, and not a word of what was said.

LangSmith's own variables turn tracing on. LangChain then hands the inputs and outputs of every step to the tracers
of the run, whoever brought them: the environment, the application, a graph around this one. `MaskedGraph` puts a
masked copy of each in its place, for its own runs; those of the application around it stay as they are.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing, closing, contextmanager
from typing import Any, TypeVar, cast

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager, CallbackManager, Callbacks
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.tracers.langchain import LangChainTracer
from langgraph.graph.state import CompiledStateGraph

from hubspot_agent.observability.masking import masked, masked_run

Graph = CompiledStateGraph[Any, Any, Any, Any]
AnyGraph = TypeVar("AnyGraph", bound=Graph)


def with_masked_tracing(graph: AnyGraph) -> AnyGraph:
    """Return `graph` as one whose runs reach LangSmith masked."""
    # As LangGraph copies a graph.
    attributes = {name: value for name, value in vars(graph).items() if name != "__orig_class__"}
    return cast(AnyGraph, MaskedGraph(**attributes))


class MaskedGraph(Graph):
    """A graph whose runs reach LangSmith masked, by whatever tracer; what it yields and returns is not masked."""

    def __init__(self, **attributes: Any) -> None:
        if config := attributes.get("config"):
            attributes["config"] = {**config, "callbacks": _Tracers().masked(config.get("callbacks"))}
        super().__init__(**attributes)

    def stream(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> Iterator[Any]:
        """Stream a run, as any graph."""
        tracers = _Tracers()
        steps = super().stream(input, tracers.config(self, config), **options)
        end = object()
        with closing(cast(Any, steps)):
            while True:
                with tracers.ambient():
                    step = next(steps, end)
                if step is end:
                    return
                yield step

    async def astream(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> AsyncIterator[Any]:
        """Stream a run, as any graph."""
        tracers = _Tracers()
        steps = super().astream(input, tracers.config(self, config), **options)
        end = object()
        async with aclosing(cast(Any, steps)):
            while True:
                with tracers.ambient():
                    step = await anext(steps, end)
                if step is end:
                    return
                yield step


class MaskedClient:
    """What a tracer sends runs with: a LangSmith client that is told of them masked, and asked nothing else."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create_run(self, name: str, inputs: Any, run_type: str, **fields: Any) -> None:
        """Send a run that begins."""
        self._client.create_run(name, masked(inputs), run_type, **masked_run(fields))

    def update_run(self, run_id: Any, **fields: Any) -> None:
        """Send what became of a run."""
        self._client.update_run(run_id, **masked_run(fields))

    def flush(self) -> None:
        """Wait until all is sent."""
        self._client.flush()

    def __getattr__(self, name: str) -> Any:
        """Return what the client is set to; another method of its might send what is not masked."""
        value = getattr(self._client, name)
        if callable(value):
            raise AttributeError(f"A masked client has no method {name!r}.")
        return value


class _Tracers:
    """The tracers of one call, of each one masked copy."""

    def __init__(self) -> None:
        self._copies: dict[int, tuple[LangChainTracer, LangChainTracer]] = {}
        # LangGraph adds the callbacks of the run around this one to those it is given.
        self._around = var_child_runnable_config.get()

    def config(self, graph: Graph, given: RunnableConfig | None) -> RunnableConfig | None:
        """Return `given` with masked tracers, those that the environment or LangSmith's context asks for included."""
        all_given = [each.get("callbacks") for each in (self._around, graph.config, given) if each]
        callbacks = self.masked((given or {}).get("callbacks"))
        if not any(map(_tracers_in, all_given)):
            asked_for = self.masked(_tracers_in(CallbackManager.configure()))
            if not asked_for:
                return given
            callbacks = _added(callbacks, cast(list[BaseCallbackHandler], asked_for))
        # The name of a run may hold anything that the application gave it.
        kept = {name: value for name, value in (given or {}).items() if name != "run_name"}
        return cast(RunnableConfig, {**kept, "callbacks": callbacks})

    @contextmanager
    def ambient(self) -> Iterator[None]:
        """Have the run around this one known by its masked tracers."""
        if not self._around:
            yield
            return
        callbacks = self.masked(self._around.get("callbacks"))
        token = var_child_runnable_config.set({**self._around, "callbacks": callbacks})
        try:
            yield
        finally:
            var_child_runnable_config.reset(token)

    def masked(self, callbacks: Callbacks) -> Callbacks:
        """Return `callbacks` with masked tracers."""
        if isinstance(callbacks, BaseCallbackManager):
            manager = callbacks.copy()
            manager.handlers = self._each(callbacks.handlers)
            manager.inheritable_handlers = self._each(callbacks.inheritable_handlers)
            return manager
        return callbacks and self._each(callbacks)

    def _each(self, handlers: Iterable[BaseCallbackHandler]) -> list[BaseCallbackHandler]:
        return [self._copy(each) if isinstance(each, LangChainTracer) else each for each in handlers]

    def _copy(self, tracer: LangChainTracer) -> LangChainTracer:
        if isinstance(tracer.client, MaskedClient):
            return tracer
        if id(tracer) not in self._copies:
            copy = tracer.copy_with_metadata_defaults()
            copy.client = cast(Any, MaskedClient(tracer.client))
            self._copies[id(tracer)] = tracer, copy
        return self._copies[id(tracer)][1]


def _tracers_in(callbacks: Callbacks) -> list[BaseCallbackHandler]:
    handlers = callbacks.handlers if isinstance(callbacks, BaseCallbackManager) else callbacks or []
    return [each for each in handlers if isinstance(each, LangChainTracer)]


def _added(callbacks: Callbacks, handlers: list[BaseCallbackHandler]) -> Callbacks:
    if isinstance(callbacks, BaseCallbackManager):
        for handler in handlers:
            callbacks.add_handler(handler)
        return callbacks
    return [*(callbacks or []), *handlers]
