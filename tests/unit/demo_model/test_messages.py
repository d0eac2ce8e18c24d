"""The demo model as a chat model: streaming, async, tools, ids, arbitrary input."""

import asyncio
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool

from hubspot_agent.demo_model import DemoModel
from hubspot_agent.demo_model.task import QUESTIONS, Task, parse_task, render_task
from hubspot_agent.demo_model.words import COMMANDS, INFINITIVES, PARTICLES
from hubspot_agent.texts import LANGUAGES, Texts, text
from hubspot_agent.tools.results import tool_message
from support.demo_chat import ANA, MODEL, SEEN_ANA, Chat, failed, found, prompt

TYPED = ["hello", "find Ana", "create Bob Smith, bob@x.example, phone 06-12345678", "add Bob", "who are you?", ""]


def conversation(typed):
    return [prompt([SEEN_ANA]), HumanMessage(typed)]


def assembled(chunks):
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


@pytest.mark.parametrize("typed", TYPED)
def test_streaming_equals_invoking(typed):
    chunks = list(MODEL.stream(conversation(typed)))
    whole, answer = assembled(chunks), MODEL.invoke(conversation(typed))
    assert whole.text == answer.text
    assert whole.tool_calls == answer.tool_calls
    assert len(chunks) > 2
    assert chunks[-1].chunk_position == "last"


@pytest.mark.parametrize("typed", TYPED)
async def test_the_async_twins_equal_the_sync_ones(typed):
    answer = MODEL.invoke(conversation(typed))
    again = await MODEL.ainvoke(conversation(typed))
    whole = assembled([chunk async for chunk in MODEL.astream(conversation(typed))])
    for other in (again, whole):
        assert (other.text, other.tool_calls) == (answer.text, answer.tool_calls)


async def test_a_long_answer_lets_other_tasks_run():
    turns = 0

    async def count():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    chunks = [chunk async for chunk in MODEL.astream(conversation("who are you?"))]
    counting.cancel()
    assert turns >= len(chunks) - 1


def test_the_same_step_has_the_same_call_id_and_every_other_its_own():
    typed = [HumanMessage("find Ana", id="1")], [HumanMessage("find Ana", id="2")]
    ids = [MODEL.invoke(messages).tool_calls[0]["id"] for messages in (typed[0], typed[0], typed[1])]
    assert ids[0] == ids[1] != ids[2]


def test_without_its_tools_it_says_so():
    assert "search_contacts" in DemoModel().invoke("find Ana").text


def test_it_drives_a_plain_agent():
    @tool(response_format="content_and_artifact")
    def search_contacts(query: str = "", email: str = "") -> tuple[str, dict]:
        """Search."""
        return "Found.", found(ANA)

    answer = create_agent(DemoModel(), [search_contacts]).invoke({"messages": [("user", "find Ana")]})["messages"][-1]
    assert "ana@acme.example" in answer.text


def test_a_message_in_blocks_is_read():
    assert MODEL.invoke([HumanMessage([{"type": "text", "text": "find Ana"}])]).tool_calls


VALUES = st.text(min_size=1).map(lambda value: " ".join("".join(filter(str.isprintable, value)).split())).filter(bool)
PROPERTIES = st.sampled_from(
    ["firstname", "lastname", "email", "phone", "company", "jobtitle", "city", "favourite_color"]
)


@given(
    question=st.sampled_from(sorted(QUESTIONS)),
    fields=st.dictionaries(PROPERTIES, VALUES),
    cleared=st.lists(PROPERTIES, unique=True),
    options=st.lists(VALUES, max_size=10),
    target=VALUES | st.just(""),
    language=st.sampled_from(LANGUAGES),
)
def test_a_question_reads_back_as_the_task_it_was(question, fields, cleared, options, target, language):
    task = Task(QUESTIONS[question], fields, cleared, target=target, options=options, ask=question)
    assert parse_task(render_task(task, Texts(language))) == task


def write_words():
    tables = (COMMANDS, INFINITIVES, PARTICLES)
    return {
        word
        for table in tables
        for phrase, meaning in table.items()
        if meaning != "search"
        for word in phrase
        if len(word) > 2
    }


SPOKEN = """
ana@acme.example bob@x.example 06-12345678 phone e-mail Ana Silva Bob job title her to and , . ? ! ' " - yes no 2
haar telefoon naar functie contact the of van in create change wis maak aan don't niet
"""
WORDS = st.sampled_from([*SPOKEN.split(), "\n", "محمد", "山田", "\u202e", "😀"])


@settings(max_examples=300)
@given(st.text(max_size=300) | st.lists(WORDS, max_size=20).map(" ".join))
@example("'s")
@example("\x00\x1f\ud7ff")
def test_no_text_breaks_it_or_makes_it_write_without_being_asked(typed):
    answer = MODEL.invoke(conversation(typed))
    assert answer.tool_calls or answer.text.strip()
    if any(call["name"] != "search_contacts" for call in answer.tool_calls):
        assert any(word in typed.casefold() for word in write_words())
        (call,) = answer.tool_calls
        assert len(call["args"]) > (1 if call["name"] == "update_contact" else 0)


@settings(max_examples=150)
@given(
    answers=st.lists(st.sampled_from(sorted(QUESTIONS)) | st.text(max_size=50), max_size=3),
    result=st.text(max_size=200) | st.sampled_from([found(ANA), found(), failed("timeout")]),
    typed=st.text(max_size=50)
    | st.sampled_from(["yes", "2", "more", "skip", "find Ana", "change her phone to 0612345678"]),
)
def test_no_conversation_breaks_it(answers, result, typed):
    texts = [AIMessage(text(each, "en") if each in QUESTIONS else each) for each in answers]
    messages = [prompt([SEEN_ANA]), *texts, HumanMessage(typed)]
    answer = MODEL.invoke(messages)
    if answer.tool_calls:
        call = answer.tool_calls[0]
        fits = isinstance(result, dict) and (call["name"] == "search_contacts" or result["outcome"] == "failed")
        said = tool_message(call, result) if fits else ToolMessage(str(result), tool_call_id=call["id"])
        answer = MODEL.invoke([*messages, answer, said])
    assert answer.tool_calls or answer.text.strip()


@pytest.mark.parametrize(
    "typed", ["a@" * 900, "(" * 1900, "1 " * 900, "'s" * 900, "create " * 280, "phone " * 300, "x" * 1_000_000]
)
def test_hostile_repetition_takes_no_time(typed):
    begun = time.perf_counter()
    Chat(seen=[SEEN_ANA]).say(typed)
    assert time.perf_counter() - begun < 5
