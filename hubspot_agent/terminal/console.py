"""Where rich prints to. On a terminal with colour; into a pipe or file as plain lines without an escape code."""

from typing import TextIO

from rich.console import Console

#: Wide enough that no row of a table breaks in a file or a pipe.
PIPE_WIDTH = 240


def console(file: TextIO) -> Console:
    """Return a console that prints to `file`, and takes no text for markup."""
    interactive = file.isatty()
    return Console(
        file=file,
        force_terminal=interactive,
        width=None if interactive else PIPE_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=not interactive,
    )
