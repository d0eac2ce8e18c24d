"""The compiled graph as `build_graph` returns it: it stores no more of a conversation than it needs."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, suppress
from typing import Any, Self, cast

from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import get_runtime

from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.memory.pruning import aprune, prune
from hubspot_agent.memory.stand_in import takes_counting, with_stand_ins
from hubspot_agent.state import ChatInput, ChatState, Context


class Assistant(CompiledStateGraph[ChatState, Any, ChatInput, ChatState]):
    """A compiled graph that stores no more than it needs.

    LangGraph stores the input before any node runs. In the place of a message that is too long stands its beginning,
    which the node `agent` refuses.

    Args:
        prunes: Whether only the newest checkpoint is kept when a turn has ended.
        options: As for `CompiledStateGraph`.
    """

    def __init__(self, *, prunes: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.prunes = prunes

    @classmethod
    def of(cls, graph: CompiledStateGraph[Any, Any, Any, Any], *, prunes: bool) -> Self:
        """Make `graph` one of these; `StateGraph.compile` cannot be told to."""
        graph.__class__ = cls
        assistant = cast("Self", graph)
        assistant.prunes = prunes
        return assistant

    def stream(self, input: Any, config: Any = None, **options: Any) -> Iterator[Any]:
        """Run a turn and yield what happens; `invoke` does so as well."""
        yield from super().stream(with_stand_ins(input, _max_input_tokens(options)), config, **options)
        if self.prunes:
            prune(self, config)

    async def astream(self, input: Any, config: Any = None, **options: Any) -> AsyncIterator[Any]:
        """Run a turn and yield what happens; `ainvoke` does so as well."""
        turn, limit = input, _max_input_tokens(options)
        if takes_counting(turn, limit):
            turn = await in_thread(with_stand_ins, turn, limit)
        parts = cast("AsyncGenerator[Any]", super().astream(turn, config, **options))
        async with aclosing(parts):
            async for part in parts:
                yield part
        if self.prunes:
            await aprune(self, config)


def _max_input_tokens(options: Mapping[str, Any]) -> int:
    """Return how long a message may be, as the run's context says, which a larger graph may have given."""
    context = options.get("context")
    if context is None:
        with suppress(RuntimeError, KeyError):
            context = get_runtime().context
    default = Context.max_input_tokens
    limit = (
        context.get("max_input_tokens") if isinstance(context, Mapping) else getattr(context, "max_input_tokens", None)
    )
    return limit if isinstance(limit, int) else default
