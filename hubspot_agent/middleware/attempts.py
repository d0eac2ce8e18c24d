"""Which writes this process has begun, so that no write is begun twice."""

from concurrent.futures import Future
from threading import Lock

from hubspot_agent.middleware.progress import ToolAnswer


class Attempts:
    """Which writes this process has begun, the latest thousand."""

    def __init__(self) -> None:
        self._begun: dict[str, Future[ToolAnswer]] = {}
        self._lock = Lock()

    def begin(
        self, key: str, write: Future[ToolAnswer], former: Future[ToolAnswer] | None = None
    ) -> Future[ToolAnswer]:
        """Note that a write is on its way, and return what comes of it.

        Args:
            key: The key of the attempt.
            write: What comes of it, unless another attempt than `former` has begun it meanwhile.
            former: The attempt that was known before.
        """
        with self._lock:
            if (begun := self._unbroken(key)) is not None and begun is not former:
                return begun
            self._begun[key] = write
            while len(self._begun) > 1000:
                self._begun.pop(next(iter(self._begun)))
            return write

    def has_begun(self, key: str) -> bool:
        """Tell whether a write was on its way already."""
        with self._lock:
            return key in self._begun

    def write(self, key: str) -> Future[ToolAnswer] | None:
        """Return the write that an attempt of this process makes or has made; `None` where none came to an answer."""
        with self._lock:
            return self._unbroken(key)

    def _unbroken(self, key: str) -> Future[ToolAnswer] | None:
        write = self._begun.get(key)
        broken = write is not None and write.done() and (write.cancelled() or write.exception())
        return None if broken else write
