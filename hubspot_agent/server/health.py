"""Whether a server may be given work: its database, its HubSpot token and its model, asked seldom and briefly."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import openai
from langchain_openai.chat_models.base import BaseChatOpenAI

from hubspot_agent.cli.doctor_checks import token_problem
from hubspot_agent.errors import ModelNotConfiguredError
from hubspot_agent.hubspot.threads import in_pool
from hubspot_agent.llm.factory import chat_model
from hubspot_agent.settings import Settings
from hubspot_agent.texts import text

log = logging.getLogger("hubspot_agent.observability.health")

#: Seconds that a server on the other side may take to connect, and to answer.
PATIENCE = 3
#: Seconds after which a check has failed, whatever it does.
TIMEOUT = 8.0
#: Seconds for which a report stands: HubSpot hears from each server four times a minute at most.
MAX_AGE = 15.0


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a check failed.

    Attributes:
        code: A stable name.
        fix: What to do about it, in a sentence that names no secret, no host and no person.
    """

    code: str
    fix: str


Check = Callable[[], Problem | None]


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks came to."""

    problems: Mapping[str, Problem | None]
    note: str = ""

    @property
    def ready(self) -> bool:
        """Whether no check failed."""
        return not any(self.problems.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        checks = {
            name: {"status": "failed", "code": problem.code, "fix": problem.fix} if problem else {"status": "ok"}
            for name, problem in self.problems.items()
        }
        note = {"note": self.note} if self.note else {}
        return {"status": "ready" if self.ready else "not_ready", "checks": checks, **note}


class Readiness:
    """Checks, made side by side and at most once in a while, however many ask. For use on one event loop.

    Args:
        checks: What is checked, by name; each waits for what it asks, in a thread.
        note: Added to the report.
        timeout: Seconds after which a check has failed.
        max_age: Seconds for which a report stands.
    """

    def __init__(
        self, checks: Mapping[str, Check], *, note: str = "", timeout: float = TIMEOUT, max_age: float = MAX_AGE
    ) -> None:
        self._checks = checks
        self._note = note
        self._timeout = timeout
        self._max_age = max_age
        self._latest: asyncio.Task[Report] | None = None
        self._stands_until = 0.0
        # Threads of their own: those of the chat may all be waiting for HubSpot.
        self._threads = ThreadPoolExecutor(max(1, len(checks)), thread_name_prefix="health")

    @classmethod
    def of(cls, settings: Settings) -> "Readiness":
        """Return the checks of what a server with these settings needs.

        With none of database, token and key there is nothing that could be down: such a process serves the demo.
        """
        keys = (settings.hubspot_access_token, settings.openai_api_key)
        if settings.database_url is None and keys == (None, None):
            return cls({}, note="Neither HUBSPOT_ACCESS_TOKEN nor OPENAI_API_KEY is set: only the demo works.")
        checks: dict[str, Check] = {
            "hubspot": partial(hubspot_problem, settings),
            "model": partial(model_problem, settings),
        }
        if settings.database_url is not None:
            checks["database"] = partial(database_problem, settings.database_url.get_secret_value())
        return cls(checks)

    async def report(self) -> Report:
        """Return the report that stands, or make the next one."""
        if self._latest is None or (self._latest.done() and time.monotonic() > self._stands_until):
            self._latest = asyncio.create_task(self._make())
        # One who asks and goes away stops nothing for the others.
        return await asyncio.shield(self._latest)

    async def _make(self) -> Report:
        found = await asyncio.gather(*map(self._problem, self._checks.values()))
        self._stands_until = time.monotonic() + self._max_age
        report = Report(dict(zip(self._checks, found, strict=True)), self._note)
        if not report.ready:
            log.warning("Not ready: %s", {name: problem.code for name, problem in report.problems.items() if problem})
        return report

    async def _problem(self, check: Check) -> Problem | None:
        try:
            return await asyncio.wait_for(in_pool(self._threads, check), self._timeout)
        except TimeoutError:
            return Problem("timeout", f"It took more than {self._timeout:g} seconds. Check the network and its names.")
        except Exception as error:  # a check must not take the server down
            log.warning("A readiness check failed: %s", type(error).__name__)
            return Problem("unexpected", "Look at the server's log.")


def hubspot_problem(settings: Settings) -> Problem | None:
    """Check that HubSpot accepts the token; one call. To be asked to slow down is to be accepted."""
    error = token_problem(settings, PATIENCE)
    return None if error is None or error.code == "rate_limited" else Problem(error.code, error.fix)


def model_problem(settings: Settings) -> Problem | None:
    """Check that the model's server knows the model and accepts the key, by looking the model up: that is free.

    Servers without that call, and models of other providers, are not asked.
    """
    try:
        model = chat_model(None, settings.model_copy(update={"model_timeout": float(PATIENCE)}))
        if isinstance(model, BaseChatOpenAI):
            model.root_client.models.retrieve(model.model_name)
    except ModelNotConfiguredError:
        return _model_problem("model_not_configured")
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        return _model_problem("model_authentication")
    except openai.NotFoundError as error:
        return _model_problem("model_not_found") if error.code == "model_not_found" else None
    except (openai.InternalServerError, openai.APIConnectionError):
        return _model_problem("model_unreachable")
    except openai.APIStatusError:
        return None
    except Exception:  # a name that no package knows, or a key that no header can hold
        return _model_problem("model_refused")
    return None


def database_problem(url: str) -> Problem | None:
    """Check that PostgreSQL answers a query."""
    try:
        import psycopg
    except ImportError:
        return Problem("database_driver", 'Install the driver: pip install "psycopg[binary]".')
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE, autocommit=True) as connection:
            connection.execute(f"SET statement_timeout = '{PATIENCE}s'")
            connection.execute("SELECT 1")
    except psycopg.Error:
        return Problem("database_unreachable", "Check DATABASE_URL, and that PostgreSQL runs and takes connections.")
    return None


def _model_problem(code: str) -> Problem:
    return Problem(code, text(f"doctor.fix_{code}", "en"))
