"""Tokens, scopes, rate limits and what their answers look like."""

import re
import time

import pytest

from hubspot_agent.sandbox import Assumptions, Limits, Sandbox
from support.sandbox_http import CONTACTS, call, create, read, search

PREFIX = "X-HubSpot-RateLimit-"


@pytest.fixture
def crm():
    with Sandbox(contacts=[{"firstname": "Ana"}]) as crm:
        yield crm


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer pat-eu1-wrong"])
def test_without_a_known_token_nothing_is_answered(crm, authorization):
    answer = call(crm, "GET", f"{CONTACTS}/101", headers={"Authorization": authorization})
    assert answer.status == 401
    assert answer.body["category"] == "INVALID_AUTHENTICATION"
    assert answer.body["message"].startswith("Authentication credentials not found. This API supports OAuth 2.0")


def test_an_unreadable_token_counts_as_expired_in_1970(crm):
    answer = call(crm, "GET", f"{CONTACTS}/101", token="nonsense")
    assert answer.status == 401
    assert answer.body["category"] == "EXPIRED_AUTHENTICATION"
    assert re.search(r"expired \d{5} day\(s\) ago\.$", answer.body["message"])
    assert answer.body["context"]["expire time"] == ["1970-01-01T00:00:00.000Z"]


def test_a_token_can_expire(crm):
    crm.access.expired_at = time.time() - 300
    answer = call(crm, "GET", f"{CONTACTS}/101")
    assert answer.status == 401
    assert answer.body["message"] == "The OAuth token used to make this call expired 5 minute(s) ago."
    crm.access.expired_at = None
    assert call(crm, "GET", f"{CONTACTS}/101").status == 200


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("GET", f"{CONTACTS}/101", ["crm.objects.contacts.read"]),
        ("POST", f"{CONTACTS}/search", ["crm.objects.contacts.read"]),
        ("POST", f"{CONTACTS}/batch/read", ["crm.objects.contacts.read"]),
        ("POST", CONTACTS, ["crm.objects.contacts.write"]),
        ("PATCH", f"{CONTACTS}/101", ["crm.objects.contacts.write"]),
        ("DELETE", f"{CONTACTS}/101", ["crm.objects.contacts.write"]),
        ("GET", "/crm/v3/owners", ["crm.objects.owners.read"]),
        ("GET", "/crm/v3/properties/contacts", ["crm.objects.contacts.read", "crm.schemas.contacts.read"]),
        ("POST", "/crm/v3/properties/contacts", ["crm.schemas.contacts.write"]),
    ],
)
def test_a_missing_scope_is_named(crm, method, path, scopes):
    crm.access.scopes = {"oauth"}
    answer = call(crm, method, path, {"properties": {"firstname": "Eva"}, "inputs": []})
    assert answer.status == 403
    assert answer.body["category"] == "MISSING_SCOPES"
    assert answer.body["errors"][0]["context"]["requiredGranularScopes"] == scopes
    assert answer.body["links"]["scopes"].startswith("https://")
    crm.access.scopes = {scopes[0]}
    assert call(crm, method, path, {}).status != 403


@pytest.mark.parametrize("path", [f"{CONTACTS}/101", f"{CONTACTS}/999", "/nowhere"])
def test_every_answer_has_a_correlation_id(crm, path):
    answer = call(crm, "GET", path)
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert answer.body.get("correlationId", answer.headers["X-HubSpot-Correlation-Id"])
    if answer.status != 200:
        assert answer.body["correlationId"] == answer.headers["X-HubSpot-Correlation-Id"]
        assert answer.body["status"] == "error"


def test_the_burst_limit():
    with Sandbox(contacts=[{"firstname": "Ana"}], limits=Limits(burst=3)) as crm:
        answers = [call(crm, "GET", f"{CONTACTS}/101") for _ in range(5)]
        assert search(crm, query="ana").status == 200
    assert [one.status for one in answers] == [200, 200, 200, 429, 429]
    assert [one.headers[f"{PREFIX}Remaining"] for one in answers] == ["2", "1", "0", "0", "0"]
    assert answers[0].headers[f"{PREFIX}Max"] == "3"
    assert answers[0].headers[f"{PREFIX}Interval-Milliseconds"] == "10000"
    refused = answers[-1]
    assert "Retry-After" not in refused.headers
    assert refused.body["message"] == "You have reached your ten_secondly_rolling limit."
    assert refused.body["errorType"] == "RATE_LIMIT"
    assert refused.body["policyName"] == "TEN_SECONDLY_ROLLING"


@pytest.mark.parametrize("named", [False, True])
def test_the_search_limit_is_its_own(named):
    assumptions = Assumptions(search_policy_named=named)
    limits = Limits(burst=100, search=1, daily=1000)
    with Sandbox(contacts=[{"firstname": "Ana"}], limits=limits, assumptions=assumptions) as crm:
        answers = [search(crm, query="ana") for _ in range(4)]
        read(crm, 101)
    assert answers[0].status == 200
    assert f"{PREFIX}Daily-Remaining" in answers[0].headers
    assert f"{PREFIX}Remaining" not in answers[0].headers
    refused = next(one for one in answers if one.status == 429)
    assert refused.body["message"] == "You have reached your secondly limit."
    assert refused.body["category"] == "RATE_LIMITS"
    assert (refused.body.get("policyName") == "SECONDLY") is named


def test_the_daily_limit_counts_searches_too():
    with Sandbox(contacts=[{"firstname": "Ana"}], limits=Limits(daily=2, retry_after=7)) as crm:
        read(crm, 101)
        last = search(crm, query="ana")
        refused = create(crm, firstname="Eva")
        assert len(crm.contacts()) == 1
    assert (last.headers[f"{PREFIX}Daily"], last.headers[f"{PREFIX}Daily-Remaining"]) == ("2", "0")
    assert refused.status == 429
    assert refused.body["policyName"] == "DAILY"
    assert refused.headers["Retry-After"] == "7"


def test_the_realistic_profile_has_limits_and_an_index_delay_and_the_instant_one_has_not():
    for profile, limited in (("instant", False), ("realistic", True)):
        with Sandbox(contacts=[], profile=profile, latency=(0, 0)) as crm:
            answer = create(crm, firstname="Ana")
            assert (f"{PREFIX}Max" in answer.headers) is limited
            assert search(crm, query="ana").body["total"] == (0 if limited else 1)


def test_properties_are_described():
    with Sandbox(contacts=[]) as crm:
        results = call(crm, "GET", "/crm/v3/properties/contacts").body["results"]
        by_name = {one["name"]: one for one in results}
        for name in ("email", "lifecyclestage", "hs_lead_status", "numemployees", "hubspot_owner_id"):
            assert by_name[name]["hubspotDefined"]
        stages = by_name["lifecyclestage"]["options"]
        assert [one["displayOrder"] for one in stages] == list(range(8))
        assert stages[1] == {"label": "Lead", "value": "lead", "displayOrder": 1, "hidden": False}
        assert by_name["hs_object_id"]["modificationMetadata"]["readOnlyValue"] is True
        assert by_name["hubspot_owner_id"]["options"] == []
        assert call(crm, "GET", "/crm/properties/2026-03/0-1/email").body == by_name["email"]
        assert call(crm, "GET", "/crm/v3/properties/contacts/nonsense").status == 404


def test_a_custom_property_can_be_declared():
    with Sandbox(contacts=[]) as crm:
        declared = {
            "name": "favourite_colour",
            "label": "Favourite colour",
            "type": "enumeration",
            "fieldType": "select",
            "groupName": "contactinformation",
            "options": [{"label": "Green", "value": "green", "displayOrder": 0, "hidden": False}],
        }
        path = "/crm/v3/properties/contacts"
        assert call(crm, "POST", path, declared).status == 201
        assert call(crm, "POST", path, declared).status == 409
        assert call(crm, "GET", f"{path}/favourite_colour").body["options"][0]["label"] == "Green"
        assert create(crm, firstname="Ana", favourite_colour="red").status == 400
        assert create(crm, firstname="Ana", favourite_colour="green").status == 201


def test_owners():
    with Sandbox(contacts=[]) as crm:
        first = call(crm, "GET", "/crm/v3/owners?limit=1").body
        [owner] = first["results"]
        assert first["paging"]["next"]["after"]
        rest = call(crm, "GET", f"/crm/v3/owners?after={first['paging']['next']['after']}").body
        assert "paging" not in rest
        assert owner not in rest["results"]
        assert call(crm, "GET", f"/crm/v3/owners/{owner['id']}").body == owner
        assert call(crm, "GET", f"/crm/v3/owners/{owner['userId']}?idProperty=userId").body == owner
        assert call(crm, "GET", f"/crm/owners/2026-03?email={owner['email']}").body["results"] == [owner]
        assert call(crm, "GET", "/crm/v3/owners/1").status == 404
