"""Whether a server may be given work: its database, its HubSpot token and its model, asked seldom and briefly."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import openai
from langchain_openai.chat_models.base import BaseChatOpenAI

from hubspot_agent.accounts import access_check
from hubspot_agent.errors import ModelNotConfiguredError
from hubspot_agent.hubspot.access_check import AccessCheck
from hubspot_agent.hubspot.errors import HubSpotError, RateLimitedError
from hubspot_agent.hubspot.threads import in_pool
from hubspot_agent.llm.factory import chat_model
from hubspot_agent.settings import Settings
from hubspot_agent.texts import text

logger = logging.getLogger("hubspot_agent.server.health")

#: Seconds that HubSpot, the model's server or PostgreSQL may take to accept a connection, and to answer.
ANSWER_TIMEOUT_S = 3
#: Seconds after which a check has failed, whatever it does.
CHECK_TIMEOUT_S = 8.0
#: Seconds for which a report is valid: HubSpot hears from each server four times a minute at most.
REPORT_MAX_AGE_S = 15.0


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """Why a check failed.

    Attributes:
        code: A stable name.
        fix: What to do about it, in a sentence that names no secret, no host and no person.
    """

    code: str
    fix: str


Check = Callable[[], CheckFailure | None]


@dataclass(frozen=True, slots=True)
class ReadinessReport:
    """What the checks came to.

    Attributes:
        failures: Each check's failure by the check's name, `None` where it passed.
        note: What else whoever reads it should know.
    """

    failures: Mapping[str, CheckFailure | None]
    note: str = ""

    @property
    def ready(self) -> bool:
        """Whether no check failed."""
        return not any(self.failures.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        checks = {
            name: {"status": "failed", "code": failure.code, "fix": failure.fix} if failure else {"status": "ok"}
            for name, failure in self.failures.items()
        }
        note = {"note": self.note} if self.note else {}
        return {"status": "ready" if self.ready else "not_ready", "checks": checks, **note}


class Readiness:
    """Checks, made side by side and at most once in a while, however many ask. For use on one event loop.

    Args:
        checks: What is checked, by name; each waits for what it asks, in a thread.
        note: Added to the report.
        timeout: Seconds after which a check has failed.
        max_age: Seconds for which a report is valid.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        *,
        note: str = "",
        timeout: float = CHECK_TIMEOUT_S,
        max_age: float = REPORT_MAX_AGE_S,
    ) -> None:
        self._checks = checks
        self._note = note
        self._timeout = timeout
        self._max_age = max_age
        self._latest: asyncio.Task[ReadinessReport] | None = None
        self._valid_until = 0.0
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
            "hubspot": hubspot_check(settings),
            "model": partial(check_model, settings),
        }
        if settings.database_url is not None:
            checks["database"] = partial(check_database, settings.database_url.get_secret_value())
        return cls(checks)

    async def report(self) -> ReadinessReport:
        """Return the latest report while it is valid, or make the next one."""
        if self._latest is None or (self._latest.done() and time.monotonic() > self._valid_until):
            self._latest = asyncio.create_task(self._make())
        # A caller that goes away cancels nothing for the others.
        return await asyncio.shield(self._latest)

    async def _make(self) -> ReadinessReport:
        failures = await asyncio.gather(*map(self._run, self._checks.values()))
        self._valid_until = time.monotonic() + self._max_age
        report = ReadinessReport(dict(zip(self._checks, failures, strict=True)), self._note)
        if not report.ready:
            codes = {name: failure.code for name, failure in report.failures.items() if failure}
            logger.warning("Not ready: %s", codes)
        return report

    async def _run(self, check: Check) -> CheckFailure | None:
        try:
            return await asyncio.wait_for(in_pool(self._threads, check), self._timeout)
        except TimeoutError:
            return CheckFailure(
                "timeout", f"It took more than {self._timeout:g} seconds. Check the network and its DNS."
            )
        except Exception as error:  # a check must not take the server down
            logger.warning("A readiness check failed: %s", type(error).__name__)
            return CheckFailure("unexpected", "Look at the server's log.")


def hubspot_check(settings: Settings) -> Check:
    """Return the check that HubSpot accepts the token: one call, on a connection that is kept."""

    @cache
    def access() -> AccessCheck:
        return access_check(settings, timeout=(ANSWER_TIMEOUT_S, ANSWER_TIMEOUT_S))

    def check_hubspot() -> CheckFailure | None:
        try:
            access().read_contacts()
        except RateLimitedError:  # The token was accepted all the same.
            return None
        except HubSpotError as error:
            return CheckFailure(error.code, error.fix)
        return None

    return check_hubspot


def check_model(settings: Settings) -> CheckFailure | None:
    """Check that the model's server knows the model and accepts the key, by looking the model up: that is free.

    Servers without that call, and models of other providers, are not asked.
    """
    try:
        model = chat_model(None, settings.model_copy(update={"model_timeout": float(ANSWER_TIMEOUT_S)}))
        if isinstance(model, BaseChatOpenAI):
            model.root_client.models.retrieve(model.model_name)
    except ModelNotConfiguredError:
        return _model_failure("model_not_configured")
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        return _model_failure("model_authentication")
    except openai.NotFoundError as error:
        return _model_failure("model_not_found") if error.code == "model_not_found" else None
    except (openai.InternalServerError, openai.APIConnectionError):
        return _model_failure("model_unreachable")
    except openai.APIStatusError:
        return None
    except Exception:  # a name that no package knows, or a key that no header can hold
        return _model_failure("model_refused")
    return None


def check_database(url: str) -> CheckFailure | None:
    """Check that PostgreSQL answers a query."""
    try:
        import psycopg
    except ImportError:
        return CheckFailure("database_driver", 'Install the driver: pip install "psycopg[binary]".')
    try:
        with psycopg.connect(url, connect_timeout=ANSWER_TIMEOUT_S, autocommit=True) as connection:
            connection.execute(f"SET statement_timeout = '{ANSWER_TIMEOUT_S}s'")
            connection.execute("SELECT 1")
    except psycopg.Error:
        return CheckFailure(
            "database_unreachable", "Check DATABASE_URL, and that PostgreSQL runs and takes connections."
        )
    return None


def _model_failure(code: str) -> CheckFailure:
    return CheckFailure(code, text(f"doctor.fix_{code}", "en"))
