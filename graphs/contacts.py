"""The assistant on the services of the settings: OpenAI and HubSpot."""

from hubspot_agent import build_graph
from hubspot_agent.server.turn_lock import served

graph = served(build_graph())
