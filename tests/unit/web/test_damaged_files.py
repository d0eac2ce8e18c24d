"""A damaged file is named, with what helps: when the page starts, and when it is noticed only later."""

import sqlite3
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from hubspot_agent.chat.storage import prune
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.errors import CannotStartError
from hubspot_agent.graph import build_graph
from hubspot_agent.state import Context
from hubspot_agent.texts import Language
from hubspot_agent.web.access import LocalAccess
from hubspot_agent.web.app import page_app
from hubspot_agent.web.conversation import Speech
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.database import database, database_error
from hubspot_agent.web.turn import Threads

FILES = ("web.sqlite", "web-transcripts.sqlite")
EVENTS = f"/conversations/{'0' * 32}/events?poll="


def speech(request: Request) -> Speech:
    return Speech("en")


async def ask(directory: Path, *paths: str) -> list[httpx.Response]:
    """Return what the page answers to requests one after another, with its files in `directory`."""

    def report(error: Exception, language: Language) -> str:
        found = database_error(error, directory)
        return found.sentence(language) if found else f"unexpected: {error!r}"

    async with database(None, directory) as kept:
        graph = build_graph(model=DemoModel(), checkpointer=kept.checkpointer)
        threads = Threads(graph=graph, links=False, report=report, prune=partial(prune, kept.checkpointer))
        conversations = Conversations(threads=threads, tables=kept.tables, account="test", context=Context())
        app = page_app(
            conversations, LocalAccess(), speech_of=speech, notice=lambda language: "", report=report, hosts=("page",)
        )
        accept = {"Accept": "text/event-stream"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://page", headers=accept
        ) as client:
            return [await client.get(path) for path in paths]


@pytest.mark.parametrize("name", FILES)
async def test_at_the_start(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no database" * 1000)
    with pytest.raises(CannotStartError) as caught:
        await ask(tmp_path)
    assert str(tmp_path / name) in caught.value.sentence("en")
    assert "move it away" in caught.value.sentence("en")


@pytest.mark.parametrize("name", FILES)
async def test_later(tmp_path: Path, name: str) -> None:
    [answer] = await ask(tmp_path, EVENTS)
    assert "Hello!" in answer.text
    file = tmp_path / name
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    file.write_bytes(whole)
    for answer in await ask(tmp_path, EVENTS, *(["/conversations"] if "transcripts" in name else [])):
        assert "event: problem" in answer.text
        assert str(file) in answer.text
        assert "is damaged" in answer.text
