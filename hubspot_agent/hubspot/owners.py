"""To whom contacts belong: the users of the account, by name instead of by id.

HubSpot's owners API has no search by name (`GET /crm/v3/owners` filters by address only), so all are read and kept
for a while.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from hubspot_agent.hubspot.cached import Cached
from hubspot_agent.hubspot.names import folded_name
from hubspot_agent.hubspot.records import as_objects, next_page
from hubspot_agent.hubspot.scopes import OWNERS_SCOPE, needing
from hubspot_agent.hubspot.transport import Transport

#: Seconds for which the list is kept.
OWNERS_MAX_AGE_S = 300.0
#: The most that HubSpot gives at once.
_PAGE_SIZE = 500
#: Below this part of letters in common a name is no near miss.
_LEAST_SIMILARITY = 0.5


@dataclass(frozen=True, slots=True)
class Owner:
    """A user of the account to whom records may belong.

    Attributes:
        id: What stands in `hubspot_owner_id`.
        email: The address.
        first_name: May be "".
        last_name: May be "".
        user_id: HubSpot's id of the user, which is another than `id`; "" for one who left.
        archived: Whether the user has left.
    """

    id: str
    email: str
    first_name: str = ""
    last_name: str = ""
    user_id: str = ""
    archived: bool = False

    @property
    def name(self) -> str:
        """First and last name; without either the address; without that the id."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.email or self.id


class Owners:
    """The users of one account. Every method raises `MissingScopesError` where the token may not read them.

    Args:
        transport: Sends the requests.
        max_age: Seconds for which the list is kept.
    """

    def __init__(self, transport: Transport, max_age: float) -> None:
        self._transport = transport
        self._active = Cached(lambda: self._read(archived=False), max_age)
        self._archived = Cached(lambda: self._read(archived=True), max_age)

    def all(self, *, archived: bool = False) -> list[Owner]:
        """Return all users of the account, or all who have left."""
        return list((self._archived if archived else self._active).get())

    def by_id(self, owner_id: str) -> Owner | None:
        """Return the owner with an id, also one who has left; None if there is none."""
        for archived in (False, True):
            for owner in self.all(archived=archived):
                if owner.id == owner_id:
                    return owner
        return None

    def matching(self, text: str) -> list[Owner]:
        """Return everyone whom a text may mean: the address, else the whole name, else the first or last name.

        Case and accents do not count. More than one means that the text does not say which.
        """
        wanted = folded_name(text)
        for level in (_addresses, _whole_names, _single_names):
            found = [owner for owner in self.all() if wanted and wanted in level(owner)]
            if found:
                return found
        return []

    def nearest(self, text: str, limit: int = 3) -> list[Owner]:
        """Return the owners whose names or addresses are most like a text, the likest first."""
        wanted = folded_name(text)

        def likeness(owner: Owner) -> float:
            names = {*_addresses(owner), *_whole_names(owner), *_single_names(owner)}
            return max((SequenceMatcher(None, wanted, name).ratio() for name in names), default=0.0)

        ranked = sorted(((likeness(owner), owner) for owner in self.all()), key=lambda one: -one[0])
        return [owner for similarity, owner in ranked if similarity >= _LEAST_SIMILARITY][:limit]

    def _read(self, *, archived: bool) -> tuple[Owner, ...]:
        found: list[Owner] = []
        after: str | None = None
        deadline = self._transport.deadline()
        while True:
            page = {"after": after} if after else {}
            with needing(OWNERS_SCOPE):
                response = self._transport.read(
                    "GET owners",
                    self._transport.sdk.owners.get_page,
                    limit=_PAGE_SIZE,
                    archived=archived,
                    deadline=deadline,
                    **page,
                )
            found += [_owner(record) for record in as_objects(response.data.get("results")) if record.get("id")]
            following = next_page(response.data)
            if following is None or following == after:
                return tuple(found)
            after = following


def _owner(record: Mapping[str, Any]) -> Owner:
    return Owner(
        id=str(record["id"]),
        email=str(record.get("email") or ""),
        first_name=str(record.get("firstName") or "").strip(),
        last_name=str(record.get("lastName") or "").strip(),
        user_id=str(record.get("userId") or ""),
        archived=bool(record.get("archived")),
    )


def _addresses(owner: Owner) -> set[str]:
    return {folded_name(owner.email)}


def _whole_names(owner: Owner) -> set[str]:
    first, last = owner.first_name, owner.last_name
    return (
        {folded_name(f"{first} {last}"), folded_name(f"{last} {first}"), folded_name(f"{last}, {first}")}
        if first or last
        else set()
    )


def _single_names(owner: Owner) -> set[str]:
    """Return first and last name; of one without a name what stands before the @ of the address."""
    names = {folded_name(owner.first_name), folded_name(owner.last_name)} - {""}
    return names or {folded_name(owner.email.partition("@")[0])}
