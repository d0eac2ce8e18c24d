"""Takes back the latest write of a conversation, if nobody has changed the contact since."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage

from hubspot_agent.audit.record import audit
from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.hubspot import ContactNotFoundError, HubSpotContacts, HubSpotError
from hubspot_agent.texts import Language, text
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools import receipt_of

#: How many writes of a conversation can be undone.
MAX_WRITES = 10


def receipts_in(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Return the receipts of the writes among `messages`, oldest first."""
    return [
        message.artifact["receipt"]
        for message in messages
        if isinstance(message, ToolMessage) and isinstance(message.artifact, dict) and "receipt" in message.artifact
    ]


def undoable(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Return what is needed to undo the writes among `messages`: each receipt, and how the contact then was."""
    return [
        {"receipt": message.artifact["receipt"], "after": message.artifact["contacts"][0]["properties"]}
        for message in messages
        if isinstance(message, ToolMessage)
        and isinstance(message.artifact, dict)
        and message.artifact.get("receipt", {}).get("outcome") == "done"
    ]


def undo_latest(
    contacts: Callable[[], HubSpotContacts], writes: Sequence[dict[str, Any]], language: Language, user: str | None
) -> tuple[str, dict[str, Any] | None, list[dict[str, Any]]]:
    """Undo the last of `writes`.

    Returns:
        What to tell the user, the receipt if something was written, and the writes that can still be
        undone. A write that cannot be undone any more is dropped; one that failed for now is kept.
    """
    if not writes:
        return text("writes.undo_nothing", language), None, []
    *others, write = writes
    receipt, after = write["receipt"], write["after"]
    name = shortened(receipt["name"])
    created = receipt["tool"] == "create_contact"
    reverted = [{"property": each["property"], "old": each["new"], "new": each["old"]} for each in receipt["changes"]]
    outcome = "done"
    try:
        port = contacts()
        now = port.get(receipt["contact_id"], properties=tuple(after))
        if now.id != receipt["contact_id"] or _written_since(
            after, now.properties, [each["property"] for each in reverted], created
        ):
            outcome, sentence = "changed", text("writes.undo_changed", language, name=name)
        elif created:
            port.archive(now.id)
            sentence = text("writes.undone_create", language, name=name)
        else:
            former = {each["property"]: each["new"] for each in reverted}
            if former.get("lifecyclestage"):
                # It moves forward only; to go back it has to be cleared first (HubSpot's lifecycle guide).
                port.update(now.id, {"lifecyclestage": ""})
            port.update(now.id, former)
            sentence = text("writes.undone_update", language, name=name)
    except ContactNotFoundError:
        outcome, sentence = "gone", text("writes.undo_gone", language, name=name)
    except HubSpotError as error:
        outcome = "unknown" if error.written == "unknown" else "failed"
        sentence = text("writes.undo_failed", language, reason=f"{error} {error.fix}")
        others = list(writes)
    audit(
        tool="undo",
        user=user,
        contact_id=receipt["contact_id"],
        changes=reverted,
        approved_by=user or "user",
        outcome=outcome,
    )
    if outcome not in ("done", "failed", "unknown"):
        return sentence, None, others
    undone = {**receipt_of("undo", None, reverted, outcome=outcome), "contact_id": receipt["contact_id"], "name": name}
    return sentence, {**undone, "url": receipt["url"]}, others


def _written_since(after: dict[str, str], now: Any, changed: Sequence[str], created: bool) -> bool:
    """Tell whether the contact is no longer as the write left it.

    For an update only the properties it wrote matter; a created contact is archived whole, so all do.
    """
    names = {*after, *SHOWN_PROPERTIES} if created else changed
    return any((after.get(name) or "") != (now.get(name) or "") for name in names)
