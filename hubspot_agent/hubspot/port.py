"""`HubSpotContacts`: the one port through which everything else reaches HubSpot's contacts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ParamSpec, Self, TypeVar

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.client import BlockingContacts
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.property_definitions import PropertyDefinition
from hubspot_agent.hubspot.search_query import SearchResult
from hubspot_agent.hubspot.threads import in_pool

P = ParamSpec("P")
T = TypeVar("T")


class HubSpotContacts(BlockingContacts):
    """One HubSpot account's contacts, for threads and tasks alike; make one and keep it.

    Takes the arguments of `BlockingContacts` and has its methods. Those that begin with an `a` do the same from async
    code: the work is done in threads of the port's own, so that the event loop never waits. Cancelling one stops the
    waiting for it, not a call that is already under way.
    """

    async def aget(self, contact_id: str, properties: Sequence[str] = ()) -> Contact:
        """As `get`."""
        return await self._in_thread(self.get, contact_id, properties)

    async def aget_by_email(self, email: str, properties: Sequence[str] = ()) -> Contact | None:
        """As `get_by_email`."""
        return await self._in_thread(self.get_by_email, email, properties)

    async def asearch(
        self,
        *,
        query: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        filters: Sequence[SearchFilter] = (),
        sort: str | None = None,
        limit: int = 10,
        after: str | None = None,
        properties: Sequence[str] = (),
    ) -> SearchResult:
        """As `search`."""
        return await self._in_thread(
            self.search,
            query=query,
            email=email,
            phone=phone,
            filters=filters,
            sort=sort,
            limit=limit,
            after=after,
            properties=properties,
        )

    async def acreate(self, properties: Mapping[str, str], *, key: str | None = None) -> Contact:
        """As `create`."""
        return await self._in_thread(self.create, properties, key=key)

    async def afind_created(
        self, properties: Mapping[str, str], since: datetime, *, key: str | None = None
    ) -> Contact | None:
        """As `find_created`."""
        return await self._in_thread(self.find_created, properties, since, key=key)

    async def aupdate(self, contact_id: str, properties: Mapping[str, str]) -> Contact:
        """As `update`."""
        return await self._in_thread(self.update, contact_id, properties)

    async def aarchive(self, contact_id: str) -> None:
        """As `archive`."""
        await self._in_thread(self.archive, contact_id)

    async def aproperty_definitions(self) -> dict[str, PropertyDefinition]:
        """As `property_definitions`."""
        return await self._in_thread(self.property_definitions)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def _in_thread(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await in_pool(self._threads, method, *args, **kwargs)
