"""From HubSpot's JSON to our `Contact`."""

from collections.abc import Iterable, Mapping
from typing import Any

from hubspot_agent.contacts import LINKED_PROPERTIES, SHOWN_PROPERTIES, Contact
from hubspot_agent.hubspot.errors import UnexpectedAnswerError, Written


def contact_from_record(record: object, *, written: Written = "no") -> Contact:
    """Return the contact in one of HubSpot's records; properties without a value are left out.

    Args:
        record: What stands where HubSpot puts a record.
        written: What is known of the write that was answered with it.

    Raises:
        UnexpectedAnswerError: It is no record.
    """
    if not isinstance(record, dict) or not record.get("id"):
        raise UnexpectedAnswerError("The answer is not HubSpot's (no contact in it).", written=written)
    values = as_object(record.get("properties")).items()
    return Contact(
        id=str(record["id"]),
        properties={name: str(value) for name, value in values if value not in (None, "")},
        created_at=str(record.get("createdAt") or ""),
        updated_at=str(record.get("updatedAt") or ""),
        url=str(record.get("url") or "") or None,
    )


def requested_properties(properties: Iterable[str]) -> list[str]:
    """Return the properties to ask HubSpot for: the shown ones, owner and company, and these, each once."""
    return list(dict.fromkeys((*SHOWN_PROPERTIES, *LINKED_PROPERTIES, *properties)))


def next_page(answer: Mapping[str, Any]) -> str | None:
    """Return what asks for the page that follows a page of HubSpot's, None after the last one."""
    after = as_object(as_object(answer.get("paging")).get("next")).get("after")
    return str(after) if after else None


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object, or an empty one if the value is none."""
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[dict[str, Any]]:
    """Return the JSON objects in a list, leaving out whatever else is there."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
