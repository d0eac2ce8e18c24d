"""`hubspot-agent chat`: puts the pieces of one conversation together."""

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
from hubspot_agent.chat.backends import services
from hubspot_agent.chat.storage import conversations_file, user_name
from hubspot_agent.graph import build_graph
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context
from hubspot_agent.terminal.chat import Chat
from hubspot_agent.terminal.keyboard import Keyboard
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.terminal.turn import Turns
from hubspot_agent.texts import Language, text

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Options:
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
    def kept_sandbox(self) -> Path | None:
        """Where the sandbox of a named conversation is kept, so that its contacts are there when it goes on."""
        if self.thread is None:
            return None
        return self.state_directory / f"sandbox-{quote(self.thread, safe='')}.sqlite"


def chat(settings: Settings, options: Options, report: Callable[[Exception, Language], str]) -> bool:
    """Chat until the user leaves.

    Args:
        settings: Keys, model and language.
        options: How to chat.
        report: Notes an unexpected error and returns the sentence for the user.

    Returns:
        Whether a call to HubSpot may still be under way, of a turn that the user stopped.

    Raises:
        CannotStartError: There is a HubSpot token and no model that may write there; a file cannot be used;
            or the audit trail of writes into HubSpot cannot be kept.
    """
    language = options.language or settings.language
    with (
        services(
            settings,
            demo=options.demo,
            sandbox_file=options.sandbox_file,
            kept_in=options.kept_sandbox,
        ) as used,
        asyncio.Runner() as runner,
        _on(runner, _checkpointer(options)) as checkpointer,
    ):
        screen = Screen(links=used.on_hubspot)
        screen.note(used.notice(language))
        if not options.approve_writes:
            screen.note(text("terminal.approvals_off", language))
        screen.note(text("terminal.help", language))
        graph = build_graph(model=used.model, checkpointer=checkpointer, settings=used.settings)
        context = Context(language=options.language, approve_writes=options.approve_writes, user=user_name())
        thread = f"{used.account}:{options.thread or uuid4()}"
        turns = Turns(graph, {"configurable": {"thread_id": thread}}, context, screen, language)
        conversation = Chat(turns, runner, screen, Keyboard(), report=report)

        def warn(error: Exception) -> None:
            screen.say(text("audit.not_kept", language, error=type(error).__name__), "red")

        with audit_trail(options.state_directory, warn, required=used.on_hubspot):
            conversation.run()
    return conversation.stopped


@contextmanager
def _on(runner: asyncio.Runner, resource: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Open `resource` on the runner's event loop, and close it there."""
    opened = runner.run(resource.__aenter__())
    try:
        yield opened
    finally:
        runner.run(resource.__aexit__(None, None, None))


@asynccontextmanager
async def _checkpointer(options: Options) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """Open where the conversation is kept: a file of the user's own, or memory for one without a name."""
    if options.thread is None:
        yield InMemorySaver()
        return
    async with conversations_file(options.state_directory / "conversations.sqlite") as saver:
        yield saver
