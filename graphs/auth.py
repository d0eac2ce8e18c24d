"""Who may use the server, and what belongs to whom."""

from hubspot_agent.access import signed_in

auth = signed_in()
