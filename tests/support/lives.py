"""A conversation led by processes that are killed, on the page, in the terminal and by a client of the graph.

Each process is a fork of one that has imported everything, so that a test can have many of them. Moments are counted in
statements to the database, or in seconds: a process is killed just before the former, or after the latter.
"""

import asyncio
import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from multiprocessing import forkserver, get_context
from pathlib import Path
from threading import Timer
from typing import Any
from uuid import uuid4

import aiosqlite
import pytest
import time_machine
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.types import Command

import hubspot_agent.terminal.startup  # noqa: F401 -- imported once, for all of them
from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.chat.storage import prune
from hubspot_agent.cli.main import main
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.web.conversation import Conversation, Speech
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.database import database
from hubspot_agent.web.identity import LOCAL_USER
from hubspot_agent.web.turn import Threads
from support.chat import NO_LIMITS
from support.openai_wire import KEY

#: What a process does in a conversation: gets the addresses of the services, its folder, what is typed, what is
#: decided when a write waits, and when it is killed after that; returns "waiting" if one waits, and what was said.
Life = Callable[["Services", Path, str, str, Callable[[], None]], list[str]]

BOB = "create Bob Jones, bob@globex.example"

#: The first names of the contacts that are made, by the decision made last.
FIRST_NAMES = {"approve": ["Bob"], "edit": ["Bobby"], "reject": []}


class Services:
    """Where a process finds HubSpot and a model."""

    def __init__(self, crm_url: str, crm_token: str, model_url: str = "") -> None:
        self.crm_url, self.crm_token, self.model_url = crm_url, crm_token, model_url

    def port(self) -> HubSpotContacts:
        return HubSpotContacts(self.crm_token, host=self.crm_url, default_region="NL", **NO_LIMITS)


def live(
    life: Life,
    services: Services,
    directory: Path,
    *,
    typed: str = "",
    decided: str = "",
    moment: float | None = None,
    until: Callable[[], bool] = lambda: False,
    clock: timedelta = timedelta(0),
) -> list[str] | None:
    """Live a part of the conversation in a process of its own; return what it saw, or `None` if it was killed.

    Args:
        life: Where the conversation is led: `page`, `terminal` or `client`.
        services: HubSpot and the model.
        directory: Where the conversation is kept.
        typed: What is typed; without it the process goes on where an earlier one ended.
        decided: "approve", "edit" or "reject", where a write waits.
        moment: When it is killed: before this many statements to the database (an `int`), or after this many seconds,
            from the decision on, or from the typed words where nothing is decided.
        until: Or it is killed when this has come to be true.
        clock: By how much the time of day is wrong for it.
    """
    processes = _processes()
    receiver, sender = processes.Pipe(duplex=False)
    process = processes.Process(target=_live, args=(life, services, directory, typed, decided, moment, clock, sender))
    process.start()
    sender.close()
    for _ in range(12_000):
        if receiver.poll(0.01):
            break
        if until():
            process.kill()
    try:
        seen: list[str] = receiver.recv()
    except EOFError:
        seen = []
    process.join(1)
    if process.exitcode is None:
        process.kill()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return seen or None


@cache
def _processes() -> Any:
    processes = get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    with pytest.MonkeyPatch.context() as patch:  # What is forked finds its modules by this alone.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()
    return processes


def _live(
    life: Life,
    services: Services,
    directory: Path,
    typed: str,
    decided: str,
    moment: float | None,
    clock: timedelta,
    sender: Any,
) -> None:
    with time_machine.travel(datetime.now(UTC) + clock) if clock else nullcontext():
        sender.send(life(services, directory, typed, decided, lambda: _die_at(moment)))


def _die_at(moment: float | None) -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if isinstance(moment, float):
        Timer(moment, die).start()
    elif moment is not None:
        left = moment
        run = aiosqlite.Connection._execute

        async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal left
            if left == 0:
                die()
            left -= 1
            return await run(self, *args, **kwargs)

        aiosqlite.Connection._execute = counted  # type: ignore[method-assign]


def page(services: Services, directory: Path, typed: str, decided: str, begin_to_die: Callable[[], None]) -> list[str]:
    """The page, without the browser."""

    async def lead() -> list[str]:
        async with database(None, directory) as kept:
            graph = build_graph(model=DemoModel(), contacts=services.port(), checkpointer=kept.checkpointer)
            pruned = partial(prune, kept.checkpointer)
            conversations = Conversations(
                threads=Threads(graph=graph, links=False, report=lambda error, _: repr(error), prune=pruned),
                tables=kept.tables,
                account="test",
                context=Context(approve_writes=True),
            )
            conversation = await conversations.get(LOCAL_USER, "0" * 32)
            await conversation.open(Speech("en"))
            await idle(conversation)
            if typed:
                if not decided:
                    begin_to_die()
                await conversation.say(uuid4().hex, typed, Speech("en"))
                await idle(conversation)
            waiting = ["waiting"] if conversation.waits else []
            if conversation.waits and decided:
                begin_to_die()
                card = next(item.data for item in conversation.transcript.latest if item.data["kind"] == "approval")
                fields = {"firstname": "Bobby"} if decided == "edit" else {}
                await conversation.decide(card["pause"], 0, decided, Speech("en"), fields=fields, contact="")
                await idle(conversation)
            said = [item.data for item in conversation.transcript.latest if item.data["kind"] == "assistant"]
            return [*waiting, said[-1]["text"]]

    async def idle(conversation: Conversation) -> None:
        while conversation.busy:
            await conversation.changed.wait()

    return asyncio.run(lead())


def client(
    services: Services, directory: Path, typed: str, decided: str, begin_to_die: Callable[[], None]
) -> list[str]:
    """A client of the graph, as those of a server are: it sees the state of the conversation and nothing else."""

    async def lead() -> list[str]:
        async with AsyncSqliteSaver.from_conn_string(str(directory / "graph.sqlite")) as saver:
            graph = build_graph(model=DemoModel(), contacts=services.port(), checkpointer=saver)
            config: Any = {"configurable": {"thread_id": "1"}}
            options: Any = {"context": Context(approve_writes=True)}
            if typed:
                if not decided:
                    begin_to_die()
                await graph.ainvoke({"messages": [("user", typed)]}, config, **options)
            state = await graph.aget_state(config)
            waiting = bool(state.interrupts)
            if waiting and decided:
                begin_to_die()
                await graph.ainvoke(Command(resume={"decisions": [_decision(decided)]}), config, **options)
            elif state.tasks:
                await graph.ainvoke(None, config, **options)
            answer = (await graph.aget_state(config)).values["messages"][-1].text
            return [*(["waiting"] if waiting else []), answer]

    return asyncio.run(lead())


def _decision(decided: str) -> dict[str, Any]:
    if decided != "edit":
        return {"type": decided}
    args = {"firstname": "Bobby", "lastname": "Jones", "email": "bob@globex.example"}
    return {"type": "edit", "edited_action": {"name": "create_contact", "args": args}}


def terminal(
    services: Services, directory: Path, typed: str, decided: str, begin_to_die: Callable[[], None]
) -> list[str]:
    """The command `hubspot-agent chat`, in a conversation that has a name."""
    waiting: list[str] = []
    answers = {"approve": ["a"], "edit": ["e", "Bobby", "", ""], "reject": ["r"]}.get(decided, [])
    printed = io.StringIO()

    class Hands(io.StringIO):
        """Types when it is asked: what is typed first, then the decision about a write that is shown."""

        lines = [typed] if typed else []

        def readline(self, *_: Any) -> str:
            shown = printed.getvalue().rstrip().splitlines()[-1]
            if answers and shown.startswith("    "):
                waiting[:] = ["waiting"]
                begin_to_die()
                self.lines, answers[:] = [*answers], []
            elif self.lines == [typed] and not decided:
                begin_to_die()
            return f"{self.lines.pop(0)}\n" if self.lines else ""

    os.environ.update(
        XDG_STATE_HOME=str(directory),
        HUBSPOT_ACCESS_TOKEN=services.crm_token,
        HUBSPOT_BASE_URL=services.crm_url,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=services.model_url,
    )
    sys.stdin = Hands()
    with redirect_stdout(printed):
        main(["chat", "--thread", "bob"])
    return [*waiting, printed.getvalue()]
