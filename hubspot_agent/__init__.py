"""A LangGraph assistant for HubSpot contacts.

The public names are imported when they are first used: LangChain and OpenAI's client take a second or
two, which nobody should wait for who only asks the command for its help or starts the sandbox.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubspot_agent.graph import build_graph
    from hubspot_agent.hubspot import HubSpotContacts
    from hubspot_agent.memory import recall
    from hubspot_agent.state import Context

__all__ = ["Context", "HubSpotContacts", "build_graph", "recall"]

_MODULES = {"Context": "state", "HubSpotContacts": "hubspot", "build_graph": "graph", "recall": "memory"}


def __getattr__(name: str) -> Any:
    """Import a public name."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
