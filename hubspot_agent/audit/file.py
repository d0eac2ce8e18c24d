"""The audit trail on disk: ``audit.jsonl`` in the state directory, one JSON object a line, UTF-8.

At 5 MB the file becomes ``audit.jsonl.1``, that one ``audit.jsonl.2``, and so on to ``audit.jsonl.10``; what is
older goes. With some 400 bytes a record that is room for about 130,000 writes. All are their owner's alone.

Several processes share the trail. Each record is written under a lock that they all take, on ``audit.lock``, and
the file is opened for that record alone: so no two lines mix, and nobody writes on into a file that another
process has renamed.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from hubspot_agent.audit.record import BEGUN
from hubspot_agent.errors import CannotStartError
from hubspot_agent.paths import private_file

#: Bytes after which the file is rotated, and how many rotated files are kept.
MAX_FILE_BYTES, MAX_ROTATED_FILES = 5_000_000, 10

_FILE_NAME = "audit.jsonl"

AuditEntry = Mapping[str, Any]


@contextmanager
def audit_trail(directory: Path, on_failure: Callable[[Exception], None], *, required: bool = False) -> Iterator[None]:
    """Keep every attempted write in the trail of `directory` for as long as the context lasts.

    Args:
        directory: The state directory; made if it does not exist.
        on_failure: Called with the error when the trail cannot be opened or a record cannot be written; the
            write itself goes on. Called on any thread.
        required: Whether nothing may be written without the trail.

    Raises:
        CannotStartError: The trail is required and cannot be opened.
    """
    logger = logging.getLogger("hubspot_agent.audit")
    try:
        handler = AuditFile(directory, on_failure)
    except OSError as error:
        if required:
            raise CannotStartError("audit_unusable", directory=directory, error=error.strerror) from error
        on_failure(error)
        yield
        return
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()


class AuditFile(RotatingFileHandler):
    """Writes the `audit` of each record as a line of the trail.

    Args:
        directory: The state directory; made if it does not exist.
        on_failure: Called with the error when a record cannot be written.
        max_bytes: The size at which the file is rotated.

    Raises:
        OSError: The trail cannot be opened.
    """

    def __init__(
        self, directory: Path, on_failure: Callable[[Exception], None], max_bytes: int = MAX_FILE_BYTES
    ) -> None:
        file = private_file(directory / _FILE_NAME)
        private_file(_lock(directory))
        super().__init__(
            file,
            maxBytes=max_bytes,
            backupCount=MAX_ROTATED_FILES,
            encoding="utf-8",
            errors="backslashreplace",  # A lone surrogate thus becomes its JSON escape.
            delay=True,
        )
        self._directory = directory
        self._on_failure = on_failure

    def format(self, record: logging.LogRecord) -> str:
        """Return what the writer of the record put in its `audit`, and nothing else."""
        return json.dumps(dict(getattr(record, "audit", {})), ensure_ascii=False, default=str)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, whatever other processes are writing; never raises, for the write itself is done."""
        try:
            with _locked(self._directory):
                try:
                    super().emit(record)
                finally:
                    stream, self.stream = self.stream, None  # Opened again for the next.
                    if stream:
                        stream.close()
        except Exception as error:
            self._on_failure(error)

    def handleError(self, record: logging.LogRecord) -> None:
        """Pass the error that is being handled on to `emit`, rather than print a traceback."""
        raise

    def _open(self) -> TextIOWrapper:
        """Open the file, and end a line that a process left half-written when it was killed."""
        file = private_file(Path(self.baseFilename))
        stream = super()._open()
        if file.stat().st_size:
            with file.open("rb") as written:
                written.seek(-1, 2)
                if written.read() != b"\n":
                    stream.write("\n")
        return stream


def read_trail(directory: Path, matches: Callable[[AuditEntry], bool]) -> tuple[list[AuditEntry], int]:
    """Return the records of the trail that `matches` accepts, oldest first, and how many lines are no records.

    Such a line is what is left of a record when a process was killed while it wrote. That a write was begun is left out
    where its outcome follows.

    Raises:
        OSError: The trail cannot be read.
    """
    try:
        # Not by `exists`, for which what cannot be looked at is not there.
        (directory / _FILE_NAME).stat()
    except FileNotFoundError:
        return [], 0
    files = [*(f"{_FILE_NAME}.{number}" for number in range(MAX_ROTATED_FILES, 0, -1)), _FILE_NAME]
    files_content = []
    with _locked(directory):
        for name in files:
            with suppress(FileNotFoundError):
                files_content.append((directory / name).read_bytes())
    records: list[AuditEntry] = []
    damaged = 0
    for line in b"\n".join(files_content).splitlines():
        try:
            record = json.loads(line) if line else {}
        except ValueError:
            record = None
        if not isinstance(record, dict):
            damaged += 1
        elif record:
            records.append(record)
    return [record for record in _without_begun(records) if matches(record)], damaged


def _without_begun(records: Sequence[AuditEntry]) -> list[AuditEntry]:
    ended = {record.get("attempt") for record in records if record.get("outcome") != BEGUN}
    return [record for record in records if record.get("outcome") != BEGUN or record.get("attempt") not in ended]


def is_trail_file(file: Path, directory: Path) -> bool:
    """Tell whether `file` is one of the trail's own."""
    return file.name.startswith(_FILE_NAME) and file.resolve().parent == directory.resolve()


def _lock(directory: Path) -> Path:
    return directory / "audit.lock"


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Hold the lock that all processes with this trail take; it ends with the process, however that ends."""
    with private_file(_lock(directory)).open("rb+") as lock:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
