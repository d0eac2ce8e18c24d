"""How async code waits for HubSpot: in threads of their own, never on the event loop.

HubSpot's official client is synchronous. Its waits would fill asyncio's default pool, which has few
threads on a small machine and which everything else shares.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import ParamSpec, TypeVar

#: How many conversations may wait for HubSpot at the same time; more wait their turn.
MAX_THREADS = 64

P = ParamSpec("P")
T = TypeVar("T")


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="hubspot-agent")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in a thread, in the caller's context, and return what it returns.

    Cancelling stops the waiting for it, not a call that is already under way.
    """
    return await in_pool(_pool(), function, *args, **kwargs)


def start_in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Run `function` in a thread, in the caller's context, beside what the caller does; return what comes of it."""
    return _pool().submit(partial(copy_context().run, function, *args, **kwargs))


async def in_pool(pool: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `in_thread`, in a thread of `pool`."""
    call = partial(copy_context().run, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(pool, call)
