"""Which values the sandbox takes, refuses and calculates."""

import json

import pytest

from hubspot_agent.sandbox import Assumptions, Property, Sandbox
from hubspot_agent.sandbox.validation import MAX_VALUE_CHARACTERS
from support.sandbox_http import CONTACTS, call, create, read, update

CUSTOM = [
    Property("score", type="number", field_type="number"),
    Property("birthday", type="date", field_type="date"),
    Property("last_visit", type="datetime", field_type="date"),
    Property("vip", type="bool", field_type="booleancheckbox", options={"true": "Yes", "false": "No"}),
    Property("assistant_create_key", unique=True),
]


@pytest.fixture(scope="module")
def crm():
    with Sandbox(contacts=[{"firstname": "Ana"}], properties=CUSTOM) as crm:
        yield crm


def problems(answer):
    assert answer.status == 400, answer.raw
    return {error["context"]["propertyName"][0]: error["code"] for error in answer.body["errors"]}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("nonsense", "x", "PROPERTY_DOESNT_EXIST"),
        ("Email", "a@b.example", "PROPERTY_DOESNT_EXIST"),
        ("email", "ana", "INVALID_EMAIL"),
        ("email", "ana@localhost", "INVALID_EMAIL"),
        ("email", "a@b.example, c@d.example", "INVALID_EMAIL"),
        ("lifecyclestage", "Lead", "INVALID_OPTION"),
        ("lifecyclestage", "lead;customer", "INVALID_OPTION"),
        ("hs_buying_role", "CHAMPION;KING", "INVALID_OPTION"),
        ("hubspot_owner_id", "1", "INVALID_OPTION"),
        ("hs_object_id", "7", "READ_ONLY_VALUE"),
        ("createdate", "2026-01-01", "READ_ONLY_VALUE"),
        ("hs_additional_emails", "a@b.example", "READ_ONLY_VALUE"),
        ("hs_searchable_calculated_phone_number", "612345678", "READ_ONLY_VALUE"),
        ("score", "many", "INVALID_LONG"),
        ("birthday", "1 May", "INVALID_DATE"),
        ("birthday", "1767312000001", "INVALID_DATE"),
        ("last_visit", "yesterday", "INVALID_DATE"),
        ("vip", "maybe", "INVALID_OPTION"),
    ],
)
def test_a_bad_value_is_refused_with_its_code(crm, name, value, code):
    for answer in (create(crm, firstname="Eva", **{name: value}), update(crm, 101, **{name: value})):
        assert problems(answer) == {name: code}
        assert answer.body["category"] == "VALIDATION_ERROR"
        prefix, listed = answer.body["message"].split(": ", 1)
        assert prefix == "Property values were not valid"
        [item] = json.loads(listed)
        assert (item["isValid"], item["error"], item["name"]) == (False, code, name)
        assert item["message"] == item["localizedErrorMessage"] == answer.body["errors"][0]["message"]
    assert len(crm.contacts()) == 1


def test_all_bad_values_are_listed_at_once(crm):
    answer = create(crm, email="x", nonsense="1", lifecyclestage="Lead", hs_object_id="1", firstname="Ana")
    assert problems(answer) == {
        "email": "INVALID_EMAIL",
        "nonsense": "PROPERTY_DOESNT_EXIST",
        "lifecyclestage": "INVALID_OPTION",
        "hs_object_id": "READ_ONLY_VALUE",
    }


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("score", "12.50", "12.50"),
        ("birthday", "1990-05-01", "1990-05-01"),
        ("birthday", "641520000000", "1990-05-01"),
        ("last_visit", "2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00.000Z"),
        ("last_visit", "1772355600000", "2026-03-01T09:00:00.000Z"),
        ("vip", "TRUE", "true"),
        ("hs_buying_role", "CHAMPION;END_USER;CHAMPION", "CHAMPION;END_USER"),
        ("hubspot_owner_id", "81000002", "81000002"),
        ("jobtitle", "  as typed ", "  as typed "),
    ],
)
def test_a_good_value_is_stored_in_one_notation(crm, name, value, stored):
    assert update(crm, 101, **{name: value}).status == 200
    assert read(crm, 101, name)[name] == stored


def test_a_leading_semicolon_appends_options(crm):
    update(crm, 101, hs_buying_role="CHAMPION")
    update(crm, 101, hs_buying_role=";BLOCKER;CHAMPION")
    assert read(crm, 101, "hs_buying_role")["hs_buying_role"] == "CHAMPION;BLOCKER"


def test_the_longest_text(crm):
    assert update(crm, 101, message="ä" * MAX_VALUE_CHARACTERS).status == 200
    assert list(problems(update(crm, 101, message="ä" * (MAX_VALUE_CHARACTERS + 1)))) == ["message"]
    assert read(crm, 101, "message")["message"] == "ä" * MAX_VALUE_CHARACTERS


@pytest.mark.parametrize("properties", [{}, {"phone": "1"}, {"firstname": "", "email": ""}])
def test_a_contact_needs_an_email_address_or_a_name(crm, properties):
    assert create(crm, **properties).status == 400
    assert len(crm.contacts()) == 1


def test_a_unique_property_belongs_to_one_contact_and_finds_it(crm):
    update(crm, 101, assistant_create_key="call-1")
    assert create(crm, firstname="Eva", assistant_create_key="call-1").status == 409
    by_key = f"{CONTACTS}/call-1?idProperty=assistant_create_key"
    assert call(crm, "GET", by_key).body["id"] == "101"
    assert call(crm, "GET", f"{CONTACTS}/Ana?idProperty=firstname").status == 400


def test_a_lifecycle_stage_moves_forward_only_unless_cleared():
    with Sandbox(contacts=[{"firstname": "Ana", "lifecyclestage": "opportunity"}]) as crm:
        backward = update(crm, 101, lifecyclestage="lead", city="Porto")
        assert (backward.status, backward.body["properties"]["lifecyclestage"]) == (200, "opportunity")
        assert read(crm, 101, "city")["city"] == "Porto"
        update(crm, 101, lifecyclestage="customer")
        shown = read(crm, 101, "lifecyclestage", "hs_lifecyclestage_customer_date")
        assert shown["lifecyclestage"] == "customer"
        assert shown["hs_lifecyclestage_customer_date"]
        update(crm, 101, lifecyclestage="")
        update(crm, 101, lifecyclestage="subscriber")
        assert read(crm, 101, "lifecyclestage")["lifecyclestage"] == "subscriber"


def test_assumptions_change_what_documents_leave_open():
    assumptions = Assumptions(
        default_lifecyclestage="",
        lifecycle_backward="error",
        lowercase_emails=False,
        createdate_writable=True,
        repeated_delete=404,
        options_described=True,
    )
    with Sandbox(contacts=[{"firstname": "Ana", "lifecyclestage": "customer"}], assumptions=assumptions) as crm:
        assert update(crm, 101, lifecyclestage="lead").status == 400
        eva = create(crm, email="Eva@Acme.example", createdate="2020-01-01").body["properties"]
        assert eva["email"] == "Eva@Acme.example"
        assert eva["createdate"] == "2020-01-01T00:00:00.000Z"
        assert "lifecyclestage" not in eva
        assert create(crm, email="eva@acme.example").status == 409
        message = create(crm, firstname="Jan", lifecyclestage="Lead").body["errors"][0]["message"]
        assert 'label: "Lead"\nvalue: "lead"\ndisplay_order: 1' in message
        assert [call(crm, "DELETE", f"{CONTACTS}/101").status for _ in range(2)] == [204, 404]


@pytest.mark.parametrize(
    ("phone", "digits", "international"),
    [
        ("+31 6 12345678", "612345678", "+31612345678"),
        ("0031 6 12345678", "612345678", "+31612345678"),
        ("06-12345678", "612345678", None),
        ("(202) 555-0123", "2025550123", None),
        ("+1 (202) 555-0123", "2025550123", "+12025550123"),
        ("00004", "4", None),
        ("ext. only", None, None),
    ],
)
def test_phones_are_searchable_by_area_code_and_local_number(crm, phone, digits, international):
    update(crm, 101, phone=phone, mobilephone=phone)
    shown = read(
        crm,
        101,
        "phone",
        "hs_calculated_phone_number",
        "hs_searchable_calculated_phone_number",
        "hs_searchable_calculated_mobile_number",
    )
    assert shown["phone"] == phone
    assert shown["hs_searchable_calculated_phone_number"] == digits
    assert shown["hs_searchable_calculated_mobile_number"] == digits
    assert shown["hs_calculated_phone_number"] == international
