"""The access token of each request: one for good, or whatever the application's callable returns just then."""

import re
from collections.abc import Callable

from hubspot_agent.hubspot.errors import HubSpotError, NotConfiguredError


class AccessToken:
    """What a port was given as access token. Safe for use by many threads at once.

    Args:
        access_token: A token, or a callable that returns a valid one.

    Raises:
        NotConfiguredError: A token that no header can hold.
    """

    def __init__(self, access_token: str | Callable[[], str]) -> None:
        self._fetch: Callable[[], str] | None = None
        self._fixed = ""
        if callable(access_token):
            self._fetch = access_token
        else:
            self._fixed = _checked(access_token)

    @property
    def can_change(self) -> bool:
        """Whether asking again may give another token."""
        return self._fetch is not None

    def get(self) -> str:
        """Return the token to send now.

        Raises:
            NotConfiguredError: The callable failed, or returned what no header can hold.
            HubSpotError: One that the callable raised.
        """
        if self._fetch is None:
            return self._fixed
        try:
            return _checked(self._fetch())
        except HubSpotError:
            raise
        except Exception as error:  # whatever the application raises, with a secret in its text perhaps
            kind = type(error).__name__
        raise NotConfiguredError(
            f"The application could not supply a HubSpot access token ({kind}).",
            fix="Check the callable given as `access_token`.",
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _checked(token: object) -> str:
    text = token.strip() if isinstance(token, str) else ""
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise NotConfiguredError(
            "There is no usable HubSpot access token.",
            fix="Set HUBSPOT_ACCESS_TOKEN to the token as HubSpot shows it, without quotes or line breaks.",
        )
    return text
