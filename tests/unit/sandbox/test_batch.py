"""Batches: up to 100 contacts at once, and partial success."""

import pytest

from hubspot_agent.sandbox import Property, Sandbox
from support.sandbox_http import CONTACTS, call, found, read

KEY = Property("assistant_create_key", unique=True)


@pytest.fixture
def crm():
    people = [{"email": f"{name}@acme.example", "firstname": name.capitalize()} for name in ("ana", "jan", "eva")]
    with Sandbox(contacts=people, properties=[KEY]) as crm:
        yield crm


def batch(crm, action, *inputs, **more):
    return call(crm, "POST", f"{CONTACTS}/batch/{action}", {"inputs": list(inputs), **more})


def test_read(crm):
    answer = batch(crm, "read", {"id": "102"}, {"id": "101"}, properties=["firstname"])
    assert answer.status == 200
    assert answer.body["status"] == "COMPLETE"
    assert answer.body["startedAt"] <= answer.body["completedAt"]
    assert [one["properties"]["firstname"] for one in answer.body["results"]] == ["Jan", "Ana"]
    by_email = batch(crm, "read", {"id": "EVA@acme.example"}, idProperty="email")
    assert [one["id"] for one in by_email.body["results"]] == ["103"]


def test_read_names_what_is_missing(crm):
    answer = batch(crm, "read", {"id": "101"}, {"id": "999"}, {"id": "abc"})
    assert answer.status == 207
    assert [one["id"] for one in answer.body["results"]] == ["101"]
    assert answer.body["numErrors"] == 1
    [error] = answer.body["errors"]
    assert (error["status"], error["category"]) == ("error", "OBJECT_NOT_FOUND")
    assert error["context"]["ids"] == ["999", "abc"]


def test_create(crm):
    answer = batch(crm, "create", {"properties": {"firstname": "Li"}}, {"properties": {"firstname": "Bo"}})
    assert answer.status == 201
    assert [one["properties"]["firstname"] for one in answer.body["results"]] == ["Li", "Bo"]
    assert len(crm.contacts()) == 5


@pytest.mark.parametrize(
    ("bad", "status"), [({"email": "jan@acme.example"}, 409), ({"firstname": "Bo", "nonsense": "1"}, 400)]
)
def test_without_trace_ids_one_bad_input_fails_all(crm, bad, status):
    answer = batch(crm, "create", {"properties": {"firstname": "Li"}}, {"properties": bad})
    assert answer.status == status
    assert len(crm.contacts()) == 3
    assert found(crm, query="li") == []
    update = batch(crm, "update", {"id": "101", "properties": {"city": "Porto"}}, {"id": "103", "properties": bad})
    assert update.status == status
    assert read(crm, 101, "city")["city"] is None
    assert found(crm, ("city", "EQ", "Porto")) == []


def test_with_trace_ids_the_good_inputs_succeed(crm):
    answer = batch(
        crm,
        "create",
        {"properties": {"firstname": "Li"}, "objectWriteTraceId": "one"},
        {"properties": {"email": "jan@acme.example"}, "objectWriteTraceId": "two"},
        {"properties": {"firstname": "Bo"}, "objectWriteTraceId": "three"},
    )
    assert answer.status == 207
    assert [one["objectWriteTraceId"] for one in answer.body["results"]] == ["one", "three"]
    assert answer.body["numErrors"] == 1
    [error] = answer.body["errors"]
    assert error["context"]["objectWriteTraceId"] == ["two"]
    assert error["message"] == "Contact already exists. Existing ID: 102"
    assert [one["properties"]["firstname"] for one in crm.contacts()] == ["Ana", "Jan", "Eva", "Li", "Bo"]


def test_update(crm):
    answer = batch(crm, "update", {"id": "101", "properties": {"city": "Porto"}}, {"id": "102", "properties": {}})
    assert answer.status == 200
    assert set(answer.body["results"][0]["properties"]) == {"city", "lastmodifieddate"}
    assert read(crm, 101, "city")["city"] == "Porto"


def test_update_takes_record_ids_not_email_addresses(crm):
    answer = batch(crm, "update", {"id": "ana@acme.example", "idProperty": "email", "properties": {"city": "Porto"}})
    assert answer.status == 400
    assert "non-unique 0-1 property" in answer.body["message"]


@pytest.mark.parametrize(
    ("name", "known", "unknown"),
    [("email", "ana@acme.example", "li@acme.example"), ("assistant_create_key", "call-1", "call-2")],
)
def test_upsert_updates_what_is_there_and_creates_what_is_not(crm, name, known, unknown):
    batch(crm, "update", {"id": "101", "properties": {"assistant_create_key": "call-1"}})
    inputs = [
        {"id": value, "idProperty": name, "properties": {"firstname": first}}
        for value, first in ((known, "Anna"), (unknown, "Li"))
    ]
    answer = batch(crm, "upsert", *inputs)
    assert answer.status == 200
    assert [one["new"] for one in answer.body["results"]] == [False, True]
    again = batch(crm, "upsert", *inputs)
    assert [one["new"] for one in again.body["results"]] == [False, False]
    assert [one["properties"]["firstname"] for one in crm.contacts()] == ["Anna", "Jan", "Eva", "Li"]


def test_upsert_needs_a_unique_property(crm):
    for name in (None, "firstname", "nonsense"):
        answer = batch(crm, "upsert", {"id": "Ana", "idProperty": name, "properties": {"city": "Porto"}})
        assert answer.status == 400


def test_archive(crm):
    answer = batch(crm, "archive", {"id": "101"}, {"id": "103"}, {"id": "999"})
    assert (answer.status, answer.raw) == (204, b"")
    assert [one["id"] for one in crm.contacts()] == ["102"]


@pytest.mark.parametrize("action", ["read", "create", "update", "upsert", "archive"])
@pytest.mark.parametrize("size", [0, 101])
def test_a_batch_has_at_most_a_hundred_inputs(crm, action, size):
    inputs = [{"id": str(number), "properties": {"firstname": "X"}} for number in range(size)]
    assert batch(crm, action, *inputs).status == 400
    assert len(crm.contacts()) == 3


def test_the_same_contact_twice_in_a_batch_is_refused(crm):
    twice = {"id": "101", "properties": {"city": "Porto"}}
    answer = batch(crm, "update", twice, twice)
    assert answer.status == 400
    assert "Duplicate IDs found in batch input: [101]" in answer.body["message"]
