"""The primary store: contacts in SQLite, in memory or in a file.

A write is committed before it is answered, and a file is synchronised at every commit, so that not even
`kill -9` loses an acknowledged write. One process at a time may open a file.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from hubspot_agent.sandbox.records import Record

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    properties TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    archived_at TEXT
);
CREATE TABLE IF NOT EXISTS identifiers (
    property TEXT NOT NULL,
    value TEXT NOT NULL,
    contact_id INTEGER NOT NULL,
    PRIMARY KEY (property, value)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS identifiers_of_contact ON identifiers (contact_id);
CREATE TABLE IF NOT EXISTS merges (old_id INTEGER PRIMARY KEY, new_id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS properties (name TEXT PRIMARY KEY, definition TEXT NOT NULL);
"""


class Store:
    """Contacts and what identifies them. Safe to call from several threads."""

    def __init__(self, path: str | Path | None = None, *, first_id: int = 101):
        """Open or create the store.

        Args:
            path: The SQLite file, or None for memory only.
            first_id: The id of the first contact.

        Raises:
            RuntimeError: If the file is in use by another sandbox, or is no database.
        """
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            ":memory:" if path is None else path, check_same_thread=False, isolation_level=None, timeout=0.2
        )
        try:
            self._db.executescript("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise RuntimeError(
                f"{path} cannot be used ({error}). Stop the other sandbox on it, or choose another file."
            ) from error
        self._first_id = first_id

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block writes at its end, or nothing of it if it raises."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._db.in_transaction

    def next_id(self) -> int:
        """Return the id the next inserted contact will have."""
        row = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'contacts'")
        return max(self._first_id, (row[0] if row else 0) + 1)

    def insert(self, record: Record) -> None:
        """Store a new contact under its id."""
        self._run(
            "INSERT INTO contacts VALUES (?, ?, ?, ?, ?)",
            record.id,
            _dump(record.properties),
            record.created_at,
            record.updated_at,
            record.archived_at,
        )

    def replace(self, record: Record) -> None:
        """Store the new state of a contact."""
        self._run(
            "UPDATE contacts SET properties = ?, updated_at = ?, archived_at = ? WHERE id = ?",
            _dump(record.properties),
            record.updated_at,
            record.archived_at,
            record.id,
        )

    def delete(self, contact_id: int) -> None:
        """Remove a contact for good."""
        self._run("DELETE FROM contacts WHERE id = ?", contact_id)

    def get(self, contact_id: int, *, follow_merges: bool = True) -> Record | None:
        """Return a contact, archived or not; None if there is none.

        Args:
            contact_id: Its id.
            follow_merges: Whether the id of a contact merged away leads to the one it became.
        """
        if follow_merges:
            merged = self._one("SELECT new_id FROM merges WHERE old_id = ?", contact_id)
            contact_id = merged[0] if merged else contact_id
        row = self._one("SELECT * FROM contacts WHERE id = ?", contact_id)
        return _record(row) if row else None

    def page(self, *, start: int = 0, limit: int = -1, archived: bool = False) -> list[Record]:
        """Return contacts from id `start` on, oldest first, at most `limit` (-1: all)."""
        rows = self._all(
            "SELECT * FROM contacts WHERE id >= ? AND (archived_at IS NOT NULL) = ? ORDER BY id LIMIT ?",
            start,
            archived,
            limit,
        )
        return [_record(row) for row in rows]

    @property
    def seeded(self) -> bool:
        """Whether the first contacts have been stored."""
        return bool(self._one("PRAGMA user_version")[0])

    def mark_seeded(self) -> None:
        """Remember that the first contacts have been stored."""
        self._run("PRAGMA user_version = 1")

    def holder(self, property_name: str, value: str) -> int | None:
        """Return the id of the contact that a unique value belongs to."""
        row = self._one("SELECT contact_id FROM identifiers WHERE property = ? AND value = ?", property_name, value)
        return row[0] if row else None

    def identify(self, contact_id: int, identifiers: Iterable[tuple[str, str]]) -> None:
        """Make these (property, value) pairs, and no others, identify a contact."""
        with self._lock:
            self._db.execute("DELETE FROM identifiers WHERE contact_id = ?", (contact_id,))
            self._db.executemany(
                "INSERT INTO identifiers VALUES (?, ?, ?)",
                [(name, value, contact_id) for name, value in identifiers],
            )

    def forward(self, old_ids: Iterable[int], new_id: int) -> None:
        """Let old ids, and those already leading to them, lead to `new_id`."""
        for old_id in old_ids:
            self._run("UPDATE merges SET new_id = ? WHERE new_id = ?", new_id, old_id)
            self._run("INSERT OR REPLACE INTO merges VALUES (?, ?)", old_id, new_id)

    def custom_properties(self) -> list[dict[str, Any]]:
        """Return the declared custom properties."""
        return [json.loads(row[0]) for row in self._all("SELECT definition FROM properties ORDER BY rowid")]

    def save_property(self, name: str, definition: Mapping[str, Any]) -> None:
        """Store the declaration of a custom property."""
        self._run("INSERT OR REPLACE INTO properties VALUES (?, ?)", name, json.dumps(definition))

    def _run(self, sql: str, *values: object) -> None:
        with self._lock:
            self._db.execute(sql, values)

    def _one(self, sql: str, *values: object) -> Any:
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def _all(self, sql: str, *values: object) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _dump(properties: Mapping[str, str]) -> str:
    return json.dumps(properties, sort_keys=True)


def _record(row: Any) -> Record:
    contact_id, properties, created_at, updated_at, archived_at = row
    return Record(contact_id, json.loads(properties), created_at, updated_at, archived_at)
