"""Who may use the server, and what belongs to whom."""

from hubspot_agent.server.auth import build_auth

auth = build_auth()
