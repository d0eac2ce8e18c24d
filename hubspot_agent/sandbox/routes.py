"""Which path leads to which call, and the scopes it needs: `v3` and date-versioned paths alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from hubspot_agent.sandbox import account_routes, batch_routes, contact_routes
from hubspot_agent.sandbox.calls import RouteRequest, RouteResponse

_READ: Final = frozenset({"crm.objects.contacts.read"})
_WRITE: Final = frozenset({"crm.objects.contacts.write"})
_SCHEMAS: Final = frozenset({"crm.objects.contacts.read", "crm.schemas.contacts.read"})
_SCHEMAS_WRITE: Final = frozenset({"crm.schemas.contacts.write"})
_OWNERS: Final = frozenset({"crm.objects.owners.read"})

_TYPE: Final = "{type:contacts|contact|CONTACTS|CONTACT|0-1}"
_DATED: Final = r"{version:20\d\d-\d\d}"


@dataclass(frozen=True, slots=True)
class Route:
    """A call: method, path, what answers it, scopes of which the token needs one."""

    method: str
    path: str
    handle: Callable[[RouteRequest], RouteResponse]
    scopes: frozenset[str]


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
