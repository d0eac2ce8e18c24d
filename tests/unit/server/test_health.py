"""Readiness: what fails is named with its fix, asked seldom and briefly, and nothing else is told."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from hubspot_agent.sandbox import Fault, Limits, Sandbox
from hubspot_agent.server.health import CheckFailure, Readiness
from hubspot_agent.server.health_routes import health_routes
from hubspot_agent.settings import Settings
from support.openai_wire import KEY
from support.port_stub import stub
from support.readme_blocks import block
from support.services import free_port

NOWHERE = "http://127.0.0.1:9"
NO_SUCH_MODEL = {"error": {"message": "No: ana@acme.example", "code": "model_not_found", "type": "x", "param": None}}


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[], limits=Limits(daily=1000)) as sandbox:
        yield sandbox


async def failures(settings: Settings) -> dict[str, str]:
    """Return what fails, and check that the report tells no secret."""
    report = await Readiness.of(settings).report()
    said = json.dumps(report.as_dict())
    assert not [secret for secret in (KEY, "pat-", "s3cret", "127.0.0.1", "ana@") if secret in said]
    assert all(failure.fix for failure in report.failures.values() if failure)
    return {name: failure.code for name, failure in report.failures.items() if failure}


def settings_of(crm: Sandbox, model_server: str, **changed: Any) -> Settings:
    services = {"hubspot_access_token": crm.token, "hubspot_base_url": crm.url, "openai_api_key": KEY}
    return Settings(**{**services, "openai_base_url": f"{model_server}/v1", **changed})


async def test_all_is_well(crm: Sandbox, postgresql_url: str) -> None:
    with stub(body={"id": "gpt-5.4-mini", "object": "model"}) as model:
        settings = settings_of(crm, model.url, database_url=postgresql_url)
        report = await Readiness.of(settings).report()
    ok = {"status": "ok"}
    assert report.as_dict() == {"status": "ready", "checks": {"hubspot": ok, "model": ok, "database": ok}}
    assert [call.method for call in crm.requests] == ["GET"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"hubspot_access_token": "pat-wrong"}, "authentication"),
        ({"hubspot_access_token": None}, "not_configured"),
        ({"hubspot_base_url": NOWHERE}, "unavailable"),
    ],
)
async def test_hubspot_fails(crm: Sandbox, changed: dict[str, Any], code: str) -> None:
    with stub() as model:
        assert await failures(settings_of(crm, model.url, **changed)) == {"hubspot": code}


@pytest.mark.parametrize(
    ("fault", "found"),
    [("error", {"hubspot": "unavailable"}), ("truncated", {"hubspot": "unavailable"}), ("rate_limit", {})],
)
async def test_hubspot_in_trouble(crm: Sandbox, fault: Any, found: dict[str, str]) -> None:
    crm.faults.add(Fault(fault))
    with stub() as model:
        assert await failures(settings_of(crm, model.url)) == found


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (401, {}, {"model": "model_authentication"}),
        (404, NO_SUCH_MODEL, {"model": "model_not_found"}),
        (404, {}, {}),  # a server without this call answers all the same
        (429, {}, {}),
        (500, {}, {"model": "model_unreachable"}),
    ],
)
async def test_the_model_fails(crm: Sandbox, status: int, body: Any, found: dict[str, str]) -> None:
    with stub(status, body, {"Retry-After": "0"}) as model:
        assert await failures(settings_of(crm, model.url)) == found


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"openai_base_url": NOWHERE}, "model_unreachable"),
        ({"openai_api_key": None}, "model_not_configured"),
        ({"model": "nobody:model"}, "model_refused"),
    ],
)
async def test_the_model_is_not_there(crm: Sandbox, changed: dict[str, Any], code: str) -> None:
    assert await failures(settings_of(crm, NOWHERE, **changed)) == {"model": code}


async def test_the_database_fails(crm: Sandbox) -> None:
    url = f"postgresql+asyncpg://sam:s3cret@127.0.0.1:{free_port()}/assistant"
    with stub() as model:
        assert await failures(settings_of(crm, model.url, database_url=url)) == {"database": "database_unreachable"}


async def test_with_nothing_set_the_demo_is_ready() -> None:
    report = await Readiness.of(Settings()).report()
    assert report.ready
    assert "only the demo works" in report.as_dict()["note"]


async def test_a_storm_of_probes_makes_one_check(crm: Sandbox) -> None:
    with stub() as model:
        readiness = Readiness.of(settings_of(crm, model.url))
        impatient = asyncio.create_task(readiness.report())
        await asyncio.sleep(0)
        impatient.cancel()
        reports = await asyncio.gather(*(readiness.report() for _ in range(500)))
        assert all(report is reports[0] for report in reports)
        await readiness.report()
    assert len(crm.requests) == 1


async def test_what_is_mended_is_seen_when_the_report_is_old() -> None:
    found = iter([CheckFailure("down", "Mend it."), None])
    readiness = Readiness({"it": lambda: next(found)}, max_age=0)
    assert not (await readiness.report()).ready
    await asyncio.sleep(0.001)
    assert (await readiness.report()).ready


async def test_a_check_that_hangs_or_breaks_fails_alone() -> None:
    mended = threading.Event()

    def broken() -> None:
        raise RuntimeError("ana@acme.example")

    readiness = Readiness({"slow": mended.wait, "broken": broken, "well": lambda: None}, timeout=0.2)
    started = time.monotonic()
    making = asyncio.create_task(readiness.report())
    ticks = 0
    while not making.done():
        await asyncio.sleep(0.01)
        ticks += 1
    mended.set()
    report = making.result()
    assert {name: failure and failure.code for name, failure in report.failures.items()} == {
        "slow": "timeout",
        "broken": "unexpected",
        "well": None,
    }
    assert ticks >= 5
    assert time.monotonic() - started < 5
    assert "ana@" not in str(report.as_dict())


async def test_the_routes(crm: Sandbox) -> None:
    with stub(401, {}) as model:
        app = FastAPI()
        app.include_router(health_routes(Readiness.of(settings_of(crm, model.url))))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
            live = await client.get("/health/live")
            assert (live.status_code, live.json()) == (200, {"status": "alive"})
            assert crm.requests == []
            ready = await client.get("/health/ready")
            metrics = await client.get("/health/metrics")
    assert ready.status_code == 503
    assert ready.json()["checks"]["hubspot"] == {"status": "ok"}
    assert ready.json()["checks"]["model"]["code"] == "model_authentication"
    assert "OPENAI_API_KEY" in ready.json()["checks"]["model"]["fix"]
    assert metrics.status_code == 200
    assert metrics.headers["content-type"].startswith("text/plain")


async def test_the_readmes_application() -> None:
    names: dict[str, Any] = {}
    exec(compile(block("Health", "hubspot_agent/server/README.md"), "README.md", "exec"), names)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(names["app"]), base_url="http://server") as client:
        assert (await client.get("/health/ready")).json()["status"] == "ready"
