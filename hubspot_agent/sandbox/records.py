"""A stored contact, and how two become one."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """A stored contact; `properties` holds only those that have a value."""

    id: int
    properties: dict[str, str]
    created_at: str
    updated_at: str
    archived_at: str | None = None


def without_empty(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the properties that have a value, sorted by name."""
    return {name: value for name, value in sorted(properties.items()) if value}


def emails_of(properties: Mapping[str, str]) -> list[str]:
    """Return a contact's e-mail addresses, the primary one first."""
    primary, others = properties.get("email"), properties.get("hs_additional_emails", "")
    return [email for email in (primary, *others.split(";")) if email]


def merged_record(primary: Record, other: Record, new_id: int, now: str) -> Record:
    """Return the contact that two become: the primary's values win, all e-mail addresses and ids are kept."""
    old_ids = [str(primary.id), str(other.id)]
    earlier = [record.properties.get("hs_merged_object_ids", "") for record in (primary, other)]
    emails = [*emails_of(primary.properties), *emails_of(other.properties)]
    created = min(primary.created_at, other.created_at)
    properties = {
        **other.properties,
        **primary.properties,
        "createdate": created,
        "email": emails[0] if emails else "",
        "hs_additional_emails": ";".join(dict.fromkeys(emails[1:])),
        "hs_all_contact_vids": ";".join([str(new_id), *old_ids]),
        "hs_merged_object_ids": ";".join([*filter(None, earlier), *old_ids]),
        "hs_object_id": str(new_id),
        "lastmodifieddate": now,
    }
    return Record(new_id, without_empty(properties), created, now)
