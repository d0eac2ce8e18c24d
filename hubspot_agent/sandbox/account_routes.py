"""Calls about the account: property definitions and owners."""

from typing import Final

from hubspot_agent.sandbox.bodies import PropertyInput, parse
from hubspot_agent.sandbox.calls import Answer, Call
from hubspot_agent.sandbox.errors import not_found
from hubspot_agent.sandbox.properties import PropertyDefinition
from hubspot_agent.sandbox.samples import OWNERS

MAX_OWNERS: Final = 500
DEFAULT_OWNERS: Final = 100


def properties(call: Call) -> Answer:
    """`GET /properties/contacts`; no custom property is ever archived here."""
    definitions = [] if call.archived else [definition.as_json() for definition in call.portal.definitions]
    return Answer({"results": definitions})


def read_property(call: Call) -> Answer:
    """`GET /properties/contacts/{name}`."""
    definition = call.portal.definitions.get(call.parameters["name"])
    if definition is None or call.archived:
        raise not_found()
    return Answer(definition.as_json())


def create_property(call: Call) -> Answer:
    """`POST /properties/contacts`: declares a custom property."""
    sent = parse(PropertyInput, call.body)
    definition = PropertyDefinition(
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
    return Answer(definition.as_json(), 201)


def owners(call: Call) -> Answer:
    """`GET /owners`, optionally of one e-mail address."""
    start, email = call.number("after", 0), call.one("email").lower()
    limit = call.number("limit", DEFAULT_OWNERS, least=1, most=MAX_OWNERS)
    found = [
        owner for owner in OWNERS if int(owner["id"]) >= start and email in ("", owner["email"]) and not call.archived
    ]
    if len(found) <= limit:
        return Answer({"results": found})
    return Answer({"results": found[:limit], "paging": {"next": {"after": found[limit]["id"]}}})


def read_owner(call: Call) -> Answer:
    """`GET /owners/{id}`, also by user id with `idProperty=userId`."""
    name = "userId" if call.one("idProperty") == "userId" else "id"
    for owner in OWNERS:
        if str(owner[name]) == call.parameters["id"] and not call.archived:
            return Answer(owner)
    raise not_found()
