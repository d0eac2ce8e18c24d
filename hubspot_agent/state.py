"""What a conversation is given, what it keeps, and what a run is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired

from langchain_core.messages import AnyMessage
from langgraph.channels import EphemeralValue
from langgraph.config import get_config
from typing_extensions import TypedDict

from hubspot_agent.memory import MAX_MESSAGES, MAX_TOKENS, PinnedContact, bounded_transcript
from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, as_language

#: What a button does. Actions are never translated, their labels are.
Action = Literal["search", "create", "update", "undo"]


class ChatInput(TypedDict):
    """What a turn begins with: nothing (the chat was opened), a pressed button or a typed message."""

    messages: NotRequired[Annotated[list[AnyMessage], bounded_transcript]]
    action: NotRequired[Annotated[Action | None, EphemeralValue]]


class ChatState(ChatInput):
    """What a conversation keeps between turns.

    Attributes:
        messages: The transcript for people, bounded; the model sees only `recall` of it.
        action: The button pressed in this turn; gone after it.
        taken_up: The id of the typed message that a turn last took up.
        pinned: The contacts this conversation has seen, newest last.
        writes: The latest writes that can still be undone, newest last.
        language: The language the user last wrote in.
    """

    taken_up: NotRequired[str | None]
    pinned: NotRequired[list[PinnedContact]]
    writes: NotRequired[list[dict[str, Any]]]
    language: NotRequired[Language | None]


def language_in(state: Mapping[str, Any]) -> Language:
    """Return the language that `state` says to speak."""
    return state.get("language") or DEFAULT_LANGUAGE


def keeps_conversations() -> bool:
    """Tell whether the run under way has a checkpointer, and so can pause and be resumed."""
    return bool(get_config().get("configurable", {}).get("__pregel_checkpointer"))


@dataclass(frozen=True, kw_only=True)
class Context:
    """What one run is told by the program that starts it.

    Attributes:
        language: ``"en"`` or ``"nl"``; `None` answers in the user's own language.
        approve_writes: Whether the graph pauses before each write for a person to approve it.
        user: Who is chatting, for the audit trail.
        max_messages: How many messages the model remembers.
        max_tokens: How many tokens these may have together.
        max_input_tokens: How long a typed message may be, in tokens.
    """

    language: Language | None = None
    approve_writes: bool = False
    user: str | None = None
    max_messages: int = MAX_MESSAGES
    max_tokens: int = MAX_TOKENS
    max_input_tokens: int = 4000

    def __post_init__(self) -> None:
        # A server passes on whatever its client sent; "nl-NL" is Dutch, and other languages are the model's to speak.
        object.__setattr__(self, "language", as_language(self.language))
