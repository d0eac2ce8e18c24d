"""The primary store: contacts, companies, notes and what links them, in SQLite."""

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Literal

from hubspot_agent.sandbox.database import SandboxDatabase
from hubspot_agent.sandbox.records import Record

#: What a contact can be linked to.
Linked = Literal["companies", "notes"]

_RECORDS: Final = """
CREATE TABLE IF NOT EXISTS {table} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    properties TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    archived_at TEXT
);
"""
_SCHEMA: Final = "".join(_RECORDS.format(table=table) for table in ("contacts", "companies", "notes")) + (
    """
CREATE TABLE IF NOT EXISTS identifiers (
    property TEXT NOT NULL,
    value TEXT NOT NULL,
    contact_id INTEGER NOT NULL,
    PRIMARY KEY (property, value)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS identifiers_of_contact ON identifiers (contact_id);
CREATE TABLE IF NOT EXISTS merges (old_id INTEGER PRIMARY KEY, new_id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS properties (name TEXT PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS associations (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL,
    linked TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    UNIQUE (contact_id, linked, object_id)
);
CREATE INDEX IF NOT EXISTS associations_of_object ON associations (linked, object_id);
"""
)


class Table:
    """The records of one object type.

    Args:
        database: Where they are kept.
        name: The table.
        first_id: The id of the first record.
    """

    def __init__(self, database: SandboxDatabase, name: Literal["contacts", "companies", "notes"], first_id: int):
        self._database = database
        self._name = name
        self._first_id = first_id

    def next_id(self) -> int:
        """Return the id the next inserted record will have."""
        row = self._database.one("SELECT seq FROM sqlite_sequence WHERE name = ?", self._name)
        return max(self._first_id, (row[0] if row else 0) + 1)

    def insert(self, record: Record) -> None:
        """Store a new record under its id."""
        self._database.run(
            f"INSERT INTO {self._name} VALUES (?, ?, ?, ?, ?)",  # noqa: S608
            record.id,
            _dump(record.properties),
            record.created_at,
            record.updated_at,
            record.archived_at,
        )

    def replace(self, record: Record) -> None:
        """Store the new state of a record."""
        self._database.run(
            f"UPDATE {self._name} SET properties = ?, updated_at = ?, archived_at = ? WHERE id = ?",  # noqa: S608
            _dump(record.properties),
            record.updated_at,
            record.archived_at,
            record.id,
        )

    def delete(self, record_id: int) -> None:
        """Remove a record for good."""
        self._database.run(f"DELETE FROM {self._name} WHERE id = ?", record_id)  # noqa: S608

    def get(self, record_id: int) -> Record | None:
        """Return a record, archived or not; None if there is none."""
        row = self._database.one(f"SELECT * FROM {self._name} WHERE id = ?", record_id)  # noqa: S608
        return _record(row) if row else None

    def page(self, *, start: int = 0, limit: int = -1, archived: bool = False) -> list[Record]:
        """Return records from id `start` on, oldest first, at most `limit` (-1: all)."""
        rows = self._database.all(
            f"SELECT * FROM {self._name} WHERE id >= ? AND (archived_at IS NOT NULL) = ? "  # noqa: S608
            "ORDER BY id LIMIT ?",
            start,
            archived,
            limit,
        )
        return [_record(row) for row in rows]


class Store:
    """Everything an account holds."""

    def __init__(self, path: str | Path | None = None, *, first_id: int = 101):
        """Open or create the store.

        Args:
            path: The SQLite file, or None for memory only.
            first_id: The id of the first contact.

        Raises:
            RuntimeError: If the file is in use by another sandbox, or is no database.
        """
        self._database = SandboxDatabase(path, _SCHEMA)
        self.contacts = Table(self._database, "contacts", first_id)
        self.companies = Table(self._database, "companies", 5_001)
        self.notes = Table(self._database, "notes", 90_001)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Commit what the block writes at its end, or nothing of it if it raises."""
        return self._database.transaction()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._database.in_transaction

    def get(self, contact_id: int, *, follow_merges: bool = True) -> Record | None:
        """Return a contact, archived or not; None if there is none.

        Args:
            contact_id: Its id.
            follow_merges: Whether the id of a contact merged away leads to the one it became.
        """
        if follow_merges:
            merged = self._database.one("SELECT new_id FROM merges WHERE old_id = ?", contact_id)
            contact_id = merged[0] if merged else contact_id
        return self.contacts.get(contact_id)

    @property
    def seeded(self) -> bool:
        """Whether the first records have been stored."""
        return bool(self._database.one("PRAGMA user_version")[0])

    def mark_seeded(self) -> None:
        """Remember that the first records have been stored."""
        self._database.run("PRAGMA user_version = 1")

    def holder(self, property_name: str, value: str) -> int | None:
        """Return the id of the contact that a unique value belongs to."""
        row = self._database.one(
            "SELECT contact_id FROM identifiers WHERE property = ? AND value = ?", property_name, value
        )
        return row[0] if row else None

    def identify(self, contact_id: int, identifiers: Iterable[tuple[str, str]]) -> None:
        """Make these (property, value) pairs, and no others, identify a contact."""
        self._database.run("DELETE FROM identifiers WHERE contact_id = ?", contact_id)
        self._database.run_many(
            "INSERT INTO identifiers VALUES (?, ?, ?)",
            [(name, value, contact_id) for name, value in identifiers],
        )

    def forward(self, old_ids: Iterable[int], new_id: int) -> None:
        """Let old ids, and those already leading to them, lead to `new_id`."""
        for old_id in old_ids:
            self._database.run("UPDATE merges SET new_id = ? WHERE new_id = ?", new_id, old_id)
            self._database.run("INSERT OR REPLACE INTO merges VALUES (?, ?)", old_id, new_id)

    def custom_properties(self) -> list[dict[str, Any]]:
        """Return the declared custom properties."""
        return [json.loads(row[0]) for row in self._database.all("SELECT definition FROM properties ORDER BY rowid")]

    def save_property(self, name: str, definition: Mapping[str, Any]) -> None:
        """Store the declaration of a custom property."""
        self._database.run("INSERT OR REPLACE INTO properties VALUES (?, ?)", name, json.dumps(definition))

    def link(self, contact_id: int, linked: Linked, object_id: int) -> None:
        """Link a contact to a record; linking again changes nothing."""
        self._database.run(
            "INSERT OR IGNORE INTO associations (contact_id, linked, object_id) VALUES (?, ?, ?)",
            contact_id,
            linked,
            object_id,
        )

    def unlink(self, contact_id: int, linked: Linked, object_id: int) -> None:
        """Take the link between a contact and a record away, if there is one."""
        self._database.run(
            "DELETE FROM associations WHERE contact_id = ? AND linked = ? AND object_id = ?",
            contact_id,
            linked,
            object_id,
        )

    def linked_to_contact(self, contact_id: int, linked: Linked) -> list[int]:
        """Return the ids of the records that a contact is linked to, the first linked first."""
        rows = self._database.all(
            "SELECT object_id FROM associations WHERE contact_id = ? AND linked = ? ORDER BY position",
            contact_id,
            linked,
        )
        return [row[0] for row in rows]

    def contacts_linked_to(self, linked: Linked, object_id: int) -> list[int]:
        """Return the ids of the contacts that a record is linked to, the first linked first."""
        rows = self._database.all(
            "SELECT contact_id FROM associations WHERE linked = ? AND object_id = ? ORDER BY position",
            linked,
            object_id,
        )
        return [row[0] for row in rows]


def _dump(properties: Mapping[str, str]) -> str:
    return json.dumps(properties, sort_keys=True)


def _record(row: Any) -> Record:
    record_id, properties, created_at, updated_at, archived_at = row
    return Record(record_id, json.loads(properties), created_at, updated_at, archived_at)
