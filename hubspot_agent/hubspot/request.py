"""One HTTP request by the official client: an `ApiResponse`, or one of our errors.

The client's own decoding is passed over: it drops `url`, makes a model full of None out of a page of HTML,
and logs whole bodies at DEBUG.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

from urllib3.exceptions import HTTPError

from hubspot_agent.hubspot.error_mapping import error_from_exception, error_from_response
from hubspot_agent.hubspot.errors import HubSpotError, UnexpectedAnswerError
from hubspot_agent.observability.metrics import hubspot_call

log = logging.getLogger("hubspot_agent.hubspot")


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A response of status 2xx.

    Attributes:
        data: Its JSON object; empty for 204.
        headers: Its headers; their names are found in any case.
    """

    data: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def date(self) -> datetime | None:
        """HubSpot's time, to the second, if the response has a `Date` header that is one."""
        try:
            date = parsedate_to_datetime(self.headers.get("Date", ""))
        except (ValueError, OverflowError):
            return None
        return date if date.tzinfo else date.replace(tzinfo=UTC)


def send_request(
    name: str, method: Callable[..., Any], *args: Any, timeout: tuple[float, float], **kwargs: Any
) -> ApiResponse:
    """Send one request, once.

    Args:
        name: What logs and metrics call it, such as "GET contacts/{id}".
        method: A method of the official client.
        *args: Its arguments.
        timeout: Seconds for connecting, and for the whole response after that.
        **kwargs: Its keyword arguments.

    Raises:
        HubSpotError: `written` is "unknown" when HubSpot may have carried the request out all the same.
    """
    started = monotonic()
    status: int | str
    outcome: ApiResponse | HubSpotError
    try:
        response = method(*args, _preload_content=False, _request_timeout=timeout, **kwargs)
        status = response.status
        outcome = _read(response)
    except (HTTPError, OSError) as error:
        status, outcome = type(error).__name__, error_from_exception(error)
    except (UnicodeDecodeError, AttributeError) as error:
        # The client decodes the body of an error response as UTF-8 even if it is not, or if there is none.
        cause: Any = error.__context__
        if not _is_of_client(cause):
            raise
        status, outcome = cause.status, error_from_response(cause.status or 0, cause.headers or {}, None)
    except Exception as error:
        refusal: Any = error
        if not _is_of_client(error):
            raise
        status, outcome = refusal.status, error_from_response(refusal.status or 0, refusal.headers or {}, refusal.body)
    seconds = monotonic() - started
    hubspot_call(name, status, seconds)
    log.debug("%s: %s in %d ms", name, status, seconds * 1000)
    # Raised outside the handler: the client's own exceptions hold the token and whole bodies, and must not
    # be chained.
    if isinstance(outcome, HubSpotError):
        raise outcome
    return outcome


def _is_of_client(error: BaseException | None) -> bool:
    """Tell whether it is the client's `ApiException`, of which each of its packages has a class of its own."""
    return type(error).__module__.startswith("hubspot.crm.") and hasattr(error, "status")


def _read(response: Any) -> ApiResponse | HubSpotError:
    body = response.read()
    if response.status == 204:
        return ApiResponse({}, response.headers)
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        return UnexpectedAnswerError("The answer is not HubSpot's (no JSON).", written="unknown")
    return ApiResponse(data, response.headers)
