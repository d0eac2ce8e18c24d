"""Made-up people for the sandbox; every name, address and number is invented."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from hubspot_agent.sandbox import times

_FIRST: Final = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
_AT: Final = times.parse_datetime(_FIRST.isoformat())

#: The users that contacts may belong to, as `GET /crm/v3/owners` answers them.
OWNERS: Final[tuple[dict[str, Any], ...]] = tuple(
    {
        "id": str(owner_id),
        "email": email,
        "type": "PERSON",
        "firstName": first_name,
        "lastName": last_name,
        "userId": owner_id - 80_000_000,
        "userIdIncludingInactive": owner_id - 80_000_000,
        "createdAt": _AT,
        "updatedAt": _AT,
        "archived": False,
    }
    for owner_id, email, first_name, last_name in (
        (81_000_001, "robin@sandbox.example", "Robin", "Bakker"),
        (81_000_002, "alex@sandbox.example", "Alex", "Moreau"),
        (81_000_003, "noor@sandbox.example", "Noor", "El Amrani"),
    )
)


def contacts() -> list[dict[str, str]]:
    """Return the sample contacts' properties, oldest first, two weeks apart."""
    text = (files(__package__) / "samples.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return [_dated(row, number) for number, row in enumerate(rows)]


def _dated(row: Mapping[str, str], number: int) -> dict[str, str]:
    at = (_FIRST + number * timedelta(weeks=2)).isoformat()
    values = {name: value for name, value in row.items() if value}
    return values | {"createdate": at, "lastmodifieddate": at}
