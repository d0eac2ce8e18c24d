"""The assistant with nothing set: a rule-based demo model, and a sandbox in the place of HubSpot."""

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.server.signing_key import server_settings
from hubspot_agent.server.startup import prepare_server
from hubspot_agent.server.turn_lock import one_turn_at_a_time

crm = Sandbox(profile="realistic")
crm.start()
port = HubSpotContacts(crm.token, host=crm.url)
graph = one_turn_at_a_time(build_graph(model=DemoModel(), contacts=port, settings=server_settings()))
prepare_server()
