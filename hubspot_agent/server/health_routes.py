"""The routes by which a server is watched: `/health/live`, `/health/ready` and `/health/metrics`.

They ask for no token, and show nothing that a stranger may not know: which check failed, and counts.
"""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from hubspot_agent.server.health import Readiness
from hubspot_agent.server.metrics_exporter import metrics_page
from hubspot_agent.settings import Settings


def health_routes(readiness: Readiness | None = None) -> APIRouter:
    """Return the routes, for any FastAPI application.

    Args:
        readiness: The checks; `None` for those that the settings call for.
    """
    routes = APIRouter(prefix="/health", tags=["Health"])
    checks = readiness or Readiness.of(Settings())
    page = metrics_page()

    @routes.get("/live")
    async def live() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "alive"}

    @routes.get("/ready", responses={503: {"description": "A check failed; the body tells which, and the fix."}})
    async def ready() -> JSONResponse:
        """Tell whether the process may be given work."""
        report = await checks.report()
        return JSONResponse(report.as_dict(), 200 if report.ready else 503)

    @routes.get("/metrics")
    def metrics() -> Response:
        """Show the counts and timings, as Prometheus reads them."""
        if page is None:
            fix = 'Install what measures: pip install "hubspot-agent[serve]".'
            return JSONResponse({"status": "not_installed", "fix": fix}, 501)
        return Response(page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return routes
