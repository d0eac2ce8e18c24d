"""Faults on demand: each does what it says, to the calls it is for, as often as it should."""

import http.client
import time

import pytest

from hubspot_agent.sandbox import Fault, Sandbox
from support.sandbox_http import CONTACTS, call, create, read


@pytest.fixture
def crm():
    with Sandbox(contacts=[{"firstname": "Ana", "email": "ana@acme.example"}]) as crm:
        yield crm


def names(crm):
    return [contact["properties"]["firstname"] for contact in crm.contacts()]


@pytest.mark.parametrize("retry_after", [None, "3"])
@pytest.mark.parametrize(("path", "message"), [("", "ten_secondly"), ("/search", "secondly")])
def test_rate_limit(crm, retry_after, path, message):
    crm.faults.add(Fault("rate_limit", retry_after=retry_after))
    answer = call(crm, "POST", CONTACTS + path, {"properties": {"firstname": "Eva"}})
    assert answer.status == 429
    assert message in answer.body["message"]
    assert answer.headers["Retry-After"] == retry_after
    assert names(crm) == ["Ana"]


@pytest.mark.parametrize("status", [500, 502, 503, 524])
@pytest.mark.parametrize("applied", [False, True])
def test_error_is_a_page_of_html_with_or_without_the_write(crm, status, applied):
    crm.faults.add(Fault("error", status=status, applied=applied))
    answer = create(crm, firstname="Eva")
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert str(status) in answer.raw.decode()
    assert names(crm) == (["Ana", "Eva"] if applied else ["Ana"])


@pytest.mark.parametrize("applied", [False, True])
def test_reset_drops_the_connection_with_or_without_the_write(crm, applied):
    crm.faults.add(Fault("reset", applied=applied, times=1))
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        create(crm, firstname="Eva")
    assert crm.requests[-1].status == 0
    assert names(crm) == (["Ana", "Eva"] if applied else ["Ana"])
    assert read(crm, 101)["firstname"] == "Ana"


def test_truncated_sends_half_of_the_body(crm):
    whole = len(call(crm, "GET", f"{CONTACTS}/101").raw)
    crm.faults.add(Fault("truncated"))
    with pytest.raises(http.client.IncompleteRead) as caught:
        call(crm, "GET", f"{CONTACTS}/101")
    assert len(caught.value.partial) == whole // 2


def test_slow_sends_the_whole_body_in_pieces(crm):
    whole = call(crm, "GET", f"{CONTACTS}/101").raw
    crm.faults.add(Fault("slow", seconds=0.3))
    started = time.monotonic()
    assert call(crm, "GET", f"{CONTACTS}/101").raw == whole
    assert time.monotonic() - started >= 0.2


def test_unreadable_writes_and_answers_with_a_page_of_html(crm):
    crm.faults.add(Fault("unreadable", times=1))
    answer = create(crm, firstname="Eva")
    assert answer.status == 201
    assert answer.raw.startswith(b"<html>")
    assert names(crm) == ["Ana", "Eva"]


def test_misdirected_writes_and_answers_with_another_contact(crm):
    read(crm, 101)
    crm.faults.add(Fault("misdirected", times=1))
    answer = create(crm, firstname="Eva")
    assert (answer.status, answer.body["id"]) == (201, "101")
    assert names(crm) == ["Ana", "Eva"]
    assert read(crm, 102)["firstname"] == "Eva"


def test_latency_answers_late(crm):
    crm.faults.add(Fault("latency", seconds=0.3))
    started = time.monotonic()
    assert read(crm, 101)["firstname"] == "Ana"
    assert time.monotonic() - started >= 0.3


def test_a_fault_strikes_the_calls_it_is_for_and_no_more_often_than_told(crm):
    crm.faults.add(Fault("error", method="get", path="/contacts/101", times=2))
    assert create(crm, firstname="Eva").status == 201
    assert call(crm, "GET", f"{CONTACTS}/102").status == 200
    assert [call(crm, "GET", f"{CONTACTS}/101").status for _ in range(3)] == [502, 502, 200]


def test_a_share_of_calls_is_struck_the_same_way_every_time():
    def struck(seed):
        with Sandbox(contacts=[{"firstname": "Ana"}], seed=seed) as crm:
            crm.faults.add(Fault("error", probability=0.3))
            return [call(crm, "GET", f"{CONTACTS}/101").status for _ in range(60)]

    first = struck(1)
    assert 5 <= first.count(502) <= 35
    assert struck(1) == first
    assert struck(2) != first


def test_the_first_fault_that_strikes_is_the_one(crm):
    crm.faults.add(Fault("error", status=500, times=1), Fault("error", status=503))
    assert [call(crm, "GET", CONTACTS).status for _ in range(2)] == [500, 503]
    crm.faults.clear()
    assert call(crm, "GET", CONTACTS).status == 200


def test_faults_over_http_are_off_unless_wanted(crm):
    assert call(crm, "POST", "/sandbox/faults", {"kind": "error"}).status == 404
    with Sandbox(contacts=[], admin=True) as other:
        assert call(other, "POST", "/sandbox/faults", {"kind": "error", "status": 503}, token="x").status == 401
        assert call(other, "POST", "/sandbox/faults", {"kind": "nonsense"}).status == 400
        assert call(other, "POST", "/sandbox/faults", {"kind": "error", "status": 503, "times": 1}).status == 201
        [listed] = call(other, "GET", "/sandbox/faults").body["results"]
        assert (listed["kind"], listed["status"]) == ("error", 503)
        assert [call(other, "GET", CONTACTS).status for _ in range(2)] == [503, 200]
        assert call(other, "DELETE", "/sandbox/faults").status == 204
        assert call(other, "GET", "/sandbox/faults").body["results"] == []
        assert {one.path for one in other.requests} == {CONTACTS}
