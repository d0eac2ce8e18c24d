"""What a server answers besides LangGraph's API, and what it refuses of it.

`/health/live`, `/health/ready` and `/health/metrics`; and nothing that brings more into a conversation than a turn.
"""

from fastapi import FastAPI

from hubspot_agent.server.health_routes import health_routes
from hubspot_agent.server.request_guard import RequestGuard

app = FastAPI(title="hubspot-agent")
app.include_router(health_routes())
app.add_middleware(RequestGuard)
