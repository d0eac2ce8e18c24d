"""SQLite, in memory or in a file, as the store uses it. Safe to call from several threads.

A write is committed before it is answered, and a file is synchronised at every commit, so that not even
`kill -9` loses an acknowledged write. One process at a time may open a file.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class SandboxDatabase:
    """One connection, shared by all threads.

    Args:
        path: The SQLite file, or None for memory only.
        schema: Statements that make the tables where they are missing.

    Raises:
        RuntimeError: If the file is in use by another sandbox, or is no database.
    """

    def __init__(self, path: str | Path | None, schema: str):
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, check_same_thread=False, isolation_level=None, timeout=0.2
        )
        try:
            self._connection.executescript("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(schema)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise RuntimeError(
                f"{path} cannot be used ({error}). Stop the other sandbox on it, or choose another file."
            ) from error

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block writes at its end, or nothing of it if it raises."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def run(self, sql: str, *values: object) -> None:
        """Execute a statement."""
        with self._lock:
            self._connection.execute(sql, values)

    def run_many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Execute a statement for each row."""
        with self._lock:
            self._connection.executemany(sql, rows)

    def one(self, sql: str, *values: object) -> Any:
        """Return the first row of a query, or None."""
        with self._lock:
            return self._connection.execute(sql, values).fetchone()

    def all(self, sql: str, *values: object) -> list[Any]:
        """Return all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()
