"""Companies, notes, owners and the links between records, as HubSpot has them, by plain HTTP."""

import pytest

from hubspot_agent.sandbox import Assumptions, Fault, Limits, Sandbox
from support.sandbox_http import CONTACTS, call, condition, create, found, read

COMPANIES, NOTES = "/crm/v3/objects/companies", "/crm/v3/objects/notes"
V4 = "/crm/v4/objects"
ACME = {"name": "Acme", "domain": "https://www.Acme.example/about", "hs_additional_domains": "acme.nl; ACME.de"}
ANA = {"email": "ana@acme.example", "associatedcompanyid": "acme.example"}
OWNERS = [{"email": "sarah@us.example"}, {"email": "gone@us.example", "archived": True}]
WHEN = "2026-03-01T09:30:00.000Z"


@pytest.fixture
def crm():
    people = [ANA, {"email": "jan@x.example"}]
    with Sandbox(contacts=people, companies=[ACME, {"name": "Beta"}], owners=OWNERS) as crm:
        yield crm


def link_to(record_id, type_id):
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"to": {"id": record_id}, "types": [spec]}


def note(crm, contact_id, **properties):
    body = {"properties": {"hs_timestamp": WHEN, **properties}, "associations": [link_to(contact_id, 202)]}
    return call(crm, "POST", NOTES, body)


def linked(crm, path):
    answer = call(crm, "GET", path)
    assert answer.status == 200, answer.raw
    results = answer.body["results"]
    return [(one["toObjectId"], [spec["typeId"] for spec in one["associationTypes"]]) for one in results]


def test_a_company_is_created_read_changed_searched_and_archived(crm):
    answer = call(crm, "POST", COMPANIES, {"properties": {"name": "Gamma", "domain": "Gamma.example"}})
    assert (answer.status, answer.body["properties"]["domain"]) == (201, "gamma.example")
    company = answer.body["id"]
    assert answer.headers["Location"].endswith(f"/{company}")
    assert (
        call(crm, "PATCH", f"{COMPANIES}/{company}", {"properties": {"city": "Ede"}}).body["properties"]["city"]
        == "Ede"
    )
    shown = call(crm, "GET", f"{COMPANIES}/{company}").body
    assert list(shown["properties"]) == ["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"]
    assert shown["url"].endswith(f"/record/0-2/{company}")
    for request in (
        {"query": "gamm"},
        {"filterGroups": [{"filters": [condition("domain", "EQ", "GAMMA.example")]}]},
        {"filterGroups": [{"filters": [condition("name", "CONTAINS_TOKEN", "gam*")]}]},
    ):
        assert [one["id"] for one in call(crm, "POST", f"{COMPANIES}/search", request).body["results"]] == [company]
    assert call(crm, "GET", f"{COMPANIES}?limit=2").body["paging"]["next"]["after"] == company
    assert [call(crm, "DELETE", f"{COMPANIES}/{company}").status for _ in range(2)] == [204, 204]
    assert call(crm, "GET", f"{COMPANIES}/{company}").status == 404
    assert call(crm, "GET", f"{COMPANIES}/{company}?archived=true").body["archived"]
    assert call(crm, "POST", f"{COMPANIES}/search", {"query": "gamma"}).body["total"] == 0
    assert [one["id"] for one in crm.companies()] == ["5001", "5002"]


def test_companies_are_read_and_changed_many_at_once(crm):
    answer = call(
        crm, "POST", f"{COMPANIES}/batch/read", {"inputs": [{"id": "5001"}, {"id": "9"}], "properties": ["name"]}
    )
    assert (answer.status, answer.body["numErrors"]) == (207, 1)
    assert [one["properties"]["name"] for one in answer.body["results"]] == ["Acme"]
    assert "COMPANY" in answer.body["errors"][0]["message"]
    changes = {"inputs": [{"id": "5001", "properties": {"city": "Ede"}}, {"id": "9", "properties": {"city": "Ede"}}]}
    assert call(crm, "POST", f"{COMPANIES}/batch/update", changes).status == 404
    assert "city" not in crm.companies()[0]["properties"]
    assert call(crm, "POST", f"{COMPANIES}/batch/update", {"inputs": changes["inputs"][:1]}).status == 200
    assert crm.companies()[0]["properties"]["city"] == "Ede"
    for path in ("read", "update"):
        assert call(crm, "POST", f"{COMPANIES}/batch/{path}", {"inputs": []}).status == 400


def test_domains_are_kept_as_hubspot_keeps_them(crm):
    acme = crm.companies()[0]["properties"]
    assert (acme["domain"], acme["hs_additional_domains"]) == ("acme.example", "acme.nl;acme.de")


@pytest.mark.parametrize(("unique", "status"), [(False, 201), (True, 409)])
def test_a_second_company_of_one_domain(unique, status):
    with Sandbox(contacts=[], companies=[ACME], assumptions=Assumptions(company_domains_unique=unique)) as crm:
        answer = call(crm, "POST", COMPANIES, {"properties": {"name": "Another", "domain": "acme.nl"}})
        assert answer.status == status
        assert ("Existing ID: 5001" in answer.body.get("message", "")) == unique
        assert call(crm, "PATCH", f"{COMPANIES}/5001", {"properties": {"domain": "acme.example"}}).status == 200


@pytest.mark.parametrize(
    ("path", "properties"),
    [
        (COMPANIES, {}),
        (COMPANIES, {"city": "Ede"}),
        (COMPANIES, {"name": "A", "nonsense": "1"}),
        (COMPANIES, {"name": "A", "hubspot_owner_id": "1000001"}),
        (COMPANIES, {"name": "A", "createdate": WHEN}),
        (NOTES, {"hs_note_body": "no time"}),
        (NOTES, {"hs_timestamp": "yesterday"}),
        (NOTES, {"hs_timestamp": WHEN, "hs_note_body": "x" * 65_537}),
    ],
)
def test_what_hubspot_refuses(crm, path, properties):
    assert call(crm, "POST", path, {"properties": properties}).status == 400
    assert len(crm.companies()) == 2


def test_links_are_made_read_and_taken_away_in_both_directions(crm):
    assert linked(crm, f"{V4}/contacts/101/associations/companies") == [(5001, [1, 279])]
    made = call(crm, "PUT", f"{V4}/contacts/101/associations/default/companies/5002").body
    assert made["status"] == "COMPLETE"
    assert [one["associationSpec"]["associationTypeId"] for one in made["results"]] == [279, 280]
    call(crm, "PUT", f"{V4}/0-1/101/associations/default/0-2/5002")
    assert linked(crm, f"{V4}/contacts/101/associations/companies") == [(5001, [1, 279]), (5002, [279])]
    back = call(crm, "PUT", f"{V4}/companies/5002/associations/default/contacts/102").body
    assert [one["associationSpec"]["associationTypeId"] for one in back["results"]] == [280, 279]
    assert (back["results"][0]["from"], back["results"][0]["to"]) == ({"id": "5002"}, {"id": "102"})
    assert linked(crm, f"{V4}/companies/5002/associations/contacts") == [(101, [280]), (102, [280])]
    assert [call(crm, "DELETE", f"{V4}/contacts/101/associations/companies/5001").status for _ in range(2)] == [
        204,
        204,
    ]
    assert crm.associations("101") == ["5002"]
    assert read(crm, "101", "associatedcompanyid")["associatedcompanyid"] == "5002"


def test_links_come_in_pages(crm):
    for _ in range(12):
        company = call(crm, "POST", COMPANIES, {"properties": {"name": "N"}, "associations": [link_to("102", 280)]})
        assert company.status == 201
    path = f"{V4}/contacts/102/associations/companies"
    first = call(crm, "GET", f"{path}?limit=10").body
    rest = call(crm, "GET", f"{path}?limit=10&after={first['paging']['next']['after']}").body
    assert (len(first["results"]), len(rest["results"]), "paging" in rest) == (10, 2, False)
    assert call(crm, "GET", f"{path}?limit=501").status == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"{V4}/contacts/999/associations/default/companies/5001"),
        ("PUT", f"{V4}/contacts/101/associations/default/companies/999"),
        ("PUT", f"{V4}/contacts/101/associations/default/deals/1"),
        ("DELETE", f"{V4}/contacts/999/associations/companies/5001"),
        ("GET", f"{V4}/contacts/999/associations/companies"),
        ("GET", f"{V4}/contacts/101/associations/deals"),
        ("GET", f"{CONTACTS}/101?associations=deals"),
    ],
)
def test_what_is_not_there_has_no_links(crm, method, path):
    assert call(crm, method, path).status == 404


def test_a_contact_is_read_with_what_it_is_linked_to(crm):
    note(crm, "101", hs_note_body="Called")
    shown = call(crm, "GET", f"{CONTACTS}/101?associations=companies,notes").body["associations"]
    assert [one["id"] for one in shown["companies"]["results"]] == ["5001", "5001"]
    assert shown["notes"]["results"] == [{"id": "90001", "type": "contact_to_note"}]
    assert "associations" not in call(crm, "GET", f"{CONTACTS}/102?associations=companies").body
    shown = call(crm, "GET", f"{NOTES}/90001?associations=contacts").body["associations"]
    assert shown == {"contacts": {"results": [{"id": "101", "type": "note_to_contact"}]}}


def test_a_contact_is_created_with_links_or_not_at_all(crm):
    made = call(
        crm,
        "POST",
        CONTACTS,
        {"properties": {"email": "new@x.example"}, "associations": [link_to("5002", 279), link_to("5001", 1)]},
    )
    assert made.status == 201
    assert made.body["properties"]["associatedcompanyid"] == "5001"
    assert crm.associations(made.body["id"]) == ["5001", "5002"]
    for bad in (link_to("999", 279), link_to("5001", 280), link_to("abc", 279), {"to": {"id": "5001"}, "types": [{}]}):
        body = {"properties": {"email": "bad@x.example"}, "associations": [bad]}
        assert call(crm, "POST", CONTACTS, body).status == 400
    assert len(crm.contacts()) == 3


def test_the_primary_company_cannot_be_set_by_hand(crm):
    answer = call(crm, "PATCH", f"{CONTACTS}/101", {"properties": {"associatedcompanyid": "5002"}})
    assert answer.body["errors"][0]["code"] == "READ_ONLY_VALUE"


@pytest.mark.parametrize(
    ("operator", "value", "ids"),
    [
        ("EQ", "5001", ["101"]),
        ("EQ", "5002", ["101", "102"]),
        ("IN", ["5001", "5002"], ["101", "102"]),
        ("EQ", "999", []),
        ("HAS_PROPERTY", None, ["101", "102"]),
        ("NOT_HAS_PROPERTY", None, ["103"]),
    ],
)
def test_contacts_are_searched_by_company(crm, operator, value, ids):
    create(crm, email="nobody@x.example")
    for contact in ("101", "102"):
        call(crm, "PUT", f"{V4}/contacts/{contact}/associations/default/companies/5002")
    assert found(crm, ("associations.company", operator, value)) == ids
    call(crm, "DELETE", f"{COMPANIES}/5001")
    assert found(crm, ("associatedcompanyid", "EQ", "5002")) == ["101", "102"]


def test_links_survive_a_merge_and_end_with_their_ends(crm):
    call(crm, "PUT", f"{V4}/contacts/102/associations/default/companies/5002")
    note(crm, "102", hs_note_body="Called")
    merged = call(crm, "POST", f"{CONTACTS}/merge", {"primaryObjectId": "101", "objectIdToMerge": "102"}).body["id"]
    assert crm.associations(merged) == ["5001", "5002"]
    assert crm.notes(merged) == ["Called"]
    call(crm, "DELETE", f"{COMPANIES}/5001")
    assert crm.associations(merged) == ["5002"]
    assert read(crm, merged, "associatedcompanyid")["associatedcompanyid"] == "5002"
    call(crm, "POST", f"{CONTACTS}/gdpr-delete", {"objectId": merged})
    assert linked(crm, f"{V4}/companies/5002/associations/contacts") == []


def test_a_note_is_logged_listed_and_archived(crm):
    made = note(crm, "101", hs_note_body="<p>Called</p>", hubspot_owner_id="81000001")
    assert (made.status, made.body["properties"]["hs_timestamp"]) == (201, WHEN)
    assert linked(crm, f"{V4}/contacts/101/associations/notes") == [(90001, [201])]
    asked = {"inputs": [{"id": "90001"}], "properties": ["hs_note_body", "hs_timestamp", "hubspot_owner_id"]}
    shown = call(crm, "POST", f"{NOTES}/batch/read", asked).body["results"][0]["properties"]
    assert (shown["hs_note_body"], shown["hubspot_owner_id"]) == ("<p>Called</p>", "81000001")
    assert crm.notes("101") == ["<p>Called</p>"]
    assert call(crm, "POST", f"{NOTES}/search", {"query": "called"}).body["total"] == 1
    assert call(crm, "DELETE", f"{NOTES}/90001").status == 204
    assert (crm.notes("101"), linked(crm, f"{V4}/contacts/101/associations/notes")) == ([], [])
    assert note(crm, "999", hs_note_body="x").status == 400
    assert note(crm, "101", hubspot_owner_id="81000002").status == 400


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", f"{COMPANIES}/5001", "crm.objects.companies.read"),
        ("POST", f"{COMPANIES}/search", "crm.objects.companies.read"),
        ("POST", f"{COMPANIES}/batch/read", "crm.objects.companies.read"),
        ("POST", COMPANIES, "crm.objects.companies.write"),
        ("PATCH", f"{COMPANIES}/5001", "crm.objects.companies.write"),
        ("DELETE", f"{COMPANIES}/5001", "crm.objects.companies.write"),
        ("GET", f"{V4}/contacts/101/associations/companies", "crm.objects.companies.read"),
        ("PUT", f"{V4}/contacts/101/associations/default/companies/5002", "crm.objects.companies.write"),
        ("DELETE", f"{V4}/contacts/101/associations/companies/5001", "crm.objects.companies.write"),
        ("GET", "/crm/v3/owners/", "crm.objects.owners.read"),
        ("POST", NOTES, "crm.objects.contacts.write"),
        ("DELETE", f"{NOTES}/1", "crm.objects.contacts.write"),
        ("GET", f"{NOTES}/1", "crm.objects.contacts.read"),
        ("GET", f"{V4}/contacts/101/associations/notes", "crm.objects.contacts.read"),
    ],
)
def test_a_missing_scope_is_named(crm, method, path, needed):
    crm.access.scopes = set(crm.access.scopes) - {needed}
    answer = call(crm, method, path, {"properties": {"name": "A"}, "inputs": []})
    assert (answer.status, answer.body["category"]) == (403, "MISSING_SCOPES")
    assert answer.body["errors"][0]["context"]["requiredGranularScopes"] == [needed]
    assert crm.associations("101") == ["5001"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/crm/objects/2026-03/companies/5001", 200),
        ("GET", "/crm/objects/2026-03/0-2/5001", 200),
        ("POST", "/crm/objects/2026-03/notes", 201),
        ("GET", "/crm/objects/2026-03/contacts/101/associations/companies", 200),
        ("PUT", "/crm/objects/2026-03/contacts/101/associations/default/companies/5002", 200),
        ("DELETE", "/crm/objects/2026-03/contacts/101/associations/companies/5001", 204),
        ("GET", "/crm/owners/2026-03", 200),
    ],
)
def test_date_versioned_paths(crm, method, path, status):
    assert call(crm, method, path, {"properties": {"hs_timestamp": WHEN}}).status == status


def test_limits_and_faults_hold_for_them_too(crm):
    crm.faults.add(Fault("rate_limit", path="companies/search", times=1), Fault("error", path="notes", times=1))
    assert "secondly" in call(crm, "POST", f"{COMPANIES}/search", {}).body["message"]
    assert note(crm, "101", hs_note_body="x").status == 502
    with Sandbox(contacts=[], limits=Limits(burst=2, search=1)) as crm:
        assert [call(crm, "POST", f"{COMPANIES}/search", {}).status for _ in range(2)] == [200, 429]
        assert [call(crm, "GET", COMPANIES).status for _ in range(3)] == [200, 200, 429]


def test_owners_are_told_apart_by_id_user_and_whether_they_left(crm):
    active, gone = crm.owners()
    assert call(crm, "GET", "/crm/v3/owners").body["results"] == [active]
    assert call(crm, "GET", "/crm/v3/owners?archived=true").body["results"] == [gone]
    assert call(crm, "GET", f"/crm/v3/owners/{gone['id']}").status == 404
    assert call(crm, "GET", f"/crm/v3/owners/{gone['id']}?archived=true").body == gone
    for owner_id, status in ((active["id"], 201), (active["userId"], 400), (gone["id"], 400), ("5", 400)):
        assert create(crm, firstname="A", hubspot_owner_id=owner_id).status == status


@pytest.mark.parametrize(
    "given",
    [
        {"owners": [{"firstName": "No address"}]},
        {"owners": [{"email": "a@x.example", "id": "1"}, {"email": "b@x.example", "id": "1"}]},
        {"companies": [{"city": "Ede"}]},
        {"contacts": [ANA]},
    ],
)
def test_an_impossible_account_is_refused(given):
    with pytest.raises(ValueError, match=r"^(The|Each)"):
        Sandbox(**{"contacts": [], **given})


def test_a_file_keeps_companies_notes_and_links(tmp_path):
    path = tmp_path / "crm.sqlite"
    with Sandbox(contacts=[ANA], companies=[ACME], path=path) as crm:
        note(crm, "101", hs_note_body="Called")
    with Sandbox(contacts=[], path=path) as crm:
        assert [one["properties"]["name"] for one in crm.companies()] == ["Acme"]
        assert (crm.associations("101"), crm.notes("101")) == (["5001"], ["Called"])
        assert found(crm, ("associations.company", "EQ", "5001")) == ["101"]
        assert call(crm, "POST", f"{COMPANIES}/search", {"query": "acme"}).body["total"] == 1


def test_the_samples_have_owners_and_companies():
    with Sandbox() as crm:
        companies = {one["id"]: one["properties"] for one in crm.companies()}
        owned = [one for one in crm.contacts() if "hubspot_owner_id" in one["properties"]]
        assert len(owned) > 10
        for contact in owned:
            [company] = crm.associations(contact["id"])
            assert companies[company]["name"] == contact["properties"]["company"]
        assert any(not crm.associations(one["id"]) for one in crm.contacts())
        assert len({one["domain"] for one in companies.values()}) == len(companies)


def test_a_new_contact_is_linked_by_its_address_where_the_account_does_so():
    with Sandbox(contacts=[{"email": "old@acme.nl"}], companies=[ACME], auto_link_companies=True) as crm:
        linked_by_itself = create(crm, email="new@acme.nl").body
        assert linked_by_itself["properties"]["associatedcompanyid"] == "5001"
        assert crm.associations(create(crm, email="new@x.example").body["id"]) == []
        assert crm.associations("101") == []
