"""Starts the chat in the terminal: opens what it needs, runs it, and closes it again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote
from uuid import uuid4

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent.audit.file import audit_trail
from hubspot_agent.chat.backends import open_backends
from hubspot_agent.chat.storage import conversations_file, user_name
from hubspot_agent.graph import build_graph
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context
from hubspot_agent.terminal.chat import Chat
from hubspot_agent.terminal.keyboard import Keyboard
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.terminal.turn_runner import TurnRunner
from hubspot_agent.texts import Language, Texts

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ChatOptions:
    """How to chat.

    Attributes:
        state_directory: Where the audit trail and named conversations are kept.
        language: The language to speak; `None` follows the user's.
        thread: The conversation's name, to come back to it; `None` is a new one that is not kept.
        approve_writes: Whether each write waits for the user's approval.
        sandbox_file: Use the sandbox, kept in this file, whatever keys there are.
        demo: Use the sandbox and the demo model whatever keys there are.
    """

    state_directory: Path
    language: Language | None = None
    thread: str | None = None
    approve_writes: bool = True
    sandbox_file: Path | None = None
    demo: bool = False

    @property
    def default_sandbox_file(self) -> Path | None:
        """The file of a named conversation's sandbox, so that its contacts are there when it goes on."""
        if self.thread is None:
            return None
        return self.state_directory / f"sandbox-{quote(self.thread, safe='')}.sqlite"


def run_chat(settings: Settings, options: ChatOptions, report_error: Callable[[Exception, Texts], str]) -> bool:
    """Chat until the user leaves.

    Args:
        settings: Keys, model and language.
        options: How to chat.
        report_error: Logs an unexpected error and returns the sentence for the user.

    Returns:
        Whether a call to HubSpot may still be under way, of a turn that the user stopped.

    Raises:
        CannotStartError: There is a HubSpot token and no model that may write there; a file cannot be used;
            or the audit trail of writes into HubSpot cannot be kept.
    """
    texts = Texts(options.language or settings.language)
    with (
        open_backends(
            settings,
            demo=options.demo,
            sandbox_file=options.sandbox_file,
            default_sandbox_file=options.default_sandbox_file,
        ) as backends,
        asyncio.Runner() as runner,
        _opened_on(runner, _checkpointer(options)) as checkpointer,
    ):
        screen = Screen(links=backends.on_hubspot)
        screen.note(backends.notice(texts))
        if not options.approve_writes:
            screen.note(texts("terminal.approvals_off"))
        screen.note(texts("terminal.help"))
        graph = build_graph(model=backends.model, checkpointer=checkpointer, settings=backends.settings)
        context = Context(
            language=options.language, approve_writes=options.approve_writes, shows_contacts=True, user=user_name()
        )
        thread = f"{backends.account}:{options.thread or uuid4()}"
        turns = TurnRunner(graph, {"configurable": {"thread_id": thread}}, context, screen, texts)
        conversation = Chat(turns, runner, screen, Keyboard(), report_error=report_error)

        def warn(error: Exception) -> None:
            screen.say(texts("audit.not_kept", error=type(error).__name__), "red")

        with audit_trail(options.state_directory, warn, required=backends.on_hubspot):
            conversation.run()
    return conversation.stopped


@contextmanager
def _opened_on(runner: asyncio.Runner, resource: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Open `resource` on the runner's event loop, and close it there."""
    opened = runner.run(resource.__aenter__())
    try:
        yield opened
    finally:
        runner.run(resource.__aexit__(None, None, None))


@asynccontextmanager
async def _checkpointer(options: ChatOptions) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """Open the checkpointer: a file of the user's own, or memory for a conversation without a name."""
    if options.thread is None:
        yield InMemorySaver()
        return
    async with conversations_file(options.state_directory / "conversations.sqlite") as saver:
        yield saver
