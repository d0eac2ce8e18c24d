"""What `hubspot-agent audit` shows of the trail, and how it exports it."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Literal, TextIO

from hubspot_agent.texts import Language, text
from hubspot_agent.texts.sanitizing import screen_text, screen_value

Format = Literal["table", "csv", "json"]

#: How many characters of a value the table shows; the exports have all.
MAX_CELL = 60

_CSV_COLUMNS = (
    "time", "conversation", "user", "tool", "contact_id", "property", "before", "after", "approved_by", "outcome",
)  # fmt: skip
#: What a spreadsheet takes for the beginning of a formula, as OWASP lists it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which records to show: those that meet everything that is not `None`.

    Attributes:
        since: The first moment, with a time zone.
        until: The last moment, with a time zone.
        conversation: Part of the conversation's name.
        exactly: The values that fields of the record must have.
    """

    since: datetime | None = None
    until: datetime | None = None
    conversation: str | None = None
    exactly: Mapping[str, str | None]

    def __call__(self, record: Mapping[str, Any]) -> bool:
        """Tell whether `record` is one of them."""
        if any(value is not None and record.get(name) != value for name, value in self.exactly.items()):
            return False
        if self.conversation and self.conversation not in str(record.get("conversation")):
            return False
        if not (self.since or self.until):
            return True
        moment = _moment(record)
        return moment is not None and not ((self.since and moment < self.since) or (self.until and moment > self.until))


def write_report(records: Sequence[Mapping[str, Any]], form: Format, file: TextIO, language: Language) -> None:
    """Write `records` to `file`.

    Args:
        records: What was attempted, oldest first.
        form: A table for people; CSV with a row for each field, safe to open in a spreadsheet; or a JSON array.
        file: Where it goes. A terminal gets no control characters; elsewhere CSV and JSON have every value whole.
        language: The language of the table's headings.
    """
    if form == "table":
        _write_table(records, file, language)
        return
    report = _json(records) if form == "json" else _csv(records)
    file.write(screen_text(report) if file.isatty() else report)


def _json(records: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(records, ensure_ascii=False, indent=2) + "\n"


def _csv(records: Iterable[Mapping[str, Any]]) -> str:
    written = io.StringIO(newline="")
    rows = csv.DictWriter(written, _CSV_COLUMNS)
    rows.writeheader()
    for record in records:
        for name, before, after in _changes(record) or [("", "", "")]:
            row = {**record, "property": name, "before": before, "after": after}
            rows.writerow({column: _no_formula(_said(row.get(column))) for column in _CSV_COLUMNS})
    return written.getvalue()


def _no_formula(value: str) -> str:
    """Return `value` with an apostrophe before what a spreadsheet would compute."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def _write_table(records: Iterable[Mapping[str, Any]], file: TextIO, language: Language) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from hubspot_agent.terminal.console import console

    table = Table(box=box.ROUNDED, header_style="bold")
    for column in ("time", "user", "write", "changes", "approved_by", "outcome"):
        table.add_column(Text(text(f"audit.{column}", language)), overflow="fold")
    for record in records:
        moment = _moment(record)
        nothing = text("writes.nothing", language)
        changes = "\n".join(
            f"{_cell(name)}: {_cell(before) or nothing} → {_cell(after) or nothing}"
            for name, before, after in _changes(record)
        )
        table.add_row(
            Text(moment.astimezone().strftime("%Y-%m-%d\n%H:%M:%S") if moment else _cell(record.get("time"))),
            Text(_cell(record.get("user"))),
            Text(f"{_cell(record.get('tool'))}\n{_cell(record.get('contact_id'))}".strip()),
            Text(changes),
            *(Text(_cell(record.get(name))) for name in ("approved_by", "outcome")),
        )
    console(file).print(table, soft_wrap=False)


def _changes(record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what was to change, as property, value before and value after."""
    before, after = (fields if isinstance(fields := record.get(when), dict) else {} for when in ("before", "after"))
    return [(name, _said(before.get(name)), _said(after.get(name))) for name in dict.fromkeys(chain(before, after))]


def _moment(record: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(record.get("time")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _cell(value: Any) -> str:
    return screen_value(_said(value), MAX_CELL)


def _said(value: Any) -> str:
    return "" if value is None else str(value)
