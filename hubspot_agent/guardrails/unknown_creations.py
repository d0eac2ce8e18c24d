"""Creations of which nobody knew whether they took place: looked up while the next turn is answered, and told."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass, field
from datetime import datetime

from langchain_core.messages import AIMessage, BaseMessage

from hubspot_agent.audit.record import audit
from hubspot_agent.contacts import Contact, changes
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError
from hubspot_agent.hubspot.threads import in_thread, start_in_thread
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools.results import UnknownCreation, receipt_of, result_in

#: How many of a conversation are kept in mind.
MAX_UNKNOWN_CREATIONS = 10
#: Seconds that the answer of a turn waits for what is found out beside it; else the next turn finds it out.
WAIT_S = 3.0

logger = logging.getLogger("hubspot_agent.unknown_creations")


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What was found out.

    Attributes:
        messages: What to tell the user, one message a creation.
        left: The creations of which it is still not known.
        certain: The creations of which it is, each with the contact that came of it, if one did.
    """

    messages: list[AIMessage] = field(default_factory=list)
    left: list[UnknownCreation] = field(default_factory=list)
    certain: list[tuple[UnknownCreation, Contact | None]] = field(default_factory=list)


def unknown_creations_in(messages: Sequence[BaseMessage]) -> list[UnknownCreation]:
    """Return the creations among `messages` of which nobody knows whether they took place."""
    return [
        result["unknown_creation"] for each in messages if (result := result_in(each)) and "unknown_creation" in result
    ]


class CreationLookup:
    """Finds out, in a thread of its own, what became of creations.

    Args:
        contacts: Returns the port to HubSpot for the run under way.
        unknown: The creations.
        texts: The sentences of the turn's language.
    """

    def __init__(
        self, contacts: Callable[[], HubSpotContacts], unknown: Sequence[UnknownCreation], texts: Texts
    ) -> None:
        self._unknown = unknown
        self._future: Future[LookedUp] | None = None
        if unknown:
            self._future = start_in_thread(_look_up, contacts, unknown, texts)

    def result(self, user: str | None) -> LookedUp:
        """Return what was found out, after waiting for it a little, and record it in the audit trail.

        Args:
            user: Who is chatting.
        """
        if self._future is None:
            return LookedUp()
        try:
            looked_up = self._future.result(WAIT_S)
        except TimeoutError:
            return LookedUp(left=list(self._unknown))
        return _recorded(looked_up, user)

    async def aresult(self, user: str | None) -> LookedUp:
        """Do as `result`, without holding a thread that the lookup may need."""
        if self._future is None:
            return LookedUp()
        try:
            looked_up = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._future)), WAIT_S)
        except TimeoutError:
            return LookedUp(left=list(self._unknown))
        return await in_thread(_recorded, looked_up, user) if looked_up.certain else looked_up


def _recorded(looked_up: LookedUp, user: str | None) -> LookedUp:
    for each, contact in looked_up.certain:
        audit(
            attempt=each["key"],
            tool="create_contact",
            user=user,
            contact_id=contact.id if contact else None,
            changes=changes({}, each["properties"]),
            approved_by=each["approved_by"],
            outcome="done" if contact else "failed",
        )
    return looked_up


def _look_up(contacts: Callable[[], HubSpotContacts], unknown: Sequence[UnknownCreation], texts: Texts) -> LookedUp:
    looked_up = LookedUp()
    for each in unknown:
        try:
            properties, since = each["properties"], datetime.fromisoformat(each["since"])
            key, known, _ = each["key"], each["known"], each["approved_by"]
        except (KeyError, ValueError):
            continue  # Of another version of the package: it could never be looked up.
        try:
            found = contacts().find_created(properties, since, key=key, known=known)
        except Exception as error:  # Also one of the application's own: the turn has its answer without this.
            if not isinstance(error, HubSpotError):
                logger.warning("An unknown creation could not be looked up: %s", type(error).__name__)
            looked_up.left.append(each)
            continue
        if found is not None or "email" in properties:
            looked_up.certain.append((each, found))
        name = shortened((found or Contact("", properties)).label)
        if found is not None:
            receipt = receipt_of("create_contact", found, changes({}, properties))
            sentence, told = texts("writes.later_created", name=name), {"receipts": [receipt]}
        else:
            missing = "not_created" if "email" in properties else "not_found"
            sentence, told = texts(f"writes.later_{missing}", name=name), {}
        looked_up.messages.append(AIMessage(sentence, additional_kwargs=told))
    return looked_up
