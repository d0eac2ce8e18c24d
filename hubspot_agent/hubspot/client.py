"""`HubSpotContacts`: the one port through which everything else reaches HubSpot's contacts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Self
from unicodedata import normalize

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.access_token import AccessToken
from hubspot_agent.hubspot.cached import Cached
from hubspot_agent.hubspot.companies import Companies
from hubspot_agent.hubspot.create import Creator
from hubspot_agent.hubspot.errors import HubSpotError
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.notes import Notes
from hubspot_agent.hubspot.owners import OWNERS_MAX_AGE_S, Owners
from hubspot_agent.hubspot.phone_search import Phone
from hubspot_agent.hubspot.property_definitions import PropertyDefinition, read_property_definitions
from hubspot_agent.hubspot.rate_limit import RateLimits
from hubspot_agent.hubspot.read import checked_email, read_by_id, read_by_unique
from hubspot_agent.hubspot.recent_writes import RecentWrites
from hubspot_agent.hubspot.retry import RetryPolicy
from hubspot_agent.hubspot.sdk import HubSpotSdk
from hubspot_agent.hubspot.search import lower_listed_values, search_contacts
from hubspot_agent.hubspot.search_request import SearchRequest, SearchResult
from hubspot_agent.hubspot.transport import Transport
from hubspot_agent.hubspot.update import archive, update


class HubSpotContacts:
    """One HubSpot account's contacts. Safe for use by many threads at once; make one and keep it.

    Every method waits for HubSpot, and raises a `HubSpotError` of the family in `hubspot_agent.hubspot.errors`
    when it fails. Async code runs a method in a thread, in its own context, so that the event loop never waits:
    `await in_thread(contacts.search, query="ana")` with `hubspot_agent.hubspot.in_thread`.

    Args:
        access_token: Any bearer token of HubSpot's: service key, private app or OAuth. Or a callable that returns
            one: it is called before each request, by many threads at once, and once more after a 401, so it
            should keep its token until that expires.
        host: Where HubSpot's API, or the sandbox, is reached.
        api_version: "v3", or a date version such as "2026-03".
        default_region: ISO 3166 code of the country whose national phone numbers are meant, such as "NL".
        timeout: Seconds for making a connection, and for one response.
        time_budget: Seconds after which an operation gives up, with all its waits and repetitions.
        retry: How requests are repeated.
        searches_per_second: The account's limit of searches (HubSpot allows 5); None for no limit.
        calls_per_ten_seconds: The account's limit of other requests (100, 190 or 250); None for no limit.
        shared_limits: Where several processes share these limits: the path of a SQLite file of its own, or
            a URL that begins with redis:// or postgresql://. None when this object is alone.
        account: What tells this account from others that share their limits in the same place. By default
            that is the token, or the host where `access_token` is a callable.
        create_key_property: The account's own property with unique values in which the key of a create is
            kept.
        index_delay: Seconds after which HubSpot's search is taken to know a new contact.
        definitions_max_age: Seconds for which property definitions are kept.
        owners_max_age: Seconds for which the list of owners is kept.
        log_personal_data: Whether urllib3's DEBUG log may hold the e-mail addresses in paths.

    Attributes:
        owners: To whom contacts belong.
        companies: The company records, and which contacts are linked to them.
        notes: The notes on contacts' timelines.

    Raises:
        NotConfiguredError: The token, the host, the version or the place of the limits cannot be one.
    """

    def __init__(
        self,
        access_token: str | Callable[[], str],
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
        account: str | None = None,
        create_key_property: str | None = None,
        index_delay: float = 10.0,
        definitions_max_age: float = 600.0,
        owners_max_age: float = OWNERS_MAX_AGE_S,
        log_personal_data: bool = False,
    ) -> None:
        token = AccessToken(access_token)
        self._sdk = HubSpotSdk(token, host, api_version, log_personal_data=log_personal_data)
        account = account or (self._sdk.host if token.can_change else token.get())
        self._rate_limits = RateLimits(searches_per_second, calls_per_ten_seconds, shared_limits, account)
        self._transport = Transport(self._sdk, self._rate_limits, retry or RetryPolicy(), timeout, time_budget)
        self._default_region = default_region
        self._recent_writes = RecentWrites()
        self._creator = Creator(self._transport, self._recent_writes, create_key_property, index_delay)
        self._definitions = Cached(lambda: read_property_definitions(self._transport), definitions_max_age)
        self.owners = Owners(self._transport, owners_max_age)
        self.companies = Companies(self._transport, self._recent_writes, index_delay)
        self.notes = Notes(self._transport)

    def get(self, contact_id: str, properties: Sequence[str] = ()) -> Contact:
        """Return a contact. One that was merged comes with the id of the contact it is now part of.

        Args:
            contact_id: HubSpot's record id.
            properties: Properties wanted besides `SHOWN_PROPERTIES`; names that do not exist are left out.

        Raises:
            ContactNotFoundError: There is none, or it is archived.
        """
        return read_by_id(self._transport, contact_id, properties, self._transport.deadline())

    def get_by_email(self, email: str, properties: Sequence[str] = ()) -> Contact | None:
        """Return the contact with exactly this e-mail address, or None. Knows every write at once.

        Args:
            email: The address, in any case.
            properties: As for `get`.

        Raises:
            InvalidContactError: It has not the shape of an address.
        """
        address = checked_email(email)
        return read_by_unique(self._transport, "email", address, properties, self._transport.deadline())

    def search(
        self,
        *,
        query: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        filters: Sequence[SearchFilter] = (),
        any_of: Sequence[Sequence[SearchFilter]] = (),
        company_ids: Sequence[str] = (),
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
            any_of: Alternatives, of which one must hold: conditions that all must hold. At most 5.
            company_ids: Companies of which a contact must be linked to one. HubSpot's index knows a new link that is
                not the contact's primary one some seconds later.
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
        search = SearchRequest(
            query=normalize("NFC", query).strip() if query else None,
            email=checked_email(email) if email else None,
            phone=Phone.parse(phone, self._default_region) if phone else None,
            default_region=self._default_region,
            filters=conditions,
            any_of=tuple(map(tuple, any_of)),
            company_ids=tuple(dict.fromkeys(company_ids)),
            sort=sort,
            limit=limit,
            after=after,
            properties=tuple(properties),
        )
        return search_contacts(self._transport, search, self._recent_writes, self._transport.deadline())

    @property
    def creates_with_links(self) -> bool:
        """Whether a contact is linked in the request that creates it: not with a key property, by an upsert."""
        return self._creator.takes_links

    def create(
        self, properties: Mapping[str, str], *, key: str | None = None, company_ids: Sequence[str] = ()
    ) -> Contact:
        """Create a contact, at most once, whatever the network does.

        Args:
            properties: Values by HubSpot's property name.
            key: What tells this create from every other, such as the tool call's id. Used where the account
                has a property for it (`create_key_property`): the same key never makes a second contact.
            company_ids: Companies to link it to, in the same request, the primary one first; only where
                `creates_with_links`.

        Raises:
            ContactExistsError: Another contact has this e-mail address.
            InvalidContactError: HubSpot refuses values.
            InvalidRequestError: Companies were given, and contacts are not created with links.
            ConflictError: HubSpot refuses it for another conflict.
            UnknownOutcomeError: HubSpot did not answer, and whether the contact exists cannot be found out
                now.
        """
        contact = self._creator.create(_with_clean_email(properties), key, tuple(dict.fromkeys(company_ids)))
        self._recent_writes.created(contact)
        return contact

    def find_created(
        self,
        properties: Mapping[str, str],
        since: datetime | None = None,
        *,
        key: str | None = None,
        known: Collection[str] = (),
    ) -> Contact | None:
        """Return the contact that a `create` made whose answer was lost, or None if it made none.

        It is known by what was sent: by the key where there is a property for it, else by the e-mail address, else
        by its values. This machine's clock has no say. Without an e-mail address and a key it waits until HubSpot's
        search may be taken to know the contact.

        Args:
            properties: What was to be created.
            since: When `create` was called, as `now` gave it; None where that is not known. No older contact is taken
                for the one that was made.
            key: As for `create`.
            known: The ids of contacts that were there before.
        """
        since = since.astimezone(UTC) if since else None
        return self._creator.find_created(_with_clean_email(properties), since, key, known)

    def now(self) -> datetime:
        """Return the time by HubSpot's clock, rather some seconds too early; by this machine's if HubSpot is away."""
        if not self._transport.knows_hubspot_time:
            with suppress(HubSpotError):
                self.property_definitions()  # Whatever is asked is answered with the time.
        return self._transport.hubspot_time()

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
            ConflictError: HubSpot refuses it for another conflict.
            UnknownOutcomeError: HubSpot did not answer, and whether the values are there cannot be read now.
        """
        contact = update(self._transport, contact_id, _with_clean_email(properties), self._transport.deadline())
        self._recent_writes.wrote(contact)
        return contact

    def archive(self, contact_id: str) -> None:
        """Archive a contact; HubSpot can restore it for 90 days.

        Args:
            contact_id: HubSpot's record id.

        Raises:
            ContactNotFoundError: There is no such contact.
            UnknownOutcomeError: HubSpot did not answer.
        """
        archive(self._transport, contact_id, self._transport.deadline())
        self._recent_writes.archived(contact_id)

    def property_definitions(self) -> dict[str, PropertyDefinition]:
        """Return what properties the account's contacts have, by name; read once and kept for a while."""
        return self._definitions.get()

    def close(self) -> None:
        """Close the connections; calls under way are finished."""
        self._sdk.close()
        self._rate_limits.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={self._sdk.host!r})"


def _with_clean_email(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the properties with the e-mail address as HubSpot keeps it."""
    return {name: value.strip().lower() if name == "email" else value for name, value in properties.items()}
