"""The assistant on the services of the settings: OpenAI and HubSpot."""

from hubspot_agent import build_graph
from hubspot_agent.server.signing_key import server_settings
from hubspot_agent.server.startup import prepare_server
from hubspot_agent.server.turn_lock import one_turn_at_a_time

graph = one_turn_at_a_time(build_graph(settings=server_settings()))
prepare_server()
