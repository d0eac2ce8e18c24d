"""What can be done with HubSpot's contacts, in methods that wait for HubSpot."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Self
from unicodedata import normalize

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot import read as reading
from hubspot_agent.hubspot.create import Creator
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.phone_search import Phone
from hubspot_agent.hubspot.property_definitions import DefinitionCache, PropertyDefinition, read_definitions
from hubspot_agent.hubspot.rate_limit import Limits
from hubspot_agent.hubspot.recent_writes import RecentWrites
from hubspot_agent.hubspot.retry import RetryPolicy
from hubspot_agent.hubspot.sdk import Client
from hubspot_agent.hubspot.search import lower_listed_values, search_contacts
from hubspot_agent.hubspot.search_query import Search, SearchResult
from hubspot_agent.hubspot.transport import Connection
from hubspot_agent.hubspot.update import archive, update


class BlockingContacts:
    """One HubSpot account's contacts. Safe for use by many threads at once.

    Every method raises a `HubSpotError` of the family in `hubspot_agent.hubspot.errors` when it fails.

    Args:
        access_token: Any bearer token of HubSpot's: service key, private app or OAuth.
        host: Where HubSpot's API, or the sandbox, is reached.
        api_version: "v3", or a date version such as "2026-03".
        default_region: ISO 3166 code of the country whose national phone numbers are meant, such as "NL".
        timeout: Seconds for making a connection, and for one answer.
        time_budget: Seconds after which an operation gives up, with all its waits and repetitions.
        retry: How calls are repeated.
        searches_per_second: The account's limit of searches (HubSpot allows 5); None for no limit.
        calls_per_ten_seconds: The account's limit of other calls (100, 190 or 250); None for no limit.
        shared_limits: Where several processes share these limits: the path of a SQLite file of its own, or
            a URL that begins with redis:// or postgresql://. None when this object is alone.
        create_key_property: The account's own property with unique values in which the key of a create is
            kept.
        index_delay: Seconds after which HubSpot's search is taken to know a new contact.
        definitions_max_age: Seconds for which property definitions are kept.
        workers: Threads for the async methods, which is how many calls they can have under way.
        log_personal_data: Whether urllib3's DEBUG log may hold the e-mail addresses in paths.

    Raises:
        NotConfiguredError: The token or the host cannot be one.
    """

    def __init__(
        self,
        access_token: str,
        *,
        host: str = "https://api.hubapi.com",
        api_version: str = "v3",
        default_region: str | None = None,
        timeout: tuple[float, float] = (5.0, 20.0),
        time_budget: float = 60.0,
        retry: RetryPolicy | None = None,
        searches_per_second: float | None = 5,
        calls_per_ten_seconds: int | None = 100,
        shared_limits: str | None = None,
        create_key_property: str | None = None,
        index_delay: float = 10.0,
        definitions_max_age: float = 600.0,
        workers: int = 32,
        log_personal_data: bool = False,
    ) -> None:
        self._client = Client(access_token, host, api_version, log_personal_data=log_personal_data)
        self._limits = Limits(searches_per_second, calls_per_ten_seconds, shared_limits, access_token)
        self._connection = Connection(self._client, self._limits, retry or RetryPolicy(), timeout, time_budget)
        self._default_region = default_region
        self._recent = RecentWrites()
        self._creator = Creator(self._connection, self._recent, create_key_property, index_delay)
        self._definitions = DefinitionCache(lambda: read_definitions(self._connection), definitions_max_age)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="hubspot")

    def get(self, contact_id: str, properties: Sequence[str] = ()) -> Contact:
        """Return a contact. One that was merged comes with the id of the contact it is now part of.

        Args:
            contact_id: HubSpot's record id.
            properties: Properties wanted besides `SHOWN_PROPERTIES`; names that do not exist are left out.

        Raises:
            ContactNotFoundError: There is none, or it is archived.
        """
        return reading.by_id(self._connection, contact_id, properties, self._connection.deadline())

    def get_by_email(self, email: str, properties: Sequence[str] = ()) -> Contact | None:
        """Return the contact with exactly this e-mail address, or None. Knows every write at once.

        Args:
            email: The address, in any case.
            properties: As for `get`.

        Raises:
            InvalidContactError: It has not the shape of an address.
        """
        deadline = self._connection.deadline()
        return reading.by_unique(self._connection, "email", reading.checked_email(email), properties, deadline)

    def search(
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
        """Return one page of the contacts for which everything given holds; all contacts if nothing is.

        Contacts written through this object within the last minute are found although HubSpot's index may not
        know them yet; on a first page without `sort` they come first.

        Args:
            query: Words, or beginnings of words, of names, addresses, phone numbers and company names.
            email: An e-mail address, primary or secondary.
            phone: A phone number in any spelling.
            filters: Conditions on single properties.
            sort: A property's name, with "-" before it for the highest first; None for the oldest contact
                first.
            limit: Contacts a page, 1 to 200.
            after: The `after` of the page before.
            properties: As for `get`.

        Raises:
            SearchLimitError: More than HubSpot's search can do: 10,000 contacts deep, 3,000 characters, 18
                filters.
            InvalidContactError: `email` has not the shape of an address.
        """
        conditions = tuple(filters)
        if any(condition.takes_list() for condition in conditions):
            conditions = lower_listed_values(conditions, self.property_definitions())
        search = Search(
            query=normalize("NFC", query).strip() if query else None,
            email=reading.checked_email(email) if email else None,
            phone=Phone.parse(phone, self._default_region) if phone else None,
            default_region=self._default_region,
            filters=conditions,
            sort=sort,
            limit=limit,
            after=after,
            properties=tuple(properties),
        )
        return search_contacts(self._connection, search, self._recent, self._connection.deadline())

    def create(self, properties: Mapping[str, str], *, key: str | None = None) -> Contact:
        """Create a contact, at most once, whatever the network does.

        Args:
            properties: Values by HubSpot's property name.
            key: What tells this create from every other, such as the tool call's id. Used where the account
                has a property for it (`create_key_property`): the same key never makes a second contact.

        Raises:
            ContactExistsError: Another contact has this e-mail address.
            InvalidContactError: HubSpot refuses values.
            UnknownOutcomeError: HubSpot did not answer, and whether the contact exists cannot be found out
                now.
        """
        contact = self._creator.create(_clean(properties), key)
        self._recent.wrote(contact)
        return contact

    def find_created(self, properties: Mapping[str, str], since: datetime, *, key: str | None = None) -> Contact | None:
        """Return the contact that an interrupted `create` made, or None if it made none.

        For use after a crash between HubSpot's write and our note of it. Without an e-mail address and a
        key it waits until HubSpot's search may be taken to know the contact.

        Args:
            properties: What was to be created.
            since: When `create` was called, by this machine's clock; without a time zone it is local time.
            key: As for `create`.
        """
        return self._creator.find_created(_clean(properties), since.astimezone(UTC), key)

    def update(self, contact_id: str, properties: Mapping[str, str]) -> Contact:
        """Change a contact's properties; others stay as they are.

        Args:
            contact_id: HubSpot's record id.
            properties: New values by HubSpot's property name; "" clears. A value that begins with ";" adds
                to a property of several values.

        Returns:
            What HubSpot says it stored: the id, which after a merge is another, the properties given and
            those that HubSpot derives from them.

        Raises:
            ContactNotFoundError: There is no such contact.
            ContactExistsError: Another contact has this e-mail address.
            InvalidContactError: HubSpot refuses values.
            UnknownOutcomeError: HubSpot did not answer.
        """
        contact = update(self._connection, contact_id, _clean(properties), self._connection.deadline())
        self._recent.wrote(contact)
        return contact

    def archive(self, contact_id: str) -> None:
        """Archive a contact; HubSpot can restore it for 90 days.

        Args:
            contact_id: HubSpot's record id.

        Raises:
            ContactNotFoundError: There is no such contact.
            UnknownOutcomeError: HubSpot did not answer.
        """
        archive(self._connection, contact_id, self._connection.deadline())
        self._recent.archived(contact_id)

    def property_definitions(self) -> dict[str, PropertyDefinition]:
        """Return what properties the account's contacts have, by name; read once and kept for a while."""
        return self._definitions.get()

    def close(self) -> None:
        """Close the connections; calls under way are finished, those not yet begun are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()
        self._limits.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={self._client.host!r})"


def _clean(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the properties with the e-mail address as HubSpot keeps it."""
    return {name: value.strip().lower() if name == "email" else value for name, value in properties.items()}
