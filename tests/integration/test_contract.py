"""What the port and HubSpot agree on, tested on the sandbox and, by `make test-live`, on a real account.

The contacts are the tests' own, found by a word that no other contact has; nothing is assumed of the rest of the
account. What HubSpot's documents leave open is in test_contract_open.py.
"""

from datetime import datetime

import pytest

from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.hubspot import (
    ContactExistsError,
    ContactNotFoundError,
    InvalidContactError,
    SearchFilter,
    SearchResult,
)
from support.contract_account import COMPANY, MOBILE, OURS, PHONE, RUN, THEM

pytest_plugins = ["support.contract_fixtures"]
# One worker, so that one account and one set of people serve all.
pytestmark = pytest.mark.xdist_group("contract")


def names(found: SearchResult) -> list[str]:
    return [contact.properties["firstname"] for contact in found.contacts]


def ids(found: SearchResult) -> set[str]:
    return {contact.id for contact in found.contacts}


def test_a_created_contact_reads_back_as_it_was_given(account):
    email = account.address("Eva")
    given = {"email": email, "firstname": "Éva", "lastname": f"O'Neill {RUN}", "company": COMPANY, "city": "München"}

    made = account.create(**given)

    expected = {**given, "email": email.lower(), "hs_object_id": made.id}
    assert made.properties.items() >= expected.items()
    read = account.port.get(made.id, properties=["hs_email_domain", "no_such_property"])
    assert read.id == made.id
    assert read.properties.items() >= {**expected, "hs_email_domain": "example.com"}.items()
    assert "no_such_property" not in read.properties
    assert datetime.fromisoformat(read.created_at) <= datetime.fromisoformat(read.updated_at)


def test_a_name_is_enough_for_a_contact(account):
    made = account.create(firstname="Nameless")

    assert account.port.get(made.id).name == f"Nameless {RUN}"
    assert account.port.get(made.id).email == ""


@pytest.mark.parametrize("local_part", ["plain", "with+plus", "with_under-score"])
def test_an_address_finds_its_contact_at_once_and_in_any_case(account, local_part):
    email = account.address(local_part)
    made = account.create(email=email)

    for typed in (email, email.upper(), f" {email}\n"):
        found = account.index.get_by_email(typed)
        assert found is not None
        assert found.id == made.id


def test_an_address_that_nobody_has_finds_nobody(account):
    assert account.port.get_by_email(account.address("nobody")) is None


def test_an_update_changes_what_is_given_and_clears_and_leaves_the_rest(account):
    made = account.create(email=account.address(), firstname="Ana", city="Porto", jobtitle="Baker")

    answer = account.port.update(made.id, {"city": "Lisboa", "jobtitle": ""})

    assert (answer.id, answer.properties["city"]) == (made.id, "Lisboa")
    read = account.index.get(made.id)
    assert (read.properties["city"], read.properties["firstname"]) == ("Lisboa", "Ana")
    assert "jobtitle" not in read.properties


def test_an_address_that_is_taken_comes_back_with_its_contact(account):
    email = account.address("taken")
    made = account.create(email=email, firstname="First")

    with pytest.raises(ContactExistsError) as caught:
        account.create(email=email.upper(), firstname="Second")

    assert (caught.value.existing.id, caught.value.written) == (made.id, "no")
    assert account.port.get(made.id).properties["firstname"] == "First"


@pytest.mark.parametrize(
    "refused",
    [
        {"no_such_property": ("x", "PROPERTY_DOESNT_EXIST")},
        {"lifecyclestage": ("no_such_stage", "INVALID_OPTION")},
        {"hs_email_domain": ("example.org", "READ_ONLY_VALUE")},
        {"email": ("no address", "INVALID_EMAIL")},
        {"no_such_property": ("x", "PROPERTY_DOESNT_EXIST"), "lifecyclestage": ("no_such_stage", "INVALID_OPTION")},
    ],
    ids=" and ".join,
)
def test_refused_values_are_all_named_and_nothing_is_written(account, refused):
    email = account.address()
    values = {name: value for name, (value, _) in refused.items()}
    codes = {name: code for name, (_, code) in refused.items()}

    with pytest.raises(InvalidContactError) as on_create:
        account.create(**{"email": email, **values})
    assert account.port.get_by_email(email) is None
    made = account.create(email=email)
    with pytest.raises(InvalidContactError) as on_update:
        account.port.update(made.id, {"city": "Porto", **values})

    for caught in (on_create, on_update):
        assert {each.property: each.code for each in caught.value.properties} == codes
    assert "city" not in account.port.get(made.id).properties


def test_a_property_of_several_values_takes_one_more(account):
    made = account.create(email=account.address(), hs_buying_role="CHAMPION;END_USER")

    account.port.update(made.id, {"hs_buying_role": ";DECISION_MAKER"})

    roles = account.port.get(made.id, properties=["hs_buying_role"]).properties["hs_buying_role"]
    assert set(roles.split(";")) == {"CHAMPION", "END_USER", "DECISION_MAKER"}


def test_an_archived_contact_is_gone(account):
    email = account.address()
    made = account.create(email=email)

    account.port.archive(made.id)

    with pytest.raises(ContactNotFoundError):
        account.port.get(made.id)
    assert account.port.get_by_email(email) is None
    account.eventually(lambda: made.id not in ids(account.index.search(filters=[OURS], sort="-createdate", limit=200)))


def test_merged_contacts_are_one_under_every_id_they_had(account):
    first, second = (account.create(email=account.address(), firstname=name) for name in ("First", "Second"))
    status, merged = account.call("POST", "merge", {"primaryObjectId": first.id, "objectIdToMerge": second.id})
    assert status == 200, merged

    account.eventually(lambda: {account.port.get(old.id).id for old in (first, second)} == {merged["id"]})
    assert account.port.update(second.id, {"city": "Delft"}).id == merged["id"]
    read = account.port.get(first.id)
    assert (read.properties["city"], read.properties["firstname"], read.email) == ("Delft", "First", first.email)


def test_definitions_name_what_the_assistant_relies_on(account):
    definitions = account.port.property_definitions()

    assert definitions.keys() >= {*SHOWN_PROPERTIES, "hs_email_domain", "hubspot_owner_id", "hs_buying_role"}
    assert (definitions["lifecyclestage"].type, definitions["lifecyclestage"].read_only) == ("enumeration", False)
    assert definitions["lifecyclestage"].options
    assert definitions["hs_buying_role"].field_type == "checkbox"
    assert definitions["hs_email_domain"].read_only
    assert definitions["hubspot_owner_id"].external_options


@pytest.mark.parametrize("typed", ["+44{}", "0{}", "0044 {}", "+44 (0) {}"])
@pytest.mark.parametrize("name", ["Ana", "Jan"])
def test_a_phone_number_is_found_in_any_spelling(account, people, name, typed):
    digits, other = (PHONE, "Jan") if name == "Ana" else (MOBILE, "Ana")
    spelled = typed.format(f"{digits[:4]} {digits[4:7]}-{digits[7:]}")

    found = ids(account.index.search(phone=spelled, limit=200))

    assert people[name].id in found
    assert people[other].id not in found


def test_an_address_is_found_by_a_search(account, people):
    ana = people["Ana"]

    assert ids(account.index.search(email=ana.email.upper())) == {ana.id}
    assert ids(account.index.search(email=ana.email, filters=[THEM])) == {ana.id}
    assert names(account.index.search(email=ana.email, filters=[THEM, SearchFilter("city", "EQ", "Delft")])) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"Ana", "Bo", "Jan", "Zoë"}),
        ({"query": RUN}, {"Ana", "Bo", "Jan", "Zoë"}),
        ({"query": "ana"}, {"Ana"}),
        ({"query": "Vries"}, {"Jan"}),
        ({"query": "Brontë"}, {"Zoë"}),
        ({"filters": [SearchFilter("city", "EQ", "utrecht")]}, {"Ana", "Bo"}),
        ({"filters": [SearchFilter("city", "EQ", "Utrecht"), SearchFilter("firstname", "EQ", "Bo")]}, {"Bo"}),
        ({"query": "ana", "filters": [SearchFilter("city", "EQ", "Delft")]}, set()),
        ({"filters": [SearchFilter("city", "IN", ["UTRECHT", "Delft"])]}, {"Ana", "Bo", "Jan"}),
        ({"filters": [SearchFilter("city", "HAS_PROPERTY"), SearchFilter("city", "NEQ", "Utrecht")]}, {"Jan"}),
        ({"filters": [SearchFilter("city", "NOT_HAS_PROPERTY")]}, {"Zoë"}),
        ({"filters": [SearchFilter("lastname", "CONTAINS_TOKEN", "vries")]}, {"Jan"}),
        ({"filters": [SearchFilter("email", "CONTAINS_TOKEN", "*@example.com")]}, {"Ana", "Bo", "Jan", "Zoë"}),
        ({"filters": [SearchFilter("hs_buying_role", "IN", ["CHAMPION"])]}, {"Bo"}),
        ({"filters": [SearchFilter("createdate", "LT", "1000000000000")]}, set()),
        (
            {"filters": [SearchFilter("createdate", "BETWEEN", ["1000000000000", "4102444800000"])]},
            {"Ana", "Bo", "Jan", "Zoë"},
        ),
    ],
)
def test_a_search_finds_what_all_its_conditions_hold_for(account, people, asked, found):
    result = account.index.search(**{**asked, "filters": [THEM, *asked.get("filters", ())]})

    assert set(names(result)) == found
    assert result.total == len(found)


@pytest.mark.parametrize(("sort", "order"), [("firstname", ["Ana", "Bo", "Jan"]), ("-firstname", ["Jan", "Bo", "Ana"])])
def test_a_sorted_search_comes_in_pages(account, people, sort, order):
    asked = {"filters": [THEM, SearchFilter("city", "HAS_PROPERTY")], "sort": sort, "limit": 2}

    page = account.index.search(**asked)
    last = account.index.search(**asked, after=page.after)

    assert names(page) + names(last) == order
    assert (len(page.contacts), page.total, last.after) == (2, 3, None)


def test_our_own_writes_are_found_before_the_index_knows_them(account):
    made = account.create(email=account.address(), firstname="Fresh", city="Porto")
    assert ids(account.port.search(filters=[OURS, SearchFilter("firstname", "EQ", "Fresh")])) == {made.id}

    account.port.update(made.id, {"city": "Lisboa"})
    assert ids(account.port.search(filters=[OURS, SearchFilter("city", "EQ", "Lisboa")], query="fresh")) == {made.id}


def test_the_index_knows_a_new_contact_and_a_change_after_a_while(account):
    def known(city: str) -> bool:
        return made.id in ids(account.index.search(filters=[OURS, SearchFilter("city", "EQ", city)]))

    made = account.create(email=account.address(), firstname="Lagging", city="Before")
    created = account.eventually(lambda: known("Before"))
    account.port.update(made.id, {"city": "After"})
    changed = account.eventually(lambda: known("After") and not known("Before"))

    account.observe("a search knows a new contact after", None, f"{created:.1f} s")
    account.observe("a search knows a change after", None, f"{changed:.1f} s")
