"""What is kept of a message that is too long to be answered: its beginning."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, MessageLikeRepresentation, convert_to_messages

from hubspot_agent.memory.tokens import fit, is_short

#: How much of a refused message is kept, for people to see which one it was.
STAND_IN_CHARACTERS = 200

#: In `additional_kwargs`, what marks a message as a stand-in.
TOO_LONG = "too_long"


def stand_in(message: HumanMessage, max_tokens: int) -> HumanMessage:
    """Return `message`, or the beginning of it when it has more than `max_tokens` tokens."""
    if fit([message.text], max_tokens):
        return message
    beginning = f"{message.text[:STAND_IN_CHARACTERS].strip()} …"
    return HumanMessage(beginning, id=message.id, additional_kwargs={TOO_LONG: True})


def is_stand_in(message: BaseMessage) -> bool:
    """Tell whether `message` stands for one that was too long."""
    return bool(message.additional_kwargs.get(TOO_LONG))


def takes_counting(turn: Any, max_tokens: int) -> bool:
    """Tell whether `with_stand_ins` has to count tokens, which takes its time when it is the first time."""
    return any((typed := _typed(each)) and not is_short([typed.text], max_tokens) for each in _messages(turn))


def with_stand_ins(turn: Any, max_tokens: int) -> Any:
    """Return what a turn begins with, with a stand-in for each message of the user's that is too long.

    Args:
        turn: Whatever the graph is invoked with.
        max_tokens: How long a message may be.
    """
    messages = _messages(turn)
    short = [_short(each, max_tokens) for each in messages]
    if all(new is old for new, old in zip(short, messages, strict=True)):
        return turn
    return {**turn, "messages": short}


def _messages(turn: Any) -> Sequence[Any]:
    messages = turn.get("messages") if isinstance(turn, Mapping) else None
    return messages if isinstance(messages, list | tuple) else ()


def _short(given: MessageLikeRepresentation, max_tokens: int) -> MessageLikeRepresentation:
    typed = _typed(given)
    return given if typed is None or (short := stand_in(typed, max_tokens)) is typed else short


def _typed(given: MessageLikeRepresentation) -> HumanMessage | None:
    with suppress(Exception):  # LangGraph says what is wrong with what is not a message.
        [message] = convert_to_messages([given])
        return message if isinstance(message, HumanMessage) else None
    return None
