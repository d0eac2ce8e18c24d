"""HubSpot's times: ISO-8601 in UTC with milliseconds; epoch milliseconds are accepted on the way in."""

import re
from datetime import UTC, date, datetime, timedelta

_EPOCH_MILLISECONDS = re.compile(r"-?\d{1,15}", re.ASCII)


def now() -> str:
    """Return the current time as HubSpot writes it, for example `2026-03-01T09:30:00.000Z`."""
    return _written(datetime.now(UTC))


def minutes_ago(minutes: int) -> str:
    """Return the time that many minutes ago as HubSpot writes it."""
    return _written(datetime.now(UTC) - timedelta(minutes=minutes))


def parse_datetime(text: str) -> str | None:
    """Return an ISO-8601 time or epoch milliseconds as HubSpot writes them, or None if it is neither."""
    try:
        if _EPOCH_MILLISECONDS.fullmatch(text):
            return _written(datetime.fromtimestamp(int(text) / 1000, UTC))
        moment = datetime.fromisoformat(text)
        return _written(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))
    except (ValueError, OverflowError, OSError):
        return None


def parse_date(text: str) -> str | None:
    """Return `YYYY-MM-DD` for such a date or for epoch milliseconds at midnight UTC, else None."""
    if _EPOCH_MILLISECONDS.fullmatch(text):
        moment = parse_datetime(text)
        return moment[:10] if moment and moment.endswith("T00:00:00.000Z") else None
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else None
    except ValueError:
        return None


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
