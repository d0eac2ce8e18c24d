"""The page inside a notebook, for any graph."""

from contextlib import suppress

import gradio as gr
from langgraph.store.memory import InMemoryStore
from starlette.middleware import Middleware

from hubspot_agent.chat.storage import user_name
from hubspot_agent.errors import log_error
from hubspot_agent.paths import default_state_directory
from hubspot_agent.state import Context
from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, text
from hubspot_agent.web.conversation import Graph
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.desk import Desk
from hubspot_agent.web.guard import Guard
from hubspot_agent.web.page import APPEARANCE, build_page


def inline_chat(
    graph: Graph,
    *,
    context: Context | None = None,
    height: int = 640,
    language: Language = DEFAULT_LANGUAGE,
    notice: str = "",
    links: bool = False,
) -> gr.Blocks:
    """Show the chat below a notebook's cell; it answers as long as the notebook's process lives.

    Args:
        graph: The assistant, with a checkpointer, which keeps the conversations.
        context: What each run is told; `None` asks for approval of every write.
        height: Its height in pixels.
        language: The language of the page's own words.
        notice: A line at the top, such as what the assistant works with.
        links: Whether contacts link to their records, which a sandbox has none of.

    Returns:
        The page. `local_url` is its address, on a free port of this machine; `close()` ends it.

    Raises:
        ValueError: The graph has no checkpointer: a write could not wait for approval.
    """
    if not graph.checkpointer:
        raise ValueError("The chat needs a graph with a checkpointer, e.g. build_graph(checkpointer=InMemorySaver()).")
    conversations = Conversations(
        graph=graph,
        store=InMemoryStore(),
        account="inline",
        context=context or Context(approve_writes=True, user=user_name()),
        language=language,
        links=links,
        report=_report,
    )
    page = build_page(Desk(conversations, lambda language: notice), text("web.title", language))
    guard = Middleware(Guard, user_of=None, hosts=("localhost", "127.0.0.1", "::1"), in_notebook=True)
    page.launch(
        inline=True,
        height=height,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        app_kwargs={"middleware": [guard]},
        **APPEARANCE,
    )
    return page


def _report(error: Exception, language: Language) -> str:
    with suppress(OSError):
        log_error(error, default_state_directory())
    return text("terminal.unexpected_unlogged", language, error=type(error).__name__)
