"""What is stored together, and made known to searches only once it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hubspot_agent.sandbox.store import Store


class Transactions:
    """Stores what belongs together, or nothing of it, and then lets searches know."""

    def __init__(self, store: Store):
        self._store = store
        self._index_updates: list[Callable[[], None]] = []

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Store what the block writes, and then let searches know; if it raises, neither."""
        outermost = not self._store.in_transaction
        try:
            with self._store.transaction():
                yield
        except BaseException:
            self._index_updates = []
            raise
        if outermost:
            updates, self._index_updates = self._index_updates, []
            for update in updates:
                update()

    def then(self, update: Callable[[], None]) -> None:
        """Have an index updated when the transaction under way is stored."""
        self._index_updates.append(update)
