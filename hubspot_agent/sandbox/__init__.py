"""A local stand-in for HubSpot's CRM API: real HTTP on loopback over SQLite.

    with Sandbox() as crm:
        print(crm.url, crm.token)

What it models, what it leaves out and how sure we are of each point stands in this folder's README.md.
Needs the extra `sandbox`: `pip install "hubspot-agent[sandbox]"`.
"""

try:
    import aiohttp  # noqa: F401 - only to say plainly what is missing
except ImportError as error:
    raise ImportError('The sandbox needs aiohttp. Install it with: pip install "hubspot-agent[sandbox]"') from error

from hubspot_agent.sandbox.faults import Fault
from hubspot_agent.sandbox.limits import Limits
from hubspot_agent.sandbox.profiles import Assumptions
from hubspot_agent.sandbox.properties import Property
from hubspot_agent.sandbox.server import Sandbox, serve

__all__ = ["Assumptions", "Fault", "Limits", "Property", "Sandbox", "serve"]
