"""`hubspot-agent audit`: shows or exports the trail of attempted writes."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import TextIO

from hubspot_agent.audit.file import is_trail_file, read_trail
from hubspot_agent.cli.audit_report import RecordFilter, write_report
from hubspot_agent.cli.common import OK
from hubspot_agent.errors import CannotStartError
from hubspot_agent.texts import Texts

HELP = "show or export every attempted write"
EXTRA = None

_EXAMPLE_DATE = "2026-11-22"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to `parser`."""
    parser.description = (
        "Show or export every write that was attempted, oldest first. CSV has a row for each field; "
        "a value that a spreadsheet would take for a formula has an apostrophe before it."
    )
    time_help = (
        f"a date or time such as {_EXAMPLE_DATE} or {_EXAMPLE_DATE}T15:30, in this machine's time zone if it names none"
    )
    parser.add_argument("--since", type=_time, metavar="TIME", help=f"nothing earlier: {time_help}")
    parser.add_argument("--until", type=_end_time, metavar="TIME", help="nothing later; of a date the whole day counts")
    parser.add_argument("--user", metavar="NAME", help="who was chatting")
    parser.add_argument("--tool", choices=("create_contact", "update_contact", "undo"))
    parser.add_argument("--contact", metavar="ID", help="the contact's record id")
    parser.add_argument(
        "--outcome",
        help="done, failed, unknown, unchanged, begun (no outcome was recorded), or a refusal's code, such as rejected",
    )
    parser.add_argument("--conversation", metavar="NAME", help="part of the conversation's name")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: %(default)s")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write there, for your eyes alone, not to the screen"
    )


def run(options: argparse.Namespace, texts: Texts) -> int:
    """Show or export the records that `options` ask for, and return the exit status: 0, also if there are none.

    Raises:
        CannotStartError: The trail cannot be read, or the output file cannot be written.
    """
    matches = RecordFilter(
        since=options.since,
        until=options.until,
        conversation=options.conversation,
        exact_values={
            "user": options.user,
            "tool": options.tool,
            "contact_id": options.contact,
            "outcome": options.outcome,
        },
    )
    directory, output = options.state_dir, options.output
    if output and is_trail_file(output, directory):
        raise CannotStartError("audit_own_file", file=output)
    try:
        records, damaged = read_trail(directory, matches)
    except OSError as error:
        raise CannotStartError("audit_unreadable", directory=directory, error=error.strerror) from error
    as_table = options.format == "table"
    if records or output or not as_table:
        with _open(output) as file:
            write_report(records, options.format, file, texts)
    if output:
        print(texts("audit.exported", records=len(records), file=output), file=sys.stderr)
    elif not records:
        # A program that reads the output gets the empty report alone.
        stream = sys.stdout if as_table else sys.stderr
        print(texts("audit.empty", directory=directory), file=stream)
    if damaged:
        print(texts("audit.damaged", lines=damaged), file=sys.stderr)
    return OK


@contextmanager
def _open(output: Path | None) -> Iterator[TextIO]:
    """Open what the report is written to: `output`, made for its owner's eyes alone, or the screen."""
    if output is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
    except OSError as error:
        raise CannotStartError("file_unusable", file=output, error=error.strerror) from error


def _time(typed: str, time_of_day: time = time.min) -> datetime:
    """Return the time that was typed, with a time zone; a date's at `time_of_day`."""
    try:
        typed_time = datetime.fromisoformat(typed)
        if len(typed) <= len(_EXAMPLE_DATE):
            typed_time = datetime.combine(typed_time, time_of_day)
        return typed_time.astimezone()
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{typed!r} is no date or time such as {_EXAMPLE_DATE}T15:30") from error


def _end_time(typed: str) -> datetime:
    return _time(typed, time.max)
