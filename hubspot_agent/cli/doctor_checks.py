"""The checks of `hubspot-agent doctor`: what the assistant needs. None of them changes anything.

What it asks of HubSpot: a contact's id, the property definitions, and, for the right to write, an update
of no contacts at all. What it asks of the model is one short answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from hubspot_agent.accounts import access_check
from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.hubspot.access_check import AccessCheck, CallLimits
from hubspot_agent.hubspot.errors import HubSpotError, MissingScopesError, NotConfiguredError
from hubspot_agent.hubspot.scopes import COMPANIES_READ_SCOPE, COMPANIES_WRITE_SCOPE, OWNERS_SCOPE
from hubspot_agent.observability.langsmith import LangSmithSettings
from hubspot_agent.paths import unusable
from hubspot_agent.settings import Settings
from hubspot_agent.texts import Texts

T = TypeVar("T")

#: The scopes that not everybody needs, and the question of `AccessCheck` that tells whether they are granted.
_FEATURES = {
    OWNERS_SCOPE: "read_owners",
    COMPANIES_READ_SCOPE: "read_companies",
    COMPANIES_WRITE_SCOPE: "write_companies",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check.

    Attributes:
        outcome: "skipped" when what it builds on failed; "warning" for what works but may not be intended; "off" for
            a feature that the access token lacks a scope for, and that everything else works without.
        check: What was checked, for people.
        detail: What was found.
        fix: What to do about a failure or a warning, and where to click.
    """

    outcome: Literal["passed", "failed", "skipped", "warning", "off"]
    check: str
    detail: str = ""
    fix: str = ""


def examine(settings: Settings, texts: Texts, state_directory: Path) -> Iterator[Finding]:
    """Check HubSpot's token, scopes, limits and properties, the model, tracing and what is kept, one by one.

    Args:
        settings: What is checked.
        texts: The language of the findings.
        state_directory: Where the audit trail and conversations are kept.
    """
    yield from _HubSpot(settings, texts).examine()
    yield from _model(settings, texts)
    yield _tracing(texts)
    yield _state(state_directory, texts)


class _HubSpot:
    """The checks of the HubSpot account."""

    def __init__(self, settings: Settings, texts: Texts) -> None:
        self._settings = settings
        self._host = urlsplit(settings.hubspot_base_url).netloc or settings.hubspot_base_url
        self._texts = texts

    def examine(self) -> Iterator[Finding]:
        try:
            access = access_check(self._settings)
        except NotConfiguredError:
            code = "unusable" if self._settings.hubspot_access_token else "not_configured"
            yield from self._token_failed(code)
            return
        with access:
            yield from self._examine(access)

    def _examine(self, access: AccessCheck) -> Iterator[Finding]:
        reading = _outcome(access.read_contacts)
        if isinstance(reading, HubSpotError) and not isinstance(reading, MissingScopesError):
            yield from self._token_failed(reading.code)
            return
        token, reads, limits, writes, properties = self._checks()
        yield Finding("passed", token, self._text("token_ok", host=self._host))
        yield self._granted(reads, reading, "crm.objects.contacts.read")
        yield self._limits(limits, reading)
        yield self._granted(writes, _outcome(access.write_contacts), "crm.objects.contacts.write")
        yield self._properties(properties, _outcome(access.read_property_names))
        for scope, feature in _FEATURES.items():
            yield self._feature(scope, feature, _outcome(getattr(access, feature)))

    def _checks(self) -> tuple[str, str, str, str, str]:
        return (
            self._text("check_token"),
            self._text("check_scope", scope="crm.objects.contacts.read"),
            self._text("check_limits"),
            self._text("check_scope", scope="crm.objects.contacts.write"),
            self._text("check_properties"),
        )

    def _token_failed(self, code: str) -> Iterator[Finding]:
        token, *others = self._checks()
        yield self._failed(token, code)
        yield from (Finding("skipped", check) for check in others)
        yield from (Finding("skipped", self._text("check_scope", scope=scope)) for scope in _FEATURES)

    def _feature(self, scope: str, feature: str, outcome: object) -> Finding:
        check = self._text("check_scope", scope=scope)
        if isinstance(outcome, MissingScopesError):
            return Finding("off", check, self._text(f"off_{feature}"), self._text("fix_missing_scopes", scope=scope))
        return self._granted(check, outcome, scope)

    def _granted(self, check: str, outcome: object, scope: str) -> Finding:
        if isinstance(outcome, HubSpotError):
            return self._failed(check, outcome.code, scope=scope)
        return Finding("passed", check, self._text("scope_ok"))

    def _limits(self, check: str, limits: CallLimits | HubSpotError) -> Finding:
        if isinstance(limits, HubSpotError):
            return Finding("skipped", check)
        if limits.daily_remaining == 0:
            return self._failed(check, "daily_limit")
        named = {"daily": limits.daily, "daily_left": limits.daily_remaining, "burst": limits.per_ten_seconds}
        if set(named.values()) == {None}:
            return Finding("passed", check, self._text("limits_unknown", host=self._host))
        shown = {name: "?" if number is None else number for name, number in named.items()}
        return Finding("passed", check, self._text("limits_ok", **shown))

    def _properties(self, check: str, defined: frozenset[str] | HubSpotError) -> Finding:
        if isinstance(defined, HubSpotError):
            return self._failed(check, defined.code, scope="crm.schemas.contacts.read")
        if missing := [name for name in SHOWN_PROPERTIES if name not in defined]:
            detail = self._text("properties_missing", names=", ".join(missing))
            return Finding("failed", check, detail, self._text("fix_properties"))
        return Finding("passed", check, self._text("properties_ok", count=len(defined)))

    def _failed(self, check: str, code: str, **values: object) -> Finding:
        known = ("not_configured", "unusable", "authentication", "missing_scopes", "daily_limit", "rate_limited")
        key = code if code in known else "unreachable"
        values |= {"host": self._host}
        return Finding("failed", check, self._text(key, **values), self._text(f"fix_{key}", **values))

    def _text(self, key: str, **values: object) -> str:
        return self._texts(f"doctor.{key}", **values)


def _outcome(question: Callable[[], T]) -> T | HubSpotError:
    """Return the answer, or why there is none."""
    try:
        return question()
    except HubSpotError as error:
        return error


#: The failures that are the key's; and those that leave key and name unknown.
_OF_THE_KEY = ("model_not_configured", "model_authentication", "model_quota")
_OF_THE_SERVER = ("model_timeout", "model_connection", "model_unavailable", "model_rate_limit")


def _model(settings: Settings, texts: Texts) -> Iterator[Finding]:
    """Check the model's key and name by asking it for one word."""
    from hubspot_agent.llm.errors import failure_key
    from hubspot_agent.llm.factory import chat_model

    key_check = texts("doctor.check_model_key")
    name_check = texts("doctor.check_model_name", model=settings.model)
    key_passed = Finding("passed", key_check, texts("doctor.model_key_ok"))
    try:
        chat_model(None, settings).invoke("Answer with the word OK.")
    except Exception as error:  # of whatever provider and package
        failure = failure_key(error) or "model_refused"
        reason = type(error).__name__
    else:
        yield key_passed
        yield Finding("passed", name_check, texts("doctor.model_name_ok"))
        return
    if failure in _OF_THE_SERVER:
        failure = "model_unreachable"
    elif failure not in (*_OF_THE_KEY, "model_not_found"):
        failure = "model_refused"
    detail = texts(f"doctor.{failure}", error=reason)
    fix = texts(f"doctor.fix_{failure}")
    if failure in ("model_not_found", "model_refused"):
        yield key_passed if failure == "model_not_found" else Finding("skipped", key_check)
        yield Finding("failed", name_check, detail, fix)
    else:
        yield Finding("failed", key_check, detail, fix)
        yield Finding("skipped", name_check)


def _tracing(texts: Texts) -> Finding:
    """Check that LangSmith, where it is used, does not get what people say."""
    settings = LangSmithSettings()
    check = texts("doctor.check_tracing")
    if settings.shows_conversations:
        fix = texts("doctor.fix_tracing")
        return Finding("warning", check, texts("doctor.tracing_shows"), fix)
    key = "tracing_hides" if settings.enabled else "tracing_off"
    return Finding("passed", check, texts(f"doctor.{key}"))


def _state(directory: Path, texts: Texts) -> Finding:
    """Check that the audit trail and conversations can be read and kept."""
    check = texts("doctor.check_state")
    if error := unusable(directory):
        detail = texts("doctor.state_unusable", directory=directory, error=error)
        return Finding("failed", check, detail, texts("doctor.fix_state"))
    return Finding("passed", check, texts("doctor.state_ok", directory=directory))
