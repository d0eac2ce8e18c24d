"""A conversation on the server: one turn at a time, however soon it is stopped, and nothing of it is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.errors import DatabaseError
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.state import Context
from hubspot_agent.texts import Language
from hubspot_agent.web.conversation import Conversation, Speech
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.database import sqlite_tables
from hubspot_agent.web.identity import User
from hubspot_agent.web.turn import Report, Threads
from support.scripted import ScriptedModel

SAM, ANA = User("sam", "sam"), User("ana", "ana")
ENGLISH = Speech("en")
BOB = "create Bob Jones, bob.jones@globex.example"
CREATE_BOB = (
    "create_contact",
    {"firstname": "Bob", "lastname": "Jones", "email": "bob.jones@globex.example", "city": "Faro"},
)


def report(error: Exception, language: Language) -> str:
    raise error


@asynccontextmanager
async def conversations(
    port: HubSpotContacts,
    saver: Any,
    file: Path,
    model: BaseChatModel | None = None,
    approve_writes: bool = True,
    told: Report = report,
) -> AsyncIterator[Conversations]:
    graph = build_graph(model=model or DemoModel(), contacts=port, checkpointer=saver)
    async with sqlite_tables(file) as tables:
        yield Conversations(
            threads=Threads(graph=graph, links=False, report=told),
            tables=tables,
            account="test",
            context=Context(approve_writes=approve_writes),
        )


@pytest.fixture
async def kept(port: HubSpotContacts, tmp_path: Path) -> AsyncIterator[Conversations]:
    async with conversations(port, InMemorySaver(), tmp_path / "web.sqlite") as kept:
        yield kept


async def begun(kept: Conversations, conversation_id: str = "0" * 32) -> Conversation:
    conversation = await kept.get(SAM, conversation_id)
    await conversation.open(ENGLISH)
    return conversation


async def idle(conversation: Conversation) -> None:
    while conversation.busy:
        await conversation.changed.wait()


async def begin(conversation: Conversation, how: str) -> bool:
    """Type `how`, or do what it names with the only card or a button."""
    card = next((item for item in conversation.transcript.latest if item.data["kind"] == "approval"), None)
    if how == "approve":
        assert card
        return await conversation.decide(card.data["pause"], 0, "approve", ENGLISH, fields={}, contact="")
    if how == "reopen":
        assert card
        return await conversation.reopen(card.id, ENGLISH)
    if how == "press":
        return await conversation.press("search", ENGLISH)
    return await conversation.say("f" * 32, how, ENGLISH)


async def say(conversation: Conversation, words: str) -> None:
    assert await conversation.say(uuid4().hex, words, ENGLISH)
    await idle(conversation)


def shown(conversation: Conversation, kind: str) -> Iterator[dict[str, Any]]:
    return (item.data for item in conversation.transcript.latest if item.data["kind"] == kind)


async def test_the_model_is_told_that_the_page_shows_tables(port: HubSpotContacts, tmp_path: Path) -> None:
    model = ScriptedModel()
    async with conversations(port, InMemorySaver(), tmp_path / "web.sqlite", model) as kept:
        await say(await begun(kept), "find Ana")
    assert "do not list them" in model.seen[-1][0].text


async def test_a_turn_stopped_before_its_first_step_leaves_the_conversation_free(kept: Conversations) -> None:
    conversation = await begun(kept)
    assert await conversation.say(uuid4().hex, "hello", ENGLISH)
    await conversation.stop(ENGLISH)
    assert not conversation.busy
    await say(conversation, "find Ana")
    assert [each["note"] for each in shown(conversation, "note")] == ["stopped"]
    assert len(list(shown(conversation, "contacts"))) == 1


async def test_a_message_sent_again_is_taken_once(kept: Conversations) -> None:
    conversation = await begun(kept)
    for _ in range(2):
        assert await conversation.say("a" * 32, "hello", ENGLISH)
        await idle(conversation)
    assert all(await asyncio.gather(*(conversation.say("b" * 32, "hello", ENGLISH) for _ in range(3))))
    await idle(conversation)
    assert len(list(shown(conversation, "user"))) == 2


@pytest.mark.parametrize("words", ["yes please", "Go ahead!", "doe maar", "👍🏽", "ok, thanks"])
async def test_a_yes_approves(kept: Conversations, crm: Sandbox, words: str) -> None:
    conversation = await begun(kept)
    await say(conversation, BOB)
    await say(conversation, words)
    assert [each["properties"]["firstname"] for each in crm.contacts()] == ["Ana", "Bob"]
    assert [each["text"] for each in shown(conversation, "user")] == [BOB, words]


@pytest.mark.parametrize("words", ["no thanks", "Nee, laat maar", "don't do it", "👎"])
async def test_a_no_rejects(kept: Conversations, crm: Sandbox, words: str) -> None:
    conversation = await begun(kept)
    await say(conversation, BOB)
    await say(conversation, words)
    assert len(crm.contacts()) == 1
    assert [each["state"] for each in shown(conversation, "approval")] == ["reject"]


@pytest.mark.parametrize("approve_writes", [True, False])
@pytest.mark.parametrize("decision", ["yes", "no"])
async def test_anything_else_sets_the_write_aside_and_its_card_is_opened_again(
    port: HubSpotContacts, crm: Sandbox, tmp_path: Path, decision: str, approve_writes: bool
) -> None:
    """Also a value that nobody said is on the card again, and nothing is written without a decision."""
    model = ScriptedModel(replies=[[CREATE_BOB], "Here she is.", "Done."])
    async with conversations(port, InMemorySaver(), tmp_path / "web.sqlite", model, approve_writes) as kept:
        conversation = await begun(kept)
        await say(conversation, BOB)
        await say(conversation, "find Ana")
        [card] = [item for item in conversation.transcript.latest if item.data["kind"] == "approval"]
        assert card.data["state"] == "set_aside"
        asked = len(model.seen)
        assert await conversation.reopen(card.id, ENGLISH)
        await idle(conversation)
        assert len(model.seen) == asked
        assert len(crm.contacts()) == 1
        before, again = shown(conversation, "approval")
        assert (before["state"], again["state"]) == ("reopened", "waiting")
        assert [again["request"][name] for name in ("changes", "doubts")] == [
            card.data["request"][name] for name in ("changes", "doubts")
        ]
        assert len(again["request"]["doubts"]) == 1
        await say(conversation, decision)
        assert [each["text"] for each in shown(conversation, "user")] == [BOB, "find Ana", decision]
        assert len(crm.contacts()) == (2 if decision == "yes" else 1)


async def test_a_yes_typed_before_a_card_was_there_does_not_decide_about_it(kept: Conversations, crm: Sandbox) -> None:
    conversation = await begun(kept)
    await say(conversation, BOB)
    assert not await conversation.say(uuid4().hex, "yes", ENGLISH, waited=True)
    assert [each["state"] for each in shown(conversation, "approval")] == ["waiting"]
    assert len(crm.contacts()) == 1


async def test_what_another_process_left_is_there_again(port: HubSpotContacts, crm: Sandbox, tmp_path: Path) -> None:
    saver = InMemorySaver()
    async with conversations(port, saver, tmp_path / "web.sqlite") as kept:
        conversation = await begun(kept)
        await say(conversation, BOB)
        before = [item.data for item in conversation.transcript.latest]
    async with conversations(port, saver, tmp_path / "web.sqlite") as kept:
        again = await begun(kept)
        assert [item.data for item in again.transcript.latest] == before
        assert [each.title("en") for each in await kept.listed(SAM)] == ["Create Bob Jones"]
        await say(again, "yes")
        assert len(crm.contacts()) == 2


async def test_the_transcript_is_whole_however_long_it_gets(kept: Conversations) -> None:
    conversation = await begun(kept)
    for number in range(30):
        await say(conversation, f"hello {number}")
    items = await conversation.transcript.all()
    assert [each.data["text"] for each in items if each.data["kind"] == "user"] == [f"hello {n}" for n in range(30)]
    assert [each.position for each in items] == list(range(1, len(items) + 1))


async def test_of_a_message_that_is_too_long_only_the_beginning_is_kept(kept: Conversations) -> None:
    conversation = await begun(kept)
    await say(conversation, "word " * 5_000)
    [typed] = shown(conversation, "user")
    assert len(typed["text"]) < 500
    assert "too long" in [*shown(conversation, "assistant")][-1]["text"]


async def test_a_conversation_is_renamed_found_and_deleted_for_good(kept: Conversations) -> None:
    conversation = await begun(kept)
    await say(conversation, "find Ana Silva")
    await kept.rename(conversation, "My title")
    assert [each.title("en") for each in await kept.listed(SAM, search="MY TITLE")] == ["My title"]
    assert [each.id for each in await kept.listed(SAM, search="ana@acme")] == ["0" * 32]
    assert await kept.listed(SAM, search="100%") == []
    assert await kept.listed(ANA) == []
    thread = conversation.record.thread
    await kept.delete(conversation)
    assert await kept.listed(SAM) == []
    assert await kept.tables.fetch("SELECT * FROM page_items WHERE thread = %s", thread) == []
    saver: Any = kept.threads.graph.checkpointer
    assert saver.get_tuple({"configurable": {"thread_id": thread}}) is None


@pytest.mark.parametrize(
    ("before", "how", "card"),
    [
        ([], "find Ana", None),
        ([], "press", None),
        ([BOB], "yes", "approve"),
        ([BOB], "approve", "approve"),
        ([BOB], "find Ana", "set_aside"),
        ([BOB, "find Ana"], "reopen", "reopened"),
    ],
)
async def test_what_could_not_be_stored_is_taken_when_it_is_sent_again(
    kept: Conversations, crm: Sandbox, before: list[str], how: str, card: str | None
) -> None:
    conversation = await begun(kept)
    for words in before:
        await say(conversation, words)
    items = [item.data for item in conversation.transcript.latest]
    await kept.tables.execute("PRAGMA query_only = ON")
    with pytest.raises(DatabaseError):
        await begin(conversation, how)
    assert not conversation.busy
    assert [item.data for item in conversation.transcript.latest] == items
    await kept.tables.execute("PRAGMA query_only = OFF")
    assert await begin(conversation, how)
    await idle(conversation)
    assert len(conversation.transcript.latest) > len(items)
    assert [each["state"] for each in shown(conversation, "approval")][:1] == ([card] if card else [])
    assert len(crm.contacts()) == (2 if card == "approve" else 1)


async def test_a_turn_whose_answer_cannot_be_stored_leaves_the_conversation_free(
    port: HubSpotContacts, tmp_path: Path
) -> None:
    async with conversations(
        port, InMemorySaver(), tmp_path / "web.sqlite", told=lambda error, language: type(error).__name__
    ) as kept:
        conversation = await begun(kept)
        assert await conversation.say(uuid4().hex, "find Ana", ENGLISH)
        await kept.tables.execute("PRAGMA query_only = ON")
        await idle(conversation)
        assert [each["text"] for each in shown(conversation, "note")] == ["DatabaseError"]
        await kept.tables.execute("PRAGMA query_only = OFF")
        await say(conversation, "find Ana")
        assert len(list(shown(conversation, "contacts"))) == 1


@pytest.mark.parametrize(("how", "state"), [("yes", "waiting"), ("approve", "set_aside")])
async def test_an_approval_stopped_while_it_is_stored_writes_nothing(
    kept: Conversations, crm: Sandbox, tmp_path: Path, how: str, state: str
) -> None:
    conversation = await begun(kept)
    await say(conversation, BOB)
    other = sqlite3.connect(tmp_path / "web.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # What the page stores waits for it.
    approval = asyncio.create_task(begin(conversation, how))
    while not conversation.busy:
        await conversation.changed.wait()
    stop = asyncio.create_task(conversation.stop(ENGLISH))
    while conversation.busy:
        await asyncio.sleep(0)
    other.close()
    assert await approval
    await stop
    assert not conversation.busy
    assert [each["state"] for each in shown(conversation, "approval")] == [state]
    assert len(crm.contacts()) == 1
    await say(conversation, "find Ana")
    assert len(crm.contacts()) == 1


async def test_a_deleted_conversation_takes_nothing_more(kept: Conversations) -> None:
    """Another window may look at it still."""
    conversation = await begun(kept)
    await say(conversation, "find Ana")
    await kept.delete(conversation)
    for how in ("find Ana", "press"):
        assert not await begin(conversation, how)
    assert not conversation.busy
    assert await kept.tables.fetch("SELECT * FROM page_items") == []
