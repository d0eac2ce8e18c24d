"""What a conversation is given, what it keeps, and what a run is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, NotRequired

from langchain_core.messages import AnyMessage
from langgraph.channels import EphemeralValue
from langgraph.config import get_config
from langgraph.runtime import get_runtime
from pydantic import Field
from typing_extensions import TypedDict, TypeVar

from hubspot_agent.memory import MAX_MESSAGES, MAX_TOKENS, PinnedContact
from hubspot_agent.memory.checkpoint_order import CHECKPOINTER
from hubspot_agent.memory.transcript import bounded_transcript
from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, Texts, as_language, language_of, languages

#: Whoever is let into a server without telling who it is.
ANONYMOUS = "anonymous"

#: The entry of a typed message's `additional_kwargs` with a write that a person asks for again: the `name` and the
#: `args` of the tool call that was set aside. It waits for a decision whatever `approve_writes` says.
REOPENED = "reopened"

#: What a button does. Actions are never translated, their labels are.
Action = Literal["search", "create", "update", "undo"]


class ChatInput(TypedDict):
    """What a turn begins with: nothing (the chat was opened), a pressed button or a typed message."""

    messages: NotRequired[Annotated[list[AnyMessage], bounded_transcript]]
    action: NotRequired[Annotated[Action | None, EphemeralValue]]


class ChatState(ChatInput):
    """What a conversation keeps between turns.

    Attributes:
        messages: What was said in the latest turns, and this turn whole; the model sees only `recall` of it.
        action: The button pressed in this turn; gone after it.
        taken_up: The id of the typed message that a turn last took up.
        pinned: The contacts this conversation has seen, newest last.
        writes: The latest writes that can still be undone, newest last.
        unknown_creations: Creations of which it is not known whether they took place; the next turn finds out.
        language: The language that the turn is spoken in, decided by the node `route`.
    """

    taken_up: NotRequired[str | None]
    pinned: NotRequired[list[PinnedContact]]
    writes: NotRequired[list[dict[str, Any]]]
    unknown_creations: NotRequired[list[Any]]
    language: NotRequired[Language | None]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What one run is told by the program that starts it.

    An application that tells its runs more, such as whose account to work in, makes a subclass.
    """

    # Studio shows the descriptions beside the fields.
    language: Annotated[
        Annotated[Language, Field(json_schema_extra=lambda schema: schema.update(enum=[*languages()]))] | None,
        Field(description="The language of the answers; without one they are in the user's own."),
    ] = None
    approve_writes: Annotated[
        bool, Field(description="Whether the graph pauses before each write for a person to approve it.")
    ] = False
    shows_contacts: Annotated[
        bool, Field(description="Whether the user is shown a table of the contacts that a search finds.")
    ] = False
    user: Annotated[
        str | None,
        Field(
            description="Who is chatting, for the audit trail and for choosing an account. "
            "On a server that asks for tokens it is the token's, whatever the request says."
        ),
    ] = None
    max_messages: Annotated[int, Field(description="How many messages the model remembers.", ge=1)] = MAX_MESSAGES
    max_tokens: Annotated[int, Field(description="How many tokens these may have together.", ge=0)] = MAX_TOKENS
    max_input_tokens: Annotated[int, Field(description="How long a typed message may be, in tokens.", ge=1)] = 4000

    def __post_init__(self) -> None:
        # A server passes on whatever its client sent; "nl-NL" is Dutch, and other languages are the model's to speak.
        object.__setattr__(self, "language", as_language(self.language))


#: `Context`, or an application's own subclass of it.
ContextT = TypeVar("ContextT", bound=Context, default=Context)


def turn_language(context: Context | None, typed: str, former: Language | None) -> Language | None:
    """Return the language of a turn: the run's own, else that of the words typed, else the former one.

    Args:
        context: What the run is told.
        typed: What the user typed, or "".
        former: The language of the turn before.
    """
    return (context and context.language) or (language_of(typed) if typed else None) or former


def texts_of(state: Mapping[str, Any]) -> Texts:
    """Return the sentences of the language that the turn of `state` is spoken in."""
    return Texts(state.get("language") or DEFAULT_LANGUAGE)


def keeps_conversations() -> bool:
    """Tell whether the run under way has a checkpointer, and so can pause and be resumed.

    LangGraph has no public way to ask: a run's `execution_info.thread_id` is also there without a checkpointer when
    the caller names a thread.
    """
    return bool(get_config().get("configurable", {}).get(CHECKPOINTER))


def run_context() -> Context:
    """Return what the run under way was told, with the user that the server knows in the place of the one it was told.

    The only place where it is decided who is chatting.
    """
    runtime = get_runtime(Context)
    context = runtime.context or Context()
    user = runtime.server_info.user if runtime.server_info else None
    return replace(context, user=user.identity) if user and user.identity != ANONYMOUS else context
