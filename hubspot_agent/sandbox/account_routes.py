"""Calls about the account: property definitions and owners."""

from typing import Final

from hubspot_agent.sandbox.bodies import PropertyInput, parse
from hubspot_agent.sandbox.calls import RouteRequest, RouteResponse
from hubspot_agent.sandbox.errors import not_found
from hubspot_agent.sandbox.properties import Property

MAX_OWNERS_PAGE_SIZE: Final = 500
DEFAULT_OWNERS_PAGE_SIZE: Final = 100


def properties(call: RouteRequest) -> RouteResponse:
    """`GET /properties/contacts`; no custom property is ever archived here."""
    definitions = [] if call.archived else [definition.as_json() for definition in call.portal.definitions]
    return RouteResponse({"results": definitions})


def read_property(call: RouteRequest) -> RouteResponse:
    """`GET /properties/contacts/{name}`."""
    definition = call.portal.definitions.get(call.parameters["name"])
    if definition is None or call.archived:
        raise not_found()
    return RouteResponse(definition.as_json())


def create_property(call: RouteRequest) -> RouteResponse:
    """`POST /properties/contacts`: declares a custom property."""
    sent = parse(PropertyInput, call.body)
    definition = Property(
        name=sent.name,
        label=sent.label,
        type=sent.type,
        field_type=sent.field_type,
        options={option.value: option.label or option.value for option in sent.options or []},
        unique=sent.has_unique_value,
        group=sent.group_name,
        description=sent.description,
    )
    call.portal.declare(definition)
    return RouteResponse(definition.as_json(), 201)


def owners(call: RouteRequest) -> RouteResponse:
    """`GET /owners`, optionally of one e-mail address; those who left with `archived=true` only."""
    start, email = call.query_number("after", 0), call.query_value("email").lower()
    limit = call.query_number("limit", DEFAULT_OWNERS_PAGE_SIZE, minimum=1, maximum=MAX_OWNERS_PAGE_SIZE)
    found = [
        owner
        for owner in sorted(call.portal.owners, key=lambda owner: int(owner["id"]))
        if int(owner["id"]) >= start and email in ("", owner["email"].lower()) and owner["archived"] == call.archived
    ]
    if len(found) <= limit:
        return RouteResponse({"results": found})
    return RouteResponse({"results": found[:limit], "paging": {"next": {"after": found[limit]["id"]}}})


def read_owner(call: RouteRequest) -> RouteResponse:
    """`GET /owners/{id}`, also by user id with `idProperty=userId`."""
    name = "userId" if call.query_value("idProperty") == "userId" else "id"
    for owner in call.portal.owners:
        if str(owner[name]) == call.parameters["id"] and owner["archived"] == call.archived:
            return RouteResponse(owner)
    raise not_found()
