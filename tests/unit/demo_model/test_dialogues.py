"""The demo model's conversations: it asks, collects, repeats back and does, whatever the window forgets."""

import pytest

from support.demo_chat import ANA, JAN, JAN_TOO, SEEN_ANA, Chat, created, failed, found, updated

PHONE = "06-12345678"


def test_the_create_button_asks_for_what_is_missing_and_repeats_it_back():
    chat = Chat(button="create")
    assert "e-mail" in chat.say("Bob Smith").text
    answer = chat.say("bob@x.example").text
    assert "Bob" in answer
    assert "Smith" in answer
    assert "bob@x.example" in answer
    assert not chat.calls
    answer = chat.say("yes", created(firstname="Bob", lastname="Smith", email="bob@x.example"))
    assert chat.calls == [("create_contact", {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example"})]
    assert answer.text.startswith("Created")


def test_the_create_button_in_dutch():
    chat = Chat(button="create", language="nl")
    chat.say("Karel van der Berg, telefoon 06-12345678")
    chat.say("karel@berg.example")
    chat.say("ja graag", created(firstname="Karel"))
    assert chat.calls == [
        (
            "create_contact",
            {"firstname": "Karel", "lastname": "van der Berg", "phone": PHONE, "email": "karel@berg.example"},
        )
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["Bob Smith", "skip", "yes"], {"firstname": "Bob", "lastname": "Smith"}),
        (["Bob Smith", "she has no e-mail", "yes"], {"firstname": "Bob", "lastname": "Smith"}),
        (["bob@x.example", "overslaan", "yes"], {"email": "bob@x.example"}),
        (
            ["Bob Smith, bob@x.example", "no, the e-mail is bobby@x.example", "yes"],
            {"firstname": "Bob", "lastname": "Smith", "email": "bobby@x.example"},
        ),
        (
            ["Bob Smith, bob@x.example", "no", "phone 06-12345678", "yes"],
            {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example", "phone": PHONE},
        ),
        (
            ["Bob Smith, bob@x.example", "yes, but the first name is Rob", "yes please"],
            {"firstname": "Rob", "lastname": "Smith", "email": "bob@x.example"},
        ),
        (
            ["Bob Smith, bob@x.example", "set the city to Utrecht", "hello", "go ahead"],
            {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example", "city": "Utrecht"},
        ),
        (
            ["Bob Smith", "that is a good question", "bob at x dot example", "bob@x.example", "ok"],
            {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example"},
        ),
    ],
)
def test_skipping_correcting_and_digressing_while_creating(typed, expected):
    chat = Chat(button="create")
    for each in typed:
        assert not chat.calls
        chat.say(each)
    assert chat.calls == [("create_contact", expected)]


@pytest.mark.parametrize(
    "refusal", ["cancel", "stop", "annuleer", "laat maar", "no thanks", "don't create it", "no, don't create it"]
)
def test_a_creation_can_be_given_up_at_any_step(refusal):
    for steps in ([], ["Bob Smith"], ["Bob Smith", "bob@x.example"], ["Bob Smith, bob@x.example", "no"]):
        chat = Chat(button="create")
        for each in steps:
            chat.say(each)
        chat.say(refusal)
        chat.say("yes")
        assert not chat.calls


@pytest.mark.parametrize(
    "value", ['Smith, "Bob" & Sons', "- Phone: 1", "O'Neil · Co", "(skipped)", "محمد: علي", "株式会社 アクメ", "yes"]
)
def test_what_was_collected_survives_its_own_questions(value):
    chat = Chat(button="create")
    chat.say("bob@x.example")
    chat.say("Bob Smith")
    chat.say("no")
    chat.say(f"company “{value}”")
    chat.say("phone 06-12345678")
    chat.say("yes")
    (_, arguments), *_ = chat.calls
    assert arguments["company"] == value
    assert arguments["phone"] == PHONE


def test_the_search_button():
    chat = Chat(button="search")
    answer = chat.say("Ana", found(ANA))
    assert chat.calls == [("search_contacts", {"query": "Ana"})]
    assert "Ana Silva" in answer.text
    assert "ana@acme.example" in answer.text
    assert "Acme" in answer.text
    assert "101" not in answer.text


def test_the_search_button_takes_a_company_and_asks_again_when_it_got_nothing():
    chat = Chat(button="search", language="nl")
    assert "Naar wie" in chat.say("eh...?").text or chat.calls
    chat = Chat(button="search", language="nl")
    chat.say("bedrijf Acme")
    assert chat.calls[0][1]["filters"] == [{"property": "company", "operator": "CONTAINS_TOKEN", "value": "Acme"}]


def test_the_update_button_finds_asks_and_repeats_back():
    chat = Chat(button="update")
    answer = chat.say("Ana Silva", found(ANA))
    assert "ana@acme.example" in answer.text
    chat.seen = [SEEN_ANA]
    chat.say("job title CFO and phone 06-12345678")
    assert not chat.writes
    chat.say("yes", updated(ANA, jobtitle="CFO", phone=PHONE))
    assert chat.writes == [("update_contact", {"contact_id": "101", "jobtitle": "CFO", "phone": PHONE})]


def test_the_update_button_in_dutch_with_everything_at_once():
    chat = Chat(button="update", language="nl")
    answer = chat.say("Ana Silva, telefoon 06-12345678", found(ANA))
    assert "06-12345678" in answer.text
    assert not chat.writes
    chat.seen = [SEEN_ANA]
    chat.say("ja")
    assert chat.writes == [("update_contact", {"contact_id": "101", "phone": PHONE})]


def test_a_single_hit_is_changed_at_once_when_that_was_asked():
    chat = Chat()
    answer = chat.say("change Ana Silva's phone to 06-12345678", found(ANA), updated(ANA, phone="+31612345678"))
    assert chat.writes == [("update_contact", {"contact_id": "101", "phone": PHONE})]
    assert "+31612345678" in answer.text


def test_a_single_hit_of_another_name_is_not_changed_without_asking():
    chat = Chat()
    answer = chat.say("change Anna's phone to 06-12345678", found(ANA))
    assert "Ana Silva" in answer.text
    assert not chat.writes


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ("2", "103"),
        ("number 2 please", "103"),
        ("the second one", "103"),
        ("de tweede", "103"),
        ("the last", "103"),
        ("1", "102"),
        ("de eerste", "102"),
        ("jan@initech.example", "103"),
        ("the one in Leiden", "103"),
        ("die in Utrecht", "102"),
    ],
)
def test_several_hits_are_listed_and_the_user_chooses(choice, chosen):
    chat = Chat()
    answer = chat.say("change Jan de Vries's phone to 06-12345678", found(JAN, JAN_TOO))
    assert not chat.writes
    for known in ("Leiden", "Utrecht", "jan@initech.example", "06-12345678"):
        assert known in answer.text
    chat.seen = [{"id": each["id"], "name": "Jan de Vries", "email": each["email"]} for each in (JAN, JAN_TOO)]
    chat.say(choice)
    assert chat.writes == [("update_contact", {"contact_id": chosen, "phone": PHONE})]


@pytest.mark.parametrize("choice", ["Jan", "3", "0", "yes", "maybe", "the one in Paris"])
def test_an_unclear_choice_is_asked_again(choice):
    chat = Chat()
    chat.say("change Jan de Vries's phone to 06-12345678", found(JAN, JAN_TOO))
    assert "Leiden" in chat.say(choice).text
    assert not chat.writes


def test_contacts_that_look_the_same_are_told_apart_and_found_again():
    twins = [{"id": each, "firstname": "Piet", "lastname": "Zonder"} for each in ("104", "105")]
    chat = Chat()
    answer = chat.say("change Piet Zonder's phone to 06-12345678", found(*twins))
    assert "104" in answer.text
    assert "105" in answer.text
    chat.seen = [{"id": each["id"], "name": "Piet Zonder", "email": ""} for each in twins]
    chat.say("2", found(*twins), updated(twins[1], phone=PHONE))
    assert chat.writes == [("update_contact", {"contact_id": "105", "phone": PHONE})]


def test_after_several_hits_her_means_nobody_yet():
    chat = Chat(seen=[{"id": each["id"], "name": "Jan de Vries", "email": each["email"]} for each in (JAN, JAN_TOO)])
    chat.say("find Jan", found(JAN, JAN_TOO))
    answer = chat.say("change his phone to 06-12345678")
    assert "Utrecht" in answer.text
    assert not chat.writes
    chat.say("the one in Leiden")
    assert chat.writes == [("update_contact", {"contact_id": "103", "phone": PHONE})]


def test_her_is_the_contact_seen_however_long_ago():
    chat = Chat(seen=[SEEN_ANA])
    chat.say("find Ana", found(ANA))
    for typed in ["hello", "thanks", "how are you?", "tell me a joke"] * 5:
        chat.say(typed)
    chat.say("change her phone number to +31 6 12345678")
    assert chat.writes == [("update_contact", {"contact_id": "101", "phone": "+31 6 12345678"})]


def test_her_is_a_guess_when_several_were_seen_long_ago():
    chat = Chat(seen=[{"id": "102", "name": "Jan de Vries", "email": "jan@globex.example"}, SEEN_ANA])
    answer = chat.say("change her phone number to 06-12345678")
    assert "Ana Silva" in answer.text
    assert not chat.writes
    chat.say("yes")
    assert chat.writes == [("update_contact", {"contact_id": "101", "phone": PHONE})]


def test_a_place_in_the_list_just_shown_names_a_contact():
    chat = Chat(seen=[SEEN_ANA, {"id": "102", "name": "Jan de Vries", "email": "jan@globex.example"}])
    chat.say("show all contacts", found(ANA, JAN))
    chat.say("change the city of the second to Delft")
    assert chat.writes == [("update_contact", {"contact_id": "102", "city": "Delft"})]


def test_a_statement_is_no_order():
    chat = Chat(seen=[SEEN_ANA])
    chat.say("find Ana", found(ANA))
    assert "06-12345678" in chat.say("her new number is 06-12345678").text
    assert not chat.writes
    chat.say("yes")
    assert chat.writes == [("update_contact", {"contact_id": "101", "phone": PHONE})]


def test_a_value_that_is_missing_is_asked_for():
    chat = Chat(seen=[SEEN_ANA])
    chat.say("change her phone")
    chat.say("the usual")
    chat.say("06-12345678")
    assert not chat.writes
    chat.say("yes")
    assert chat.writes == [("update_contact", {"contact_id": "101", "phone": PHONE})]


def test_no_hit_is_said_and_a_creation_offered():
    chat = Chat()
    answer = chat.say("find Bob Smith", found())
    assert "Bob Smith" in answer.text
    chat.say("yes")
    assert chat.writes == [("create_contact", {"firstname": "Bob", "lastname": "Smith"})]


def test_no_hit_for_an_update_keeps_the_values_for_the_creation():
    chat = Chat()
    chat.say("change bob@x.example: phone 06-12345678", found())
    chat.say("yes")
    assert chat.writes == [("create_contact", {"email": "bob@x.example", "phone": PHONE})]


def test_more_goes_on_where_the_last_page_ended():
    chat = Chat(language="nl")
    answer = chat.say("zoek contacten van Acme", found(ANA, JAN, total=12, after="x-10"))
    assert "12" in answer.text
    chat.say("meer", found(JAN_TOO, total=12, after="x-20"))
    chat.say("volgende", found(ANA, total=12))
    company = {"filters": [{"property": "company", "operator": "CONTAINS_TOKEN", "value": "Acme"}]}
    assert [arguments for _, arguments in chat.calls] == [
        company,
        {**company, "after": "x-10"},
        {**company, "after": "x-20"},
    ]
    chat.say("meer")
    assert len(chat.calls) == 3


def test_a_number_after_a_search_looks_that_contact_up():
    chat = Chat()
    chat.say("find Jan", found(JAN, JAN_TOO))
    chat.say("2")
    assert chat.calls[-1] == ("search_contacts", {"email": "jan@initech.example"})


def test_the_field_that_was_asked_for_is_shown():
    answer = Chat().say("what is the website of Ana Silva?", found({**ANA, "website": "https://acme.example"}))
    assert "https://acme.example" in answer.text


def test_an_existing_contact_is_shown_and_can_be_updated_instead():
    chat = Chat()
    answer = chat.say("create a contact Ana Silva, ana@acme.example, phone 06-12345678", failed("contact_exists", ANA))
    assert "Ana Silva" in answer.text
    assert "Created" not in answer.text
    chat.seen = [SEEN_ANA]
    chat.say("yes")
    assert chat.calls[-1] == ("update_contact", {"contact_id": "101", "phone": PHONE})


@pytest.mark.parametrize(
    "aside", ["hello", "delete Ana", "create Bob and create Jan", "x " * 1500, "gibberish of some kind", "more"]
)
def test_nothing_said_in_between_loses_what_was_collected(aside):
    chat = Chat(button="create")
    chat.say("Bob Smith, bob@x.example")
    chat.say(aside)
    chat.say("yes")
    assert chat.calls == [("create_contact", {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example"})]


def test_two_people_in_one_request_are_not_mixed_up():
    chat = Chat(seen=[SEEN_ANA])
    chat.say("change Bob's phone and ana@acme.example to 06-12345678", found())
    assert not chat.writes


def test_a_new_request_leaves_the_old_one():
    chat = Chat(button="create")
    chat.say("Bob Smith")
    chat.say("find Ana", found(ANA))
    assert chat.calls == [("search_contacts", {"query": "Ana"})]
    chat.say("yes")
    assert not chat.writes


def test_her_without_an_address_is_searched_for_by_name():
    chat = Chat()
    chat.say("find Piet", found({"id": "104", "firstname": "Piet", "lastname": "Zonder", "city": "Ede"}))
    chat.say("what is his phone number?")
    assert chat.calls[-1] == ("search_contacts", {"query": "Piet Zonder"})
