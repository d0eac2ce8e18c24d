"""The transcript: bounded, never without the greeting that brings the buttons, never with half of a tool's answer."""

import uuid

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from hubspot_agent.buttons import buttons
from hubspot_agent.memory.transcript import MAX_TRANSCRIPT, bounded_transcript

GREETING = AIMessage("Hello!", id="greeting", additional_kwargs={"buttons": buttons("en", ("search", "create"))})


def turn(number):
    """Return the four messages of a search."""
    call = {"name": "search_contacts", "args": {"query": "Ana"}, "id": f"call{number}"}
    return [
        HumanMessage(f"find {number}", id=f"human{number}"),
        AIMessage("", tool_calls=[call], id=f"calls{number}"),
        ToolMessage("1 contact matches.", tool_call_id=f"call{number}", id=f"result{number}"),
        AIMessage("Here.", id=f"answer{number}"),
    ]


@pytest.mark.parametrize("opened", [[GREETING], []], ids=["greeted", "not greeted"])
@pytest.mark.parametrize("handed_down", [False, True], ids=["new messages", "the whole conversation"])
def test_the_newest_stay_and_the_greeting(opened, handed_down):
    kept, everything = list(opened), list(opened)
    for number in range(40):
        new = turn(number)
        everything += new
        kept = bounded_transcript(kept, list(everything) if handed_down else new)
        assert len(kept) <= MAX_TRANSCRIPT
        assert kept[: len(opened)] == opened
        assert not isinstance(kept[len(opened)], ToolMessage)
        newest = kept[len(opened) :]
        assert [each.id for each in newest] == [each.id for each in everything[-len(newest) :]]
    assert len(kept) > MAX_TRANSCRIPT - 4


def test_a_message_without_an_id_gets_one():
    kept = bounded_transcript([], [HumanMessage("hello")])
    assert uuid.UUID(kept[0].id)
