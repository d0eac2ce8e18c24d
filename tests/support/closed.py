"""State directories that cannot be used, whoever runs the tests."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

#: Who nobody is on Unix.
NOBODY = 65534

Closing = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def _not_permitted(directory: Path) -> Iterator[None]:
    directory.chmod(0o000)
    is_root = os.geteuid() == 0  # To whom nothing is forbidden.
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        directory.chmod(0o700)


@contextmanager
def _a_file(directory: Path) -> Iterator[None]:
    directory.rename(directory.with_name("before"))
    directory.write_text("")
    yield


@contextmanager
def _a_loop(directory: Path) -> Iterator[None]:
    directory.rename(directory.with_name("before"))
    directory.symlink_to(directory)
    yield


#: Close a state directory that exists, for the length of a block.
CLOSED: dict[str, Closing] = {"not permitted": _not_permitted, "a file": _a_file, "a loop": _a_loop}
