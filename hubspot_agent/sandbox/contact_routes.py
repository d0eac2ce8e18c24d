"""Calls on single contacts: create, read, list, update, archive, search, merge, delete for good."""

from typing import Final
from urllib.parse import urlencode

from hubspot_agent.sandbox.association_routes import links_of_contact, shown_associations
from hubspot_agent.sandbox.bodies import ContactInput, MergeBody, PurgeBody, SearchBody, parse
from hubspot_agent.sandbox.calls import RouteRequest, RouteResponse, record_json, selected_properties
from hubspot_agent.sandbox.errors import validation
from hubspot_agent.sandbox.search import MAX_BODY_CHARACTERS

MAX_PAGE_SIZE: Final = 100
DEFAULT_PAGE_SIZE: Final = 10


def create(call: RouteRequest) -> RouteResponse:
    """`POST /contacts`: the answer shows every stored value, not the default properties."""
    sent = parse(ContactInput, call.body)
    record = call.portal.create(sent.properties, links=links_of_contact(call.portal, sent.associations or []))
    body = record_json(record.id, record.properties, record.created_at, record.updated_at)
    return RouteResponse(body, 201, {"Location": f"{call.url}/{record.id}"})


def read(call: RouteRequest) -> RouteResponse:
    """`GET /contacts/{id}`, also by e-mail address with `idProperty=email`; with `associations=companies` its links."""
    record = call.portal.get(call.parameters["id"], call.query_value("idProperty"), archived=call.archived)
    properties = selected_properties(record.properties, call.query_values("properties"), call.portal.definitions)
    body = record_json(record.id, properties, record.created_at, record.updated_at, record.archived_at)
    wanted = [] if call.archived else call.query_values("associations")
    associations = shown_associations(call.portal, "contacts", record.id, wanted)
    return RouteResponse(body | ({"associations": associations} if associations else {}))


def update(call: RouteRequest) -> RouteResponse:
    """`PATCH /contacts/{id}`: the answer shows what was sent and what follows from it."""
    sent = parse(ContactInput, call.body).properties
    record = call.portal.get(call.parameters["id"], call.query_value("idProperty"))
    record, shown = call.portal.update(record, sent)
    return RouteResponse(record_json(record.id, shown, record.created_at, record.updated_at))


def archive(call: RouteRequest) -> RouteResponse:
    """`DELETE /contacts/{id}`."""
    call.portal.archive(call.parameters["id"])
    return RouteResponse(None, 204)


def page(call: RouteRequest) -> RouteResponse:
    """`GET /contacts`: a page of all contacts, oldest first; `after` is the next contact's id."""
    limit = call.query_number("limit", DEFAULT_PAGE_SIZE, minimum=1, maximum=MAX_PAGE_SIZE)
    start = call.query_number("after", 0)
    records = call.portal.store.contacts.page(start=start, limit=limit + 1, archived=call.archived)
    wanted = call.query_values("properties")
    results = [
        record_json(
            record.id,
            selected_properties(record.properties, wanted, call.portal.definitions),
            record.created_at,
            record.updated_at,
            record.archived_at,
        )
        for record in records[:limit]
    ]
    if len(records) <= limit:
        return RouteResponse({"results": results})
    following = str(records[limit].id)
    query = {"limit": limit, "after": following} | ({"properties": ",".join(wanted)} if wanted else {})
    paging = {"next": {"after": following, "link": f"{call.url}?{urlencode(query)}"}}
    return RouteResponse({"results": results, "paging": paging})


def search(call: RouteRequest) -> RouteResponse:
    """`POST /contacts/search`."""
    if len(call.body.decode(errors="replace")) > MAX_BODY_CHARACTERS:
        raise validation(f"There was a problem with the request. The body is over {MAX_BODY_CHARACTERS} characters")
    request = parse(SearchBody, call.body)
    found = call.portal.search(request)
    results = [
        record_json(
            document.id,
            selected_properties(document.properties, request.properties, call.portal.definitions),
            document.created_at,
            document.updated_at,
        )
        for document in found.documents
    ]
    paging = {"paging": {"next": {"after": found.after}}} if found.after else {}
    return RouteResponse({"total": found.total, "results": results, **paging})


def merge(call: RouteRequest) -> RouteResponse:
    """`POST /contacts/merge`: the result is a new contact with a new id."""
    request = parse(MergeBody, call.body)
    record = call.portal.merge(request.primary_object_id, request.object_id_to_merge)
    return RouteResponse(record_json(record.id, record.properties, record.created_at, record.updated_at))


def purge(call: RouteRequest) -> RouteResponse:
    """`POST /contacts/gdpr-delete`."""
    request = parse(PurgeBody, call.body)
    call.portal.purge(request.object_id, request.id_property)
    return RouteResponse(None, 204)
