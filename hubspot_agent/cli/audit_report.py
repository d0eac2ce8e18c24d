"""The reports of `hubspot-agent audit`: a table for people, CSV and JSON for programs."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Literal, TextIO

from hubspot_agent.audit.record import BEGUN
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import screen_text, screen_value

Format = Literal["table", "csv", "json"]

#: How many characters of a value the table shows; the exports have all.
MAX_CELL_CHARACTERS = 60

_CSV_COLUMNS = (
    "time", "conversation", "user", "tool", "contact_id", "property", "before", "after", "approved_by", "outcome",
)  # fmt: skip
#: What a spreadsheet takes for the beginning of a formula, as OWASP lists it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, kw_only=True)
class RecordFilter:
    """Which records to show: those that meet every condition that is not `None`.

    Attributes:
        since: The earliest time, with a time zone.
        until: The latest time, with a time zone.
        conversation: Part of the conversation's name.
        exact_values: The values that fields of the record must have.
    """

    since: datetime | None = None
    until: datetime | None = None
    conversation: str | None = None
    exact_values: Mapping[str, str | None]

    def __call__(self, record: Mapping[str, Any]) -> bool:
        """Tell whether `record` meets the conditions."""
        # Of a write that was only begun the outcome is unknown.
        found = {**record, "outcome": "unknown"} if record.get("outcome") == BEGUN else record
        if any(value not in (None, found.get(name), record.get(name)) for name, value in self.exact_values.items()):
            return False
        if self.conversation and self.conversation not in str(record.get("conversation")):
            return False
        if not (self.since or self.until):
            return True
        time = _time_of(record)
        return time is not None and not ((self.since and time < self.since) or (self.until and time > self.until))


def write_report(records: Sequence[Mapping[str, Any]], format: Format, file: TextIO, texts: Texts) -> None:
    """Write `records` to `file`.

    Args:
        records: What was attempted, oldest first.
        format: A table for people; CSV with a row for each field, safe to open in a spreadsheet; or a JSON array.
        file: Where it goes. A terminal gets no control characters; elsewhere CSV and JSON have every value whole.
        texts: The language of the table's headings.
    """
    if format == "table":
        _write_table(records, file, texts)
        return
    report = _json(records) if format == "json" else _csv(records)
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
            rows.writerow({column: _no_formula(_as_text(row.get(column))) for column in _CSV_COLUMNS})
    return written.getvalue()


def _no_formula(value: str) -> str:
    """Return `value` with an apostrophe before what a spreadsheet would compute."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def _write_table(records: Iterable[Mapping[str, Any]], file: TextIO, texts: Texts) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from hubspot_agent.terminal.console import console

    table = Table(box=box.ROUNDED, header_style="bold")
    for column in ("time", "user", "write", "changes", "approved_by", "outcome"):
        table.add_column(Text(texts(f"audit.{column}")), overflow="fold")
    for record in records:
        time = _time_of(record)
        nothing = texts("writes.nothing")
        changes = "\n".join(
            f"{_cell(name)}: {_cell(before) or nothing} → {_cell(after) or nothing}"
            for name, before, after in _changes(record)
        )
        table.add_row(
            Text(time.astimezone().strftime("%Y-%m-%d\n%H:%M:%S") if time else _cell(record.get("time"))),
            Text(_cell(record.get("user"))),
            Text(f"{_cell(record.get('tool'))}\n{_cell(record.get('contact_id'))}".strip()),
            Text(changes),
            Text(_cell(record.get("approved_by"))),
            Text(texts("audit.begun") if record.get("outcome") == BEGUN else _cell(record.get("outcome"))),
        )
    console(file).print(table, soft_wrap=False)


def _changes(record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what was to change, as property, value before and value after."""
    before, after = (fields if isinstance(fields := record.get(when), dict) else {} for when in ("before", "after"))
    return [
        (name, _as_text(before.get(name)), _as_text(after.get(name))) for name in dict.fromkeys(chain(before, after))
    ]


def _time_of(record: Mapping[str, Any]) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(record.get("time")))
    except ValueError:
        return None
    return time if time.tzinfo else None


def _cell(value: Any) -> str:
    return screen_value(_as_text(value), MAX_CELL_CHARACTERS)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)
