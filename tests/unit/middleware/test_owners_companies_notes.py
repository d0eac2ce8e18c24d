"""What is written about a contact besides its own fields: to whom it belongs, its company record, a note."""

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import build_graph
from hubspot_agent.sandbox import Fault, Sandbox
from hubspot_agent.settings import Settings
from support.chat import ANA, Chat, unlimited
from support.scripted import ScriptedModel

SARAH = {"email": "sarah@us.example", "firstName": "Sarah", "lastName": "Lee"}
RAJ = {"email": "raj@us.example", "firstName": "Raj", "lastName": "Patel"}
OTHER_RAJ = {"email": "raj.k@us.example", "firstName": "Raj", "lastName": "Kumar"}
KIM = {"email": "kim@us.example", "firstName": "Kim", "lastName": "Vos", "archived": True}
ACME = {"name": "Acme", "domain": "acme.example"}
GLOBEX = {"name": "Globex", "domain": "globex.example", "hs_additional_domains": "globex.test;gx.example"}
GLOBEX_NL = {"name": "Globex", "domain": "globex.nl.example"}

OWNER, COMPANY, NOTE = "hubspot_owner_id", "associatedcompanyid", "hs_note_body"
APPROVE, REJECT = {"type": "approve"}, {"type": "reject"}

FIND_ANA = [("search_contacts", {"query": "Ana"})]
BOB = {"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example"}
BOB_SAID = "create Bob Jones, bob@globex.example"


@pytest.fixture
def owners():
    return [SARAH, RAJ, KIM]


@pytest.fixture
def companies():
    return [ACME, GLOBEX]


@pytest.fixture
def crm(owners, companies):
    with Sandbox(contacts=[ANA], owners=owners, companies=companies) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm):
    with unlimited(crm, default_region="NL") as contacts:
        yield contacts


def update(**values):
    return [("update_contact", {"contact_id": "101", **values})]


def create(**values):
    return [("create_contact", {**BOB, **values})]


def contact(crm, email=ANA["email"]):
    return next(each for each in crm.contacts() if each["properties"]["email"] == email)


def value(crm, name, email=ANA["email"]):
    return contact(crm, email)["properties"].get(name) or ""


def id_of(crm, owner):
    return next(each["id"] for each in crm.owners() if each["email"] == owner["email"])


def company_id(crm, company):
    return next(each["id"] for each in crm.companies() if each["properties"]["domain"] == company["domain"])


def request(talk):
    [waiting] = talk.pause["action_requests"]
    return waiting


def doubts(talk):
    return [(each["kind"], each["property"]) for each in request(talk)["doubts"]]


def rows(changes):
    return {each["property"]: (each["old"], each["new"]) for each in changes}


def receipt(answer):
    [only] = answer.additional_kwargs["receipts"]
    return only


def edit(talk, **values):
    waiting = request(talk)
    action = {"name": waiting["name"], "args": {**waiting["args"], **values}}
    return {"type": "edit", "edited_action": action}


def told(model):
    """Return what the model was last told by a tool."""
    return [each for each in model.seen[-1] if each.type == "tool"][-1].text


@pytest.mark.parametrize(
    ("words", "owner", "user"),
    [
        ("reassign Ana to Raj", "Raj", None),
        ("reassign Ana to Raj Patel", "Raj Patel", None),
        ("reassign Ana to Raj", "Raj Patel", None),
        ("wijs Ana toe aan raj@us.example", "raj@us.example", None),
        ("assign her to me", "me", "raj@us.example"),
        ("zet haar op mijn naam", "me", "Raj@US.example"),
    ],
)
def test_an_owner_is_confirmed_by_a_person_and_shown_by_name(chat, crm, words, owner, user):
    model = ScriptedModel(replies=[FIND_ANA, "Here.", update(owner=owner), "Done."])
    talk = chat(model, user=user)
    talk.say("find Ana")
    talk.say(words)
    assert doubts(talk) == [("policy", OWNER)]
    assert rows(request(talk)["changes"]) == {OWNER: ("", "Raj Patel")}
    assert "Raj Patel" in request(talk)["description"]
    assert id_of(crm, RAJ) not in str(talk.pause)
    assert value(crm, OWNER) == ""
    answer = talk.decide(APPROVE)
    assert value(crm, OWNER) == id_of(crm, RAJ)
    assert rows(receipt(answer)["changes"]) == {OWNER: ("", "Raj Patel")}
    assert id_of(crm, RAJ) not in told(model)
    assert '"owner": {"old": "", "new": "Raj Patel"}' in told(model)


def test_an_owner_can_be_taken_off(chat, crm, port):
    port.update("101", {OWNER: id_of(crm, SARAH)})
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(clear=["owner"]), "Done."]))
    talk.say("find Ana and remove her owner")
    assert rows(request(talk)["changes"]) == {OWNER: ("Sarah Lee", "")}
    talk.decide(APPROVE)
    assert value(crm, OWNER) == ""


def test_the_same_owner_is_no_change(chat, crm, port):
    port.update("101", {OWNER: id_of(crm, RAJ)})
    model = ScriptedModel(replies=[FIND_ANA, update(owner="Raj"), "Nothing to do."])
    talk = chat(model)
    talk.say("find Ana and reassign her to Raj")
    assert talk.pause is None
    assert told(model).startswith("Nothing to change")


@pytest.mark.parametrize("owners", [[SARAH, RAJ, OTHER_RAJ]])
def test_of_several_owners_of_one_name_one_is_chosen(chat, crm, owners):
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(owner="Raj"), "Done."]))
    talk.say("find Ana and reassign her to Raj")
    [doubt] = request(talk)["doubts"]
    assert (doubt["kind"], doubt["property"]) == ("ambiguous", OWNER)
    assert doubt["choices"] == ["Raj Patel (raj@us.example)", "Raj Kumar (raj.k@us.example)"]
    assert talk.pause["review_configs"][0]["allowed_decisions"] == ["edit", "reject"]
    talk.decide(APPROVE)
    assert [each["property"] for each in talk.pause["problems"]] == [OWNER]
    talk.decide(edit(talk))
    assert [each["property"] for each in talk.pause["problems"]] == [OWNER]
    talk.decide(edit(talk, owner=doubt["choices"][1]))
    assert value(crm, OWNER) == id_of(crm, OTHER_RAJ)


@pytest.mark.parametrize(
    ("owner", "user", "code", "named"),
    [
        ("Rai", None, "unknown_owner", "Raj Patel (raj@us.example)"),
        ("Zebedee", None, "unknown_owner", ""),
        ("Kim", None, "unknown_owner", ""),
        ("me", None, "unknown_me", ""),
        ("me", "sam", "unknown_me", ""),
        ("me", "sam@us.example", "unknown_me", ""),
    ],
)
def test_nobody_is_a_clear_answer(chat, crm, owner, user, code, named):
    model = ScriptedModel(replies=[FIND_ANA, update(owner=owner, city="Porto"), "Who?"])
    before = crm.contacts()
    talk = chat(model, user=user)
    talk.say(f"find Ana, reassign her to {owner}, and she lives in Porto")
    assert talk.pause is None
    assert f"Not done ({code})" in told(model)
    assert named in told(model)
    assert crm.contacts() == before


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("Acme", ACME),
        ("acme", ACME),
        ("acme.example", ACME),
        ("Globex", GLOBEX),
        ("gx.example", GLOBEX),
        ("https://www.globex.example/nl", GLOBEX),
    ],
)
def test_a_company_is_linked(chat, crm, text, company):
    model = ScriptedModel(replies=[FIND_ANA, update(link_company=text), "Done."])
    talk = chat(model)
    answer = talk.say(f"find Ana and link her to {text}")
    assert talk.pause is None
    assert crm.associations("101") == [company_id(crm, company)]
    label = f"{company['name']} ({company['domain']})"
    assert rows(receipt(answer)["changes"]) == {COMPANY: ("", label)}
    assert company_id(crm, company) not in told(model)


@pytest.mark.parametrize("companies", [[{"name": "Acmetron B.V.", "domain": "metron.example"}]])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme", [("unsaid", COMPANY)]),
        ("acmetron", None),
        ("Acmetron BV", None),
        ("metron.example", None),
    ],
)
def test_a_company_whose_name_only_begins_so_is_a_doubt(chat, crm, text, expected):
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(link_company=text), "Done."]))
    talk.say(f"find Ana and link her to {text}")
    assert (doubts(talk) if talk.pause else None) == expected
    assert len(crm.associations("101")) == (0 if expected else 1)


@pytest.mark.parametrize("words", ["link Bob to Globex", "en koppel hem aan Globex"])
def test_a_new_contact_is_linked_in_the_same_request(chat, crm, words):
    model = ScriptedModel(replies=[create(link_company="Globex"), "Done."])
    talk = chat(model)
    answer = talk.say(f"{BOB_SAID} {words}")
    assert talk.pause is None
    assert crm.associations(contact(crm, BOB["email"])["id"]) == [company_id(crm, GLOBEX)]
    assert rows(receipt(answer)["changes"])[COMPANY] == ("", "Globex (globex.example)")
    assert not [each for each in crm.requests if each.method == "PUT"]


@pytest.mark.parametrize("companies", [[ACME, GLOBEX_NL, GLOBEX]])
def test_of_companies_of_one_name_it_is_that_of_the_address(chat, crm, companies):
    talk = chat(ScriptedModel(replies=[create(link_company="Globex"), "Done."]))
    talk.say(f"{BOB_SAID}, and associate him with Globex")
    assert talk.pause is None
    assert crm.associations(contact(crm, BOB["email"])["id"]) == [company_id(crm, GLOBEX)]


@pytest.mark.parametrize("companies", [[{"name": "Mail", "domain": "gmail.com"}]])
@pytest.mark.parametrize("text", ["bob@gmail.com", "Jones"])
def test_a_mail_provider_is_nobodys_company(chat, crm, text):
    model = ScriptedModel(replies=[create(email="bob@gmail.com", link_company=text), "Sorry."])
    talk = chat(model)
    talk.say(f"create Bob Jones, bob@gmail.com, and link him to {text}")
    if talk.pause:
        assert rows(request(talk)["changes"])[COMPANY] == ("", "Jones")
    else:
        assert "Not done (unknown_company)" in told(model)


@pytest.mark.parametrize("companies", [[ACME, GLOBEX_NL, GLOBEX]])
def test_of_several_companies_one_is_chosen(chat, crm, companies):
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(link_company="Globex"), "Done."]))
    talk.say("find Ana and link her to Globex")
    [doubt] = request(talk)["doubts"]
    assert (doubt["kind"], doubt["property"]) == ("ambiguous", COMPANY)
    assert doubt["choices"] == ["Globex (globex.nl.example)", "Globex (globex.example)"]
    talk.decide(edit(talk, link_company=doubt["choices"][1]))
    assert crm.associations("101") == [company_id(crm, GLOBEX)]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("find Ana of Globex", "Globex"),
        ("find Ana, and link her", "Globex"),
        ("find ana@acme.example and link her to her company", "acme.example"),
    ],
)
def test_a_link_that_was_not_asked_for_is_a_doubt(chat, crm, words, text):
    find = [("search_contacts", {"email": "ana@acme.example"})]
    talk = chat(ScriptedModel(replies=[find, update(link_company=text), "Understood."]))
    talk.say(words)
    assert doubts(talk) == [("unsaid", COMPANY)]
    talk.decide(REJECT)
    assert crm.associations("101") == []


def test_a_company_that_does_not_exist_is_offered_on_the_card(chat, crm):
    talk = chat(ScriptedModel(replies=[create(email="bob@initech.example", link_company="Initech"), "Done."]))
    talk.say("create Bob Jones, bob@initech.example, and link him to Initech")
    assert doubts(talk) == [("unusual", COMPANY)]
    assert len(crm.companies()) == 2
    answer = talk.decide(APPROVE)
    new = crm.companies()[-1]
    assert new["properties"]["name"] == "Initech"
    assert new["properties"]["domain"] == "initech.example"
    assert crm.associations(contact(crm, "bob@initech.example")["id"]) == [new["id"]]
    assert rows(receipt(answer)["changes"])[COMPANY] == ("", "Initech (initech.example)")


def test_a_company_is_not_created_when_that_is_rejected(chat, crm):
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(link_company="Initech"), "Understood."]))
    talk.say("find Ana and link her to Initech")
    talk.decide(REJECT)
    assert len(crm.companies()) == 2
    assert crm.associations("101") == []


def test_an_edit_of_something_else_keeps_what_was_offered(chat, crm):
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(link_company="Initech", city="Porto"), "Done."]))
    talk.say("find Ana, link her to Initech; she lives in Porto")
    talk.decide(edit(talk, city="Lisbon"))
    assert talk.pause is None
    assert crm.companies()[-1]["properties"]["name"] == "Initech"
    assert value(crm, "city") == "Lisbon"


def test_an_edit_to_a_company_that_is_not_there_is_asked_again(chat, crm):
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(link_company="Initech"), "Done."]))
    talk.say("find Ana and link her to Initech")
    talk.decide(edit(talk, link_company="Umbrella"))
    assert [each["property"] for each in talk.pause["problems"]] == [COMPANY]
    assert len(crm.companies()) == 2


def test_an_account_that_makes_companies_by_itself_gets_no_second_one(chat):
    with Sandbox(contacts=[ANA], companies=[], auto_link_companies=True) as crm, unlimited(crm) as port:
        talk = chat(ScriptedModel(replies=[create(link_company="Globex"), "Done."]), contacts=port)
        talk.say(f"{BOB_SAID}, and link him to Globex")
        waiting = len(crm.companies())
        talk.decide(APPROVE)
        [linked] = crm.associations(contact(crm, BOB["email"])["id"])
        assert (waiting, [each["id"] for each in crm.companies()]) == (0, [linked])


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("Log that I called her and she wants a quote", "Called Ana Silva. She wants a quote."),
        ("note: will ring back on Tuesday about 25 licences", "Will ring back on Tuesday about 25 licences"),
        ("noteer dat ik haar heb gebeld en dat ze een offerte wil", "Ana gebeld; ze wil een offerte."),
        ("leg vast: ze wil geen nieuwsbrief", "Ze wil geen nieuwsbrief"),
    ],
)
def test_a_note_in_the_users_words_is_logged(chat, crm, words, note):
    model = ScriptedModel(replies=[FIND_ANA, "Here.", update(note=note), "Done."])
    talk = chat(model)
    talk.say("find Ana")
    answer = talk.say(words)
    assert talk.pause is None
    assert crm.notes("101") == [note]
    assert rows(receipt(answer)["changes"]) == {NOTE: ("", note)}
    assert [each.path for each in crm.requests if each.method == "PATCH"] == []


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("Log that I called her", "Called her. She wants a refund of 500 euro."),
        ("Log that she does not want a quote", "She wants a quote"),
        ("Log that she wants a quote", "She does not want a quote"),
        ("Log that she wants 25 licences", "She wants 250 licences"),
        ("Log that she will call Bob", "She will call Bas"),
        ("she wants a quote", "She wants a quote"),
        ("Log that I called her", "Called ana@evil.example"),
    ],
)
def test_a_note_of_other_words_is_a_doubt(chat, crm, words, note):
    talk = chat(ScriptedModel(replies=[FIND_ANA, "Here.", update(note=note), "Done."]))
    talk.say("find Ana")
    talk.say(words)
    assert doubts(talk) == [("unsaid", NOTE)]
    assert rows(request(talk)["changes"]) == {NOTE: ("", note)}
    talk.decide(REJECT)
    assert crm.notes("101") == []


@pytest.mark.parametrize(
    ("said", "note", "own"),
    [
        (["log a note: she does not want the quote", "the second one"], "She wants the quote", False),
        (["log a note: she does not want the quote", "the second one"], "She does not want the quote", True),
        (["she does not want the quote", "log that"], "She wants the quote", False),
        (["she does not want the quote", "log that"], "She does not want the quote", True),
        (["no, I mean Ana", "log a note", "she wants the quote"], "She wants the quote", True),
        (["log a note: wants the quote", "she is in Porto", "hello", "hi", "thanks"], "Wants the quote", False),
    ],
)
def test_a_note_is_what_the_messages_say_that_ask_for_it(chat, crm, said, note, own):
    between = ["Understood."] * (len(said) - 1)
    talk = chat(ScriptedModel(replies=[FIND_ANA, "Here.", *between, update(note=note), "Done."]))
    for message in ["find Ana", *said]:
        talk.say(message)
    assert (talk.pause is None) == own
    assert crm.notes("101") == ([note] if own else [])


def test_a_long_note_stands_on_the_card_in_full(chat):
    note = "\n".join(f"{number}: she wants this as well" for number in range(200))
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(note=note), "Understood."]), approve_writes=True)
    talk.say(f"find Ana and log: {note}")
    assert doubts(talk) == []
    assert rows(request(talk)["changes"])[NOTE] == ("", note)
    assert "199: she wants this as well" in request(talk)["description"]


def test_a_note_that_was_shown_and_agreed_to_is_logged(chat, crm):
    shown = 'Shall I log "Asked for a refund" for Ana Silva?'
    talk = chat(ScriptedModel(replies=[FIND_ANA, shown, update(note="Asked for a refund"), "Done."]))
    talk.say("find Ana and write something down")
    talk.say("yes")
    assert talk.pause is None
    assert crm.notes("101") == ["Asked for a refund"]


CFO = "Call the CFO back"


@pytest.mark.parametrize(
    ("shown", "answer", "values", "doubted"),
    [
        (f'Her last note: "{CFO}." Anything to change?', "ok, make her job title CTO", {"note": CFO}, NOTE),
        (f'Her last note: "{CFO}." Anything to change?', "ok, make her job title CTO", {"note": "CFO call back"}, NOTE),
        (f'Shall I log "{CFO}" for Ana Silva?', "yes, log it please", {"note": CFO}, None),
        ("She works at Acme. Anything to change?", "ok, she is CTO", {"link_company": "Acme"}, COMPANY),
        ("Shall I link Ana Silva to Acme?", "yes", {"link_company": "Acme"}, None),
        ("She works at Raj Patel, Acme. Anything to change?", "ok, she is CTO", {"owner": "Raj"}, OWNER),
        ("Shall I make Raj Patel the owner of Ana Silva?", "yes", {"owner": "Raj"}, None),
    ],
)
def test_what_stands_in_the_crm_is_agreed_to_by_a_plain_yes_alone(chat, crm, port, shown, answer, values, doubted):
    port.update("101", {"company": "Raj Patel, Acme"})
    port.notes.log("101", f"{CFO}.", key="1")
    find = [("search_contacts", {"query": "Ana", "notes": True})]
    talk = chat(ScriptedModel(replies=[find, shown, update(**values), "Done."]))
    talk.say("find Ana")
    talk.say(answer)
    unsaid = [name for kind, name in (doubts(talk) if talk.pause else []) if kind == "unsaid"]
    assert unsaid == ([doubted] if doubted else [])


def test_html_in_a_note_is_text(chat, crm, port):
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(note="wants <b>3</b> & more"), "Done."]))
    talk.say("find Ana and note: wants <b>3</b> & more")
    assert crm.notes("101") == ["wants &lt;b&gt;3&lt;/b&gt; &amp; more"]
    assert [each.body for each in port.notes.latest("101")] == ["wants <b>3</b> & more"]


def test_a_note_that_is_too_long_is_refused_before_anything_is_written(chat, crm):
    model = ScriptedModel(replies=[FIND_ANA, update(note="x" * 70_000, city="Porto"), "It is too long."])
    talk = chat(model)
    talk.say("find Ana, she lives in Porto, and log a note")
    assert talk.pause is None
    assert "65,536" in told(model)
    assert crm.notes("101") == []
    assert value(crm, "city") == ""


ALL_THREE = {"owner": "me", "link_company": "Globex", "note": "called him about a quote"}
ALL_THREE_SAID = f"{BOB_SAID}, make me the owner, link him to Globex, and log: called him about a quote"


def test_the_three_are_one_card_and_one_receipt(chat, crm):
    talk = chat(ScriptedModel(replies=[create(**ALL_THREE), "Done."]), user="sarah@us.example")
    talk.say(ALL_THREE_SAID)
    expected = {
        OWNER: ("", "Sarah Lee"),
        COMPANY: ("", "Globex (globex.example)"),
        NOTE: ("", "called him about a quote"),
    }
    assert doubts(talk) == [("policy", OWNER)]
    assert rows(request(talk)["changes"]).items() >= expected.items()
    answer = talk.decide(APPROVE)
    assert rows(receipt(answer)["changes"]).items() >= expected.items()
    bob = contact(crm, BOB["email"])
    assert bob["properties"][OWNER] == id_of(crm, SARAH)
    assert crm.associations(bob["id"]) == [company_id(crm, GLOBEX)]
    assert crm.notes(bob["id"]) == ["called him about a quote"]


def test_what_was_not_done_is_said(chat, crm, caplog):
    caplog.set_level("INFO", "hubspot_agent.audit")
    crm.faults.add(Fault("error", status=400, method="POST", path="/objects/notes"))
    model = ScriptedModel(replies=[create(**ALL_THREE), "Done."])
    talk = chat(model, user="sarah@us.example")
    talk.say(ALL_THREE_SAID)
    answer = talk.decide(APPROVE)
    done = receipt(answer)
    assert done["outcome"] == "done"
    assert {OWNER, COMPANY} <= rows(done["changes"]).keys()
    assert NOTE not in rows(done["changes"])
    [missing] = done["not_done"]
    assert (missing["property"], missing["new"], missing["outcome"]) == (NOTE, "called him about a quote", "failed")
    assert "not all of it was done" in told(model)
    assert "Not done (" in told(model)
    assert "Not everything was saved" in answer.text
    trail = [each.audit for each in caplog.records if hasattr(each, "audit")]
    outcomes = [(each["outcome"], NOTE in each["after"]) for each in trail]
    assert outcomes == [("begun", True), ("done", False), ("failed", True)]
    assert trail[1]["after"].items() >= {OWNER: "Sarah Lee", COMPANY: "Globex (globex.example)"}.items()


def test_a_write_of_which_the_first_part_fails_tries_no_other(chat, crm):
    crm.faults.add(Fault("error", status=400, method="PATCH"))
    model = ScriptedModel(replies=[FIND_ANA, update(city="Porto", link_company="Globex", note="called her"), "Sorry."])
    talk = chat(model)
    answer = talk.say("find Ana, she lives in Porto, link her to Globex and log: called her")
    failed = receipt(answer)
    assert failed["outcome"] == "failed"
    assert rows(failed["changes"]).keys() == {"city"}
    assert [(each["property"], each["outcome"]) for each in failed["not_done"]] == [
        (COMPANY, "not_tried"),
        (NOTE, "not_tried"),
    ]
    assert (crm.associations("101"), crm.notes("101")) == ([], [])


def test_a_link_alone_that_fails_is_a_failure(chat, crm):
    crm.faults.add(Fault("error", status=400, method="PUT"))
    model = ScriptedModel(replies=[FIND_ANA, update(link_company="Globex", note="called her"), "Sorry."])
    talk = chat(model)
    answer = talk.say("find Ana, link her to Globex and log: called her")
    assert receipt(answer)["outcome"] == "failed"
    assert rows(receipt(answer)["changes"]).keys() == {COMPANY}
    assert [each["outcome"] for each in receipt(answer)["not_done"]] == ["not_tried"]
    assert told(model).startswith("Not done (")
    assert crm.notes("101") == []


@pytest.mark.parametrize(
    ("scope", "values", "words", "code"),
    [
        ("crm.objects.owners.read", {"owner": "Raj"}, "reassign her to Raj", "owners_unavailable"),
        ("crm.objects.companies.read", {"link_company": "Globex"}, "link her to Globex", "companies_unavailable"),
    ],
)
def test_without_a_scope_the_answer_says_which_to_add(chat, crm, scope, values, words, code):
    crm.access.scopes = set(crm.access.scopes) - {scope}
    model = ScriptedModel(replies=[FIND_ANA, update(city="Porto", **values), "Sorry.", update(city="Porto"), "Done."])
    talk = chat(model)
    before = crm.contacts()
    talk.say(f"find Ana, {words}; she lives in Porto")
    assert talk.pause is None
    assert f"Not done ({code})" in told(model)
    assert scope in told(model)
    assert crm.contacts() == before
    talk.say("only the city then")
    assert value(crm, "city") == "Porto"


@pytest.mark.parametrize("approve_writes", [False, True])
def test_a_creation_with_owner_and_company_takes_five_calls(chat, crm, port, approve_writes):
    port.property_definitions()
    port.owners.all()
    model = ScriptedModel(replies=[create(owner="Raj", link_company="Globex"), "Done."])
    talk = chat(model, approve_writes=approve_writes)
    before = len(crm.requests)
    talk.say(f"{BOB_SAID}, for Raj, and link him to Globex")
    talk.decide(APPROVE)
    assert len(crm.contacts()) == 2
    made = [f"{each.method} {each.path}" for each in crm.requests[before:]]
    assert len(made) <= 5, made


@pytest.mark.parametrize("values", [{"owner": "Raj"}, {"other_properties": [{"property": OWNER, "value": "RAJ"}]}])
def test_the_owner_is_one_however_it_is_asked_for(chat, crm, values):
    if "other_properties" in values:
        values = {"other_properties": [{"property": OWNER, "value": id_of(crm, RAJ)}]}
    talk = chat(ScriptedModel(replies=[FIND_ANA, update(**values), "Done."]))
    talk.say("find Ana and reassign her to Raj")
    assert ("policy", OWNER) in doubts(talk)
    assert rows(request(talk)["changes"]) == {OWNER: ("", "Raj Patel")}


def test_who_owns_a_contact_and_its_company_are_shown_by_name(chat, crm, port):
    port.update("101", {OWNER: id_of(crm, SARAH)})
    port.companies.link("101", company_id(crm, GLOBEX))
    model = ScriptedModel(replies=[FIND_ANA, "Sarah Lee."])
    talk = chat(model)
    talk.say("who owns Ana?")
    assert '"owner": "Sarah Lee"' in told(model)
    assert '"linked_company": "Globex"' in told(model)
    assert id_of(crm, SARAH) not in told(model)


def test_my_contacts(chat, crm, port):
    port.create({"firstname": "Bob", "email": "bob@x.example", OWNER: id_of(crm, RAJ), "city": "Utrecht"})
    port.update("101", {OWNER: id_of(crm, SARAH), "city": "Utrecht"})
    mine = [("search_contacts", {"owner": "me", "filters": [{"property": "city", "value": "Utrecht"}]})]
    model = ScriptedModel(replies=[mine, "Here."])
    talk = chat(model, user="raj@us.example")
    talk.say("my contacts in Utrecht")
    assert "1 contact matches." in told(model)
    assert "bob@x.example" in told(model)


def test_the_three_go_to_the_contact_that_exists(chat, crm):
    call = ("create_contact", {"firstname": "Ana", "email": ANA["email"], **ALL_THREE})
    talk = chat(ScriptedModel(replies=[[call], "Done."]), user="sarah@us.example")
    talk.say(f"create Ana, {ANA['email']}, make me the owner, link her to Globex, and log: called him about a quote")
    existing = request(talk)["duplicates"][0]["id"]
    action = {"name": "update_contact", "args": {**request(talk)["args"], "contact_id": existing}}
    answer = talk.decide({"type": "edit", "edited_action": action})
    assert rows(receipt(answer)["changes"]) == {
        OWNER: ("", "Sarah Lee"),
        COMPANY: ("", "Globex (globex.example)"),
        NOTE: ("", "called him about a quote"),
    }
    assert len(crm.contacts()) == 1
    assert value(crm, OWNER) == id_of(crm, SARAH)
    assert (len(crm.associations("101")), len(crm.notes("101"))) == (1, 1)


def test_without_anybody_to_ask_nothing_is_written(build, port, crm):
    model = ScriptedModel(replies=[FIND_ANA, update(owner="Raj", note="called her"), "Ask an administrator."])
    graph = build(model=model, contacts=port)
    graph.invoke({"messages": [("user", "find Ana, reassign her to Raj and log: called her")]})
    assert "Not done (policy_ask): owner needs a person's approval" in told(model)
    assert (value(crm, OWNER), crm.notes("101")) == ("", [])


@pytest.mark.parametrize(("rule", "code"), [("allow", None), ("deny", "policy_denied")])
def test_the_field_policy_decides_about_owners(port, crm, rule, code):
    model = ScriptedModel(replies=[FIND_ANA, update(owner="Raj"), "Done."])
    settings = Settings(field_policy={OWNER: rule})
    graph = build_graph(model=model, contacts=port, checkpointer=InMemorySaver(), settings=settings)
    Chat(graph).say("find Ana and reassign her to Raj")
    assert value(crm, OWNER) == ("" if code else id_of(crm, RAJ))
    assert (f"Not done ({code})" in told(model)) == bool(code)
