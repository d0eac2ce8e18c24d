"""What the model remembers of the conversation: a window of texts, and the contacts it has seen."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, RemoveMessage, ToolMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from hubspot_agent.contacts import Contact
from hubspot_agent.tokens import count_tokens, fits

MAX_MESSAGES = 5
MAX_TOKENS = 800

#: How many contacts a conversation keeps in mind.
MAX_PINNED = 10

#: How many messages a conversation's state keeps. Every checkpoint holds them all, so without a
#: bound what a conversation stores would grow with the square of its length.
MAX_TRANSCRIPT = 60


#: What of a pinned contact is kept besides name and e-mail address: what people tell namesakes apart by.
TELLING_PROPERTIES = ("company", "jobtitle", "city", "phone", "mobilephone")


class PinnedContact(TypedDict):
    """A contact that this conversation has seen.

    Attributes:
        id: HubSpot's record id.
        name: The contact's name.
        email: The contact's e-mail address, or "".
        properties: Its `TELLING_PROPERTIES`.
        listing: The tool call that showed it among others, of which the user has not chosen one yet;
            `None` when it was seen alone.
        of: How many contacts that listing was about.
        place: Its place in that listing, counted from 0.
    """

    id: str
    name: str
    email: str
    properties: dict[str, str]
    listing: str | None
    of: int
    place: int


def recall(
    messages: Sequence[BaseMessage], *, max_messages: int = MAX_MESSAGES, max_tokens: int = MAX_TOKENS
) -> list[BaseMessage]:
    """Return the newest human and assistant texts that fit, oldest first.

    Tool calls and their results are left out, so none is ever cut from the other. A message is kept
    whole or dropped, the oldest first. The last human message is always there, even when it alone
    is over `max_tokens`.

    Args:
        messages: The conversation, oldest first.
        max_messages: How many messages at most; at least 1.
        max_tokens: How many ``o200k_base`` tokens their texts may have together.

    Raises:
        ValueError: When `max_messages` is below 1 or `max_tokens` below 0.
    """
    if max_messages < 1 or max_tokens < 0:
        raise ValueError(
            f"max_messages must be at least 1 and max_tokens at least 0, not {max_messages} and {max_tokens}."
        )
    typed = next((message for message in reversed(messages) if isinstance(message, HumanMessage)), None)
    places = max_messages - (1 if typed else 0)
    room = max_tokens - (count_tokens(typed.text) if typed else 0)
    window: list[BaseMessage] = []
    full = False
    for message in reversed(messages):
        if message is typed:
            window.append(message)
            continue
        if full or not _is_text(message):
            continue
        full = places == 0 or not fits(message.text, room)
        if not full:
            places -= 1
            room -= count_tokens(message.text)
            window.append(_only_text(message))
    return window[::-1]


def _is_text(message: BaseMessage) -> bool:
    if isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls):
        return False
    return isinstance(message, HumanMessage | AIMessage) and bool(message.text.strip())


def _only_text(message: BaseMessage) -> BaseMessage:
    """Return `message` without what is not text, such as a reasoning block, which OpenAI would refuse alone."""
    return message if isinstance(message.content, str) else message.model_copy(update={"content": message.text})


def bounded_transcript(left: Sequence[AnyMessage], right: Any) -> list[AnyMessage]:
    """Add messages as LangGraph's `add_messages` does and keep the newest `MAX_TRANSCRIPT`.

    A transcript never begins with a tool's result whose call is gone, and only the latest turn's results
    keep their artifacts: the records of a search are many times its text.
    """
    merged: list[AnyMessage] = add_messages(list(left), _not_let_go(left, right))  # type: ignore[assignment, arg-type]
    kept = merged[-MAX_TRANSCRIPT:]
    typed = max((place for place, message in enumerate(kept) if isinstance(message, HumanMessage)), default=0)
    kept[:typed] = map(_light, kept[:typed])
    while isinstance(kept[0] if kept else None, ToolMessage | RemoveMessage):
        kept = kept[1:]
    return kept


def _not_let_go(left: Sequence[AnyMessage], right: Any) -> Any:
    """Return `right` without what stands before the oldest message of `left`.

    A larger graph hands down its whole conversation at each turn; what was let go of must not come back as new.
    """
    if not left or not isinstance(right, list):
        return right
    oldest = left[0].id
    return right[next((place for place, each in enumerate(right) if getattr(each, "id", None) == oldest), 0) :]


def _light(message: AnyMessage) -> AnyMessage:
    return message.model_copy(update={"artifact": None}) if isinstance(message, ToolMessage) else message


def settle(pinned: Sequence[PinnedContact], chosen: Callable[[PinnedContact], bool]) -> list[PinnedContact]:
    """Return `pinned` with the one listed contact that is `chosen`, if it is only one, as seen alone from now on."""
    listed = [contact for contact in pinned if contact["listing"] is not None and chosen(contact)]
    if len(listed) != 1:
        return list(pinned)
    return [{**each, "listing": None} if each["id"] == listed[0]["id"] else each for each in pinned]


def pin(pinned: Sequence[PinnedContact], messages: Iterable[BaseMessage]) -> list[PinnedContact]:
    """Return `pinned` with the contacts added that tools' results among `messages` show, newest last.

    At most `MAX_PINNED` are kept. A contact shown alone counts as chosen, one among several does not.
    """
    by_id = {contact["id"]: contact for contact in pinned}
    for message in messages:
        if not isinstance(message, ToolMessage) or not isinstance(message.artifact, dict):
            continue
        records = message.artifact.get("contacts", [])
        total = max(message.artifact.get("total", 0), len(records))
        unsettled = total > 1 or "error" in message.artifact
        asked = message.artifact.get("asked", True)  # Whether the user's own words found them.
        for place, record in enumerate(records):
            contact = Contact(record["id"], record["properties"])
            earlier = by_id.pop(contact.id, None)
            if earlier and not asked and total == 1:
                by_id[contact.id] = earlier  # Looked up by the model, not chosen by the user.
                continue
            by_id[contact.id] = PinnedContact(
                id=contact.id,
                name=contact.name,
                email=contact.email,
                properties={
                    name: contact.properties[name] for name in TELLING_PROPERTIES if contact.properties.get(name)
                },
                listing=message.tool_call_id if unsettled or not asked else None,
                of=total,
                place=place,
            )
    return list(by_id.values())[-MAX_PINNED:]
