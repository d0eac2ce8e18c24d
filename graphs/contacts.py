"""The assistant on the services of the settings: OpenAI and HubSpot."""

from hubspot_agent import build_graph
from hubspot_agent.served import served

graph = served(build_graph())
