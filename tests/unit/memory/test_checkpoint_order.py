"""Turns of one conversation on machines whose clocks differ."""

from collections.abc import Callable
from uuid import UUID

from langgraph.checkpoint.memory import InMemorySaver

from support.chat import Chat
from support.scripted import ScriptedModel

#: A minute in the 48 upper bits of the time that an id begins with, each of 4096 times 100 ns.
MINUTE = 60 * 10_000_000 // 4096


def test_each_turn_comes_after_what_a_machine_ahead_has_stored(chat: Callable[..., Chat]) -> None:
    talk = chat(ScriptedModel(replies=["One.", "Two.", "Three."]))
    for words, answer in (("one", "One."), ("two", "Two."), ("three", "Three.")):
        assert talk.say(words).text == answer
        assert talk.graph.get_state(talk.config).values["messages"][-1].text == answer
        store_ahead(talk)


def store_ahead(talk: Chat) -> None:
    """Store the newest checkpoint again as a machine would have whose clock is a minute ahead."""
    saver: InMemorySaver = talk.graph.checkpointer
    newest = saver.get_tuple(talk.config)
    assert newest is not None
    ahead = UUID(int=UUID(newest.checkpoint["id"]).int + (MINUTE << 80))
    saver.put(
        {"configurable": {"thread_id": talk.thread, "checkpoint_ns": ""}},
        {**newest.checkpoint, "id": str(ahead)},
        newest.metadata,
        newest.checkpoint["channel_versions"],
    )
