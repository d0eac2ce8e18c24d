"""The page of the chat: a Gradio app whose one component shows what the server says, and sends what is asked."""

import os
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

# Before Gradio is imported: it would tell its makers about each start.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from pydantic import ValidationError

from hubspot_agent.web.desk import Asked, Desk

#: Fonts of the reader's own system; Gradio's themes bring their own.
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")

#: What each way to serve the page gives Gradio: nothing to share, to look up or to record.
APPEARANCE: dict[str, Any] = {
    "theme": gr.themes.Base(font=FONTS, font_mono=("ui-monospace", "monospace")),
    "css": (files("hubspot_agent.web") / "page.css").read_text(encoding="utf-8"),
    "footer_links": [],
    "run_history": False,
    "show_error": False,
    "ssr_mode": False,
    "pwa": False,
    "mcp_server": False,
    "enable_monitoring": False,
}


def build_page(desk: Desk, title: str) -> gr.Blocks:
    """Build the page.

    Args:
        desk: What answers it.
        title: What the browser calls it.
    """

    async def answer(event: gr.EventData, request: gr.Request) -> AsyncIterator[dict[str, Any]]:
        try:
            asked = Asked.model_validate(event._data)
        except ValidationError:
            return  # No page of ours asks so.
        try:
            async for shown in desk.answer(asked, user=request.username, page=request.session_hash or ""):
                yield shown
        except Exception as error:  # Gradio would print it, with what people said.
            yield {"problem": desk.report(error, asked.language)}

    page = gr.Blocks(title=title, analytics_enabled=False, fill_height=True, fill_width=True)
    with page:
        chat = gr.HTML(
            html_template=_file("page.html"),
            js_on_load=_file("page.js"),
            apply_default_css=False,
            elem_classes="hubspot-agent",
        )
        chat.submit(
            answer,
            outputs=chat,
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_limit=None,
            api_visibility="private",
        )
    return page


def _file(name: str) -> str:
    return (files("hubspot_agent.web") / name).read_text(encoding="utf-8")
