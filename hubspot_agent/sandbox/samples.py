"""Made-up people for the sandbox; every name, address and number is invented."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Final

_FIRST: Final = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)

#: The users that contacts may belong to.
OWNERS: Final = (
    {"email": "robin@sandbox.example", "firstName": "Robin", "lastName": "Bakker"},
    {"email": "alex@sandbox.example", "firstName": "Alex", "lastName": "Moreau"},
    {"email": "noor@sandbox.example", "firstName": "Noor", "lastName": "El Amrani"},
)


def companies() -> list[dict[str, str]]:
    """Return the properties of the companies that the sample contacts work for."""
    found: dict[str, dict[str, str]] = {}
    for row in _rows():
        if domain := _domain(row):
            company = {"name": row["company"], "domain": domain, "city": row["city"], "country": row["country"]}
            found.setdefault(domain, company)
    return [{**company, "createdate": _FIRST.isoformat()} for company in found.values()]


def contacts() -> list[dict[str, str]]:
    """Return the sample contacts' properties, oldest first, two weeks apart.

    Those that have an owner are linked to their company.
    """
    return [_dated(row, number) for number, row in enumerate(_rows())]


def _rows() -> list[dict[str, str]]:
    text = (files(__package__) / "samples.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _domain(row: Mapping[str, str]) -> str:
    return row["website"].removeprefix("https://") if row["company"] else ""


def _dated(row: Mapping[str, str], number: int) -> dict[str, str]:
    at = (_FIRST + number * timedelta(weeks=2)).isoformat()
    values = {name: value for name, value in row.items() if value}
    if "hubspot_owner_id" in values and (domain := _domain(row)):
        values["associatedcompanyid"] = domain
    return values | {"createdate": at, "lastmodifieddate": at}
