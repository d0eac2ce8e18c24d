"""Companies and notes of one account, and the rules they obey, without HTTP."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from hubspot_agent.sandbox import times
from hubspot_agent.sandbox.bodies import SearchBody, whole_number
from hubspot_agent.sandbox.errors import ApiError, not_found, not_numeric, validation
from hubspot_agent.sandbox.index import Document, Index
from hubspot_agent.sandbox.object_types import ObjectType
from hubspot_agent.sandbox.profiles import Assumptions
from hubspot_agent.sandbox.properties import Definitions, Property
from hubspot_agent.sandbox.records import Record, without_empty
from hubspot_agent.sandbox.search import Page, Searcher
from hubspot_agent.sandbox.store import Table
from hubspot_agent.sandbox.transactions import Transactions
from hubspot_agent.sandbox.validation import Validator

_DOMAIN_ONLY: Final = re.compile(r"^(?:https?://)?(?:www\.)?([^/?#\s]*).*$", re.IGNORECASE | re.DOTALL)


class Objects:
    """The records of one type: the store, the rules, the index that follows the store.

    Args:
        kind: What type they are.
        table: Where they are kept.
        definitions: What properties they have.
        owners: Ids of the users that may own one.
        transactions: What is stored together.
        search_delay: Seconds until a search sees a write.
        assumptions: What HubSpot's documents leave open.
    """

    def __init__(
        self,
        kind: ObjectType,
        table: Table,
        definitions: Iterable[Property],
        owners: Iterable[str],
        transactions: Transactions,
        *,
        search_delay: float,
        assumptions: Assumptions,
    ):
        self.kind = kind
        self.table = table
        self.definitions = Definitions(definitions)
        self.assumptions = assumptions
        self.index = Index(delay=search_delay, fold_accents=assumptions.fold_accents, query_properties=kind.queried)
        self._validator = Validator(self.definitions, list(owners), assumptions)
        self._searcher = Searcher(
            self.index, self.definitions, negation_matches_empty=assumptions.negation_matches_empty
        )
        self._transactions = transactions
        for record in table.page():
            self.index.put(_document(record))
        self.skip_delay()

    def skip_delay(self) -> None:
        """Let searches see every write at once."""
        self.index.skip_delay()

    def create(self, sent: Mapping[str, str], *, read_only_too: bool = False) -> Record:
        """Store a new record.

        Raises:
            ApiError: 400 for bad properties, 409 for a company's domain that is taken, where they are unique.
        """
        values = self._checked(sent, {}, read_only_too=read_only_too)
        now = values.get(self.kind.created) or times.now()
        with self._transactions.atomic():
            record_id = self.table.next_id()
            bookkeeping = {
                self.kind.created: now,
                "hs_lastmodifieddate": now,
                "hs_object_id": str(record_id),
            }
            properties = without_empty(bookkeeping | values)
            record = Record(record_id, properties, now, properties["hs_lastmodifieddate"])
            self.table.insert(record)
            self._transactions.then(partial(self.index.put, _document(record)))
        return record

    def update(self, record: Record, sent: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
        """Change a record; return its new state and what the answer shows.

        Raises:
            ApiError: 400 for bad properties.
        """
        now = times.now()
        values = self._checked(sent, record.properties, of=record.id) | {"hs_lastmodifieddate": now}
        changed = Record(record.id, without_empty(record.properties | values), record.created_at, now)
        with self._transactions.atomic():
            self.table.replace(changed)
            self._transactions.then(partial(self.index.put, _document(changed)))
        return changed, without_empty(values) | {name: changed.properties.get(name, "") for name in sent}

    def get(self, key: str, *, archived: bool = False) -> Record:
        """Return a record by its id.

        Raises:
            ApiError: 404 if there is none that is archived, or not, as asked for.
        """
        if not (key.isascii() and key.isdigit()):
            raise not_numeric(key)
        record = self.find(key, archived=archived)
        if record is None:
            raise not_found()
        return record

    def find(self, key: str, *, archived: bool = False) -> Record | None:
        """Return a record by its id, or None."""
        record_id = whole_number(key)
        record = None if record_id is None else self.table.get(record_id)
        return record if record and (record.archived_at is not None) == archived else None

    def archive(self, record: Record) -> None:
        """Archive a record."""
        now = times.now()
        with self._transactions.atomic():
            self.table.replace(Record(record.id, record.properties, record.created_at, now, now))
            self._transactions.then(partial(self.index.remove, record.id))

    def search(self, request: SearchBody) -> Page:
        """Return what the index finds.

        Raises:
            ApiError: 400 for what HubSpot refuses.
        """
        return self._searcher.search(request)

    def with_domain(self, domain: str) -> Record | None:
        """Return the oldest company that has a domain, as its own or as an additional one."""
        return next((record for record in self.table.page() if domain in domains_of(record.properties)), None)

    def _checked(
        self, sent: Mapping[str, str], stored: Mapping[str, str], *, of: int | None = None, read_only_too: bool = False
    ) -> dict[str, str]:
        values = self._validator.checked(sent, stored, read_only_too=read_only_too)
        if self.kind.name == "notes":
            if not values.get("hs_timestamp", stored.get("hs_timestamp")):
                raise validation("Error creating NOTE. Some required properties were not set: hs_timestamp.")
            return values
        for name in ("domain", "hs_additional_domains"):
            if name in values:
                values[name] = ";".join(filter(None, map(clean_domain, values[name].split(";"))))
        if not any(values.get(name, stored.get(name)) for name in ("name", "domain")):
            raise validation("A company needs at least one of name, domain.")
        if self.assumptions.company_domains_unique and values.get("domain"):
            holder = self.with_domain(values["domain"])
            if holder is not None and holder.id != of:
                raise ApiError(409, f"Company already exists. Existing ID: {holder.id}", category="CONFLICT")
        return values


def clean_domain(text: str) -> str:
    """Return a domain without scheme, `www.` and path, in lower case."""
    return _DOMAIN_ONLY.sub(r"\1", text.strip()).lower()


def domains_of(properties: Mapping[str, str]) -> list[str]:
    """Return a company's domains, its own first."""
    return [
        domain
        for domain in (properties.get("domain", ""), *properties.get("hs_additional_domains", "").split(";"))
        if domain
    ]


def _document(record: Record) -> Document:
    return Document(record.id, record.properties, record.created_at, record.updated_at)
