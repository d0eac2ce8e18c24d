"""One long conversation: how long a turn takes and how much it stores, from the first to the last."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from langgraph.checkpoint.sqlite import SqliteSaver

from benchmarks.subjects import SUBJECTS, port, question

#: The turn at which a long conversation is compared, and how many turns around it the median is taken of.
LATER_TURN = 60
AROUND = 20

#: How long the bare agent's conversation is at most: what it stores grows with the square of it, to gigabytes.
BARE_TURNS = 100


class Conversation:
    """A conversation with one of the subjects, kept in a SQLite file of its own.

    Attributes:
        ms: How long each turn took.
        kb: How much the checkpoints and writes grew by with each turn.
        file: Where it is kept.
    """

    def __init__(self, name: str, saver: SqliteSaver, file: Path, url: str, token: str) -> None:
        self.ms: list[float] = []
        self.kb: list[float] = []
        self.file = file
        self._saver = saver
        self._graph = SUBJECTS[name](port(url, token), saver)
        self._stored = 0

    def turn(self) -> None:
        """Make one turn."""
        began = time.perf_counter()
        self._graph.invoke(question(), {"configurable": {"thread_id": "1"}})
        self.ms.append((time.perf_counter() - began) * 1000)
        stored = stored_bytes(self._saver)
        self.kb.append((stored - self._stored) / 1024)
        self._stored = stored

    def results(self) -> dict[str, float]:
        """Return the figures."""
        tenth = max(1, len(self.ms) // 10)
        later = slice(LATER_TURN - AROUND // 2, LATER_TURN + AROUND // 2)
        figures = {
            "a turn, first tenth (ms)": median(self.ms[1 : tenth + 1]),
            f"a turn, at turn {LATER_TURN} (ms)": median(self.ms[later] or [float("nan")]),
            "a turn, last tenth (ms)": median(self.ms[-tenth:]),
            "stored a turn, first tenth (KB)": median(self.kb[1 : tenth + 1]),
            "stored a turn, last tenth (KB)": median(self.kb[-tenth:]),
            "SQLite file, growth a turn (KB)": _file_size(self.file) / 1024 / len(self.ms),
        }
        figures["last tenth : first tenth (time)"] = median(self.ms[-tenth:]) / median(self.ms[1 : tenth + 1])
        return figures


def stored_bytes(saver: SqliteSaver, thread: str = "1") -> int:
    """Return the size of what is stored of a conversation: its checkpoints, their metadata and their writes."""
    [(checkpoints,)] = saver.conn.execute(
        "SELECT COALESCE(SUM(LENGTH(checkpoint) + LENGTH(metadata)), 0) FROM checkpoints WHERE thread_id = ?", (thread,)
    )
    [(writes,)] = saver.conn.execute(
        "SELECT COALESCE(SUM(LENGTH(value)), 0) FROM writes WHERE thread_id = ?", (thread,)
    )
    return int(checkpoints + writes)


def measured(names: Sequence[str], turns: int, directory: Path, url: str, token: str) -> dict[str, dict[str, float]]:
    """Return the figures of each subject, whose turns alternate."""
    with ExitStack() as stack:
        conversations = {}
        for name in names:
            file = directory / f"{name}.sqlite"
            saver = stack.enter_context(SqliteSaver.from_conn_string(str(file)))
            conversations[name] = Conversation(name, saver, file, url, token)
        for number in range(turns):
            for name, conversation in conversations.items():
                if name != "create_agent" or number < BARE_TURNS:
                    conversation.turn()
    # The savers are closed, so that what stood in the write-ahead log stands in the file.
    return {name: conversation.results() for name, conversation in conversations.items()}


def _file_size(file: Path) -> int:
    return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))
