"""Calls about what is linked to what, and the links that a new record comes with."""

from collections.abc import Iterable
from typing import Any, Final

from hubspot_agent.sandbox import times
from hubspot_agent.sandbox.bodies import AssociationInput, whole_number
from hubspot_agent.sandbox.calls import RouteRequest, RouteResponse
from hubspot_agent.sandbox.errors import not_found, validation
from hubspot_agent.sandbox.links import Link
from hubspot_agent.sandbox.object_types import (
    COMPANIES,
    CONTACT_TO_PRIMARY_COMPANY,
    NOTES,
    ObjectType,
)
from hubspot_agent.sandbox.portal import Portal

MAX_PAGE_SIZE: Final = 500

_KINDS: Final[dict[str, ObjectType]] = {
    **dict.fromkeys(("companies", "company", "0-2"), COMPANIES),
    **dict.fromkeys(("notes", "note", "0-46"), NOTES),
}
_LABEL: Final = {CONTACT_TO_PRIMARY_COMPANY: "Primary"}


def page(call: RouteRequest) -> RouteResponse:
    """`GET /contacts/{id}/associations/{to}`, and of companies and notes to contacts."""
    limit = call.query_number("limit", MAX_PAGE_SIZE, minimum=1, maximum=MAX_PAGE_SIZE)
    start = call.query_number("after", 0)
    linked = _linked(call.portal, call.parameters["from"], call.parameters["id"], call.parameters["to"])
    results = [{"toObjectId": record_id, "associationTypes": list(map(_spec, types))} for record_id, types in linked]
    if len(results) <= start + limit:
        return RouteResponse({"results": results[start:]})
    return RouteResponse({"results": results[start : start + limit], "paging": {"next": {"after": str(start + limit)}}})


def link(call: RouteRequest) -> RouteResponse:
    """`PUT .../associations/default/...`: linking what is linked changes nothing."""
    contact, kind, record_id = _ends(call)
    started = times.now()
    call.portal.links.add(contact, Link(kind.name, record_id))
    ends = [str(contact), str(record_id)]
    types = [kind.from_contact, kind.to_contact]
    if not _is_contact(call.parameters["from"]):
        ends, types = ends[::-1], types[::-1]
    results = [
        {
            "from": {"id": start},
            "to": {"id": end},
            "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id},
        }
        for (start, end), type_id in zip((ends, ends[::-1]), types, strict=True)
    ]
    return RouteResponse({"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": times.now()})


def unlink(call: RouteRequest) -> RouteResponse:
    """`DELETE .../associations/{to}/{id}`: taking away what is not there changes nothing."""
    contact, kind, record_id = _ends(call)
    call.portal.links.remove(contact, Link(kind.name, record_id))
    return RouteResponse(None, 204)


def links_of_contact(portal: Portal, inputs: Iterable[AssociationInput]) -> list[Link]:
    """Return what a new contact is to be linked to, a company meant as its primary one first.

    Raises:
        ApiError: 400 for a type of link that contacts have not, or a record that does not exist.
    """
    primary: list[Link] = []
    links: list[Link] = []
    for one in inputs:
        for spec in one.types:
            kind = {CONTACT_TO_PRIMARY_COMPANY: COMPANIES, **{each.from_contact: each for each in (COMPANIES, NOTES)}}
            found = kind.get(spec.association_type_id)
            if found is None or spec.association_category != "HUBSPOT_DEFINED":
                raise _no_such_type(spec.association_type_id)
            record = portal.objects(found.name).find(one.to.id)
            if record is None:
                raise _no_such_record(found.singular, one.to.id)
            group = primary if spec.association_type_id == CONTACT_TO_PRIMARY_COMPANY else links
            group.append(Link(found.name, record.id))
    return list(dict.fromkeys(primary + links))


def contacts_of_record(portal: Portal, kind: ObjectType, inputs: Iterable[AssociationInput]) -> list[int]:
    """Return the contacts that a new company or note is to be linked to.

    Raises:
        ApiError: 400 for a type of link that it cannot have, or a contact that does not exist.
    """
    contacts = []
    for one in inputs:
        if any(spec.association_type_id != kind.to_contact for spec in one.types) or not one.types:
            raise _no_such_type(*(spec.association_type_id for spec in one.types))
        contact = portal.find(one.to.id)
        if contact is None:
            raise _no_such_record("CONTACT", one.to.id)
        contacts.append(contact.id)
    return contacts


def shown_associations(
    portal: Portal, from_type: str, record_id: int, wanted: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Return the `associations` of a record that is read with `associations=companies`: ids only."""
    shown: dict[str, dict[str, Any]] = {}
    for name in wanted:
        linked = _linked(portal, from_type, str(record_id), name)
        to = "contact" if _is_contact(name) else _kind(name).singular.lower()
        entries = [
            {"id": str(one), "type": f"{_singular(from_type)}_to_{to}" + ("_unlabeled" if spec in (279, 280) else "")}
            for one, specs in linked
            for spec in specs
        ]
        if entries:
            shown["contacts" if _is_contact(name) else _kind(name).name] = {"results": entries}
    return shown


def _linked(portal: Portal, from_type: str, key: str, to: str) -> list[tuple[int, list[int]]]:
    """Return the ids of the records that one is linked to, each with the types of the link."""
    if _is_contact(from_type):
        contact = portal.get(key)
        kind = _kind(to)
        ids = portal.store.linked_to_contact(contact.id, kind.name)
        first = ids[0] if ids and kind is COMPANIES else None
        return [
            (one, [CONTACT_TO_PRIMARY_COMPANY, kind.from_contact] if one == first else [kind.from_contact])
            for one in ids
        ]
    kind = _kind(from_type)
    record = portal.objects(kind.name).get(key)
    if not _is_contact(to):
        raise not_found()
    return [(one, [kind.to_contact]) for one in portal.store.contacts_linked_to(kind.name, record.id)]


def _ends(call: RouteRequest) -> tuple[int, ObjectType, int]:
    ends = [(call.parameters["from"], call.parameters["id"]), (call.parameters["to"], call.parameters["to_id"])]
    contacts = [key for name, key in ends if _is_contact(name)]
    others = [(_kind(name), key) for name, key in ends if not _is_contact(name)]
    if len(contacts) != 1 or len(others) != 1:
        raise not_found()
    (kind, key) = others[0]
    return call.portal.get(contacts[0]).id, kind, call.portal.objects(kind.name).get(key).id


def _is_contact(name: str) -> bool:
    return name.lower() in ("contacts", "contact", "0-1")


def _kind(name: str) -> ObjectType:
    kind = _KINDS.get(name.lower())
    if kind is None:
        raise not_found()
    return kind


def _singular(name: str) -> str:
    return "contact" if _is_contact(name) else _kind(name).singular.lower()


def _spec(type_id: int) -> dict[str, Any]:
    return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": _LABEL.get(type_id)}


def _no_such_type(*type_ids: int) -> Exception:
    return validation(f"invalid association type: {', '.join(map(str, type_ids)) or 'none'}")


def _no_such_record(singular: str, key: str) -> Exception:
    number = whole_number(key)
    return validation(f"One or more associations are not valid: {singular} {'' if number is None else number}")
