"""A process of its own for one of the subjects: start, first turn, many conversations at once, and what they leave.

`python -m benchmarks.process NAME URL TOKEN DIRECTORY` prints the figures as JSON.
"""

import time

BEGAN = time.perf_counter()

import asyncio  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
from pathlib import Path  # noqa: E402

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # noqa: E402

from benchmarks.subjects import SUBJECTS, Graph, port, question  # noqa: E402

IMPORTED = time.perf_counter()

CONVERSATIONS = 100
AT_ONCE = 50
TURNS_EACH = 4


async def figures(name: str, url: str, token: str, directory: Path) -> dict[str, float]:
    """Return the figures of this process."""
    async with AsyncSqliteSaver.from_conn_string(str(directory / f"{name}-many.sqlite")) as saver:
        began = time.perf_counter()
        graph = SUBJECTS[name](port(url, token), saver)
        built = time.perf_counter()
        await _turn(graph, "0")
        answered = time.perf_counter()
        one = _resident_mb()
        for number in range(1, CONVERSATIONS):
            await _turn(graph, str(number))
        hundred = _resident_mb()
        together = time.perf_counter()
        await asyncio.gather(*(_turns(graph, f"at once {number}") for number in range(AT_ONCE)))
        rate = AT_ONCE * TURNS_EACH / (time.perf_counter() - together)
        return {
            "import (s)": IMPORTED - BEGAN,
            "build the graph (ms)": (built - began) * 1000,
            "first turn (ms)": (answered - built) * 1000,
            "memory, 1 conversation (MB)": one,
            f"memory, {CONVERSATIONS} conversations (MB)": hundred,
            f"turns a second, {AT_ONCE} at once": rate,
            f"memory after {AT_ONCE} at once (MB)": _resident_mb(),
            "threads": threading.active_count(),
            "open files": _open_files(),
        }


async def _turn(graph: Graph, thread: str) -> None:
    await graph.ainvoke(question(), {"configurable": {"thread_id": thread}})


async def _turns(graph: Graph, thread: str) -> None:
    for _ in range(TURNS_EACH):
        await _turn(graph, thread)


def _resident_mb() -> float:
    """Return the memory of this process, where the system tells it as Linux does."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


def _open_files() -> float:
    try:
        return len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return float("nan")


if __name__ == "__main__":
    print(json.dumps(asyncio.run(figures(*sys.argv[1:4], Path(sys.argv[4])))))
