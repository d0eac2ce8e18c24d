"""The sandbox's search: operators, words, order, paging, limits, index delay."""

import pytest

from hubspot_agent.sandbox import Assumptions, Property, Sandbox
from support.sandbox_http import CONTACTS, call, condition, create, found, search, update

PEOPLE = [
    {
        "email": "ana@acme.example",
        "firstname": "Ana",
        "lastname": "Silva",
        "company": "Acme",
        "phone": "+31 6 12345678",
        "jobtitle": "Buyer",
        "lifecyclestage": "lead",
        "score": "9",
        "createdate": "2026-01-01",
    },
    {
        "email": "jan@globex.example",
        "firstname": "Jan",
        "lastname": "van der Berg",
        "mobilephone": "0698765432",
        "lifecyclestage": "customer",
        "score": "10",
        "hs_buying_role": "CHAMPION;BLOCKER",
        "createdate": "2026-02-01",
    },
    {
        "email": "jose@acme.example",
        "firstname": "José",
        "lastname": "Núñez",
        "company": "Acme Sur",
        "createdate": "2026-03-01",
    },
    {"firstname": "小龍", "lastname": "李", "company": "O'Brien & Søn", "createdate": "2026-04-01"},
    {"firstname": "ליאת", "lastname": "כהן", "email": "liat+x@yarkon.example", "createdate": "2026-05-01"},
]
ANA, JAN, JOSE, LI, LIAT = "101", "102", "103", "104", "105"
EVERYONE = [ANA, JAN, JOSE, LI, LIAT]
SCORE = Property("score", type="number", field_type="number")


@pytest.fixture(scope="module")
def crm():
    with Sandbox(contacts=PEOPLE, properties=[SCORE]) as crm:
        yield crm


@pytest.mark.parametrize(
    ("operator", "name", "value", "expected"),
    [
        ("EQ", "email", "ANA@acme.example", [ANA]),
        ("EQ", "firstname", "ana", [ANA]),
        ("EQ", "lifecyclestage", "customer", [JAN]),
        ("EQ", "lifecyclestage", "Customer", []),
        ("EQ", "score", "9.0", [ANA]),
        ("EQ", "hs_object_id", "103", [JOSE]),
        ("EQ", "hs_buying_role", "BLOCKER", [JAN]),
        ("EQ", "phone", "+31612345678", []),
        ("EQ", "phone", "+31 6 12345678", [ANA]),
        ("EQ", "hs_searchable_calculated_phone_number", "612345678", [ANA]),
        ("EQ", "hs_searchable_calculated_mobile_number", "698765432", [JAN]),
        ("NEQ", "firstname", "Ana", [JAN, JOSE, LI, LIAT]),
        ("LT", "score", "10", [ANA]),
        ("LTE", "score", "10", [ANA, JAN]),
        ("GT", "createdate", "2026-04-01", [LIAT]),
        ("GTE", "createdate", "1775001600000", [LI, LIAT]),
        ("IN", "firstname", ["ana", "jan"], [ANA, JAN]),
        ("IN", "firstname", ["Ana", "jan"], [JAN]),
        ("IN", "lifecyclestage", ["customer"], [JAN]),
        ("IN", "score", ["9", "10"], [ANA, JAN]),
        ("NOT_IN", "firstname", ["ana", "jan"], [JOSE, LI, LIAT]),
        ("HAS_PROPERTY", "jobtitle", None, [ANA]),
        ("NOT_HAS_PROPERTY", "email", None, [LI]),
        ("CONTAINS_TOKEN", "lastname", "berg", [JAN]),
        ("CONTAINS_TOKEN", "lastname", "Berg van", [JAN]),
        ("CONTAINS_TOKEN", "lastname", "ber", []),
        ("CONTAINS_TOKEN", "lastname", "ber*", [JAN]),
        ("CONTAINS_TOKEN", "lastname", "*erg", [JAN]),
        ("CONTAINS_TOKEN", "lastname", "*er*", [JAN]),
        ("CONTAINS_TOKEN", "email", "*@acme.example", [ANA, JOSE]),
        ("CONTAINS_TOKEN", "email", "a*@acme.*", [ANA]),
        ("CONTAINS_TOKEN", "email", "a*a*me*e*le", [ANA]),
        ("CONTAINS_TOKEN", "lastname", "v*berg", []),
        ("CONTAINS_TOKEN", "company", "o*br**n", [LI]),
        ("CONTAINS_TOKEN", "hs_searchable_calculated_phone_number", "*12345678", [ANA]),
        ("CONTAINS_TOKEN", "company", "*", [ANA, JOSE, LI]),
        ("NOT_CONTAINS_TOKEN", "company", "acme", [JAN, LI, LIAT]),
    ],
)
def test_operators(crm, operator, name, value, expected):
    assert found(crm, (name, operator, value)) == expected


def test_no_pattern_takes_forever(crm):
    update(crm, ANA, message="a" * 60_000)
    assert found(crm, ("message", "CONTAINS_TOKEN", "a*" * 900 + "b")) == []
    assert found(crm, ("message", "CONTAINS_TOKEN", "*" + "a*" * 900)) == [ANA]
    update(crm, ANA, message="")


def test_between_takes_two_values(crm):
    assert found(crm, ("score", "BETWEEN", "9", "9.5")) == [ANA]
    assert found(crm, ("createdate", "BETWEEN", "2026-02-01", "2026-03-01T00:00:00Z")) == [JAN, JOSE]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ana", [ANA]),
        ("an", [ANA]),
        ("silva ANA", [ANA]),
        ("ana globex", []),
        ("acme", [ANA, JOSE]),
        ("ana@acme.example", [ANA]),
        ("van der berg", [JAN]),
        ("berg", [JAN]),
        ("erg", []),
        ("jose nunez", [JOSE]),
        ("José", [JOSE]),
        ("Jose\u0301", [JOSE]),
        ("李", [LI]),
        ("李小龍", [LI]),
        ("龍", [LI]),
        ("o'brien", [LI]),
        ("SØN", [LI]),
        ("כהן", [LIAT]),
        ("612345678", [ANA]),
        ("98765432", []),
        ("698765432", [JAN]),
        ("+31612345678", []),
        ("buyer", []),
        ("!?", []),
        ("", EVERYONE),
        ("  ", EVERYONE),
    ],
)
def test_query_looks_for_words_that_begin_so(crm, query, expected):
    assert found(crm, query=query) == expected


def test_filters_and_together_groups_or_together_and_query_and_both(crm):
    acme, lead = condition("email", "CONTAINS_TOKEN", "*@acme.example"), condition("lifecyclestage", "EQ", "lead")
    is_li = condition("lastname", "EQ", "李")
    assert found(crm, filterGroups=[{"filters": [acme, condition("firstname", "EQ", "ana")]}]) == [ANA]
    assert found(crm, filterGroups=[{"filters": [acme]}, {"filters": [is_li]}]) == [ANA, JOSE, LI]
    assert found(crm, filterGroups=[{"filters": [lead]}], query="acme") == [ANA, JOSE]
    assert found(crm, filters=[acme], query="ana") == [ANA]


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        ([], EVERYONE),
        (["createdate"], EVERYONE),
        (["-createdate"], EVERYONE[::-1]),
        ([{"propertyName": "createdate", "direction": "DESCENDING"}], EVERYONE[::-1]),
        ([{"propertyName": "score"}], [ANA, JAN, JOSE, LI, LIAT]),
        ([{"propertyName": "score", "direction": "DESCENDING"}], [JAN, ANA, JOSE, LI, LIAT]),
        ([{"propertyName": "email"}], [ANA, JAN, JOSE, LIAT, LI]),
    ],
)
def test_order(crm, sorts, expected):
    assert found(crm, sorts=sorts) == expected


def test_pages(crm):
    first = search(crm, limit=2).body
    assert first["total"] == 5
    assert first["paging"] == {"next": {"after": "2"}}
    last = search(crm, limit=2, after="4").body
    assert [one["id"] for one in last["results"]] == [LIAT]
    assert "paging" not in last
    assert search(crm, after="50").body == {"total": 5, "results": []}
    assert search(crm, query="nobody").body == {"total": 0, "results": []}


def test_results_show_the_properties_asked_for(crm):
    [ana] = search(crm, query="ana", properties=["phone", "city", "nonsense"]).body["results"]
    assert set(ana["properties"]) == {"phone", "city", "createdate", "hs_object_id", "lastmodifieddate"}
    [ana] = search(crm, query="ana").body["results"]
    assert set(ana["properties"]) >= {"email", "firstname", "lastname", "createdate", "hs_object_id"}
    assert list(ana["properties"]) == sorted(ana["properties"])


def groups(*sizes):
    return [{"filters": [condition("email", "HAS_PROPERTY")] * size} for size in sizes]


@pytest.mark.parametrize(
    "request_body",
    [
        {"filterGroups": groups(1, 1, 1, 1, 1, 1)},
        {"filterGroups": groups(7)},
        {"filterGroups": groups(6, 6, 6, 1)},
        {"limit": 201},
        {"limit": 0},
        {"limit": -1},
        {"after": "x"},
        {"after": "-1"},
        {"after": "9999", "limit": 2},
        {"after": "10000"},
        {"query": "x" * 3_000},
        {"sorts": ["createdate", "email"]},
        {"sorts": ["nonsense"]},
        {"filterGroups": [{"filters": [condition("nonsense", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [condition("email", "EQ")]}]},
        {"filterGroups": [{"filters": [condition("email", "IN", [])]}]},
        {"filterGroups": [{"filters": [condition("email", "IN", "x")]}]},
        {"filterGroups": [{"filters": [condition("score", "BETWEEN", "1")]}]},
        {"filterGroups": [{"filters": [condition("score", "GT", "many")]}]},
        {"filterGroups": [{"filters": [condition("createdate", "GT", "yesterday")]}]},
    ],
    ids=lambda body: str(body)[:50],
)
def test_what_is_over_a_limit_or_makes_no_sense_is_refused(crm, request_body):
    answer = search(crm, **request_body)
    assert answer.status == 400
    assert answer.body["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "request_body",
    [
        {"filterGroups": groups(6, 6, 6)},
        {"filterGroups": groups(1, 1, 1, 1, 1)},
        {"after": "9999", "limit": 1},
        {"limit": 200},
        {},
    ],
)
def test_what_just_keeps_a_limit_is_answered(crm, request_body):
    assert search(crm, **request_body).status == 200


@pytest.mark.parametrize("operator", ["LIKE", "eq", ""])
def test_an_unknown_operator_is_invalid_json(crm, operator):
    answer = search(crm, filterGroups=[{"filters": [condition("email", operator, "x")]}])
    assert answer.status == 400
    assert answer.body["message"].startswith("Invalid input JSON on line 1, column ")
    assert "category" not in answer.body


def test_what_documents_leave_open_can_be_assumed_otherwise():
    strict = Assumptions(fold_accents=False, negation_matches_empty=False)
    with Sandbox(contacts=PEOPLE, properties=[SCORE], assumptions=strict) as crm:
        assert found(crm, query="jose nunez") == []
        assert found(crm, query="JOSÉ") == [JOSE]
        assert found(crm, ("company", "NEQ", "acme")) == [JOSE, LI]
        assert found(crm, ("company", "NOT_HAS_PROPERTY")) == [JAN, LIAT]


def test_searches_lag_behind_writes_by_the_index_delay():
    with Sandbox(contacts=PEOPLE[:1], properties=[SCORE], search_delay=3600) as crm:
        assert found(crm, query="ana") == [ANA]
        eva = create(crm, firstname="Eva").body["id"]
        update(crm, ANA, firstname="Anna", city="Porto")
        assert found(crm, query="eva") == []
        assert found(crm, query="anna") == []
        assert found(crm, ("city", "EQ", "porto")) == []
        [old] = search(crm, query="ana", properties=["firstname"]).body["results"]
        assert old["properties"]["firstname"] == "Ana"
        assert call(crm, "GET", f"{CONTACTS}/{ANA}").body["properties"]["firstname"] == "Anna"
        crm.catch_up()
        assert found(crm, query="eva") == [eva]
        assert found(crm, ("firstname", "EQ", "ana")) == []
        assert found(crm, ("firstname", "EQ", "anna")) == [ANA]
        call(crm, "DELETE", f"{CONTACTS}/{ANA}")
        assert found(crm, query="anna") == []


def test_an_update_moves_a_contact_from_its_old_values_to_its_new_ones(crm):
    eva = create(crm, firstname="Eva", email="eva@old.example", hs_buying_role="CHAMPION").body["id"]
    assert found(crm, ("email", "EQ", "eva@old.example")) == [eva]
    update(crm, eva, email="eva@new.example", hs_buying_role="")
    assert found(crm, query="old") == []
    assert found(crm, ("email", "EQ", "eva@old.example")) == []
    assert found(crm, ("email", "EQ", "eva@new.example")) == [eva]
    assert found(crm, ("hs_buying_role", "EQ", "CHAMPION")) == [JAN]
    call(crm, "DELETE", f"{CONTACTS}/{eva}")
    assert found(crm, ("email", "EQ", "eva@new.example")) == []


def test_paging_stops_at_ten_thousand_results():
    many = [{"firstname": "Ana", "lastname": str(number)} for number in range(10_001)]
    with Sandbox(contacts=many) as crm:
        last = search(crm, query="ana", after="9800", limit=200).body
        assert last["total"] == 10_001
        assert len(last["results"]) == 200
        assert last["paging"]["next"]["after"] == "10000"
        assert search(crm, query="ana", after="10000", limit=1).status == 400
