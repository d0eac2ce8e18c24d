"""The official client, set up once: host, token, API version, and what it may not do.

What it may not do is retry by itself (a repeated create is a duplicate) and log (its DEBUG lines hold whole
answers, and those of urllib3 the e-mail address in a path).
"""

import logging
import re
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import hubspot
from urllib3.util.retry import Retry

from hubspot_agent.hubspot.access_token import AccessToken
from hubspot_agent.hubspot.connections import POOL_CLASSES
from hubspot_agent.hubspot.errors import NotConfiguredError

#: Connections kept open to HubSpot for each of its APIs.
POOL_SIZE = 64

_EMAIL_IN_PATH = re.compile(r"/[^/?]*(?=\?\S*idProperty=email)")


class _NoAddressInPath(logging.Filter):
    """Takes the e-mail address out of the paths that urllib3 logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                _EMAIL_IN_PATH.sub("/{email}", value) if isinstance(value, str) else value for value in record.args
            )
        return True


_filter = _NoAddressInPath()


class HubSpotSdk:
    """HubSpot's generated APIs that the port uses, built once and kept so that their connections are too.

    Args:
        access_token: Asked for the bearer token of each request.
        host: Scheme and host, without a slash at the end.
        api_version: "v3", or a date version such as "2026-03".

    Raises:
        NotConfiguredError: The host or the version cannot be one.
    """

    def __init__(
        self, access_token: AccessToken, host: str, api_version: str, *, log_personal_data: bool = False
    ) -> None:
        self.access_token = access_token
        self.host = _checked_host(host)
        if not re.fullmatch(r"v3|20\d\d-\d\d", api_version):
            raise NotConfiguredError("That is no version of HubSpot's API.", fix='Use "v3" or "2026-03".')
        if not log_personal_data:
            logging.getLogger("urllib3.connectionpool").addFilter(_filter)
        self._api_version = api_version
        self._apis: list[Any] = []
        self._crm = crm = hubspot.HubSpot(
            host=self.host,
            retry=Retry(0),
            connection_pool_maxsize=POOL_SIZE,
            api_factory=self._build,
        ).crm
        self.basic = crm.contacts.basic_api
        self.search = crm.contacts.search_api
        self.batch = crm.contacts.batch_api
        self.properties = crm.properties.core_api

    # Not every use of the port needs these, and importing each takes its time.

    @cached_property
    def owners(self) -> Any:
        """The users of the account."""
        return self._crm.owners.owners_api

    @cached_property
    def companies(self) -> Any:
        """Single companies."""
        return self._crm.companies.basic_api

    @cached_property
    def company_search(self) -> Any:
        """The search of companies."""
        return self._crm.companies.search_api

    @cached_property
    def company_batch(self) -> Any:
        """Many companies at once."""
        return self._crm.companies.batch_api

    @cached_property
    def notes(self) -> Any:
        """Single notes."""
        return self._crm.objects.notes.basic_api

    @cached_property
    def note_batch(self) -> Any:
        """Many notes at once."""
        return self._crm.objects.notes.batch_api

    @cached_property
    def associations(self) -> Any:
        """What is linked to what."""
        return self._crm.associations.v4.basic_api

    def close(self) -> None:
        """Close the connections."""
        for api in self._apis:
            api.api_client.rest_client.pool_manager.clear()
            api.api_client.close()

    def _build(self, package: Any, api_name: str, config: dict[str, Any]) -> Any:
        """Build one generated API, as the client does, but with our version in the paths and our token."""
        version, access_token = self._api_version, self.access_token

        class ApiClient(package.ApiClient):  # type: ignore[misc]
            def call_api(self, resource_path: str, *args: Any, **kwargs: Any) -> Any:
                # Given with the request rather than set on the configuration, which all threads share.
                kwargs["_request_auth"] = {
                    "in": "header",
                    "key": "Authorization",
                    "value": f"Bearer {access_token.get()}",
                }
                return super().call_api(versioned_path(resource_path, version), *args, **kwargs)

        urllib3_logger = logging.getLogger("urllib3")
        level = urllib3_logger.level
        configuration = package.Configuration(host=config["host"])
        urllib3_logger.setLevel(level)  # The generated code sets it, for everything in the process.
        configuration.retries = config["retry"]
        configuration.connection_pool_maxsize = config["connection_pool_maxsize"]
        client = ApiClient(configuration)
        client.rest_client.pool_manager.pool_classes_by_scheme = POOL_CLASSES
        client.user_agent = "hubspot-agent"
        api = getattr(package, api_name)(client)
        self._apis.append(api)
        return api


def versioned_path(path: str, version: str) -> str:
    """Return the client's path in another version, as /crm/objects/2026-03/... for /crm/v3/objects/..."""
    if version == "v3":
        return path
    return re.sub(r"^/crm/v[34]/(\w+)/", rf"/crm/\1/{version}/", path)


def _checked_host(host: str) -> str:
    parts = urlsplit(host)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise NotConfiguredError(
            "The HubSpot host is not the address of a server.",
            fix="Use https://api.hubapi.com, or the sandbox's URL.",
        )
    return host.rstrip("/")
