"""A write in doubt waits for a person, and the doubt is named; where nobody can be asked, the way out is told."""

import pytest

from support.scripted import ScriptedModel

FIND_ANA = [("search_contacts", {"query": "Ana"})]


def update(**values):
    return [("update_contact", {"contact_id": "101", **values})]


def ana(crm):
    return crm.contacts()[0]["properties"]


def doubts(talk):
    return [(each["kind"], each["property"]) for each in talk.pause["action_requests"][0]["doubts"]]


DOUBTFUL = [
    ("find Ana and set her phone to +31612345678", update(phone="+31612345678", city="Lisbon"), [("unsaid", "city")]),
    ("find Ana", update(clear=["phone"]), [("unsaid", "phone")]),
    ("set Ana's phone to 12", update(phone="12"), [("unusual", "phone")]),
    ("Ana's mobile is 06 98 76 54 32", update(mobilephone="06 98 76 54 32"), [("unusual", "mobilephone")]),
    (
        "Ana's start date is next Friday",
        update(other_properties=[{"property": "start_date", "value": "2026-12-04"}]),
        [("unsaid", "start_date")],
    ),
    (
        "create a contact for Bob",
        [("create_contact", {"firstname": "Bob", "email": "bob@x.example"})],
        [("unsaid", "email")],
    ),
    (
        "create Anna Silva at Acme",
        [("create_contact", {"firstname": "Anna", "lastname": "Silva", "company": "Acme"})],
        [("duplicate", None)],
    ),
]


@pytest.mark.parametrize("approve_writes", [False, True])
@pytest.mark.parametrize(("words", "calls", "named"), DOUBTFUL)
def test_a_doubt_pauses_and_is_named(chat, crm, words, calls, named, approve_writes):
    talk = chat(ScriptedModel(replies=[FIND_ANA, calls, "Understood."]), approve_writes=approve_writes)
    before = crm.contacts()
    talk.say(words)
    assert doubts(talk) == named
    assert all(each["message"] for each in talk.pause["action_requests"][0]["doubts"])
    talk.decide({"type": "reject"})
    assert crm.contacts() == before


@pytest.mark.parametrize(("words", "calls", "named"), DOUBTFUL)
def test_what_a_person_approves_is_written(chat, crm, words, calls, named):
    talk = chat(ScriptedModel(replies=[FIND_ANA, calls, "Done."]))
    before = crm.contacts()
    talk.say(words)
    talk.decide({"type": "approve"})
    assert crm.contacts() != before


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("her e-mail is ana dot silva at globex dot example", {"email": "ana.silva@globex.example"}),
        ("haar mail is ana punt silva apenstaartje globex punt example", {"email": "ana.silva@globex.example"}),
        ("phone zero six twelve thirty-four fifty-six seventy-eight", {"mobilephone": "0612345678"}),
        ("nul zes, dubbel een, twee drie vier vijf zes zeven", {"mobilephone": "+31611234567"}),
        ("post code one two three four alpha bravo", {"zip": "1234 AB"}),
        ("postcode twaalf vierendertig AB", {"zip": "1234AB"}),
        ("she lives in Nederland", {"country": "Netherlands"}),
        ("maak haar klant", {"lifecyclestage": "customer"}),
        ("her language is Duits", {"other_properties": [{"property": "hs_language", "value": "de"}]}),
        ("born on 3 mei 1990", {"other_properties": [{"property": "date_of_birth", "value": "1990-05-03"}]}),
        ("make it uppercase: SILVA", {"lastname": "SILVA"}),
    ],
)
def test_an_honest_value_is_no_doubt(chat, crm, words, values):
    talk = chat(ScriptedModel(replies=[FIND_ANA, "Here she is.", update(**values), "Done."]))
    talk.say("find Ana")
    talk.say(words)
    assert talk.pause is None, doubts(talk)
    assert [call.method for call in crm.requests if call.method == "PATCH"] == ["PATCH"]


@pytest.mark.parametrize("words", ["yes", "yes please", "go ahead", "ja, doe maar", "👍", "oui, d'accord"])
def test_what_was_shown_and_agreed_to_is_given(chat, crm, words):
    model = ScriptedModel(
        replies=[FIND_ANA, "Shall I set the city of Ana Silva to Lisbon?", update(city="Lisbon"), "Done."]
    )
    talk = chat(model)
    talk.say("set Ana's city to the capital of Portugal")
    talk.say(words)
    assert talk.pause is None
    assert ana(crm)["city"] == "Lisbon"


@pytest.mark.parametrize(
    ("shown", "words", "given"),
    [
        ("Bob Jones lives in Utrecht. Shall I set the city of Ana Silva to Utrecht?", "yes", True),
        ("I found Bob Jones, in Utrecht. Is that who you mean?", "yes", False),
        ("I found Ana Silva, and Bob Jones in Utrecht. Which one?", "yes, the first", False),
        ("Shall I set the city of Ana Silva to Utrecht?", "no", False),
    ],
)
def test_a_value_of_another_contact_needs_a_plain_yes_to_it(chat, crm, port, shown, words, given):
    port.create({"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example", "city": "Utrecht"})
    find_bob = [("search_contacts", {"query": "Bob"})]
    talk = chat(ScriptedModel(replies=[FIND_ANA, find_bob, shown, update(city="Utrecht"), "Done."]))
    talk.say("set Ana's city to the same as Bob's")
    talk.say(words)
    assert (talk.pause is None) == given
    assert (ana(crm).get("city") == "Utrecht") == given


def test_the_writes_of_one_answer_wait_together(chat, crm, port):
    """Half a swap is worse than none."""
    port.create({"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example", "jobtitle": "CFO"})
    port.update("101", {"jobtitle": "CEO"})
    swap = [*update(jobtitle="CFO"), ("update_contact", {"contact_id": "102", "jobtitle": "CEO"})]
    talk = chat(ScriptedModel(replies=[FIND_ANA, [("search_contacts", {"query": "Bob"})], "Found.", swap, "Done."]))
    talk.say("find Ana and Bob")
    talk.say("swap their job titles, so Ana becomes CFO")
    assert [each["args"]["contact_id"] for each in talk.pause["action_requests"]] == ["101", "102"]
    talk.decide({"type": "approve"}, {"type": "approve"})
    assert [each["properties"]["jobtitle"] for each in crm.contacts()] == ["CFO", "CEO"]


@pytest.mark.parametrize(
    ("calls", "shown"),
    [
        (update(city="Lisbon"), "I would set the city of Ana Silva to Lisbon. Shall I?"),
        (update(phone="12"), "I would save 12 as the phone of Ana Silva. Shall I?"),
        (
            [("create_contact", {"firstname": "Anna", "lastname": "Silva", "company": "Acme"})],
            "There is an Ana Silva (ana@acme.example) already. Create Anna Silva at Acme all the same?",
        ),
    ],
)
def test_where_nobody_can_be_asked_the_way_out_is_told_and_works(build, port, crm, calls, shown):
    model = ScriptedModel(replies=[FIND_ANA, calls, shown])
    graph = build(model=model, contacts=port)
    first = graph.invoke({"messages": [("user", "do it for Ana, or for Anna Silva at Acme")]})
    refusal = next(each for each in reversed(first["messages"]) if each.type == "tool")
    assert refusal.artifact["outcome"] == "refused"
    assert "ask" in refusal.text
    before = crm.contacts()
    model.replies[:] = [FIND_ANA, calls, "Done."]
    graph.invoke({"messages": [*first["messages"], ("user", "yes")]})
    assert crm.contacts() != before


def test_the_models_own_words_stay_and_the_result_says_what_was_saved(chat, crm):
    model = ScriptedModel(replies=[FIND_ANA, update(mobilephone="06 12345678"), "Done."])
    talk = chat(model)
    talk.say("Ana's mobile is 06 12345678")
    [answer] = [each for each in model.seen[-1] if each.type == "tool" and each.name == "update_contact"]
    [call] = [
        call
        for each in model.seen[-1]
        if each.type == "ai"
        for call in each.tool_calls
        if call["name"] == "update_contact"
    ]
    assert call["args"]["mobilephone"] == "06 12345678"
    assert "mobilephone: saved as +31612345678, from 06 12345678." in answer.text
    assert ana(crm)["mobilephone"] == "+31612345678"
