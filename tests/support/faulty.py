"""Ports and faults for tests of what HubSpot, or the network, does wrong."""

from typing import Any

from hubspot_agent.hubspot import HubSpotContacts, RetryPolicy
from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import unlimited

#: Repeats at once, or nearly so.
QUICK = RetryPolicy(server_wait=0.02, secondly_wait=0.02, ten_secondly_wait=0.05)

#: Of all calls 10 % are answered with 5xx, 5 % reset before and 10 % lost after the write, 10 % refused for a limit.
STORM = [
    Fault("error", probability=0.05, status=502),
    Fault("error", probability=0.05, status=500, applied=True),
    Fault("reset", probability=0.05),
    Fault("reset", probability=0.05, applied=True),
    Fault("truncated", probability=0.05),
    Fault("rate_limit", probability=0.05),
    Fault("rate_limit", probability=0.05, retry_after="0"),
]


def port_on(crm: Sandbox, **settings: Any) -> HubSpotContacts:
    """Return a port that keeps no limits and waits for little; `settings` as `HubSpotContacts` takes them."""
    return unlimited(crm, **{"retry": QUICK, "index_delay": 0.0, **settings})
