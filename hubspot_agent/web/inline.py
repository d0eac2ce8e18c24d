"""The page inside a notebook, for any graph."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from socket import AF_INET, IPPROTO_TCP, SOCK_STREAM, socket
from typing import Any, cast

import uvicorn
from starlette.requests import Request

from hubspot_agent.chat.storage import user_name
from hubspot_agent.errors import log_error
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.paths import default_state_directory
from hubspot_agent.state import Context
from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, text
from hubspot_agent.web.access import LocalAccess
from hubspot_agent.web.app import page_app
from hubspot_agent.web.connections import server_config
from hubspot_agent.web.conversation import Speech
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.database import sqlite_tables
from hubspot_agent.web.languages import speech_of
from hubspot_agent.web.search import search_in
from hubspot_agent.web.security import LOOPBACK_NAMES
from hubspot_agent.web.turn import Graph, Threads

#: Seconds that the page may take to be there.
START_TIMEOUT_S = 30


class InlineChat:
    """The page below a notebook's cell, served by a thread of the notebook's process.

    Attributes:
        url: Its address, on a free port of this machine.
        height: Its height in pixels.
    """

    def __init__(self, end: Callable[[], None], thread: threading.Thread, url: str, height: int) -> None:
        self.url = url
        self.height = height
        self._end = end
        self._thread = thread

    def close(self) -> None:
        """End the page."""
        self._end()
        self._thread.join()

    def show(self) -> None:
        """Show it below the cell that runs, where there is a notebook."""
        with suppress(ImportError):
            from IPython import get_ipython
            from IPython.display import IFrame, display

            if get_ipython() is not None:
                display(IFrame(self.url, "100%", self.height))  # type: ignore[no-untyped-call]


def inline_chat(
    graph: Graph,
    *,
    contacts: HubSpotContacts | Callable[[Any], HubSpotContacts] | None = None,
    context: Context | None = None,
    height: int = 640,
    language: Language = DEFAULT_LANGUAGE,
    notice: str = "",
    links: bool = False,
) -> InlineChat:
    """Show the chat below a notebook's cell; it answers as long as the notebook's process lives.

    Args:
        graph: The assistant, with a checkpointer, which keeps the conversations.
        contacts: The port, or a callable of the context that returns one, as `build_graph` has them: with it a table
            goes on by *Show more*.
        context: What each run is told; `None` asks for approval of every write.
        height: Its height in pixels.
        language: The language of the page's own words.
        notice: A line at the top, such as what the assistant works with.
        links: Whether contacts link to their records, which a sandbox has none of.

    Returns:
        The page. `url` is its address, on a free port of this machine; `close()` ends it.

    Raises:
        ValueError: The graph has no checkpointer: a write could not wait for approval.
    """
    if not graph.checkpointer:
        raise ValueError("The chat needs a graph with a checkpointer, e.g. build_graph(checkpointer=InMemorySaver()).")
    threads = Threads(graph=graph, links=links, report=_report)
    context = context or Context(approve_writes=True, user=user_name())

    def port() -> HubSpotContacts:
        return contacts(context) if callable(contacts) else cast("HubSpotContacts", contacts)

    def speech(request: Request) -> Speech:
        return speech_of(request, fixed=None, default=language)

    listening = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)  # As in `command.py`.
    listening.bind(("127.0.0.1", 0))
    started: Future[Callable[[], None]] = Future()

    async def serve() -> None:
        async with sqlite_tables(":memory:") as tables:
            conversations = Conversations(
                threads=threads,
                tables=tables,
                account="inline",
                context=context,
                search=search_in(port) if contacts else None,
            )
            app = page_app(
                conversations,
                LocalAccess(),
                speech_of=speech,
                notice=lambda spoken: notice,
                report=_report,
                hosts=LOOPBACK_NAMES,
                in_notebook=True,
            )
            server = uvicorn.Server(server_config(app))
            loop = asyncio.get_running_loop()

            def end() -> None:
                server.should_exit = True
                loop.call_soon_threadsafe(conversations.end_streams)

            listening.listen()
            started.set_result(end)
            await server.serve(sockets=[listening])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="hubspot-agent-inline-chat", daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    chat = InlineChat(started.result(START_TIMEOUT_S), thread, url, height)
    chat.show()
    return chat


def _report(error: Exception, language: Language) -> str:
    with suppress(OSError):
        log_error(error, default_state_directory())
    return text("terminal.unexpected_unlogged", language, error=type(error).__name__)
