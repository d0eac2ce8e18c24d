"""Which path leads to which call, and the scopes it needs: `v3` and date-versioned paths alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from hubspot_agent.sandbox import account_routes, association_routes, batch_routes, contact_routes
from hubspot_agent.sandbox.calls import RouteRequest, RouteResponse
from hubspot_agent.sandbox.object_routes import ObjectRoutes
from hubspot_agent.sandbox.object_types import COMPANIES, NOTES, ObjectType

_READ: Final = frozenset({"crm.objects.contacts.read"})
_WRITE: Final = frozenset({"crm.objects.contacts.write"})
_SCHEMAS: Final = frozenset({"crm.objects.contacts.read", "crm.schemas.contacts.read"})
_SCHEMAS_WRITE: Final = frozenset({"crm.schemas.contacts.write"})
_OWNERS: Final = frozenset({"crm.objects.owners.read"})

_COMPANIES_READ: Final = frozenset({"crm.objects.companies.read"})
_COMPANIES_WRITE: Final = frozenset({"crm.objects.companies.write"})

_TYPE: Final = "{type:contacts|contact|CONTACTS|CONTACT|0-1}"
_COMPANY_TYPE: Final = "{type:companies|company|COMPANIES|COMPANY|0-2}"
_NOTE_TYPE: Final = "{type:notes|note|NOTES|NOTE|0-46}"
_DATED: Final = r"{version:20\d\d-\d\d}"


@dataclass(frozen=True, slots=True)
class Route:
    """A call: method, path, what answers it, scopes of which the token needs one, and others of which it needs one."""

    method: str
    path: str
    handle: Callable[[RouteRequest], RouteResponse]
    scopes: frozenset[str]
    other_scopes: frozenset[str] = frozenset()


def routes() -> Iterator[Route]:
    """Yield every call under every path it has."""
    for objects in (f"/crm/v3/objects/{_TYPE}", f"/crm/objects/{_DATED}/{_TYPE}"):
        yield Route("POST", objects, contact_routes.create, _WRITE)
        yield Route("GET", objects, contact_routes.page, _READ)
        yield Route("POST", f"{objects}/search", contact_routes.search, _READ)
        yield Route("POST", f"{objects}/merge", contact_routes.merge, _WRITE)
        yield Route("POST", f"{objects}/gdpr-delete", contact_routes.purge, _WRITE)
        yield Route("POST", f"{objects}/batch/read", batch_routes.read, _READ)
        yield Route("POST", f"{objects}/batch/create", batch_routes.create, _WRITE)
        yield Route("POST", f"{objects}/batch/update", batch_routes.update, _WRITE)
        yield Route("POST", f"{objects}/batch/upsert", batch_routes.upsert, _WRITE)
        yield Route("POST", f"{objects}/batch/archive", batch_routes.archive, _WRITE)
        yield Route("GET", f"{objects}/{{id}}", contact_routes.read, _READ)
        yield Route("PATCH", f"{objects}/{{id}}", contact_routes.update, _WRITE)
        yield Route("DELETE", f"{objects}/{{id}}", contact_routes.archive, _WRITE)
    for properties in (f"/crm/v3/properties/{_TYPE}", f"/crm/properties/{_DATED}/{_TYPE}"):
        yield Route("GET", properties, account_routes.properties, _SCHEMAS)
        yield Route("POST", properties, account_routes.create_property, _SCHEMAS_WRITE)
        yield Route("GET", f"{properties}/{{name}}", account_routes.read_property, _SCHEMAS)
    for owners in ("/crm/v3/owners", f"/crm/owners/{_DATED}"):
        yield Route("GET", f"{owners}{{slash:/?}}", account_routes.owners, _OWNERS)
        yield Route("GET", f"{owners}/{{id}}", account_routes.read_owner, _OWNERS)
    yield from _object_routes(COMPANIES, _COMPANY_TYPE, _COMPANIES_READ, _COMPANIES_WRITE)
    yield from _object_routes(NOTES, _NOTE_TYPE, _READ, _WRITE)
    yield from _association_routes(_TYPE, _COMPANY_TYPE, _COMPANIES_READ, _COMPANIES_WRITE)
    yield from _association_routes(_TYPE, _NOTE_TYPE, frozenset(), frozenset())


def _object_routes(kind: ObjectType, name: str, read: frozenset[str], write: frozenset[str]) -> Iterator[Route]:
    calls = ObjectRoutes(kind)
    for objects in (f"/crm/v3/objects/{name}", f"/crm/objects/{_DATED}/{name}"):
        yield Route("POST", objects, calls.create, write)
        yield Route("GET", objects, calls.page, read)
        yield Route("POST", f"{objects}/search", calls.search, read)
        yield Route("POST", f"{objects}/batch/read", calls.read_batch, read)
        yield Route("POST", f"{objects}/batch/update", calls.update_batch, write)
        yield Route("GET", f"{objects}/{{id}}", calls.read, read)
        yield Route("PATCH", f"{objects}/{{id}}", calls.update, write)
        yield Route("DELETE", f"{objects}/{{id}}", calls.archive, write)


def _association_routes(
    contacts: str, others: str, other_read: frozenset[str], other_write: frozenset[str]
) -> Iterator[Route]:
    """Yield the calls on links in both directions; the token needs scopes of both ends."""
    for one, other in ((contacts, others), (others, contacts)):
        start, end = one.replace("{type:", "{from:"), other.replace("{type:", "{to:")
        for objects in ("/crm/v4/objects", f"/crm/objects/{_DATED}"):
            links = f"{objects}/{start}/{{id}}/associations"
            yield Route("GET", f"{links}/{end}", association_routes.page, _READ, other_read)
            yield Route("PUT", f"{links}/default/{end}/{{to_id}}", association_routes.link, _WRITE, other_write)
            yield Route("DELETE", f"{links}/{end}/{{to_id}}", association_routes.unlink, _WRITE, other_write)
