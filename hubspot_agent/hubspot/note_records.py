"""What a note is, and how HubSpot writes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hubspot_agent.hubspot.errors import UnexpectedAnswerError
from hubspot_agent.hubspot.note_text import plain_text
from hubspot_agent.hubspot.records import as_object


@dataclass(frozen=True, slots=True)
class Note:
    """A note as HubSpot holds it.

    Attributes:
        id: HubSpot's record id.
        body: Its text, without markup.
        timestamp: When what it tells took place, ISO-8601 in UTC.
        owner_id: The id of the owner it is assigned to, or "".
        created_at: When HubSpot created it, by its own clock, ISO-8601 in UTC.
    """

    id: str
    body: str
    timestamp: str
    owner_id: str = ""
    created_at: str = ""


def note_from_record(record: Mapping[str, Any]) -> Note:
    """Return the note in one of HubSpot's records.

    Raises:
        UnexpectedAnswerError: It is no record.
    """
    if not record.get("id"):
        raise UnexpectedAnswerError("The answer is not HubSpot's (no note in it).", written="unknown")
    properties = as_object(record.get("properties"))
    return Note(
        str(record["id"]),
        plain_text(str(properties.get("hs_note_body") or "")),
        str(properties.get("hs_timestamp") or ""),
        str(properties.get("hubspot_owner_id") or ""),
        str(record.get("createdAt") or ""),
    )


def written_time(epoch_ms: int) -> str:
    """Return a moment as HubSpot writes it."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=epoch_ms)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(timestamp: str) -> datetime:
    """Return the moment that HubSpot wrote; the earliest there is if it wrote none."""
    try:
        at = datetime.fromisoformat(timestamp)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
