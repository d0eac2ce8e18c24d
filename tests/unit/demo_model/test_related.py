"""What the demo model makes of requests about owners, company records and notes."""

import pytest

from support.demo_chat import ANA, SEEN_ANA, Chat, call_for, failed, found, updated

BOB = {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example"}


@pytest.mark.parametrize(
    ("typed", "arguments"),
    [
        ("assign her to Raj", {"owner": "Raj"}),
        ("Could you please reassign ana@acme.example to Raj Patel?", {"owner": "Raj Patel"}),
        ("transfer Ana Silva to raj@us.example", {"owner": "raj@us.example"}),
        ("hand Ana over to Raj", {"owner": "Raj"}),
        ("assign her to me", {"owner": "me"}),
        ("make Raj the owner of ana@acme.example", {"owner": "Raj"}),
        ("make me her owner", {"owner": "me"}),
        ("change the owner of Ana to Raj Patel", {"owner": "Raj Patel"}),
        ("set her contact owner to Raj", {"owner": "Raj"}),
        ("remove her owner", {"clear": ["hubspot_owner_id"]}),
        ("wijs haar toe aan Femke de Wit", {"owner": "Femke de Wit"}),
        ("draag Ana Silva over aan Femke", {"owner": "Femke"}),
        ("kun je haar toewijzen aan mij?", {"owner": "me"}),
        ("maak Femke de eigenaar van Ana", {"owner": "Femke"}),
        ("zet mij als eigenaar bij ana@acme.example", {"owner": "me"}),
        ("zet Ana op naam van Femke", {"owner": "Femke"}),
        ("verander de eigenaar van Ana in Femke", {"owner": "Femke"}),
        ("link her to Globex", {"link_company": "Globex"}),
        ("link Ana to the company Globex B.V.", {"link_company": "Globex B.V."}),
        ("associate ana@acme.example with globex.example", {"link_company": "globex.example"}),
        ("connect her to the Globex company record", {"link_company": "Globex"}),
        ("koppel haar aan Globex", {"link_company": "Globex"}),
        ("koppel Ana Silva aan het bedrijf Globex", {"link_company": "Globex"}),
        ("ik wil Ana koppelen aan globex.example", {"link_company": "globex.example"}),
        ("log a note on Ana: wants a quote, soon", {"note": "wants a quote, soon"}),
        ("log that I called her and she wants a quote", {"note": "I called her and she wants a quote"}),
        ("Please add a note to ana@acme.example: 5 > 3 & <b>now</b>", {"note": "5 > 3 & <b>now</b>"}),
        ("note on her: call back at 3 pm", {"note": "call back at 3 pm"}),
        ("make a note that she prefers e-mail", {"note": "she prefers e-mail"}),
        ("zet een notitie bij Ana: wil een offerte", {"note": "wil een offerte"}),
        ("noteer dat ik haar gebeld heb", {"note": "ik haar gebeld heb"}),
        ("leg bij Ana vast dat ze op vakantie is", {"note": "ze op vakantie is"}),
        ("voeg een notitie toe bij Ana Silva:\n- belt terug\n- wil 3 stuks", {"note": "- belt terug\n- wil 3 stuks"}),
        ("notitie bij haar: 12 mei terugbellen", {"note": "12 mei terugbellen"}),
        (
            "assign Ana to Raj, link her to Globex and log a note: handover done",
            {"owner": "Raj", "link_company": "Globex", "note": "handover done"},
        ),
        (
            "wijs Ana toe aan Femke, koppel haar aan Globex en noteer dat de overdracht klaar is",
            {"owner": "Femke", "link_company": "Globex", "note": "de overdracht klaar is"},
        ),
        ("change her city to Delft and note that she moved", {"city": "Delft", "note": "she moved"}),
    ],
)
def test_it_writes_owner_company_and_note(typed, arguments):
    chat = Chat(seen=[SEEN_ANA])
    chat.say(typed, *([found(ANA)] if chat.peek(typed) == "search_contacts" else []))
    assert chat.calls[-1] == ("update_contact", {"contact_id": "101", **arguments})


@pytest.mark.parametrize(
    ("typed", "arguments"),
    [
        ("add Bob Smith, bob@x.example, owner Raj Patel", {**BOB, "owner": "Raj Patel"}),
        ("add Bob Smith, bob@x.example, and assign him to me", {**BOB, "owner": "me"}),
        ("create Bob Smith, bob@x.example, linked to Globex", {**BOB, "link_company": "Globex"}),
        ("add Bob Smith, bob@x.example, with a note: met him in Leeds", {**BOB, "note": "met him in Leeds"}),
        (
            "voeg Bob Smith toe, bob@x.example, koppel hem aan Globex, eigenaar Femke, en noteer dat hij belde",
            {**BOB, "link_company": "Globex", "owner": "Femke", "note": "hij belde"},
        ),
        ("nieuw contact: Bob Smith, bob@x.example, toegewezen aan mij", {**BOB, "owner": "me"}),
    ],
)
def test_it_creates_with_owner_company_and_note(typed, arguments):
    assert call_for(typed) == ("create_contact", arguments)


@pytest.mark.parametrize(
    ("typed", "arguments"),
    [
        ("who owns Bob Smith?", {"query": "Bob Smith"}),
        ("who is the owner of bob@x.example?", {"email": "bob@x.example"}),
        ("whose contact is Bob Smith?", {"query": "Bob Smith"}),
        ("van wie is Bob Smith?", {"query": "Bob Smith"}),
        ("wie is de eigenaar van Bob Smith?", {"query": "Bob Smith"}),
        ("show my contacts", {"owner": "me"}),
        ("find contacts assigned to Raj Patel", {"owner": "Raj Patel"}),
        ("mijn contacten", {"owner": "me"}),
        (
            "my contacts in Utrecht",
            {"owner": "me", "filters": [{"property": "city", "operator": "CONTAINS_TOKEN", "value": "Utrecht"}]},
        ),
        ("show me the notes on Bob Smith", {"query": "Bob Smith", "notes": True}),
        ("what was the last note about bob@x.example?", {"email": "bob@x.example", "notes": True}),
        ("welke notities staan er bij Bob Smith?", {"query": "Bob Smith", "notes": True}),
    ],
)
def test_it_searches_by_owner_and_shows_owner_and_notes(typed, arguments):
    assert call_for(typed, seen=()) == ("search_contacts", arguments)


@pytest.mark.parametrize(
    "typed",
    [
        "don't assign her to Raj",
        "wijs haar niet toe aan Femke",
        "don't log a note on Ana: hello",
        "has anyone logged a note that she called?",
        "she said: log a note on Ana: hello",
        "assign Ana",
        "log a note on Ana",
        "link her",
    ],
)
def test_it_writes_nothing_that_was_not_asked_for_or_not_said(typed):
    assert (call_for(typed) or ("search_contacts",))[0] == "search_contacts"


def test_what_is_asked_about_owner_and_notes_is_told():
    notes = [
        {"time": "2026-11-02T10:00:00Z", "text": "Wants a quote."},
        {"time": "2026-10-01T10:00:00Z", "text": "Met."},
    ]
    result = found({**ANA, "hubspot_owner_id": "Raj Patel"})
    result["contacts"][0]["notes"] = notes
    assert "Owner: Raj Patel" in Chat().say("who owns Ana?", result).text
    told = Chat().say("show me the notes on Ana", result).text
    assert "2026-11-02 Wants a quote." in told
    assert "2026-10-01 Met." in told


def test_a_name_that_means_several_is_asked_again_and_what_is_not_done_is_told():
    chat = Chat(seen=[SEEN_ANA])
    several = failed("ambiguous_owner", outcome="refused")
    several["choices"] = ["Sam Carter (sam@us.example)", "Sam Okafor (samo@us.example)"]
    asked = chat.say("assign her to Sam", several).text
    assert "Sam Carter (sam@us.example); Sam Okafor (samo@us.example)" in asked
    partly = updated(ANA, hubspot_owner_id="Sam Okafor")
    partly["receipt"]["not_done"] = [{"property": "hs_note_body", "new": "x", "outcome": "failed", "code": "timeout"}]
    chat.say("samo@us.example")
    told = chat.say("yes", partly).text
    assert chat.calls[-1] == ("update_contact", {"contact_id": "101", "owner": "samo@us.example"})
    assert "Owner: Sam Okafor" in told
    assert "Not done: Note." in told
