"""Which HubSpot account a turn works in, and whether it can."""

from collections.abc import Callable
from functools import cache
from typing import cast

from hubspot_agent.hubspot import HubSpotContacts, NotConfiguredError
from hubspot_agent.hubspot.access_check import AccessCheck
from hubspot_agent.settings import Settings
from hubspot_agent.state import ContextT, run_context


def contacts_source(
    contacts: HubSpotContacts | Callable[[ContextT], HubSpotContacts] | None, settings: Settings
) -> Callable[[], HubSpotContacts]:
    """Return what gives the port to HubSpot for the turn that runs.

    Args:
        contacts: The port itself; a callable that chooses one by the run's `Context`; or `None` for the
            account in the settings, whose port is made at first use.
        settings: Where the token and the address come from.
    """

    @cache
    def from_settings() -> HubSpotContacts:
        return HubSpotContacts(
            _access_token(settings),
            host=settings.hubspot_base_url,
            api_version=settings.hubspot_api_version,
            default_region=settings.default_region,
            searches_per_second=settings.searches_per_second,
            calls_per_ten_seconds=settings.calls_per_ten_seconds,
            shared_limits=settings.shared_limits,
            create_key_property=settings.create_key_property,
            time_budget=settings.hubspot_timeout,
            log_personal_data=settings.log_personal_data,
        )

    def source() -> HubSpotContacts:
        if contacts is None:
            return from_settings()
        if isinstance(contacts, HubSpotContacts):
            return contacts
        return contacts(cast("ContextT", run_context()))

    return source


def access_check(settings: Settings, timeout: tuple[float, float] = (5.0, 20.0)) -> AccessCheck:
    """Return what finds out whether the token of the settings may do what the assistant does.

    Args:
        settings: Where the token and the address come from.
        timeout: Seconds for making a connection, and for one answer.

    Raises:
        NotConfiguredError: There is no token, or it or the address cannot be one.
    """
    return AccessCheck(
        _access_token(settings),
        host=settings.hubspot_base_url,
        api_version=settings.hubspot_api_version,
        timeout=timeout,
    )


def _access_token(settings: Settings) -> str:
    if settings.hubspot_access_token is None:
        raise NotConfiguredError(
            "HUBSPOT_ACCESS_TOKEN is not set.", fix="Set HUBSPOT_ACCESS_TOKEN in the environment or in a .env file."
        )
    return settings.hubspot_access_token.get_secret_value()
