"""The transcript: bounded, never with half of a tool's answer, and never without what the model is to be shown."""

import uuid

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from hubspot_agent.buttons import buttons
from hubspot_agent.memory.transcript import MAX_TRANSCRIPT, MIN_KEPT_MESSAGES, bounded_transcript, outdated

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


def texts(messages):
    """Return what stays of earlier turns: what was said."""
    return [each for each in messages if isinstance(each, HumanMessage) or (isinstance(each, AIMessage) and each.text)]


@pytest.mark.parametrize("opened", [[GREETING], []], ids=["greeted", "not greeted"])
@pytest.mark.parametrize("handed_down", [False, True], ids=["new messages", "the whole conversation"])
@pytest.mark.parametrize("trimmed", [False, True], ids=["at most", "as the window needs"])
def test_the_newest_stay_and_the_greeting(opened, handed_down, trimmed):
    kept, everything = list(opened), list(opened)
    for number in range(40):
        typed, *answer = turn(number)
        everything.append(typed)
        kept = bounded_transcript(kept, list(everything) if handed_down else [typed])
        assert kept[-1] == typed
        assert len(kept) <= MAX_TRANSCRIPT
        if trimmed:
            kept = bounded_transcript(kept, outdated(kept, max_messages=5, max_tokens=800))
        else:
            assert kept[: len(opened)] == opened
        newest = kept if trimmed else kept[len(opened) :]
        assert [each.id for each in newest] == [each.id for each in texts(everything)[-len(newest) :]]
        everything += answer
        kept = bounded_transcript(kept, list(everything) if handed_down else answer)
        assert kept[-4:] == [typed, *answer]  # The turn itself is whole.
    assert len(kept) == (MIN_KEPT_MESSAGES + 3 if trimmed else MAX_TRANSCRIPT)


@pytest.mark.parametrize(("max_messages", "kept"), [(1, MIN_KEPT_MESSAGES), (5, MIN_KEPT_MESSAGES), (40, 40)])
def test_what_the_model_is_shown_stays(max_messages, kept):
    messages = [HumanMessage("hello", id=str(number)) for number in range(50)]
    old = outdated(messages, max_messages=max_messages, max_tokens=800)
    assert [each.id for each in old] == [str(number) for number in range(50 - kept)]


def test_long_messages_stay_only_as_long_as_the_model_may_be_shown_them():
    messages = [HumanMessage("word " * 500, id=str(number)) for number in range(10)]
    for max_tokens, kept in ((0, 1), (800, 3), (8000, 10)):
        assert len(outdated(messages, max_messages=5, max_tokens=max_tokens)) == 10 - kept


def test_what_a_provider_tells_of_an_answer_goes_with_the_turn():
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    answer = AIMessage("Hi!", id="1", response_metadata={"model_name": "gpt"}, usage_metadata=usage)
    kept = bounded_transcript([HumanMessage("hello", id="0")], [answer])
    assert kept[-1] == answer
    assert bounded_transcript(kept, [HumanMessage("thanks", id="2")])[1] == AIMessage("Hi!", id="1")


def test_a_message_without_an_id_gets_one():
    kept = bounded_transcript([], [HumanMessage("hello")])
    assert uuid.UUID(kept[0].id)
