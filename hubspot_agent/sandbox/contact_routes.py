"""Calls on single contacts: create, read, list, update, archive, search, merge, delete for good."""

from typing import Final
from urllib.parse import urlencode

from hubspot_agent.sandbox.bodies import ContactInput, Merge, Purge, Search, parse
from hubspot_agent.sandbox.calls import Answer, Call, selected, shaped
from hubspot_agent.sandbox.errors import validation
from hubspot_agent.sandbox.search import MAX_BODY

MAX_LISTED: Final = 100
DEFAULT_LISTED: Final = 10


def create(call: Call) -> Answer:
    """`POST /contacts`: the answer shows every stored value, not the default properties."""
    record = call.portal.create(parse(ContactInput, call.body).properties)
    body = shaped(record.id, record.properties, record.created_at, record.updated_at)
    return Answer(body, 201, {"Location": f"{call.url}/{record.id}"})


def read(call: Call) -> Answer:
    """`GET /contacts/{id}`, also by e-mail address with `idProperty=email`."""
    record = call.portal.get(call.parameters["id"], call.one("idProperty"), archived=call.archived)
    properties = selected(record.properties, call.listed("properties"), call.portal.definitions)
    return Answer(shaped(record.id, properties, record.created_at, record.updated_at, record.archived_at))


def update(call: Call) -> Answer:
    """`PATCH /contacts/{id}`: the answer shows what was sent and what follows from it."""
    sent = parse(ContactInput, call.body).properties
    record = call.portal.get(call.parameters["id"], call.one("idProperty"))
    record, shown = call.portal.update(record, sent)
    return Answer(shaped(record.id, shown, record.created_at, record.updated_at))


def archive(call: Call) -> Answer:
    """`DELETE /contacts/{id}`."""
    call.portal.archive(call.parameters["id"])
    return Answer(None, 204)


def page(call: Call) -> Answer:
    """`GET /contacts`: a page of all contacts, oldest first; `after` is the next contact's id."""
    limit = call.number("limit", DEFAULT_LISTED, least=1, most=MAX_LISTED)
    start = call.number("after", 0)
    records = call.portal.store.page(start=start, limit=limit + 1, archived=call.archived)
    wanted = call.listed("properties")
    results = [
        shaped(
            record.id,
            selected(record.properties, wanted, call.portal.definitions),
            record.created_at,
            record.updated_at,
            record.archived_at,
        )
        for record in records[:limit]
    ]
    if len(records) <= limit:
        return Answer({"results": results})
    following = str(records[limit].id)
    query = {"limit": limit, "after": following} | ({"properties": ",".join(wanted)} if wanted else {})
    paging = {"next": {"after": following, "link": f"{call.url}?{urlencode(query)}"}}
    return Answer({"results": results, "paging": paging})


def search(call: Call) -> Answer:
    """`POST /contacts/search`."""
    if len(call.body.decode(errors="replace")) > MAX_BODY:
        raise validation(f"There was a problem with the request. The body is over {MAX_BODY} characters")
    request = parse(Search, call.body)
    found = call.portal.search(request)
    results = [
        shaped(
            document.id,
            selected(document.properties, request.properties, call.portal.definitions),
            document.created_at,
            document.updated_at,
        )
        for document in found.documents
    ]
    paging = {"paging": {"next": {"after": found.after}}} if found.after else {}
    return Answer({"total": found.total, "results": results, **paging})


def merge(call: Call) -> Answer:
    """`POST /contacts/merge`: the result is a new contact with a new id."""
    request = parse(Merge, call.body)
    record = call.portal.merge(request.primary_object_id, request.object_id_to_merge)
    return Answer(shaped(record.id, record.properties, record.created_at, record.updated_at))


def purge(call: Call) -> Answer:
    """`POST /contacts/gdpr-delete`."""
    request = parse(Purge, call.body)
    call.portal.purge(request.object_id, request.id_property)
    return Answer(None, 204)
