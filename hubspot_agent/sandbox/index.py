"""The search index: what a search sees, which lags behind the primary store as HubSpot's does."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hubspot_agent.sandbox.properties import Comparable, Property
from hubspot_agent.sandbox.words import Analysis, Words

#: Where `query` looks (HubSpot's search guide).
QUERY_PROPERTIES: Final = (
    "firstname",
    "lastname",
    "email",
    "phone",
    "hs_additional_emails",
    "fax",
    "mobilephone",
    "company",
    "hs_marketable_until_renewal",
)

#: HubSpot finds phones by area code and local number, without country code.
_SEARCHABLE_PROPERTY: Final = {
    "phone": "hs_searchable_calculated_phone_number",
    "mobilephone": "hs_searchable_calculated_mobile_number",
}

Column = dict[Comparable, set[int]]


@dataclass(frozen=True, slots=True)
class Document:
    """A record as searches see it."""

    id: int
    properties: Mapping[str, str]
    created_at: str
    updated_at: str


class Index:
    """Contacts by word and by value, `delay` seconds behind the writes.

    What filters need of a property is built when it is first filtered by, and kept up to date from then on.
    """

    def __init__(
        self,
        *,
        delay: float = 0.0,
        fold_accents: bool = True,
        query_properties: tuple[str, ...] = QUERY_PROPERTIES,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._query_properties = query_properties
        self.documents: dict[int, Document] = {}
        self.analysis = Analysis(fold_accents=fold_accents)
        self._delay = delay
        self._clock = clock
        self._visible_until = float("-inf")
        self._pending: deque[tuple[float, Document]] = deque()
        self._query_words = Words()
        self._words: dict[str, Words] = {}
        self._columns: dict[Property, Column] = {}

    def put(self, document: Document) -> None:
        """Let searches see this state of a contact once the delay has passed."""
        self._pending.append((self._clock() + self._delay, document))

    def remove(self, contact_id: int) -> None:
        """Take a contact out at once: archived ones never appear."""
        self._pending = deque(item for item in self._pending if item[1].id != contact_id)
        self._discard(contact_id)

    def skip_delay(self) -> None:
        """Let searches see everything put so far, whatever the delay; callable from any thread."""
        self._visible_until = self._clock() + self._delay

    def catch_up(self) -> None:
        """Take in the states whose delay has passed."""
        now = max(self._clock(), self._visible_until)
        while self._pending and self._pending[0][0] <= now:
            document = self._pending.popleft()[1]
            self._discard(document.id)
            self._add(document)

    def matching(self, query: str) -> set[int]:
        """Return the ids of the contacts in which every word of `query` begins some word."""
        found = [self._query_words.beginning_with(word) for word in set(self.analysis.words(query))]
        return set.intersection(*found) if found else set()

    def words(self, name: str) -> Words:
        """Return which contacts hold which words in a property."""
        if name not in self._words:
            words = self._words[name] = Words()
            for document in self.documents.values():
                words.add(self.analysis.words(document.properties.get(name, "")), document.id)
        return self._words[name]

    def column(self, definition: Property) -> Column:
        """Return which contacts have which values of a property."""
        if definition not in self._columns:
            column: Column = {}
            for document in self.documents.values():
                for value in _values(definition, document):
                    column.setdefault(value, set()).add(document.id)
            self._columns[definition] = column
        return self._columns[definition]

    def _add(self, document: Document) -> None:
        self.documents[document.id] = document
        self._query_words.add(self._words_of_query(document), document.id)
        for name, words in self._words.items():
            words.add(self.analysis.words(document.properties.get(name, "")), document.id)
        for definition, column in self._columns.items():
            for value in _values(definition, document):
                column.setdefault(value, set()).add(document.id)

    def _discard(self, contact_id: int) -> None:
        document = self.documents.pop(contact_id, None)
        if document is None:
            return
        self._query_words.discard(self._words_of_query(document), contact_id)
        for name, words in self._words.items():
            words.discard(self.analysis.words(document.properties.get(name, "")), contact_id)
        for definition, column in self._columns.items():
            for value in _values(definition, document):
                column[value].discard(contact_id)

    def _words_of_query(self, document: Document) -> set[str]:
        names = (_SEARCHABLE_PROPERTY.get(name, name) for name in self._query_properties)
        return {word for name in names for word in self.analysis.words(document.properties.get(name, ""))}


def _values(definition: Property, document: Document) -> set[Comparable]:
    """Return what a filter may compare: several for several options, and for secondary e-mail addresses."""
    value = document.properties.get(definition.name, "")
    values = {value}
    if definition.field_type == "checkbox":
        values.update(value.split(";"))
    if definition.name == "email":
        values.update(document.properties.get("hs_additional_emails", "").split(";"))
    return {definition.comparable(one) for one in values if one}
