"""The console that rich prints to: in colour on a terminal, plain lines without an escape code into a pipe or file."""

from typing import TextIO

from rich.console import Console

#: Characters a line: wide enough that no row of a table breaks in a file or a pipe.
PIPE_WIDTH_CHARACTERS = 240


def console(file: TextIO) -> Console:
    """Return a console that prints to `file`, and takes no text for markup."""
    interactive = file.isatty()
    return Console(
        file=file,
        force_terminal=interactive,
        width=None if interactive else PIPE_WIDTH_CHARACTERS,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=not interactive,
    )
