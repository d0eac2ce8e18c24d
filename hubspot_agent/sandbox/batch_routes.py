"""Calls on up to 100 contacts at once: read, create, update, upsert, archive."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from hubspot_agent.sandbox import times
from hubspot_agent.sandbox.association_routes import links_of_contact
from hubspot_agent.sandbox.bodies import ContactBatch, ContactInput, Reference, ReferenceBatch, parse
from hubspot_agent.sandbox.calls import RouteRequest, RouteResponse, record_json, selected_properties
from hubspot_agent.sandbox.errors import ApiError, some_not_found, validation

MAX_INPUTS: Final = 100


def read(call: RouteRequest) -> RouteResponse:
    """`POST /contacts/batch/read`: what is not found is an error of a 207."""
    batch = parse(ReferenceBatch, call.body)
    _check_size(batch.inputs)
    started, results, missing = times.now(), [], []
    for key in dict.fromkeys(reference.id for reference in batch.inputs):
        record = call.portal.find(key, batch.id_property, archived=call.archived, follow_merges=False)
        if record is None:
            missing.append(key)
            continue
        properties = selected_properties(record.properties, batch.properties, call.portal.definitions)
        results.append(record_json(record.id, properties, record.created_at, record.updated_at, record.archived_at))
    return _batch_response(started, results, [some_not_found(missing).as_batch_error()] if missing else [])


def create(call: RouteRequest) -> RouteResponse:
    """`POST /contacts/batch/create`: partial success only if every input has its own trace id."""

    def write(contact: ContactInput) -> dict[str, Any]:
        links = links_of_contact(call.portal, contact.associations or [])
        record = call.portal.create(contact.properties, links=links)
        return record_json(record.id, record.properties, record.created_at, record.updated_at)

    return _write_batch(call, write, status=201)


def update(call: RouteRequest) -> RouteResponse:
    """`POST /contacts/batch/update`, by record id or a unique property other than e-mail."""

    def write(contact: ContactInput) -> dict[str, Any]:
        if contact.id_property == "email":
            raise validation("Unable to perform update/upsert by non-unique 0-1 property email")
        record = call.portal.find(contact.id, contact.id_property, follow_merges=False)
        if record is None:
            raise some_not_found([contact.id])
        record, shown = call.portal.update(record, contact.properties)
        return record_json(record.id, shown, record.created_at, record.updated_at)

    return _write_batch(call, write)


def upsert(call: RouteRequest) -> RouteResponse:
    """`POST /contacts/batch/upsert`, by e-mail address or another unique property."""

    def write(contact: ContactInput) -> dict[str, Any]:
        if contact.id_property in (None, "", "hs_object_id"):
            raise validation("An upsert needs an idProperty that is unique")
        record, new = call.portal.upsert(contact.id, str(contact.id_property), contact.properties)
        return record_json(record.id, record.properties, record.created_at, record.updated_at) | {"new": new}

    return _write_batch(call, write)


def archive(call: RouteRequest) -> RouteResponse:
    """`POST /contacts/batch/archive`."""
    batch = parse(ReferenceBatch, call.body)
    _check_size(batch.inputs)
    with call.portal.atomic():
        for reference in batch.inputs:
            call.portal.archive(reference.id)
    return RouteResponse(None, 204)


def _write_batch(
    call: RouteRequest, write: Callable[[ContactInput], dict[str, Any]], status: int = 200
) -> RouteResponse:
    contacts = parse(ContactBatch, call.body).inputs
    _check_size(contacts)
    _check_distinct([contact.id for contact in contacts if contact.id])
    traces = [contact.object_write_trace_id for contact in contacts]
    started = times.now()
    if not all(traces) or len(set(traces)) < len(traces):
        return _batch_response(started, _all_or_nothing(call, contacts, write), [], status)
    results, errors = [], []
    for contact in contacts:
        trace = str(contact.object_write_trace_id)
        try:
            with call.portal.atomic():
                results.append(write(contact) | {"objectWriteTraceId": trace})
        except ApiError as error:
            refused = error.as_batch_error()
            refused["context"] = {**refused["context"], "objectWriteTraceId": [trace]}
            errors.append(refused)
    return _batch_response(started, results, errors, status)


def _all_or_nothing(
    call: RouteRequest, contacts: Sequence[ContactInput], write: Callable[[ContactInput], dict[str, Any]]
) -> list[dict[str, Any]]:
    with call.portal.atomic():
        return [write(contact) for contact in contacts]


def _batch_response(
    started: str, results: list[dict[str, Any]], errors: list[dict[str, Any]], status: int = 200
) -> RouteResponse:
    body = {"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": times.now()}
    if not errors:
        return RouteResponse(body, status)
    return RouteResponse(body | {"numErrors": len(errors), "errors": errors}, 207)


def _check_size(inputs: Collection[Reference | ContactInput]) -> None:
    if not 1 <= len(inputs) <= MAX_INPUTS:
        raise validation(f"A batch has from 1 to {MAX_INPUTS} inputs")


def _check_distinct(ids: Sequence[str]) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise validation(
            f"Duplicate IDs found in batch input: [{', '.join(twice)[:500]}]. IDs in a batch must be unique"
        )
