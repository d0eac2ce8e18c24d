"""What contacts are linked to, and the primary company that follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hubspot_agent.sandbox import times
from hubspot_agent.sandbox.errors import validation
from hubspot_agent.sandbox.objects import Objects, clean_domain
from hubspot_agent.sandbox.records import Record, without_empty
from hubspot_agent.sandbox.store import Linked, Store
from hubspot_agent.sandbox.transactions import Transactions

_LINKED: Final[tuple[Linked, ...]] = ("companies", "notes")


@dataclass(frozen=True, slots=True)
class Link:
    """What a contact is linked to: a company or a note."""

    linked: Linked
    record_id: int


class Links:
    """The links of one account's contacts.

    Args:
        store: Where they are kept.
        transactions: What is stored together.
        companies: The account's companies.
        publish: Lets searches know of a contact whose links changed.
    """

    def __init__(self, store: Store, transactions: Transactions, companies: Objects, publish: Callable[[Record], None]):
        self._store = store
        self._transactions = transactions
        self._companies = companies
        self._publish = publish

    def add(self, contact_id: int, link: Link) -> None:
        """Link a contact to a company or a note; linking again changes nothing."""
        with self._transactions.atomic():
            self._store.link(contact_id, link.linked, link.record_id)
            self._changed(contact_id)

    def remove(self, contact_id: int, link: Link) -> None:
        """Take a link away, if there is one; the next company becomes the primary one."""
        with self._transactions.atomic():
            self._store.unlink(contact_id, link.linked, link.record_id)
            self._changed(contact_id)

    def remove_to(self, linked: Linked, record_id: int) -> None:
        """Take all links of a company or a note away."""
        for contact_id in self._store.contacts_linked_to(linked, record_id):
            self.remove(contact_id, Link(linked, record_id))

    def take_from(self, contact_id: int) -> list[Link]:
        """Take all links of a contact that ends away, and return them."""
        links = [Link(linked, one) for linked in _LINKED for one in self._store.linked_to_contact(contact_id, linked)]
        for link in links:
            self._store.unlink(contact_id, link.linked, link.record_id)
        return links

    def by_email(self, email: str) -> list[Link]:
        """Return the link to the company of an address's domain, if there is one."""
        company = self._companies.with_domain(email.rpartition("@")[2]) if email else None
        return [Link("companies", company.id)] if company else []

    def to_company(self, key: str) -> Link:
        """Return the link to a company given by its id or its domain.

        Raises:
            ApiError: There is none.
        """
        company = self._companies.find(key) or self._companies.with_domain(clean_domain(key))
        if company is None:
            raise validation(f"There is no company {key[:200]} that a contact could be linked to.")
        return Link("companies", company.id)

    def _changed(self, contact_id: int) -> None:
        """Keep the id of the primary company, the first linked one, with the contact."""
        record = self._store.contacts.get(contact_id)
        if record is None:
            return
        companies = self._store.linked_to_contact(contact_id, "companies")
        primary = str(companies[0]) if companies else ""
        if primary != record.properties.get("associatedcompanyid", ""):
            now = times.now()
            changed = {"associatedcompanyid": primary, "lastmodifieddate": now}
            properties = without_empty(record.properties | changed)
            record = Record(record.id, properties, record.created_at, now, record.archived_at)
            self._store.contacts.replace(record)
        if record.archived_at is None:
            self._publish(record)
