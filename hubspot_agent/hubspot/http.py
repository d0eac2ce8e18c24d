"""One attempt at one call: by the official client, in the time allowed, to an answer or one of our errors.

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

from hubspot.crm.contacts.exceptions import ApiException as ContactsApiException
from hubspot.crm.properties.exceptions import ApiException as PropertiesApiException
from urllib3.exceptions import HTTPError

from hubspot_agent.hubspot.error_mapping import fault, refusal
from hubspot_agent.hubspot.errors import HubSpotError, RequestTimeoutError, UnexpectedAnswerError
from hubspot_agent.observability.metrics import hubspot_call

log = logging.getLogger("hubspot_agent.hubspot")

_REFUSALS = (ContactsApiException, PropertiesApiException)
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: HubSpot's JSON, when HubSpot said so by its own clock (to the second), if it did, and the headers."""

    data: dict[str, Any]
    date: datetime | None
    headers: Mapping[str, str]


def call(name: str, method: Callable[..., Any], *args: Any, timeout: tuple[float, float], **kwargs: Any) -> Answer:
    """Make one call, once.

    Args:
        name: What the log calls it, such as "GET contacts/{id}".
        method: A method of the official client.
        *args: Its arguments.
        timeout: Seconds for connecting, and for the whole answer after that.
        **kwargs: Its keyword arguments.

    Raises:
        HubSpotError: `written` is "unknown" when HubSpot may have carried the call out all the same.
    """
    started = monotonic()
    status: int | str
    try:
        response = method(*args, _preload_content=False, _request_timeout=timeout, **kwargs)
        status = response.status
        outcome = _answer(response, started + sum(timeout))
    except _REFUSALS as error:
        status, outcome = error.status, refusal(error.status or 0, error.headers or {}, error.body)
    except (UnicodeDecodeError, AttributeError) as error:
        # The client decodes the body of a refusal as UTF-8 even if it is not, or if there is none.
        cause = error.__context__
        if not isinstance(cause, _REFUSALS):
            raise
        status, outcome = cause.status, refusal(cause.status or 0, cause.headers or {}, None)
    except (HTTPError, OSError) as error:
        status, outcome = type(error).__name__, fault(error)
    seconds = monotonic() - started
    hubspot_call(name, status, seconds)
    log.debug("%s: %s in %d ms", name, status, seconds * 1000)
    # Raised outside the handler: the client's own exceptions hold the token and whole bodies, and must not
    # be chained.
    if isinstance(outcome, HubSpotError):
        raise outcome
    return outcome


def _answer(response: Any, deadline: float) -> Answer | HubSpotError:
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if monotonic() > deadline:
            response.close()
            return RequestTimeoutError("HubSpot did not finish its answer in time.", written="unknown")
    if response.status == 204:
        return Answer({}, _date(response), response.headers)
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        return UnexpectedAnswerError("The answer is not HubSpot's (no JSON).", written="unknown")
    return Answer(data, _date(response), response.headers)


def _date(response: Any) -> datetime | None:
    try:
        date = parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
