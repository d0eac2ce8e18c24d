"""Notes on a contact's timeline, each logged at most once.

A note has no unique value, and a create whose answer is lost may have taken place. So every note carries a time of its
own, to the millisecond, that is sent again with each repetition: whether it arrived is seen among the contact's notes,
which HubSpot's primary store lists at once.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock

from hubspot_agent.hubspot.errors import (
    ContactNotFoundError,
    HubSpotError,
    InvalidContactError,
    InvalidRequestError,
    UnknownOutcomeError,
)
from hubspot_agent.hubspot.links import read_links
from hubspot_agent.hubspot.note_attempt import NoteAttempt
from hubspot_agent.hubspot.note_records import Note, moment, note_from_record, written_time
from hubspot_agent.hubspot.note_text import note_body, plain_text, same_text
from hubspot_agent.hubspot.read import MAX_BATCH, checked_id, read_by_id
from hubspot_agent.hubspot.records import as_objects
from hubspot_agent.hubspot.retry import Deadline, repeat
from hubspot_agent.hubspot.transport import Transport

__all__ = ["Note", "Notes"]

_PROPERTIES = ("hs_note_body", "hs_timestamp", "hubspot_owner_id")
#: HubSpot's type of link from a note to a contact (its notes guide).
_NOTE_TO_CONTACT = 202
#: How many of a contact's newest notes are read to show the last ones; they are listed by id, not by time.
_READ_FOR_LATEST = 25
_MAX_KEYS = 10_000
#: Before HubSpot's first answer its time is not known, and the moment a call began may be given a little late.
_CLOCK_MARGIN = timedelta(seconds=2)


class Notes:
    """The notes of one account's contacts.

    Args:
        transport: Sends the requests.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = Lock()
        self._newest_ms = 0
        self._times: dict[str, int] = {}

    def log(
        self, contact_id: str, text: str, *, owner_id: str | None = None, key: str, since: datetime | None = None
    ) -> Note:
        """Log a note on a contact's timeline, at most once, whatever the network does.

        Args:
            contact_id: The contact's record id.
            text: What was said; shown as typed, never as HTML. At most 65,536 characters once escaped.
            owner_id: The owner it is assigned to, if anyone.
            key: What tells this note from every other, such as the tool call's id. Called again with the same key,
                this object looks for the note before it logs one.
            since: When an earlier, interrupted call with the same text began, as `HubSpotContacts.now` gave it; what
                that left is then looked for first.

        Raises:
            InvalidContactError: The text is empty or too long, or HubSpot refuses the owner.
            ContactNotFoundError: There is no such contact.
            UnknownOutcomeError: HubSpot did not answer, and the note cannot be found.
        """
        contact_id, body = checked_id(contact_id), note_body(text)
        deadline = self._transport.deadline()
        if since is not None and (earlier := self.find_logged(contact_id, text, since)):
            return earlier
        at_ms, repeated = self._time_for(key)
        properties = {"hs_timestamp": written_time(at_ms), "hs_note_body": body}
        if owner_id:
            properties["hubspot_owner_id"] = owner_id
        attempt = NoteAttempt(
            partial(self._send, contact_id, properties, deadline),
            partial(self._same, contact_id, properties, deadline),
            self.archive,
            maybe_written=repeated,
        )
        try:
            return repeat(attempt, lambda error: attempt.may_go_on, self._transport.policy, deadline)
        except (ContactNotFoundError, InvalidContactError):
            raise
        except InvalidRequestError:
            read_by_id(self._transport, contact_id, (), deadline)  # HubSpot says no more than that something is wrong
            raise
        except HubSpotError as error:
            if attempt.maybe_written:
                raise UnknownOutcomeError(
                    "HubSpot did not answer, so it is unknown whether the note was logged.",
                    correlation_id=error.correlation_id,
                ) from None
            raise

    def find_logged(self, contact_id: str, text: str, since: datetime) -> Note | None:
        """Return the note that an interrupted `log` left, or None if it left none.

        Args:
            contact_id: The contact's record id.
            text: What was to be logged.
            since: When `log` was called, as `HubSpotContacts.now` gave it; without a time zone it is local time.
        """
        wanted, start = plain_text(note_body(text)), since.astimezone(UTC) - _CLOCK_MARGIN
        notes = self._newest(checked_id(contact_id), MAX_BATCH, self._transport.deadline())
        return next((one for one in notes if same_text(one.body, wanted) and moment(one.created_at) >= start), None)

    def latest(self, contact_id: str, limit: int = 3) -> list[Note]:
        """Return a contact's last notes, the newest first; knows every note at once.

        Raises:
            ContactNotFoundError: There is no such contact.
        """
        read = min(MAX_BATCH, max(limit, _READ_FOR_LATEST))
        return self._newest(checked_id(contact_id), read, self._transport.deadline())[:limit]

    def archive(self, note_id: str) -> None:
        """Archive a note; one that is archived already, or never was, changes nothing.

        Raises:
            UnknownOutcomeError: HubSpot did not answer.
        """
        with suppress(ContactNotFoundError):
            self._transport.write(
                "DELETE notes/{id}",
                self._transport.sdk.notes.archive,
                checked_id(note_id),
                deadline=self._transport.deadline(),
                done="freed of the note",
            )

    def _send(self, contact_id: str, properties: Mapping[str, str], deadline: Deadline) -> Note:
        """Send a note once; errors say whether it may have been written."""
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _NOTE_TO_CONTACT}]
        response = self._transport.send(
            "POST notes",
            self._transport.sdk.notes.create,
            {"properties": dict(properties), "associations": [{"to": {"id": contact_id}, "types": types}]},
            deadline=deadline,
        )
        return note_from_record({**response.data, "properties": {**properties}})

    def _same(self, contact_id: str, properties: Mapping[str, str], deadline: Deadline) -> list[Note]:
        """Return the contact's notes with exactly the time and the text of these properties, the oldest first."""
        at, text = moment(properties["hs_timestamp"]), plain_text(properties["hs_note_body"])
        notes = self._newest(contact_id, MAX_BATCH, deadline)
        same = (one for one in notes if moment(one.timestamp) == at and same_text(one.body, text))
        return sorted(same, key=lambda one: int(one.id))

    def _newest(self, contact_id: str, limit: int, deadline: Deadline) -> list[Note]:
        """Return the contact's notes with the highest ids, the newest first."""
        links = read_links(self._transport, contact_id, "notes", deadline)
        ids = {int(link["toObjectId"]) for link in links if str(link.get("toObjectId", "")).isdecimal()}
        return self._read(sorted(ids)[-limit:], deadline) if ids else []

    def _read(self, ids: Sequence[int], deadline: Deadline) -> list[Note]:
        inputs = [{"id": str(one)} for one in ids]
        response = self._transport.read(
            "POST notes/batch/read",
            self._transport.sdk.note_batch.read,
            {"inputs": inputs, "properties": list(_PROPERTIES), "propertiesWithHistory": []},
            deadline=deadline,
        )
        notes = map(note_from_record, as_objects(response.data.get("results")))
        return sorted(notes, key=lambda one: (moment(one.timestamp), int(one.id)), reverse=True)

    def _time_for(self, key: str) -> tuple[int, bool]:
        """Return the time of the note with this key, no other note's, and whether it was asked for before."""
        with self._lock:
            earlier = self._times.pop(key, None)
            if earlier is None:
                self._newest_ms = max(self._newest_ms + 1, time.time_ns() // 1_000_000)
            self._times[key] = earlier or self._newest_ms
            while len(self._times) > _MAX_KEYS:
                del self._times[next(iter(self._times))]
            return self._times[key], earlier is not None
