"""The sandbox's contacts: create, read, list, update, archive, merge, delete for good."""

import json

import pytest

from hubspot_agent.sandbox import Assumptions, Sandbox
from support.sandbox_http import CONTACTS, call, create, read, search, update

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva"}
JAN = {"email": "jan@acme.example", "firstname": "Jan", "phone": "+31 20 555 0123"}


@pytest.fixture
def crm():
    with Sandbox(contacts=[ANA, JAN]) as crm:
        yield crm


def test_samples_are_invented_international_and_share_names():
    with Sandbox() as crm:
        people = [contact["properties"] for contact in crm.contacts()]
    assert 38 <= len(people) <= 45
    assert all(person["email"].endswith(".example") for person in people)
    assert len({person.get("country") for person in people}) >= 25
    for name in ("firstname", "company"):
        values = [person[name] for person in people if name in person]
        assert max(map(values.count, values)) >= 3
    dates = [person["createdate"] for person in people]
    assert dates == sorted(dates)
    assert len(set(dates)) == len(dates)


def test_create_answers_every_stored_value_and_leads_to_the_contact(crm):
    answer = create(crm, email="Eva@Acme.example", firstname="Eva")
    assert answer.status == 201
    body = answer.body
    assert body["properties"]["email"] == "eva@acme.example"
    assert body["properties"]["hs_email_domain"] == "acme.example"
    assert body["properties"]["hs_object_id"] == body["id"]
    assert "lastname" not in body["properties"]
    assert list(body["properties"]) == sorted(body["properties"])
    assert body["archived"] is False
    assert body["createdAt"] == body["updatedAt"] == body["properties"]["createdate"]
    assert body["createdAt"].endswith("Z")
    assert body["url"].endswith(f"/record/0-1/{body['id']}")
    location = answer.headers["Location"]
    assert location == f"{crm.url}{CONTACTS}/{body['id']}"
    assert call(crm, "GET", location.removeprefix(crm.url)).body["id"] == body["id"]


def test_read_shows_default_properties_with_null_for_none(crm):
    assert read(crm, 102) == {
        "createdate": crm.contacts()[1]["properties"]["createdate"],
        "email": "jan@acme.example",
        "firstname": "Jan",
        "hs_object_id": "102",
        "lastmodifieddate": crm.contacts()[1]["properties"]["lastmodifieddate"],
        "lastname": None,
    }


@pytest.mark.parametrize("query", ["properties=phone,city&properties=nonsense", "properties=phone&properties=city"])
def test_read_shows_requested_properties_and_leaves_unknown_ones_out(crm, query):
    shown = call(crm, "GET", f"{CONTACTS}/102?{query}").body["properties"]
    assert set(shown) == {"phone", "city", "createdate", "hs_object_id", "lastmodifieddate"}
    assert shown["phone"] == "+31 20 555 0123"
    assert shown["city"] is None


@pytest.mark.parametrize(
    "collection",
    [CONTACTS, "/crm/objects/2026-03/contacts", "/crm/objects/2026-09/0-1"]
    + [f"/crm/v3/objects/{name}" for name in ("contact", "CONTACT", "0-1")],
)
def test_every_path_leads_to_the_same_contacts(crm, collection):
    created = call(crm, "POST", collection, {"properties": {"firstname": "Eva"}})
    assert created.status == 201
    one = f"{collection}/{created.body['id']}"
    assert call(crm, "PATCH", one, {"properties": {"lastname": "Bos"}}).status == 200
    assert call(crm, "GET", one).body["properties"]["lastname"] == "Bos"
    assert call(crm, "POST", f"{collection}/search", {"query": "bos"}).body["total"] == 1
    assert call(crm, "DELETE", one).status == 204
    assert call(crm, "GET", f"{CONTACTS}/{created.body['id']}").status == 404


@pytest.mark.parametrize("email", ["ana@acme.example", "ANA@Acme.Example", "ana%40acme.example"])
def test_read_and_update_by_email(crm, email):
    assert call(crm, "GET", f"{CONTACTS}/{email}?idProperty=email").body["id"] == "101"
    changed = call(crm, "PATCH", f"{CONTACTS}/{email}?idProperty=email", {"properties": {"city": "Porto"}})
    assert changed.body["id"] == "101"
    assert read(crm, 101, "city")["city"] == "Porto"


def test_a_plus_in_an_email_address_must_be_encoded(crm):
    create(crm, email="a+b@acme.example")
    assert call(crm, "GET", f"{CONTACTS}/a%2Bb@acme.example?idProperty=email").status == 200


def test_update_answers_what_was_sent_and_what_follows_from_it(crm):
    answer = update(crm, 101, email="ana@globex.example", city="Porto")
    assert answer.status == 200
    assert set(answer.body["properties"]) == {"email", "city", "hs_email_domain", "lastmodifieddate"}
    assert answer.body["properties"]["hs_email_domain"] == "globex.example"
    assert answer.body["updatedAt"] == answer.body["properties"]["lastmodifieddate"] >= answer.body["createdAt"]


def test_an_empty_text_clears_and_an_omitted_property_stays(crm):
    update(crm, 102, phone="")
    shown = read(crm, 102, "phone", "hs_searchable_calculated_phone_number", "firstname")
    assert shown["phone"] is None
    assert shown["hs_searchable_calculated_phone_number"] is None
    assert shown["firstname"] == "Jan"


@pytest.mark.parametrize("sent", [{"email": "ANA@acme.example"}, {"email": " ana@acme.example "}])
def test_an_email_address_belongs_to_one_contact_whatever_its_case(crm, sent):
    for answer in (create(crm, **sent), update(crm, 102, **sent)):
        assert answer.status == 409
        assert answer.body["message"] == "Contact already exists. Existing ID: 101"
        assert answer.body["category"] == "CONFLICT"
    assert len(crm.contacts()) == 2


def test_a_secondary_email_address_blocks_and_matches():
    with Sandbox(contacts=[ANA | {"hs_additional_emails": "ana@old.example;a.silva@acme.example"}]) as crm:
        assert create(crm, email="Ana@Old.example").status == 409
        assert call(crm, "GET", f"{CONTACTS}/ana@old.example?idProperty=email").body["id"] == "101"
        by_email = {"propertyName": "email", "operator": "EQ", "value": "a.silva@acme.example"}
        assert search(crm, filterGroups=[{"filters": [by_email]}]).body["total"] == 1
        assert search(crm, query="old").body["total"] == 1


def test_whether_a_read_finds_secondary_email_addresses_is_an_assumption():
    contact = ANA | {"hs_additional_emails": "ana@old.example"}
    with Sandbox(contacts=[contact], assumptions=Assumptions(find_by_secondary_email=False)) as crm:
        assert call(crm, "GET", f"{CONTACTS}/ana@old.example?idProperty=email").status == 404
        assert call(crm, "GET", f"{CONTACTS}/ana@acme.example?idProperty=email").status == 200


def test_an_archived_contact_is_gone_unless_asked_for_and_frees_its_email_address(crm):
    assert call(crm, "DELETE", f"{CONTACTS}/101").status == 204
    assert call(crm, "DELETE", f"{CONTACTS}/101").status == 204
    assert call(crm, "GET", f"{CONTACTS}/101").status == 404
    assert update(crm, 101, city="Porto").status == 404
    assert search(crm, query="ana").body["total"] == 0
    archived = call(crm, "GET", f"{CONTACTS}/101?archived=true").body
    assert archived["archived"] is True
    assert archived["archivedAt"] >= archived["createdAt"]
    assert [one["id"] for one in call(crm, "GET", f"{CONTACTS}?archived=true").body["results"]] == ["101"]
    assert [one["id"] for one in crm.contacts()] == ["102"]
    assert create(crm, email="ana@acme.example").status == 201


def test_pages_of_the_list_lead_through_all_contacts_once():
    people = [{"firstname": f"Person {number}"} for number in range(25)]
    with Sandbox(contacts=people) as crm:
        seen, path = [], f"{CONTACTS}?limit=10&properties=firstname"
        while path:
            body = call(crm, "GET", path).body
            seen += [one["properties"]["firstname"] for one in body["results"]]
            following = body.get("paging", {}).get("next")
            path = following["link"].removeprefix(crm.url) if following else None
            if following:
                assert f"after={following['after']}" in path
        assert seen == [person["firstname"] for person in people]
        assert len(call(crm, "GET", CONTACTS).body["results"]) == 10


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=-1", "after=x", "limit=%C2%B2"])
def test_a_bad_page_is_refused(crm, query):
    answer = call(crm, "GET", f"{CONTACTS}?{query}")
    assert answer.status == 400
    assert answer.body["category"] == "VALIDATION_ERROR"


def test_merged_contacts_are_a_new_one_to_which_the_old_ids_lead(crm):
    merged = call(crm, "POST", f"{CONTACTS}/merge", {"primaryObjectId": "102", "objectIdToMerge": "101"})
    assert merged.status == 200
    new_id = merged.body["id"]
    assert new_id not in ("101", "102")
    for old_id in ("101", "102"):
        assert call(crm, "GET", f"{CONTACTS}/{old_id}").body["id"] == new_id
        assert update(crm, old_id, city="Porto").body["id"] == new_id
    shown = read(crm, new_id, "firstname", "lastname", "email", "hs_additional_emails", "hs_merged_object_ids")
    assert shown["firstname"] == "Jan"
    assert shown["lastname"] == "Silva"
    assert shown["email"] == "jan@acme.example"
    assert shown["hs_additional_emails"] == "ana@acme.example"
    assert set(shown["hs_merged_object_ids"].split(";")) == {"101", "102"}
    assert create(crm, email="ana@acme.example").status == 409
    batch = call(crm, "POST", f"{CONTACTS}/batch/read", {"inputs": [{"id": "101"}]})
    assert batch.status == 207
    assert batch.body["results"] == []
    again = create(crm, firstname="Eva").body["id"]
    twice = call(crm, "POST", f"{CONTACTS}/merge", {"primaryObjectId": again, "objectIdToMerge": new_id})
    assert call(crm, "GET", f"{CONTACTS}/101").body["id"] == twice.body["id"]


@pytest.mark.parametrize("other", ["101", "999", "abc"])
def test_a_merge_that_makes_no_sense_is_refused(crm, other):
    answer = call(crm, "POST", f"{CONTACTS}/merge", {"primaryObjectId": "101", "objectIdToMerge": other})
    assert answer.status in (400, 404)
    assert len(crm.contacts()) == 2


def test_a_purged_contact_is_gone_for_good(crm):
    body = {"objectId": "ana@acme.example", "idProperty": "email"}
    assert call(crm, "POST", f"{CONTACTS}/gdpr-delete", body).status == 204
    assert call(crm, "GET", f"{CONTACTS}/101?archived=true").status == 404
    assert search(crm, query="ana").body["total"] == 0
    assert create(crm, firstname="Eva").body["id"] == "103"


def test_numbers_and_booleans_are_stored_as_text(crm):
    raw = json.dumps({"properties": {"firstname": 12, "city": True, "zip": 1.5, "phone": None}}).encode()
    created = call(crm, "POST", CONTACTS, raw)
    assert created.status == 201
    shown = created.body["properties"]
    assert (shown["firstname"], shown["city"], shown["zip"]) == ("12", "true", "1.5")
    assert "phone" not in shown


def test_requests_are_recorded_in_order_of_arrival(crm):
    read(crm, 101)
    call(crm, "GET", f"{CONTACTS}/999?properties=email")
    call(crm, "GET", "/nowhere")
    assert [(one.method, one.path, one.status) for one in crm.requests] == [
        ("GET", f"{CONTACTS}/101", 200),
        ("GET", f"{CONTACTS}/999", 404),
        ("GET", "/nowhere", 404),
    ]


def test_contacts_it_could_not_hold_are_refused_at_once():
    with pytest.raises(ValueError, match="INVALID_EMAIL"):
        Sandbox(contacts=[{"email": "not an address"}])
    with pytest.raises(ValueError, match="already exists"):
        Sandbox(contacts=[ANA, ANA])


def test_the_contacts_it_begins_with_are_a_minute_apart_the_last_the_newest():
    with Sandbox(contacts=[{"firstname": name} for name in ("Ana", "Bob", "Eva")]) as crm:
        made = [contact["properties"]["createdate"] for contact in crm.contacts()]
    assert made == sorted(set(made))


def test_a_language_is_an_option_by_its_value_alone(crm):
    assert create(crm, firstname="Eva", hs_language="German").status == 400
    assert create(crm, firstname="Eva", hs_language="de").status == 201
