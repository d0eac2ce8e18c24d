"""`hubspot-agent audit`: shows or exports the trail of attempted writes."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import TextIO

from hubspot_agent.audit.file import in_trail, read_trail
from hubspot_agent.cli.audit_report import Wanted, write_report
from hubspot_agent.errors import CannotStartError
from hubspot_agent.texts import Language, text

_A_DATE = "2026-11-22"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the filters and the form of the report to `parser`."""
    moment = f"a date or time such as {_A_DATE} or {_A_DATE}T15:30, in this machine's time zone if it names none"
    parser.add_argument("--since", type=_moment, metavar="TIME", help=f"nothing earlier: {moment}")
    parser.add_argument("--until", type=_end, metavar="TIME", help="nothing later; of a date the whole day counts")
    parser.add_argument("--user", metavar="NAME", help="who was chatting")
    parser.add_argument("--tool", choices=("create_contact", "update_contact", "undo"))
    parser.add_argument("--contact", metavar="ID", help="the contact's record id")
    parser.add_argument("--outcome", help="done, failed, unknown, unchanged, or a refusal's code, such as rejected")
    parser.add_argument("--conversation", metavar="NAME", help="part of the conversation's name")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: %(default)s")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write there, for your eyes alone, not to the screen"
    )


def audit(options: argparse.Namespace, language: Language) -> int:
    """Show or export the records that `options` ask for, and return the exit status: 0, also if there are none.

    Raises:
        CannotStartError: The trail cannot be read, or the output file cannot be written.
    """
    wanted = Wanted(
        since=options.since,
        until=options.until,
        conversation=options.conversation,
        exactly={
            "user": options.user,
            "tool": options.tool,
            "contact_id": options.contact,
            "outcome": options.outcome,
        },
    )
    directory, output = options.state_dir, options.output
    if output and in_trail(output, directory):
        raise CannotStartError("audit_own_file", file=output)
    try:
        records, damaged = read_trail(directory, wanted)
    except OSError as error:
        raise CannotStartError("audit_unreadable", directory=directory, error=error.strerror) from error
    for_people = options.format == "table"
    if records or output or not for_people:
        with _opened(output) as file:
            write_report(records, options.format, file, language)
    if output:
        print(text("audit.exported", language, records=len(records), file=output), file=sys.stderr)
    elif not records:
        # A program that reads the output gets the empty report alone.
        said = sys.stdout if for_people else sys.stderr
        print(text("audit.empty", language, directory=directory), file=said)
    if damaged:
        print(text("audit.damaged", language, lines=damaged), file=sys.stderr)
    return 0


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
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


def _moment(typed: str, time_of_day: time = time.min) -> datetime:
    """Return the moment that was typed, with a time zone; a date's at `time_of_day`."""
    try:
        moment = datetime.fromisoformat(typed)
        if len(typed) <= len(_A_DATE):
            moment = datetime.combine(moment, time_of_day)
        return moment.astimezone()
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{typed!r} is no date or time such as {_A_DATE}T15:30") from error


def _end(typed: str) -> datetime:
    return _moment(typed, time.max)
