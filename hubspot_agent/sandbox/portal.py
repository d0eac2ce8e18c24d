"""A HubSpot account's contacts, what they are linked to, and the rules they obey, without HTTP."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from hubspot_agent.sandbox import times
from hubspot_agent.sandbox.bodies import SearchBody, whole_number
from hubspot_agent.sandbox.calculated import bookkeeping_properties, derived_properties
from hubspot_agent.sandbox.default_properties import default_properties
from hubspot_agent.sandbox.errors import ApiError, not_found, not_numeric, validation
from hubspot_agent.sandbox.identities import Identities
from hubspot_agent.sandbox.index import Document, Index
from hubspot_agent.sandbox.links import Link, Links
from hubspot_agent.sandbox.object_types import COMPANIES, NOTES, company_properties, note_properties
from hubspot_agent.sandbox.objects import Objects
from hubspot_agent.sandbox.profiles import Assumptions
from hubspot_agent.sandbox.properties import Definitions, Property
from hubspot_agent.sandbox.records import Record, merged_record, without_empty
from hubspot_agent.sandbox.search import LINKED_COMPANIES, Page, Searcher
from hubspot_agent.sandbox.store import Linked, Store
from hubspot_agent.sandbox.transactions import Transactions
from hubspot_agent.sandbox.validation import Validator

#: Filters on these are prepared from the start, so that the first search is as fast as the next.
PREPARED_PROPERTIES: Final = (
    "email",
    "firstname",
    "lastname",
    "company",
    "phone",
    "mobilephone",
    "hs_searchable_calculated_phone_number",
    "hs_searchable_calculated_mobile_number",
    "createdate",
    "lastmodifieddate",
)


class Portal:
    """One account: the store, the rules, the index that follows the store."""

    def __init__(
        self,
        path: str | Path | None,
        *,
        search_delay: float,
        assumptions: Assumptions,
        properties: Iterable[Property] = (),
        owners: Iterable[dict[str, Any]] = (),
        auto_link_companies: bool = False,
    ):
        self.assumptions = assumptions
        self.owners = list(owners)
        self.store = Store(path)
        self._links_by_email = auto_link_companies
        self._transactions = Transactions(self.store)
        stored = (Property(**definition) for definition in self.store.custom_properties())
        self.definitions = Definitions([*default_properties(), *stored, *properties])
        self._identities = Identities(self.store, self.definitions, assumptions)
        self.index = Index(delay=search_delay, fold_accents=assumptions.fold_accents)
        self._searcher = Searcher(
            self.index, self.definitions, negation_matches_empty=assumptions.negation_matches_empty
        )
        owner_ids = [owner["id"] for owner in self.owners if not owner["archived"]]
        self._validator = Validator(self.definitions, owner_ids, assumptions)
        self.companies, self.notes = (
            Objects(
                kind,
                table,
                definitions,
                owner_ids,
                self._transactions,
                search_delay=search_delay,
                assumptions=assumptions,
            )
            for kind, table, definitions in (
                (COMPANIES, self.store.companies, company_properties()),
                (NOTES, self.store.notes, note_properties()),
            )
        )
        self.links = Links(self.store, self._transactions, self.companies, self._publish)
        for definition in filter(None, map(self.definitions.get, PREPARED_PROPERTIES)):
            self.index.column(definition)
            self.index.words(definition.name)
        with self.atomic():
            for record in self.store.contacts.page():
                self._publish(record)
        self.index.skip_delay()
        self.index.catch_up()

    def atomic(self) -> AbstractContextManager[None]:
        """Store what the block writes, and then let searches know; if it raises, neither."""
        return self._transactions.atomic()

    def objects(self, linked: Linked) -> Objects:
        """Return the companies, or the notes."""
        return self.companies if linked == "companies" else self.notes

    def seed(self, contacts: Iterable[Mapping[str, str]], companies: Iterable[Mapping[str, str]] = ()) -> None:
        """Store records that are there, and found, from the start; they may set read-only properties.

        Done once in the life of a file.
        """
        if self.store.seeded:
            return
        with self.atomic():
            self.store.mark_seeded()
            for one in companies:
                self.companies.create({name: str(value) for name, value in one.items()}, read_only_too=True)
            # Those given together are a minute apart, the last one the newest.
            given = list(contacts)
            for number, properties in enumerate(given):
                if "createdate" not in properties:
                    created = times.minutes_ago(len(given) - number)
                    properties = {"createdate": created, "lastmodifieddate": created, **properties}
                values = {name: str(value) for name, value in properties.items()}
                company = values.pop("associatedcompanyid", "")
                links = [self.links.to_company(company)] if company else []
                self.create(values, links=links, read_only_too=True)
        self.catch_up()

    def create(self, sent: Mapping[str, str], *, links: Sequence[Link] = (), read_only_too: bool = False) -> Record:
        """Store a new contact, linked to these records.

        Raises:
            ApiError: 400 for bad properties, 409 if the e-mail address is taken.
        """
        values = self._validator.checked(sent, {}, read_only_too=read_only_too)
        if not any(values.get(name) for name in ("email", "firstname", "lastname")):
            raise validation("A contact needs at least one of email, firstname, lastname.")
        default_stage = self.assumptions.default_lifecyclestage
        if default_stage and not values.get("lifecyclestage"):
            values["lifecyclestage"] = default_stage
        now = values.get("createdate") or times.now()
        by_email = self.links.by_email(values.get("email", "")) if self._links_by_email and not read_only_too else []
        links = list(dict.fromkeys([*links, *by_email]))
        company = next((str(link.record_id) for link in links if link.linked == "companies"), "")
        with self.atomic():
            contact_id = self.store.contacts.next_id()
            derived = derived_properties(values, now) | {"associatedcompanyid": company}
            properties = without_empty(bookkeeping_properties(contact_id, now) | derived | values)
            record = Record(contact_id, properties, properties["createdate"], properties["lastmodifieddate"])
            self._identities.claim(record)
            self.store.contacts.insert(record)
            for link in links:
                self.store.link(contact_id, link.linked, link.record_id)
            self._publish(record)
        return record

    def update(self, record: Record, sent: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
        """Change a contact; return its new state and what the answer shows: what was sent or derived.

        Raises:
            ApiError: 400 for bad properties, 409 if the e-mail address is taken.
        """
        values = self._lifecycle_forward(record, self._validator.checked(sent, record.properties))
        now = times.now()
        written = values | derived_properties(values, now) | {"lastmodifieddate": now}
        changed = Record(record.id, without_empty(record.properties | written), record.created_at, now)
        with self.atomic():
            self._identities.claim(changed)
            self.store.contacts.replace(changed)
            self._publish(changed)
        shown = without_empty(written) | {name: changed.properties.get(name, "") for name in sent}
        return changed, shown

    def upsert(self, key: str, id_property: str, sent: Mapping[str, str]) -> tuple[Record, bool]:
        """Update the contact with a unique value, or create it; return it and whether it is new."""
        record = self.find(key, id_property)
        if record is not None:
            return self.update(record, sent)[0], False
        return self.create({id_property: key, **sent}), True

    def get(self, key: str, id_property: str | None = None, *, archived: bool = False) -> Record:
        """Return a contact by record id or by a unique property.

        Raises:
            ApiError: 404 if there is none that is archived, or not, as asked for.
        """
        by_id = id_property in (None, "", "hs_object_id")
        if by_id and not (key.isascii() and key.isdigit()):
            raise not_numeric(key)
        record = self.find(key, id_property, archived=archived)
        if record is None:
            raise not_found()
        return record

    def find(
        self,
        key: str,
        id_property: str | None = None,
        *,
        archived: bool = False,
        follow_merges: bool = True,
    ) -> Record | None:
        """Return a contact by record id or by a unique property, or None."""
        if id_property in (None, "", "hs_object_id"):
            contact_id = whole_number(key)
        else:
            contact_id = self._identities.holder(str(id_property), key)
        record = None if contact_id is None else self.store.get(contact_id, follow_merges=follow_merges)
        return record if record and (record.archived_at is not None) == archived else None

    def archive(self, key: str) -> None:
        """Archive a contact; archiving it again, or one that never was, changes nothing."""
        if not (key.isascii() and key.isdigit()):
            raise not_numeric(key)
        record = self.find(key)
        if record is None:
            if self.assumptions.repeated_delete == 404:
                raise not_found()
            return
        now = times.now()
        with self.atomic():
            self._archive(record, now)

    def purge(self, key: str, id_property: str | None = None) -> None:
        """Delete a contact for good, as privacy law may require."""
        record = self.find(key, id_property) or self.find(key, id_property, archived=True)
        if record is not None:
            with self.atomic():
                self._identities.release(record)
                self.links.take_from(record.id)
                self.store.contacts.delete(record.id)
                self._transactions.then(partial(self.index.remove, record.id))

    def merge(self, primary_id: str, other_id: str) -> Record:
        """Make two contacts one new one, to which both old ids lead; the primary's values win."""
        primary, other = self.get(primary_id), self.get(other_id)
        if primary.id == other.id:
            raise validation("Cannot merge a contact with itself")
        now = times.now()
        with self.atomic():
            for record in (primary, other):
                self._archive(record, now)
            merged = merged_record(primary, other, self.store.contacts.next_id(), now)
            self._identities.claim(merged)
            self.store.contacts.insert(merged)
            for link in dict.fromkeys([*self.links.take_from(primary.id), *self.links.take_from(other.id)]):
                self.store.link(merged.id, link.linked, link.record_id)
            self.store.forward((primary.id, other.id), merged.id)
            self._publish(merged)
        return merged

    def archive_linked(self, linked: Linked, record: Record) -> None:
        """Archive a company or a note, and take its links away."""
        with self.atomic():
            self.objects(linked).archive(record)
            self.links.remove_to(linked, record.id)

    def search(self, request: SearchBody) -> Page:
        """Return what the index finds.

        Raises:
            ApiError: 400 for what HubSpot refuses.
        """
        return self._searcher.search(request)

    def catch_up(self) -> None:
        """Let searches see every write at once."""
        for index in (self.index, self.companies.index, self.notes.index):
            index.skip_delay()

    def declare(self, definition: Property) -> None:
        """Add a custom property.

        Raises:
            ApiError: 409 if there is one of that name.
        """
        if definition.name in self.definitions:
            raise ApiError(
                409,
                f"A property named '{definition.name}' already exists.",
                category="OBJECT_ALREADY_EXISTS",
            )
        self.store.save_property(definition.name, asdict(definition))
        self.definitions.add(definition)

    def _lifecycle_forward(self, record: Record, values: dict[str, str]) -> dict[str, str]:
        """Let a lifecycle stage move forward only: other values are ignored, or refused; "" clears it."""
        wanted, present = values.get("lifecyclestage"), record.properties.get("lifecyclestage")
        definition = self.definitions.get("lifecyclestage")
        stages = list(definition.options) if definition else []
        if wanted not in stages or present not in stages or stages.index(wanted) > stages.index(present):
            return values
        if wanted != present and self.assumptions.lifecycle_backward == "error":
            raise validation("Lifecycle stage cannot be moved backward; clear it first.")
        return {name: value for name, value in values.items() if name != "lifecyclestage"}

    def _archive(self, record: Record, now: str) -> None:
        self._identities.release(record)
        self.store.contacts.replace(Record(record.id, record.properties, record.created_at, now, now))
        self._transactions.then(partial(self.index.remove, record.id))

    def _publish(self, record: Record) -> None:
        companies = ";".join(map(str, self.store.linked_to_contact(record.id, "companies")))
        properties = record.properties | {LINKED_COMPANIES.name: companies} if companies else record.properties
        document = Document(record.id, properties, record.created_at, record.updated_at)
        self._transactions.then(partial(self.index.put, document))
