"""What the page notes of each conversation besides its transcript: owner, title, the turn that is under way."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from hubspot_agent.texts import Language, text
from hubspot_agent.texts.sanitizing import screen_text, shortened
from hubspot_agent.web.database import Row, Tables

#: How many characters of a title are kept.
MAX_TITLE_LENGTH = 60

#: How many conversations a page of the list has.
LIST_LENGTH = 30

_COLUMNS = "thread, owner, id, name, first_words, task, contact, record_page, pending_turn, changed_at"


@dataclass
class ConversationRecord:
    """One conversation.

    Attributes:
        thread: Its thread in the graph's checkpointer.
        owner: Whose it is, in which CRM.
        id: What pages call it.
        name: What its owner renamed it to.
        first_words: The first words typed in it; `None` while nothing was typed.
        task: "create", "update" or "search", once it has come to one contact.
        contact: What people call that contact.
        record_page: The address of a record's page without the id at its end, where known.
        pending_turn: The turn under way, as `PendingTurn` has it; also after the end of a process interrupted it.
        changed_at: When something last happened in it, in seconds since 1970.
    """

    thread: str
    owner: str
    id: str
    name: str | None = None
    first_words: str | None = None
    task: str | None = None
    contact: str | None = None
    record_page: str | None = None
    pending_turn: dict[str, Any] | None = None
    changed_at: float = field(default_factory=time.time)

    def title(self, language: Language) -> str:
        """Return what it is called in the list."""
        if self.name:
            return self.name
        if self.task and self.contact:
            return text(f"web.title_{self.task}", language, contact=self.contact)
        return self.first_words or text("web.new", language)

    def came_to(self, task: str, contact: str) -> None:
        """Note what it is about; the first write counts more than a search."""
        if contact.strip() and (self.task is None or (self.task == "search" and task != "search")):
            self.task, self.contact = task, shortened(screen_text(contact), MAX_TITLE_LENGTH)


class Records:
    """The conversations of every user.

    Args:
        tables: Where they are kept.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, thread: str) -> ConversationRecord | None:
        """Return a conversation."""
        rows = await self._tables.fetch(f"SELECT {_COLUMNS} FROM page_conversations WHERE thread = %s", thread)  # noqa: S608
        return _record(rows[0]) if rows else None

    async def save(self, record: ConversationRecord) -> None:
        """Store a conversation."""
        pending = json.dumps(record.pending_turn) if record.pending_turn is not None else None
        names = _COLUMNS.split(", ")
        changes = ", ".join(f"{name} = excluded.{name}" for name in names[3:])
        await self._tables.execute(
            f"INSERT INTO page_conversations ({_COLUMNS}) VALUES ({', '.join('%s' for _ in names)}) "  # noqa: S608
            f"ON CONFLICT (thread) DO UPDATE SET {changes}",
            *(record.thread, record.owner, record.id, record.name, record.first_words, record.task, record.contact),
            *(record.record_page, pending, record.changed_at),
        )

    async def listed(self, owner: str, *, search: str = "", before: float | None = None) -> list[ConversationRecord]:
        """Return a page of the conversations of `owner` that something was typed in, the latest first.

        Args:
            owner: Whose.
            search: Words in their titles or transcripts.
            before: Only those that changed before this time, for the next page.
        """
        pattern = "%" + "".join(f"\\{each}" if each in "\\%_" else each for each in search.casefold()) + "%"
        rows = await self._tables.fetch(
            f"""SELECT {_COLUMNS} FROM page_conversations WHERE owner = %s AND first_words IS NOT NULL
                AND changed_at < %s AND (%s = '' OR LOWER(COALESCE(name, '')) LIKE %s ESCAPE '\\'
                OR EXISTS (SELECT 1 FROM page_items WHERE page_items.thread = page_conversations.thread
                AND words LIKE %s ESCAPE '\\')) ORDER BY changed_at DESC LIMIT {LIST_LENGTH}""",  # noqa: S608
            *(owner, before if before is not None else float("1e18"), search, pattern, pattern),
        )
        return [_record(row) for row in rows]

    async def forget(self, thread: str) -> None:
        """Delete a conversation with its transcript."""
        for table in ("page_items", "page_conversations"):
            await self._tables.execute(f"DELETE FROM {table} WHERE thread = %s", thread)  # noqa: S608

    async def unused_since(self, typed: float, untyped: float) -> list[str]:
        """Return the threads without a change since `typed`, or of those that nothing was typed in since `untyped`."""
        rows = await self._tables.fetch(
            "SELECT thread FROM page_conversations WHERE changed_at < %s OR (first_words IS NULL AND changed_at < %s)",
            *(typed, untyped),
        )
        return [row[0] for row in rows]


def _record(row: Row) -> ConversationRecord:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    pending = values.pop("pending_turn")
    return ConversationRecord(**values, pending_turn=json.loads(pending) if pending else None)
