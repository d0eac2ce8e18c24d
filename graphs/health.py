"""What a server answers besides LangGraph's API: `/health/live`, `/health/ready` and `/health/metrics`."""

from fastapi import FastAPI

from hubspot_agent.server.health_routes import health_routes

app = FastAPI(title="hubspot-agent")
app.include_router(health_routes())
