"""The assistant on the services of the settings: OpenAI and HubSpot."""

from hubspot_agent import build_graph

graph = build_graph()
