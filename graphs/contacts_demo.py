"""The assistant with nothing set: a rule-based demo model, and a sandbox in the place of HubSpot."""

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.server.turn_lock import served

crm = Sandbox(profile="realistic")
crm.start()
graph = served(build_graph(model=DemoModel(), contacts=HubSpotContacts(crm.token, host=crm.url)))
