"""What an access token may do, found out without changing anything."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from hubspot_agent.hubspot.access_token import AccessToken
from hubspot_agent.hubspot.errors import InvalidContactError, InvalidRequestError
from hubspot_agent.hubspot.records import as_objects
from hubspot_agent.hubspot.request import ApiResponse, send_request
from hubspot_agent.hubspot.scopes import COMPANIES_READ_SCOPE, COMPANIES_WRITE_SCOPE, OWNERS_SCOPE, needing
from hubspot_agent.hubspot.sdk import HubSpotSdk


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The account's limits, as HubSpot names them in the headers of its answers; `None` where it does not.

    Attributes:
        daily: Calls a day.
        daily_remaining: Calls left today.
        per_ten_seconds: Calls in ten seconds.
    """

    daily: int | None
    daily_remaining: int | None
    per_ten_seconds: int | None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Self:
        """Read the limits out of an answer's headers."""

        def number(name: str) -> int | None:
            value = headers.get(f"X-HubSpot-RateLimit-{name}", "")
            return int(value) if value.isdecimal() else None

        return cls(number("Daily"), number("Daily-Remaining"), number("Max"))


class AccessCheck:
    """Asks HubSpot whether a token may do what the assistant does. Each question is one call, made once.

    Every method raises a `HubSpotError` of the family in `hubspot_agent.hubspot.errors` when it fails, such as
    `AuthenticationError` or `MissingScopesError`.

    Args:
        access_token: As for `HubSpotContacts`.
        host: As for `HubSpotContacts`.
        api_version: As for `HubSpotContacts`.
        timeout: Seconds for making a connection, and for one answer.

    Raises:
        NotConfiguredError: The token, the host or the version cannot be one.
    """

    def __init__(
        self,
        access_token: str,
        *,
        host: str = "https://api.hubapi.com",
        api_version: str = "v3",
        timeout: tuple[float, float] = (5.0, 20.0),
    ) -> None:
        # No path of these calls holds an e-mail address, so urllib3's log needs no filter.
        self._sdk = HubSpotSdk(AccessToken(access_token), host, api_version, log_personal_data=True)
        self._timeout = timeout

    def read_contacts(self) -> CallLimits:
        """Read the id of one contact, and return the limits that HubSpot named with it."""
        answer = self._call("GET contacts", self._sdk.basic.get_page, limit=1, properties=["hs_object_id"])
        return CallLimits.from_headers(answer.headers)

    def write_contacts(self) -> None:
        """Send an update of no contacts. That HubSpot refuses it as empty shows that it would allow another."""
        with suppress(InvalidRequestError, InvalidContactError):
            self._call("POST contacts/batch/update", self._sdk.batch.update, {"inputs": []})

    def read_property_names(self) -> frozenset[str]:
        """Return the names of the properties that the account's contacts have."""
        answer = self._call("GET properties/contacts", self._sdk.properties.get_all, "contacts")
        return frozenset(str(each.get("name")) for each in as_objects(answer.data.get("results")))

    def read_owners(self) -> None:
        """Read one owner."""
        with needing(OWNERS_SCOPE):
            self._call("GET owners", self._sdk.owners.get_page, limit=1)

    def read_companies(self) -> None:
        """Read the id of one company."""
        with needing(COMPANIES_READ_SCOPE):
            self._call("GET companies", self._sdk.companies.get_page, limit=1, properties=["hs_object_id"])

    def write_companies(self) -> None:
        """Send an update of no companies, as for contacts."""
        with suppress(InvalidRequestError, InvalidContactError), needing(COMPANIES_WRITE_SCOPE):
            self._call("POST companies/batch/update", self._sdk.company_batch.update, {"inputs": []})

    def close(self) -> None:
        """Close the connections."""
        self._sdk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> ApiResponse:
        return send_request(name, method, *args, timeout=self._timeout, **kwargs)
