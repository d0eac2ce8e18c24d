"""The chat as a page in the browser, and the same page inside a notebook."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubspot_agent.web.inline import inline_chat

__all__ = ["inline_chat"]


def __getattr__(name: str) -> Any:
    """Import the public name when it is first used, and with it what serves the page."""
    if name != "inline_chat":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hubspot_agent.web.inline import inline_chat

    return inline_chat
