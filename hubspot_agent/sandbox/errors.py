"""HubSpot's error answers: statuses and bodies, as documented, recorded or reported."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hubspot_agent.sandbox import times

#: The made-up account that the sandbox is.
PORTAL_ID: Final = 1000001


class ApiError(Exception):
    """A refused call.

    Attributes:
        status: HTTP status.
        fields: The body's fields other than `status` and `correlationId`.
        headers: Extra headers of the answer.
    """

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None, **fields: Any):
        super().__init__(message)
        self.status = status
        self.fields: dict[str, Any] = {"message": message, **fields}
        self.headers = dict(headers or {})

    def body(self, correlation_id: str) -> dict[str, Any]:
        """Return the JSON body HubSpot sends, `correlation_id` included."""
        message, *details = self.fields.items()
        return {"status": "error", **dict([message]), "correlationId": correlation_id, **dict(details)}

    def as_batch_error(self) -> dict[str, Any]:
        """Return this error as an item of `errors` in a 207 answer."""
        return {"status": "error", "category": "VALIDATION_ERROR", "context": {}, **self.fields}


@dataclass(frozen=True, slots=True)
class InvalidValue:
    """One bad property value: its name, HubSpot's error code, the message and the value sent."""

    name: str
    code: str
    message: str
    value: str


def validation(message: str, **fields: Any) -> ApiError:
    """A request that cannot be carried out as it stands (400)."""
    return ApiError(400, message, category="VALIDATION_ERROR", **fields)


def invalid_properties(invalid_values: Iterable[InvalidValue]) -> ApiError:
    """Property values that HubSpot refuses (400), all of them at once."""
    invalid_values = list(invalid_values)
    listed = [
        {
            "isValid": False,
            "message": invalid.message,
            "error": invalid.code,
            "name": invalid.name,
            "propertyValue": invalid.value[:200],
            "localizedErrorMessage": invalid.message,
            "portalId": PORTAL_ID,
        }
        for invalid in invalid_values
    ]
    return validation(
        f"Property values were not valid: {json.dumps(listed, ensure_ascii=False, separators=(',', ':'))}",
        errors=[
            {"message": invalid.message, "code": invalid.code, "context": {"propertyName": [invalid.name]}}
            for invalid in invalid_values
        ],
    )


def invalid_json(message: str, line: int = 1, column: int = 1) -> ApiError:
    """A body that is no JSON, or not of the expected shape (400, without a category)."""
    return ApiError(400, f"Invalid input JSON on line {line}, column {column}: {message}")


def unauthenticated() -> ApiError:
    """No usable access token (401)."""
    return ApiError(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find "
        "more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        category="INVALID_AUTHENTICATION",
    )


def expired(since: float, now: float) -> ApiError:
    """An expired access token (401); both times in epoch seconds, `since=0` for one that cannot be read."""
    seconds = max(0, int(now - since))
    age = f"{seconds // 86_400} day(s)" if seconds >= 86_400 else f"{seconds // 60} minute(s)"
    moment = times.parse_datetime(str(int(since * 1000)))
    return ApiError(
        401,
        f"The OAuth token used to make this call expired {age} ago.",
        category="EXPIRED_AUTHENTICATION",
        context={"expire time": [moment]},
    )


def missing_scopes(scopes: Iterable[str]) -> ApiError:
    """A token without the scopes for this call (403)."""
    return ApiError(
        403,
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": sorted(scopes)},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
        category="MISSING_SCOPES",
    )


def not_found() -> ApiError:
    """No such record or address (404, without a category)."""
    return ApiError(404, "resource not found")


def not_numeric(record_id: str) -> ApiError:
    """A record id that is no number (404)."""
    return ApiError(
        404,
        "Object not found.  objectId are usually numeric.",
        context={"id": [record_id]},
        category="OBJECT_NOT_FOUND",
    )


def some_not_found(record_ids: Iterable[str], singular: str = "CONTACT") -> ApiError:
    """Records of a batch that do not exist; an item of a 207 answer."""
    return ApiError(
        404,
        f"Could not get some {singular} objects, they may be deleted or not exist. Check that ids are valid.",
        category="OBJECT_NOT_FOUND",
        context={"ids": list(record_ids)},
    )


def already_exists(record_id: int) -> ApiError:
    """An e-mail address that another contact has (409); HubSpot names the id only in the text."""
    return ApiError(409, f"Contact already exists. Existing ID: {record_id}", category="CONFLICT")
