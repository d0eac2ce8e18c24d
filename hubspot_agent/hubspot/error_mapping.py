"""From HubSpot's error responses and the network's exceptions to our errors.

Bodies, headers and paths hold tokens and personal data: what is taken out of them is named here, the rest
stays out.
"""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from hubspot_agent.hubspot.errors import (
    AuthenticationError,
    ConflictError,
    ContactNotFoundError,
    DailyLimitError,
    HubSpotError,
    InvalidContactError,
    InvalidProperty,
    InvalidRequestError,
    MissingScopesError,
    RateLimitedError,
    RequestTimeoutError,
    UnavailableError,
    UnexpectedAnswerError,
    UnreachableError,
)
from hubspot_agent.hubspot.records import as_object, as_objects

_NOT_SENT = (NewConnectionError, ConnectTimeoutError)

#: HubSpot's code of a refused value -> what is wrong. HubSpot's own text repeats the value and stays out.
_VALUE_ERRORS = {
    "PROPERTY_DOESNT_EXIST": "this property does not exist in the account",
    "INVALID_EMAIL": "not a valid e-mail address",
    "INVALID_OPTION": "not one of the allowed options",
    "READ_ONLY_VALUE": "a read-only property",
    "CALCULATED_VALUE": "a calculated property",
    "INVALID_INTEGER": "not a whole number",
    "INVALID_LONG": "not a whole number",
    "INVALID_NUMBER": "not a number",
    "INVALID_DATE": "not a valid date",
    "INVALID_BOOLEAN": "neither true nor false",
    "REQUIRED_FIELD": "required by the account",
    "CONFLICT": "already taken by another contact",
}
_LABELLED_VALUE = re.compile(r'^value:\s*"(.*)"$', re.MULTILINE)
_MAX_OPTIONS_CHARACTERS = 500


def _outage(error: HubSpotError) -> HubSpotError:
    error.outage = True
    return error


def error_from_response(status: int, headers: Mapping[str, str], body: str | bytes | None) -> HubSpotError:
    """Return the error for a response that is not 2xx.

    Args:
        status: The HTTP status.
        headers: Its headers, in whatever case.
        body: HubSpot's JSON, or a gateway's HTML.
    """
    headers = {name.lower(): value for name, value in headers.items()}
    details = _json(body)
    correlation = _plain(details.get("correlationId") or headers.get("x-hubspot-correlation-id"))
    message = str(details.get("message") or "")
    if status in (404, 409) and not details:
        # What a contact is, or is not, only HubSpot itself can say.
        return UnexpectedAnswerError(f"The answer is not HubSpot's (status {status}).", written="unknown")
    match status:
        case 0:
            return _outage(UnavailableError("The connection to HubSpot was lost.", written="unknown"))
        case 401:
            return AuthenticationError("HubSpot does not accept the access token.", correlation_id=correlation)
        case 403:
            return MissingScopesError(_scopes(details), correlation_id=correlation)
        case 404:
            return ContactNotFoundError(correlation_id=correlation)
        case 409:
            found = re.search(r"Existing ID:\s*(\d+)", message)
            return ConflictError(found[1] if found else "", correlation_id=correlation)
        case 429:
            return _rate_limit_error(details, message, retry_after(headers), correlation)
        case 400:
            properties = tuple(_invalid_properties(details, message))
            if properties:
                return InvalidContactError(properties, correlation_id=correlation)
            return InvalidRequestError("HubSpot does not understand the request.", correlation_id=correlation)
        case 408:
            return RequestTimeoutError(
                "HubSpot did not get the request in time.", written="unknown", correlation_id=correlation
            )
        case 423 | 477:
            return UnavailableError(
                "HubSpot has locked this data for the moment.",
                fix="Try again in a few minutes.",
                retry_after=retry_after(headers) if status == 477 else 2.0,
                correlation_id=correlation,
            )
        case _ if status >= 500:
            return _outage(
                UnavailableError(
                    f"HubSpot cannot serve the request at the moment (status {status}).",
                    written="unknown",
                    retry_after=retry_after(headers),
                    correlation_id=correlation,
                )
            )
    return InvalidRequestError(f"HubSpot refused the request (status {status}).", correlation_id=correlation)


def error_from_batch(batch: Mapping[str, Any]) -> HubSpotError:
    """Return the error for the first refused entry of a batch."""
    entry = next(iter(as_objects(batch.get("errors"))), {})
    status = {"CONFLICT": 409, "VALIDATION_ERROR": 400, "OBJECT_NOT_FOUND": 404}.get(str(entry.get("category")))
    if status is None:
        return UnexpectedAnswerError("The answer is not HubSpot's (no contact in it).", written="unknown")
    return error_from_response(status, {}, json.dumps(entry))


def error_from_exception(error: Exception) -> HubSpotError:
    """Return the error for an exception of the network or of the HTTP exchange."""
    return _outage(_network_error(error))


def _network_error(error: Exception) -> HubSpotError:
    reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(reason, SSLError):
        # Only these two are certain to come from the handshake, before anything was sent.
        cause = reason.args[0] if reason.args else None
        refused = isinstance(cause, ssl.SSLCertVerificationError)
        plain = isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER"
        return UnavailableError(
            "No secure connection to HubSpot could be made.",
            fix="Check this machine's certificates and clock, and whether a proxy intercepts TLS.",
            written="no" if refused or plain else "unknown",
        )
    if isinstance(reason, _NOT_SENT):
        return UnreachableError("HubSpot cannot be reached.")
    if isinstance(reason, ReadTimeoutError | TimeoutError):
        return RequestTimeoutError("HubSpot did not answer in time.", written="unknown")
    if isinstance(reason, HTTPError | OSError):
        return UnavailableError("The connection to HubSpot was lost.", written="unknown")
    return UnexpectedAnswerError("HubSpot's answer could not be read.", written="unknown")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the Retry-After of a response in seconds, if it has one that is a number."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def invalid_property(property_name: str, code: str, text: str = "") -> InvalidProperty:
    """Return what is wrong with a value, in our own words, with the allowed options if HubSpot's text has any."""
    message = _VALUE_ERRORS.get(code, "not accepted")
    # The text begins with the refused value; the options follow after the last of these words.
    _, found, options = text.rpartition("allowed options: [")
    if found and code == "INVALID_OPTION":
        allowed = ", ".join(_LABELLED_VALUE.findall(options)) or options.rpartition("]")[0]
        message += f": {allowed[:_MAX_OPTIONS_CHARACTERS]}"
    return InvalidProperty(property_name, code, message)


def _rate_limit_error(details: Mapping[str, Any], message: str, wait: float | None, correlation: str) -> HubSpotError:
    policy = f"{details.get('policyName') or ''} {message}".upper()
    if "DAILY" in policy:
        return DailyLimitError("The account has used up its HubSpot calls of today.", correlation_id=correlation)
    error = RateLimitedError(
        "HubSpot gets more calls than it allows at the moment.", retry_after=wait, correlation_id=correlation
    )
    error.ten_secondly = "TEN_SECONDLY" in policy
    return error


def _invalid_properties(details: Mapping[str, Any], message: str) -> Iterator[InvalidProperty]:
    """Yield what is wrong: out of the list inside the message, or else out of `errors`."""
    _, found, listed = message.partition("Property values were not valid:")
    entries = _json_list(listed) if found else []
    for entry in entries:
        yield invalid_property(_plain(entry.get("name")), _plain(entry.get("error")), str(entry.get("message") or ""))
    if entries:
        return
    for entry in as_objects(details.get("errors")):
        for name in _list(as_object(entry.get("context")).get("propertyName")):
            yield invalid_property(_plain(name), _plain(entry.get("code")), str(entry.get("message") or ""))


def _scopes(details: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        _plain(scope)
        for entry in as_objects(details.get("errors"))
        for key in ("requiredGranularScopes", "requiredScopes")
        for scope in _list(as_object(entry.get("context")).get(key))
    )


def _json(body: str | bytes | None) -> dict[str, Any]:
    try:
        details = json.loads(body or "")
    except ValueError:
        return {}
    return as_object(details)


def _json_list(text: str) -> list[dict[str, Any]]:
    try:
        entries, _ = json.JSONDecoder().raw_decode(text.strip())
    except ValueError:
        return []
    return as_objects(entries)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(value: object) -> str:
    """Return a name, code or id as HubSpot forms them; anything else in its place is dropped."""
    text = str(value or "")
    return text if re.fullmatch(r"[\w.:-]{1,100}", text) else ""
