"""Logging one note: what is sent, what is looked for, and when it is given up."""

from collections.abc import Callable
from contextlib import suppress

from hubspot_agent.hubspot.errors import HubSpotError, RequestTimeoutError
from hubspot_agent.hubspot.note_records import Note

#: After a time-out HubSpot may still be at work: so often it is looked for the note, which is not sent again.
_LOOKS_AFTER_TIMEOUT = 3


class NoteAttempt:
    """Logs one note: looks whether an earlier attempt did it, and only then sends it.

    Attributes:
        maybe_written: Whether an attempt may have written it.
        may_go_on: Whether another attempt makes sense.

    Args:
        send: Sends the note once.
        find: Returns the notes that this one may be, the oldest first.
        archive: Archives a note.
        maybe_written: Whether an earlier call may have written it.
    """

    def __init__(
        self,
        send: Callable[[], Note],
        find: Callable[[], list[Note]],
        archive: Callable[[str], None],
        *,
        maybe_written: bool,
    ) -> None:
        self.maybe_written = maybe_written
        self.may_go_on = True
        self._send = send
        self._find_all = find
        self._archive = archive
        self._timed_out: HubSpotError | None = None
        self._looks = 0

    def __call__(self) -> Note:
        """Return the note; errors are those of HubSpot."""
        if self.maybe_written:
            try:
                found = self._find()
            except HubSpotError:
                self.may_go_on = False  # the reading was repeated already
                raise
            if found is not None:
                return found
        if self._timed_out is not None:
            self._looks += 1
            self.may_go_on = self._looks < _LOOKS_AFTER_TIMEOUT
            raise self._timed_out
        sent_before = self.maybe_written
        try:
            note = self._send()
        except HubSpotError as error:
            if error.written != "no":
                self.maybe_written = True
                self._timed_out = error if isinstance(error, RequestTimeoutError) else None
            raise
        if sent_before:
            with suppress(HubSpotError):
                return self._find() or note
        return note

    def _find(self) -> Note | None:
        """Return the note if it is there; where an attempt that seemed lost came late, archive the second one."""
        found = self._find_all()
        for late in found[1:]:
            self._archive(late.id)
        return found[0] if found else None
