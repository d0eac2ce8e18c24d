"""Who may use a server of these graphs, and what belongs to whom: `signed_in` for LangGraph's servers."""

from hubspot_agent.server.auth.ownership import signed_in

__all__ = ["signed_in"]
