"""The transcript that a conversation's state keeps for people; the model is shown only the window of it."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langgraph.graph.message import add_messages

from hubspot_agent.contacts import IDENTIFYING_PROPERTIES
from hubspot_agent.memory.pinned import TELLING_PROPERTIES

#: How many messages a conversation's state keeps. Every checkpoint holds them all, so without a
#: bound what a conversation stores would grow with the square of its length.
MAX_TRANSCRIPT = 60

#: What of a contact a list of contacts shows.
_LISTED_PROPERTIES = frozenset((*IDENTIFYING_PROPERTIES, *TELLING_PROPERTIES))


def bounded_transcript(left: Sequence[AnyMessage], right: Any) -> list[AnyMessage]:
    """Add messages as LangGraph's `add_messages` does and keep the newest `MAX_TRANSCRIPT`.

    The greeting stays in front, for the buttons that it brings. What follows never begins with a tool's result whose
    call is gone. Of the results of earlier turns only what people are shown of the contacts is kept: a record is many
    times that.
    """
    merged: list[AnyMessage] = add_messages(list(left), _not_let_go(left, right))  # type: ignore[assignment, arg-type]
    if len(merged) > MAX_TRANSCRIPT:
        greeting = _greeting_in(merged)
        newest = merged[len(greeting) - MAX_TRANSCRIPT :]
        while isinstance(newest[0], ToolMessage):
            newest = newest[1:]
        merged = [*greeting, *newest]
    typed = max((place for place, message in enumerate(merged) if isinstance(message, HumanMessage)), default=0)
    merged[:typed] = map(_light, merged[:typed])
    return merged


def _greeting_in(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    return [each for each in messages[:1] if each.additional_kwargs.get("buttons")]


def _not_let_go(left: Sequence[AnyMessage], right: Any) -> Any:
    """Return `right` without what stands before the oldest message of `left`, the greeting aside.

    A larger graph hands down its whole conversation at each turn; what was let go of must not come back as new.
    """
    if not left or not isinstance(right, list):
        return right
    oldest = [*left[len(_greeting_in(left)) :], left[0]][0].id
    return right[next((place for place, each in enumerate(right) if getattr(each, "id", None) == oldest), 0) :]


def _light(message: AnyMessage) -> AnyMessage:
    artifact = message.artifact if isinstance(message, ToolMessage) else None
    if not isinstance(artifact, dict) or "contacts" not in artifact:
        return message
    contacts = [
        {"id": each["id"], "properties": {k: v for k, v in each["properties"].items() if k in _LISTED_PROPERTIES}}
        for each in artifact["contacts"]
    ]
    kept = {name: artifact[name] for name in ("outcome", "total") if name in artifact}
    return message.model_copy(update={"artifact": {**kept, "contacts": contacts}})
