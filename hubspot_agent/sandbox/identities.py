"""What belongs to one contact only: e-mail addresses, primary and secondary, and values of unique properties."""

from collections.abc import Iterator

from hubspot_agent.sandbox.errors import already_exists, validation
from hubspot_agent.sandbox.profiles import Assumptions
from hubspot_agent.sandbox.properties import Definitions
from hubspot_agent.sandbox.records import Record, emails_of
from hubspot_agent.sandbox.store import Store


class Identities:
    """Who holds which unique value."""

    def __init__(self, store: Store, definitions: Definitions, assumptions: Assumptions):
        self._store = store
        self._definitions = definitions
        self._assumptions = assumptions

    def claim(self, record: Record) -> None:
        """Give a contact the unique values it has, and take those away that it had.

        Raises:
            ApiError: 409 if another contact holds one of them.
        """
        identifiers = dict.fromkeys(self._of(record))
        for name, value in identifiers:
            holder = self._store.holder(name, value)
            if holder not in (None, record.id):
                raise already_exists(holder)
        self._store.identify(record.id, identifiers)

    def release(self, record: Record) -> None:
        """Take all unique values away from a contact."""
        self._store.identify(record.id, ())

    def holder(self, name: str, value: str) -> int | None:
        """Return the id of the contact that holds a value, or None.

        Raises:
            ApiError: 400 if the property is not unique.
        """
        if name == "email":
            return self._holder_of_email(value.strip().lower())
        definition = self._definitions.get(name)
        if definition is None or not definition.unique:
            raise validation(f"Unable to perform operation by non-unique 0-1 property {name[:200]}")
        return self._store.holder(name, value)

    def _holder_of_email(self, email: str) -> int | None:
        contact_id = self._store.holder("email", email)
        if contact_id is None or self._assumptions.find_by_secondary_email:
            return contact_id
        record = self._store.get(contact_id)
        return contact_id if record and record.properties.get("email", "").lower() == email else None

    def _of(self, record: Record) -> Iterator[tuple[str, str]]:
        for email in emails_of(record.properties):
            yield "email", email.lower()
        for definition in self._definitions:
            if definition.unique and definition.name in record.properties:
                yield definition.name, record.properties[definition.name]
