"""Searches that the page makes itself, to go on with a table."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.hubspot.errors import HubSpotError
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.tools.results import ToolResult, failed
from hubspot_agent.tools.search import search

#: Searches as the tool does, with its arguments, for a user by the name that `Context` has.
Search = Callable[[Mapping[str, Any], str | None], Awaitable[ToolResult]]


def search_in(contacts: Callable[[], HubSpotContacts]) -> Search:
    """Return what searches in the account of `contacts`; HubSpot's errors are results, as they are the tool's."""

    def find(arguments: Mapping[str, Any], user: str | None) -> ToolResult:
        try:
            return search(contacts(), user=user, **arguments)
        except HubSpotError as error:
            return failed(error)

    async def searched(arguments: Mapping[str, Any], user: str | None) -> ToolResult:
        return await in_thread(find, arguments, user)

    return searched
