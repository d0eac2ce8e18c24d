"""Who may use a server of these graphs, and what belongs to whom: `build_auth` for LangGraph's servers.

`authenticator` names the user of a request, by a signed token that `token_verifier` verifies; `authorization` says
what a user may do.
"""

from hubspot_agent.server.auth.authorization import build_auth

__all__ = ["build_auth"]
