"""Who may use the server, and what belongs to whom."""

from hubspot_agent.server.auth import signed_in

auth = signed_in()
