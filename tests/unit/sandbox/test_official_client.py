"""Everything a port calls, and every refusal, passes through HubSpot's official client unchanged."""

import json
import time
from datetime import datetime

import pytest
import urllib3.exceptions
from hubspot import HubSpot
from hubspot.crm.companies.exceptions import NotFoundException as CompanyNotFound
from hubspot.crm.contacts import ApiException
from hubspot.crm.contacts.exceptions import ForbiddenException, NotFoundException, UnauthorizedException
from hubspot.crm.owners.exceptions import NotFoundException as OwnerNotFound
from hubspot.crm.properties.exceptions import NotFoundException as PropertyNotFound
from urllib3.util import Retry

from hubspot_agent.sandbox import Fault, Limits, Sandbox

PEOPLE = [
    {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "phone": "+31 6 12345678"},
    {"email": "jan+x@acme.example", "firstname": "Jan"},
]
TIMEOUT = 10


@pytest.fixture
def crm():
    with Sandbox(contacts=PEOPLE) as crm:
        yield crm


def client(crm, token=None):
    return HubSpot(access_token=token or crm.token, host=crm.url, retry=Retry(0)).crm


@pytest.fixture
def basic(crm):
    return client(crm).contacts.basic_api


def properties(**values):
    return {"properties": values}


def test_get_by_id(basic):
    contact = basic.get_by_id("101", properties=["phone", "city"], _request_timeout=TIMEOUT)
    assert (contact.id, contact.archived) == ("101", False)
    assert contact.properties["phone"] == "+31 6 12345678"
    assert contact.properties["city"] is None
    assert isinstance(contact.created_at, datetime)
    assert contact.created_at <= contact.updated_at


@pytest.mark.parametrize("email", ["ana@acme.example", "jan+x@acme.example"])
def test_get_by_email(basic, email):
    contact = basic.get_by_id(email, id_property="email", _request_timeout=TIMEOUT)
    assert contact.properties["email"] == email


def test_create_update_archive(basic):
    created = basic.create(properties(email="eva@acme.example"), _request_timeout=TIMEOUT)
    assert created.properties["email"] == "eva@acme.example"
    updated = basic.update(created.id, properties(city="Porto"), _request_timeout=TIMEOUT)
    assert (updated.id, updated.properties["city"]) == (created.id, "Porto")
    assert basic.archive(created.id, _request_timeout=TIMEOUT) is None
    archived = basic.get_by_id(created.id, archived=True, _request_timeout=TIMEOUT)
    assert archived.archived
    assert archived.archived_at >= created.created_at


def test_update_by_email(basic):
    updated = basic.update("ana@acme.example", properties(city="Porto"), id_property="email", _request_timeout=TIMEOUT)
    assert updated.id == "101"


def test_get_page_and_get_all(crm, basic):
    page = basic.get_page(limit=1, properties=["email"], _request_timeout=TIMEOUT)
    assert [one.id for one in page.results] == ["101"]
    assert page.paging.next.after == "102"
    assert page.paging.next.link.startswith(crm.url)
    assert [one.id for one in client(crm).contacts.get_all()] == ["101", "102"]


def test_merge_and_purge(crm, basic):
    merged = basic.merge({"primaryObjectId": "101", "objectIdToMerge": "102"}, _request_timeout=TIMEOUT)
    assert merged.properties["hs_additional_emails"] == "jan+x@acme.example"
    assert basic.purge({"objectId": merged.id}, _request_timeout=TIMEOUT) is None
    assert crm.contacts() == []


def test_do_search(crm):
    request = {
        "query": "acme",
        "filterGroups": [{"filters": [{"propertyName": "firstname", "operator": "IN", "values": ["ana", "jan"]}]}],
        "sorts": [{"propertyName": "createdate", "direction": "DESCENDING"}],
        "properties": ["firstname"],
        "limit": 1,
    }
    found = client(crm).contacts.search_api.do_search(request, _request_timeout=TIMEOUT)
    assert found.total == 2
    assert found.paging.next.after == "1"
    assert found.results[0].properties["firstname"] in ("Ana", "Jan")


def test_batches(crm):
    batch = client(crm).contacts.batch_api
    inputs = [{"properties": {"firstname": name}, "objectWriteTraceId": name} for name in ("Eva", "Li")]
    created = batch.create({"inputs": inputs}, _request_timeout=TIMEOUT)
    assert created.status == "COMPLETE"
    assert [one.object_write_trace_id for one in created.results] == ["Eva", "Li"]
    partly = batch.create(
        {"inputs": [*inputs, {"properties": {"email": "ana@acme.example"}, "objectWriteTraceId": "Ana"}]},
        _request_timeout=TIMEOUT,
    )
    assert (partly.num_errors, len(partly.results)) == (1, 2)
    assert partly.errors[0].category == "CONFLICT"
    assert partly.errors[0].context["objectWriteTraceId"] == ["Ana"]
    ids = {"inputs": [{"id": one.id} for one in created.results]}
    read = batch.read(ids | {"properties": ["firstname"]}, _request_timeout=TIMEOUT)
    assert [one.properties["firstname"] for one in read.results] == ["Eva", "Li"]
    missing = batch.read({"inputs": [{"id": "999"}], "properties": []}, _request_timeout=TIMEOUT)
    assert missing.errors[0].context == {"ids": ["999"]}
    changes = {"inputs": [{"id": "101", "properties": {"city": "Porto"}}]}
    assert batch.update(changes, _request_timeout=TIMEOUT).results[0].properties["city"] == "Porto"
    upserts = {"inputs": [{"id": "li@acme.example", "idProperty": "email", "properties": {}}]}
    assert batch.upsert(upserts, _request_timeout=TIMEOUT).results[0].new is True
    assert batch.archive(ids, _request_timeout=TIMEOUT) is None


def test_properties(crm):
    core = client(crm).properties.core_api
    listed = core.get_all("contacts", _request_timeout=TIMEOUT).results
    assert {"email", "lifecyclestage", "hs_object_id"} <= {one.name for one in listed}
    stage = core.get_by_name("contacts", "lifecyclestage", _request_timeout=TIMEOUT)
    assert (stage.type, stage.field_type, stage.options[1].value) == ("enumeration", "radio", "lead")
    assert stage.modification_metadata.read_only_value is False
    created = core.create(
        "contacts",
        {
            "name": "assistant_create_key",
            "label": "Key",
            "type": "string",
            "fieldType": "text",
            "groupName": "contactinformation",
            "hasUniqueValue": True,
        },
        _request_timeout=TIMEOUT,
    )
    assert created.has_unique_value is True
    with pytest.raises(PropertyNotFound):
        core.get_by_name("contacts", "nonsense", _request_timeout=TIMEOUT)


def test_owners(crm):
    api = client(crm).owners.owners_api
    owners = api.get_page(_request_timeout=TIMEOUT).results
    assert api.get_by_id(owners[0].id, _request_timeout=TIMEOUT).email == owners[0].email
    with pytest.raises(OwnerNotFound):
        api.get_by_id(1, _request_timeout=TIMEOUT)


NOT_FOUND = {"message": "resource not found"}
REFUSALS = {
    "validation": (lambda api: api.create(properties(email="x", nonsense="1")), 400, ApiException),
    "no such id": (lambda api: api.get_by_id("999"), 404, NotFoundException),
    "id of no number": (lambda api: api.get_by_id("abc"), 404, NotFoundException),
    "no such address": (lambda api: api.get_by_id("x@y.example", id_property="email"), 404, NotFoundException),
    "address taken": (lambda api: api.create(properties(email="ana@acme.example")), 409, ApiException),
    "address of another": (lambda api: api.update("102", properties(email="ana@acme.example")), 409, ApiException),
    "address too long": (lambda api: api.get_by_id("1" * 9_000), 414, ApiException),
}
ESSENTIALS = {
    "validation": {"category": "VALIDATION_ERROR"},
    "no such id": NOT_FOUND,
    "id of no number": {
        "message": "Object not found.  objectId are usually numeric.",
        "category": "OBJECT_NOT_FOUND",
        "context": {"id": ["abc"]},
    },
    "no such address": NOT_FOUND,
    "address taken": {"message": "Contact already exists. Existing ID: 101", "category": "CONFLICT"},
    "address of another": {"message": "Contact already exists. Existing ID: 101", "category": "CONFLICT"},
    "address too long": {},
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(basic, name):
    attempt, status, kind = REFUSALS[name]
    with pytest.raises(kind) as caught:
        attempt(basic)
    assert caught.value.status == status
    body = json.loads(caught.value.body)
    assert body["status"] == "error"
    assert body["correlationId"] == caught.value.headers["X-HubSpot-Correlation-Id"]
    assert body.items() >= ESSENTIALS[name].items()
    assert ("category" in body) == ("category" in ESSENTIALS[name])


@pytest.mark.parametrize(("token", "category"), [("pat-x", "INVALID_AUTHENTICATION"), ("x", "EXPIRED_AUTHENTICATION")])
def test_a_wrong_token(crm, token, category):
    with pytest.raises(UnauthorizedException) as caught:
        client(crm, token).contacts.basic_api.get_by_id("101")
    assert json.loads(caught.value.body)["category"] == category


def test_an_expired_token_and_missing_scopes(crm, basic):
    crm.access.scopes = {"oauth"}
    with pytest.raises(ForbiddenException) as forbidden:
        basic.create(properties(firstname="Eva"))
    [error] = json.loads(forbidden.value.body)["errors"]
    assert error["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]
    crm.access.expired_at = time.time() - 300
    with pytest.raises(UnauthorizedException) as expired:
        basic.get_by_id("101")
    assert "expired 5 minute(s) ago" in json.loads(expired.value.body)["message"]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(burst=0), "You have reached your ten_secondly_rolling limit."),
        (Limits(daily=0), "You have reached your daily limit."),
    ],
)
def test_limits(limits, message):
    with Sandbox(contacts=PEOPLE, limits=limits) as crm, pytest.raises(ApiException) as caught:
        client(crm).contacts.basic_api.get_by_id("101")
    assert caught.value.status == 429
    assert json.loads(caught.value.body)["message"] == message


def test_the_search_limit():
    with Sandbox(contacts=PEOPLE, limits=Limits(search=0)) as crm, pytest.raises(ApiException) as caught:
        client(crm).contacts.search_api.do_search({"query": "ana"})
    assert caught.value.status == 429
    assert json.loads(caught.value.body)["category"] == "RATE_LIMITS"


@pytest.mark.parametrize("status", [423, 477, 500, 502, 503, 504, 521, 524])
def test_gateway_errors(crm, basic, status):
    crm.faults.add(Fault("error", status=status, retry_after="2"))
    with pytest.raises(ApiException) as caught:
        basic.get_by_id("101")
    assert caught.value.status == status
    assert caught.value.headers["Retry-After"] == "2"


@pytest.mark.parametrize("kind", ["reset", "truncated", "latency"])
def test_network_faults_are_those_of_urllib3(crm, basic, kind):
    crm.faults.add(Fault(kind, seconds=5))
    with pytest.raises(urllib3.exceptions.HTTPError):
        basic.create(properties(firstname="Eva"), _request_timeout=0.3)


def link_to(record_id, type_id):
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"to": {"id": record_id}, "types": [spec]}


def test_companies(crm):
    api = client(crm).companies
    made = api.basic_api.create(properties(name="Acme", domain="acme.example"), _request_timeout=TIMEOUT)
    assert made.properties["domain"] == "acme.example"
    assert api.basic_api.get_by_id(made.id, properties=["name"], _request_timeout=TIMEOUT).properties["name"] == "Acme"
    assert api.basic_api.update(made.id, properties(city="Ede"), _request_timeout=TIMEOUT).properties["city"] == "Ede"
    assert api.search_api.do_search({"query": "acme"}, _request_timeout=TIMEOUT).results[0].id == made.id
    read = api.batch_api.read({"inputs": [{"id": made.id}], "properties": ["name"]}, _request_timeout=TIMEOUT)
    assert [one.id for one in read.results] == [made.id]
    assert [one.id for one in api.get_all()] == [made.id]
    api.basic_api.archive(made.id, _request_timeout=TIMEOUT)
    with pytest.raises(CompanyNotFound):
        api.basic_api.get_by_id(made.id, _request_timeout=TIMEOUT)


def test_associations(crm, basic):
    api = client(crm)
    company = api.companies.basic_api.create(properties(name="Acme"), _request_timeout=TIMEOUT).id
    links = api.associations.v4.basic_api
    made = links.create_default("contacts", "101", "companies", company, _request_timeout=TIMEOUT)
    assert [one.association_spec.association_type_id for one in made.results] == [279, 280]
    [link] = links.get_page("contacts", "101", "companies", _request_timeout=TIMEOUT).results
    assert (link.to_object_id, [spec.type_id for spec in link.association_types]) == (company, [1, 279])
    contact = basic.get_by_id("101", associations=["companies"], _request_timeout=TIMEOUT)
    assert contact.associations["companies"].results[0].id == company
    links.archive("contacts", "101", "companies", company, _request_timeout=TIMEOUT)
    assert links.get_page("contacts", "101", "companies", _request_timeout=TIMEOUT).results == []
    new = {**properties(email="eva@acme.example"), "associations": [link_to(company, 279)]}
    assert crm.associations(basic.create(new, _request_timeout=TIMEOUT).id) == [company]


def test_notes(crm):
    api = client(crm).objects.notes
    note = {
        **properties(hs_timestamp="2026-03-01T09:30:00Z", hs_note_body="Called"),
        "associations": [link_to("101", 202)],
    }
    made = api.basic_api.create(note, _request_timeout=TIMEOUT)
    shown = api.basic_api.get_by_id(
        made.id, properties=["hs_note_body"], associations=["contacts"], _request_timeout=TIMEOUT
    )
    assert shown.properties["hs_note_body"] == "Called"
    assert shown.associations["contacts"].results[0].id == "101"
    read = api.batch_api.read({"inputs": [{"id": made.id}], "properties": ["hs_note_body"]}, _request_timeout=TIMEOUT)
    assert read.results[0].properties["hs_note_body"] == "Called"
    api.basic_api.archive(made.id, _request_timeout=TIMEOUT)
    assert crm.notes("101") == []
