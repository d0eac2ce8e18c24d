"""Calls on companies and notes: create, read, list, update, archive, search, read many."""

from collections.abc import Callable
from typing import Any, Final

from hubspot_agent.sandbox import times
from hubspot_agent.sandbox.association_routes import contacts_of_record, shown_associations
from hubspot_agent.sandbox.bodies import ContactBatch, RecordInput, ReferenceBatch, SearchBody, parse
from hubspot_agent.sandbox.calls import RouteRequest, RouteResponse, record_json, selected_properties
from hubspot_agent.sandbox.errors import some_not_found, validation
from hubspot_agent.sandbox.index import Document
from hubspot_agent.sandbox.links import Link
from hubspot_agent.sandbox.object_types import ObjectType
from hubspot_agent.sandbox.objects import Objects
from hubspot_agent.sandbox.records import Record
from hubspot_agent.sandbox.search import MAX_BODY_CHARACTERS

MAX_PAGE_SIZE: Final = 100
DEFAULT_PAGE_SIZE: Final = 10
MAX_INPUTS: Final = 100

Handle = Callable[[RouteRequest], RouteResponse]


class ObjectRoutes:
    """The calls on records of one type."""

    def __init__(self, kind: ObjectType):
        self._kind = kind

    def create(self, call: RouteRequest) -> RouteResponse:
        """`POST /companies`, with links to contacts if there are any."""
        sent = parse(RecordInput, call.body)
        with call.portal.atomic():
            contacts = contacts_of_record(call.portal, self._kind, sent.associations or [])
            record = self._objects(call).create(sent.properties)
            for contact_id in contacts:
                call.portal.links.add(contact_id, Link(self._kind.name, record.id))
        return RouteResponse(self._json(record, dict(record.properties)), 201, {"Location": f"{call.url}/{record.id}"})

    def read(self, call: RouteRequest) -> RouteResponse:
        """`GET /companies/{id}`, with `associations=contacts` what it is linked to."""
        record = self._objects(call).get(call.parameters["id"], archived=call.archived)
        body = self._shown(call, record, call.query_values("properties"))
        associations = shown_associations(call.portal, self._kind.name, record.id, call.query_values("associations"))
        return RouteResponse(body | ({"associations": associations} if associations else {}))

    def update(self, call: RouteRequest) -> RouteResponse:
        """`PATCH /companies/{id}`."""
        record = self._objects(call).get(call.parameters["id"])
        record, shown = self._objects(call).update(record, parse(RecordInput, call.body).properties)
        return RouteResponse(self._json(record, dict(shown)))

    def archive(self, call: RouteRequest) -> RouteResponse:
        """`DELETE /companies/{id}`; again changes nothing."""
        objects, key = self._objects(call), call.parameters["id"]
        if objects.find(key, archived=True) is None or call.portal.assumptions.repeated_delete == 404:
            call.portal.archive_linked(self._kind.name, objects.get(key))
        return RouteResponse(None, 204)

    def page(self, call: RouteRequest) -> RouteResponse:
        """`GET /companies`: a page of all, oldest first; `after` is the next one's id."""
        limit = call.query_number("limit", DEFAULT_PAGE_SIZE, minimum=1, maximum=MAX_PAGE_SIZE)
        start = call.query_number("after", 0)
        records = self._objects(call).table.page(start=start, limit=limit + 1, archived=call.archived)
        wanted = call.query_values("properties")
        results = [self._shown(call, record, wanted) for record in records[:limit]]
        if len(records) <= limit:
            return RouteResponse({"results": results})
        following = str(records[limit].id)
        paging = {"next": {"after": following, "link": f"{call.url}?limit={limit}&after={following}"}}
        return RouteResponse({"results": results, "paging": paging})

    def search(self, call: RouteRequest) -> RouteResponse:
        """`POST /companies/search`."""
        if len(call.body.decode(errors="replace")) > MAX_BODY_CHARACTERS:
            raise validation(f"There was a problem with the request. The body is over {MAX_BODY_CHARACTERS} characters")
        request = parse(SearchBody, call.body)
        found = self._objects(call).search(request)
        results = [self._shown(call, document, request.properties) for document in found.documents]
        paging = {"paging": {"next": {"after": found.after}}} if found.after else {}
        return RouteResponse({"total": found.total, "results": results, **paging})

    def read_batch(self, call: RouteRequest) -> RouteResponse:
        """`POST /companies/batch/read`, by record id: what is not found is an error of a 207."""
        batch = parse(ReferenceBatch, call.body)
        _check_size(len(batch.inputs))
        started, results, missing = times.now(), [], []
        for key in dict.fromkeys(reference.id for reference in batch.inputs):
            record = self._objects(call).find(key, archived=call.archived)
            if record is None:
                missing.append(key)
            else:
                results.append(self._shown(call, record, batch.properties))
        body = {"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": times.now()}
        if not missing:
            return RouteResponse(body)
        errors = [some_not_found(missing, self._kind.singular).as_batch_error()]
        return RouteResponse(body | {"numErrors": len(errors), "errors": errors}, 207)

    def update_batch(self, call: RouteRequest) -> RouteResponse:
        """`POST /companies/batch/update`, by record id: all or nothing."""
        inputs = parse(ContactBatch, call.body).inputs
        _check_size(len(inputs))
        started, results = times.now(), []
        with call.portal.atomic():
            for one in inputs:
                record = self._objects(call).find(one.id)
                if record is None:
                    raise some_not_found([one.id], self._kind.singular)
                record, shown = self._objects(call).update(record, one.properties)
                results.append(self._json(record, dict(shown)))
        return RouteResponse(
            {"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": times.now()}
        )

    def _objects(self, call: RouteRequest) -> Objects:
        return call.portal.objects(self._kind.name)

    def _shown(self, call: RouteRequest, record: Record | Document, wanted: list[str] | None) -> dict[str, Any]:
        properties = selected_properties(
            record.properties,
            wanted,
            self._objects(call).definitions,
            shown=self._kind.shown,
            always=self._kind.always,
        )
        return self._json(record, properties)

    def _json(self, record: Record | Document, properties: dict[str, str | None]) -> dict[str, Any]:
        archived_at = record.archived_at if isinstance(record, Record) else None
        return record_json(
            record.id, properties, record.created_at, record.updated_at, archived_at, type_id=self._kind.type_id
        )


def _check_size(inputs: int) -> None:
    if not 1 <= inputs <= MAX_INPUTS:
        raise validation(f"A batch has from 1 to {MAX_INPUTS} inputs")
