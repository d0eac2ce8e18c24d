"""The transcript of one conversation: everything said, shown and decided, whole, in the page's own database.

It is kept apart from what the graph keeps, which forgets what its memory cannot hold. An item is JSON data; it becomes
HTML when it is shown, in the language of whoever looks.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from hubspot_agent.web.database import Row, Tables

#: How many items are shown at first, and each time that someone scrolls to the top.
PAGE_LENGTH = 40

ItemData = dict[str, Any]

_versions = count(1)


@dataclass
class Item:
    """One entry of a transcript.

    Attributes:
        id: Tells it from the others of its conversation.
        position: Its place, counted from 1.
        data: What it shows; ``data["kind"]`` says what it is.
        version: Grows with each change, over all conversations.
    """

    id: str
    position: int
    data: ItemData
    version: int = 0


class Transcript:
    """The items of one conversation; the latest are kept at hand.

    Args:
        tables: Where it is kept.
        thread: Which conversation it is.
    """

    def __init__(self, tables: Tables, thread: str) -> None:
        self._tables = tables
        self._thread = thread
        self._items: dict[str, Item] = {}
        self._latest_from = 1
        self.first: Item | None = None

    @property
    def latest(self) -> list[Item]:
        """The latest items, oldest first."""
        return sorted(
            (item for item in self._items.values() if item.position >= self._latest_from),
            key=lambda item: item.position,
        )

    @property
    def has_earlier(self) -> bool:
        """Whether there are items before the latest ones."""
        return self.first is not None and self._latest_from > self.first.position

    def changed_since(self, version: int) -> list[Item]:
        """Return the items that have changed since `version`, oldest first; one of long ago may be among them."""
        changed = [item for item in self._items.values() if item.version > version]
        return sorted(changed, key=lambda item: item.position)

    async def load(self) -> None:
        """Read the latest items."""
        query = "SELECT id, position, data FROM page_items WHERE thread = %s ORDER BY position"
        first = await self._tables.fetch(f"{query} LIMIT 1", self._thread)
        self.first = _item(first[0]) if first else None
        latest = await self._tables.fetch(f"{query} DESC LIMIT {PAGE_LENGTH}", self._thread)
        self._items = {row[0]: _item(row) for row in latest}
        self._latest_from = min((item.position for item in self._items.values()), default=1)

    async def before(self, position: int) -> list[Item]:
        """Return the items before a position, a page of them, oldest first."""
        query = "SELECT id, position, data FROM page_items WHERE thread = %s AND position < %s ORDER BY position DESC"
        rows = await self._tables.fetch(f"{query} LIMIT {PAGE_LENGTH}", self._thread, position)
        return [_item(row) for row in reversed(rows)]

    async def all(self) -> list[Item]:
        """Return all items, oldest first."""
        query = "SELECT id, position, data FROM page_items WHERE thread = %s ORDER BY position"
        return [_item(row) for row in await self._tables.fetch(query, self._thread)]

    async def get(self, item_id: str) -> Item | None:
        """Return an item."""
        if item_id in self._items:
            return self._items[item_id]
        query = "SELECT id, position, data FROM page_items WHERE thread = %s AND id = %s"
        rows = await self._tables.fetch(query, self._thread, item_id)
        return _item(rows[0]) if rows else None

    def show(self, item_id: str, data: ItemData) -> Item:
        """Add an item at the end, or change one, without storing it yet."""
        item = self._items.get(item_id)
        if item is None:
            position = max((each.position for each in self._items.values()), default=0) + 1
            item = self._items[item_id] = Item(item_id, position, data)
            self.first = self.first or item
        item.data, item.version = data, next(_versions)
        return item

    async def put(self, item_id: str, data: ItemData) -> None:
        """Add an item at the end, or change one, and store it; what cannot be stored is not shown."""
        if item_id not in self._items and (earlier := await self.get(item_id)):
            self._items[item_id] = earlier  # One of long ago that changes, such as a table that is continued.
        former = self._items[item_id].data if item_id in self._items else None
        item = self.show(item_id, data)
        try:
            await self._tables.execute(
                "INSERT INTO page_items (thread, id, position, data, words) VALUES (%s, %s, %s, %s, %s) "
                "ON CONFLICT (thread, id) DO UPDATE SET data = excluded.data, words = excluded.words",
                *(self._thread, item_id, item.position, json.dumps(data), _words(data)),
            )
        except BaseException:
            if former is None:
                self._items.pop(item_id, None)
            elif item.data is data:
                self.show(item_id, former)
            raise


def turn_before(answer: Item, items: Sequence[Item]) -> list[Item]:
    """Return the items of a turn before an answer, what was typed included; `items` are in order."""
    before = [item for item in items if item.position < answer.position]
    typed = [place for place, item in enumerate(before) if item.data["kind"] == "user"]
    return before[typed[-1] :] if typed else before


def _item(row: Row) -> Item:
    item_id, position, data = row
    return Item(item_id, position, json.loads(data), next(_versions))


def _words(data: ItemData) -> str:
    """Return what a search of the conversations looks in."""
    words = [data.get("text", "")]
    words += [value for contact in data.get("contacts", ()) for value in contact["properties"].values()]
    return "\n".join(words).casefold().replace("\0", "")
