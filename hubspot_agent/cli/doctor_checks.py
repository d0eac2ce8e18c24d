"""The checks of `hubspot-agent doctor`: what the assistant needs. None of them changes anything.

What it asks of HubSpot: a contact's id, the property definitions, and, for the right to write, an update
of no contacts at all. What it asks of the model is one short answer.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.hubspot.error_mapping import error_from_exception, error_from_response
from hubspot_agent.hubspot.errors import (
    AuthenticationError,
    HubSpotError,
    NotConfiguredError,
    UnexpectedAnswerError,
)
from hubspot_agent.settings import Settings
from hubspot_agent.texts import Language, text

_CONTACTS = "/crm/v3/objects/contacts"
_PROPERTIES = "/crm/v3/properties/contacts"
_TIMEOUT = urllib3.Timeout(connect=5, read=20)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check came to.

    Attributes:
        outcome: "skipped" when what it builds on failed.
        check: What was checked, for people.
        said: What was found.
        fix: What to do about a failure, and where to click.
    """

    outcome: Literal["passed", "failed", "skipped"]
    check: str
    said: str = ""
    fix: str = ""


def examine(settings: Settings, language: Language) -> Iterator[Finding]:
    """Check HubSpot's token, scopes, limits and properties and the model's key and name, one after the other.

    Args:
        settings: What is checked.
        language: The language of the findings.
    """
    yield from _HubSpot(settings, language).examine()
    yield from _model(settings, language)


def token_problem(settings: Settings, seconds: float) -> HubSpotError | None:
    """Return why HubSpot's contacts cannot be read with the token of the settings, or `None`; one call.

    Args:
        settings: Which token, and where.
        seconds: How long connecting may take, and how long HubSpot may keep silent.
    """
    answer = _HubSpot(settings, settings.language, urllib3.Timeout(connect=seconds, read=seconds)).contacts()
    return answer if isinstance(answer, HubSpotError) else None


class _HubSpot:
    """The checks of the HubSpot account.

    They speak plain HTTP rather than through the port, for they need the headers of single answers and no retries.
    """

    def __init__(self, settings: Settings, language: Language, timeout: urllib3.Timeout = _TIMEOUT) -> None:
        secret = settings.hubspot_access_token
        self._token = secret.get_secret_value() if secret else ""
        self._url = settings.hubspot_base_url.rstrip("/")
        self._host = urlsplit(self._url).netloc or self._url
        self._language = language
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def examine(self) -> Iterator[Finding]:
        token, *others = (
            self._text("check_token"),
            self._scope("crm.objects.contacts.read"),
            self._text("check_limits"),
            self._scope("crm.objects.contacts.write"),
            self._text("check_properties"),
        )
        contacts = self.contacts()
        if isinstance(contacts, HubSpotError) and contacts.code != "missing_scopes":
            yield self._failed(token, contacts.code)
            yield from (Finding("skipped", check) for check in others)
            return
        reads, limits, writes, properties = others
        yield Finding("passed", token, self._text("token_ok", host=self._host))
        yield self._granted(reads, contacts, "crm.objects.contacts.read")
        yield self._limits(limits, contacts)
        update_of_none = self._ask("POST", f"{_CONTACTS}/batch/update", {"inputs": []})
        yield self._granted(writes, update_of_none, "crm.objects.contacts.write")
        yield self._properties(properties, self._ask("GET", _PROPERTIES))

    def contacts(self) -> urllib3.BaseHTTPResponse | HubSpotError:
        """Read a contact's id."""
        if not self._token:
            return NotConfiguredError(
                "HUBSPOT_ACCESS_TOKEN is not set.", fix="Set HUBSPOT_ACCESS_TOKEN in the environment or in a .env file."
            )
        return self._ask("GET", f"{_CONTACTS}?limit=1&properties=hs_object_id")

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> urllib3.BaseHTTPResponse | HubSpotError:
        """Make one call and return its answer, or the error that it means."""
        if not (self._token.isascii() and self._token.isprintable()):
            return AuthenticationError("No header can hold this token.")
        headers = {"Authorization": f"Bearer {self._token}", "User-Agent": "hubspot-agent"}
        try:
            answer = self._pool.request(method, self._url + path, headers=headers, json=body, redirect=False)
            if answer.status < 300:
                return answer if isinstance(answer.json(), dict) else UnexpectedAnswerError("No JSON object.")
            return error_from_response(answer.status, answer.headers, answer.data)
        except ValueError:  # no JSON, or no URL
            return UnexpectedAnswerError("This is no answer of HubSpot's.")
        except (HTTPError, OSError) as error:
            return error_from_exception(error)

    def _granted(self, check: str, answer: object, scope: str) -> Finding:
        """A scope is granted when HubSpot does not refuse for it; an update of nothing it may refuse otherwise."""
        if isinstance(answer, HubSpotError) and answer.code not in ("invalid_request", "invalid_contact"):
            return self._failed(check, answer.code, scope=scope)
        return Finding("passed", check, self._text("scope_ok"))

    def _limits(self, check: str, answer: urllib3.BaseHTTPResponse | HubSpotError) -> Finding:
        if isinstance(answer, HubSpotError):
            return Finding("skipped", check)
        named = {
            name: answer.headers.get(f"X-HubSpot-RateLimit-{header}", "?")
            for name, header in (("daily", "Daily"), ("daily_left", "Daily-Remaining"), ("burst", "Max"))
        }
        if named["daily_left"] == "0":
            return self._failed(check, "daily_limit")
        if set(named.values()) == {"?"}:
            return Finding("passed", check, self._text("limits_unknown", host=self._host))
        return Finding("passed", check, self._text("limits_ok", **named))

    def _properties(self, check: str, answer: urllib3.BaseHTTPResponse | HubSpotError) -> Finding:
        if isinstance(answer, HubSpotError):
            return self._failed(check, answer.code, scope="crm.schemas.contacts.read")
        defined = {str(each.get("name")) for each in json.loads(answer.data).get("results", ())}
        if missing := [name for name in SHOWN_PROPERTIES if name not in defined]:
            said = self._text("properties_missing", names=", ".join(missing))
            return Finding("failed", check, said, self._text("fix_properties"))
        return Finding("passed", check, self._text("properties_ok", count=len(defined)))

    def _failed(self, check: str, code: str, **values: object) -> Finding:
        known = ("not_configured", "authentication", "missing_scopes", "daily_limit", "rate_limited")
        key = code if code in known else "unreachable"
        values |= {"host": self._host}
        return Finding("failed", check, self._text(key, **values), self._text(f"fix_{key}", **values))

    def _scope(self, scope: str) -> str:
        return self._text("check_scope", scope=scope)

    def _text(self, key: str, **values: object) -> str:
        return text(f"doctor.{key}", self._language, **values)


#: The failures that are the key's; and those that leave key and name unknown.
_OF_THE_KEY = ("model_not_configured", "model_authentication", "model_quota")
_OF_THE_SERVER = ("model_timeout", "model_connection", "model_unavailable", "model_rate_limit")


def _model(settings: Settings, language: Language) -> Iterator[Finding]:
    """Check the model's key and name by asking it for one word."""
    from hubspot_agent.llm.errors import failure_key
    from hubspot_agent.llm.factory import chat_model

    key_check = text("doctor.check_model_key", language)
    name_check = text("doctor.check_model_name", language, model=settings.model)
    key_passed = Finding("passed", key_check, text("doctor.model_key_ok", language))
    try:
        chat_model(None, settings).invoke("Answer with the word OK.")
    except Exception as error:  # of whatever provider and package
        failure = failure_key(error) or "model_refused"
        reason = type(error).__name__
    else:
        yield key_passed
        yield Finding("passed", name_check, text("doctor.model_name_ok", language))
        return
    if failure in _OF_THE_SERVER:
        failure = "model_unreachable"
    elif failure not in (*_OF_THE_KEY, "model_not_found"):
        failure = "model_refused"
    said = text(f"doctor.{failure}", language, error=reason)
    fix = text(f"doctor.fix_{failure}", language)
    if failure in ("model_not_found", "model_refused"):
        yield key_passed if failure == "model_not_found" else Finding("skipped", key_check)
        yield Finding("failed", name_check, said, fix)
    else:
        yield Finding("failed", key_check, said, fix)
        yield Finding("skipped", name_check)
