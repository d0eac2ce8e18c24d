"""What the demo model makes of one message by itself: which tool call, or none."""

import pytest

from support.demo_chat import SEEN_ANA, Chat, call_for, found

PHONE = "06-12345678"


def condition(prop, value, operator="CONTAINS_TOKEN"):
    return {"filters": [{"property": prop, "operator": operator, "value": value}]}


@pytest.mark.parametrize(
    ("typed", "arguments"),
    [
        ("find ana@acme.example", {"email": "ana@acme.example"}),
        ("Find Ana", {"query": "Ana"}),
        ("can you look up Ana Silva please?", {"query": "Ana Silva"}),
        ("Hi, I'd like to search for Jean-Pierre O'Neil.", {"query": "Jean-Pierre O'Neil"}),
        ("show me the details of Ana Silva", {"query": "Ana Silva"}),
        ("find Jan van der Berg", {"query": "Jan van der Berg"}),
        ("find Job de Vries", {"query": "Job de Vries"}),
        ("find 山田太郎", {"query": "山田太郎"}),
        ("find محمد علي", {"query": "محمد علي"}),
        ("who works at Acme?", condition("company", "Acme")),
        ("find contacts from Acme B.V.", condition("company", "Acme B.V.")),
        ("find Jan at Acme", {"query": "Jan", **condition("company", "Acme")}),
        ("who lives in Den Haag?", condition("city", "Den Haag")),
        ("find all customers", condition("lifecyclestage", "customer", "EQ")),
        ("find contacts with job title CFO", condition("jobtitle", "CFO")),
        ("do we know someone with phone 06-12345678?", {"phone": PHONE}),
        ("whose number is 06-12345678?", {"phone": PHONE}),
        ("does anybody have the address ceo@umbrella.example?", {"email": "ceo@umbrella.example"}),
        ("did you create Bob Smith, bob@x.example?", {"email": "bob@x.example"}),
        ("is Ana Silva in HubSpot?", {"query": "Ana Silva"}),
        ("who is Ana Silva?", {"query": "Ana Silva"}),
        ("what is Ana's phone number?", {"query": "Ana"}),
        ("what is the e-mail address of Bob Smith?", {"query": "Bob Smith"}),
        ("show all contacts", {}),
        ("show the newest contacts", {"sort": "-createdate"}),
        ("ana@acme.example", {"email": "ana@acme.example"}),
        ("Ana's phone", {"query": "Ana"}),
        ("I'm looking for Ana Silva", {"query": "Ana Silva"}),
        ("do we know ana silva?", {"query": "ana silva"}),
        (
            "show me customers in Utrecht",
            {
                "filters": [
                    {"property": "lifecyclestage", "operator": "EQ", "value": "customer"},
                    {"property": "city", "operator": "CONTAINS_TOKEN", "value": "Utrecht"},
                ]
            },
        ),
        ("zoek Jan de Vries", {"query": "Jan de Vries"}),
        ("zoek Jan de Vries op", {"query": "Jan de Vries"}),
        ("Kun je Jan de Vries voor me opzoeken?", {"query": "Jan de Vries"}),
        ("laat Jan de Vries zien", {"query": "Jan de Vries"}),
        ("wie werkt er bij Acme?", condition("company", "Acme")),
        ("zoek contacten van Acme", condition("company", "Acme")),
        ("wie woont er in Utrecht?", condition("city", "Utrecht")),
        ("toon alle klanten", condition("lifecyclestage", "customer", "EQ")),
        ("kennen we iemand met telefoon 06-12345678?", {"phone": PHONE}),
        ("heeft iemand het adres ceo@umbrella.example?", {"email": "ceo@umbrella.example"}),
        ("staat Jan de Vries in het systeem?", {"query": "Jan de Vries"}),
        ("wat is het telefoonnummer van Jan de Vries?", {"query": "Jan de Vries"}),
        ("toon alle contacten", {}),
    ],
)
def test_it_searches(typed, arguments):
    assert call_for(typed, seen=()) == ("search_contacts", arguments)


@pytest.mark.parametrize(
    ("typed", "arguments"),
    [
        (
            "create a contact Bob Smith, bob@x.example, phone 06-12345678",
            {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example", "phone": PHONE},
        ),
        (
            "Hi! Could you please add Bob Smith, bob@x.example? Thanks!",
            {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example"},
        ),
        (
            "add Bob Smith with email bob@x.example from Acme as CFO",
            {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example", "company": "Acme", "jobtitle": "CFO"},
        ),
        (
            "create contact Bob Smith. His e-mail is bob@x.example.",
            {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example"},
        ),
        (
            "new contact: Bob Smith <bob@x.example>; company: Acme, Inc; city: The Hague",
            None,  # "Inc" after the comma is not understood: it asks.
        ),
        (
            'add Bob Smith, bob@x.example, company "Acme, Inc", job title "Head of Website"',
            {
                "firstname": "Bob",
                "lastname": "Smith",
                "email": "bob@x.example",
                "company": "Acme, Inc",
                "jobtitle": "Head of Website",
            },
        ),
        (
            "create a contact with first name Bob, last name Smith and mobile 06-12345678",
            {"firstname": "Bob", "lastname": "Smith", "mobilephone": PHONE},
        ),
        (
            "create a contact\nname: Bob Smith\ne-mail: bob@x.example\njob title: CFO",
            {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example", "jobtitle": "CFO"},
        ),
        (
            "add 山田太郎, yamada@x.example, company 株式会社アクメ",
            {"firstname": "山田太郎", "email": "yamada@x.example", "company": "株式会社アクメ"},
        ),
        (
            "create Bob Smith, bob@x.example, favourite_color blue",
            {
                "firstname": "Bob",
                "lastname": "Smith",
                "email": "bob@x.example",
                "other_properties": [{"property": "favourite_color", "value": "blue"}],
            },
        ),
        (
            "voeg Bob van der Berg toe, bob@x.example, telefoon 06-12345678, bedrijf Acme B.V.",
            {
                "firstname": "Bob",
                "lastname": "van der Berg",
                "email": "bob@x.example",
                "phone": PHONE,
                "company": "Acme B.V.",
            },
        ),
        (
            "maak een contact aan voor Bob Smit, e-mail bob@x.example",
            {"firstname": "Bob", "lastname": "Smit", "email": "bob@x.example"},
        ),
        (
            "Ik wil graag Bob Smit toevoegen met e-mailadres bob@x.example en functie directeur",
            {"firstname": "Bob", "lastname": "Smit", "email": "bob@x.example", "jobtitle": "directeur"},
        ),
        (
            "ADD BOB SMITH, BOB@X.EXAMPLE",
            {"firstname": "BOB", "lastname": "SMITH", "email": "BOB@X.EXAMPLE"},
        ),
        ("create Bob Smith - bob@x.example", {"firstname": "Bob", "lastname": "Smith", "email": "bob@x.example"}),
        ("add bob@x.example to hubspot", {"email": "bob@x.example"}),
        ("create a contact with email bob@x.example, but no phone", {"email": "bob@x.example"}),
        (
            "register a new person called Bob Smith, his mobile is 06-12345678",
            {"firstname": "Bob", "lastname": "Smith", "mobilephone": PHONE},
        ),
        ("add a contact Dr. Bob Smith, bob@x.example", None),
        ("create bob smith, bob@x.example", None),  # Not written as a name: repeats it first.
        ("create a contact", None),
        ("add Bob", None),
        ("maak een nieuw contact aan", None),
    ],
)
def test_it_creates_what_was_asked_for_in_so_many_words(typed, arguments):
    assert call_for(typed) == (("create_contact", arguments) if arguments else None)


@pytest.mark.parametrize(
    ("typed", "arguments"),
    [
        ("change her phone to +31 6 12345678", {"phone": "+31 6 12345678"}),
        ("can you change her phone number to 06-12345678 please?", {"phone": PHONE}),
        ("update ana@acme.example: job title CFO and city Utrecht", {"jobtitle": "CFO", "city": "Utrecht"}),
        ("set the job title of ana@acme.example to VP of Sales", {"jobtitle": "VP of Sales"}),
        ("change her last name to de Souza", {"lastname": "de Souza"}),
        ("change her name to Ana de Souza", {"firstname": "Ana", "lastname": "de Souza"}),
        ("change ana@acme.example to ana@new.example", {"email": "ana@new.example"}),
        ("change the email of ana@acme.example to ana@new.example", {"email": "ana@new.example"}),
        ("Could you change Ana Silva's job title from Buyer to CFO?", {"jobtitle": "CFO"}),
        ("change the company of Ana Silva to Johnson & Johnson", {"company": "Johnson & Johnson"}),
        ("set her title to Director of Sales and Marketing", {"jobtitle": "Director of Sales and Marketing"}),
        ("Change Ana Silva phone 06-12345678 city Delft", {"phone": PHONE, "city": "Delft"}),
        ("make her a customer", {"lifecyclestage": "customer"}),
        ("mark her as a lead", {"lifecyclestage": "lead"}),
        ("set her lead status to in progress", {"hs_lead_status": "IN_PROGRESS"}),
        ("clear her job title", {"clear": ["jobtitle"]}),
        ("remove her phone number and website", {"clear": ["phone", "website"]}),
        ("change her phone to 06-12345678 and clear her job title", {"phone": PHONE, "clear": ["jobtitle"]}),
        ("add a mobile number to ana@acme.example: 06-12345678", {"mobilephone": PHONE}),
        ("verander haar telefoonnummer in 06-12345678", {"phone": PHONE}),
        ("zet haar functie op Hoofd Inkoop", {"jobtitle": "Hoofd Inkoop"}),
        ("pas haar plaats aan naar 's-Hertogenbosch", {"city": "'s-Hertogenbosch"}),
        ("werk ana@acme.example bij met functie CFO en plaats Utrecht", {"jobtitle": "CFO", "city": "Utrecht"}),
        ("Ik wil haar telefoonnummer wijzigen in 06-12345678", {"phone": PHONE}),
        ("maak haar klant", {"lifecyclestage": "customer"}),
        ("wis haar functie", {"clear": ["jobtitle"]}),
        ("maak haar telefoonnummer leeg", {"clear": ["phone"]}),
        (
            "set favourite_color of ana@acme.example to blue",
            {"other_properties": [{"property": "favourite_color", "value": "blue"}]},
        ),
    ],
)
def test_it_updates_the_contact_it_has_seen(typed, arguments):
    assert call_for(typed) == ("update_contact", {"contact_id": "101", **arguments})


@pytest.mark.parametrize(
    ("typed", "search"),
    [
        ("change Bob Smith's phone to 06-12345678", {"query": "Bob Smith"}),
        ("change the phone number of Bob Smith to 06-12345678", {"query": "Bob Smith"}),
        ("set Bob Smith's city to Utrecht", {"query": "Bob Smith"}),
        ("rename Bob Smith to Bob Jones", {"query": "Bob Smith"}),
        ("add phone 06-12345678 to Bob Smith", {"query": "Bob Smith"}),
        ("make Bob Smith a customer", {"query": "Bob Smith"}),
        ("find Bob Smith and change his phone to 06-12345678", {"query": "Bob Smith"}),
        ("update bob@x.example: city Utrecht", {"email": "bob@x.example"}),
        ("remove the phone number from Bob Smith", {"query": "Bob Smith"}),
        ("verander het telefoonnummer van Jan de Vries in 06-12345678", {"query": "Jan de Vries"}),
        ("pas de plaats van Jan aan naar Utrecht", {"query": "Jan"}),
        ("werk Jan de Vries bij: functie CFO", {"query": "Jan de Vries"}),
        ("maak van Jan een klant", {"query": "Jan"}),
        ("verwijder het telefoonnummer van Jan de Vries", {"query": "Jan de Vries"}),
    ],
)
def test_it_searches_before_it_updates_somebody_not_seen(typed, search):
    assert call_for(typed) == ("search_contacts", search)


@pytest.mark.parametrize(
    "typed",
    [
        "I had lunch with ana@acme.example",
        "don't create a contact for Bob Smith, bob@x.example",
        "Please do not change her phone to 06-12345678",
        "maak geen contact aan voor Bob Smit, bob@x.example",
        "verander haar telefoonnummer niet in 06-12345678",
        "if I create a contact Bob Smith, bob@x.example, what happens?",
        "how do I create a contact?",
        "hoe maak ik een contact aan?",
        "she said: create a contact Bob Smith, bob@x.example",
        "her phone number is now 06-12345678",
        "change her phone",
        "change her phone to the new one",
        "change her phone to 06-12345678 because she moved",
        "change it to Utrecht",
        "change company of Ana Silva to Smith, Jones and Partners",
        "update Ana: she moved to Utrecht",
        "change phone to 06-12345678",
        "make me a sandwich",
        "update Ana Silva: mentor Bob",
        "is there life on mars?",
        "do you have a minute?",
        "my phone number is 06-12345678",
        "update a contact",
        "delete Ana Silva",
        "add a note to Ana Silva",
        "create a company Acme",
        "create Bob Smith and create Jan Smit",
        "send an email to ana@acme.example",
        "what is the capital of France?",
        "yes",
        "ok",
        "2",
        "more",
        "",
        "   ",
        "?!",
    ],
)
def test_it_writes_and_searches_nothing(typed):
    assert call_for(typed) is None


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("hello", "hallo"),
        ("thanks!", "dank je wel, bedankt"),
        ("how are you?", "hoe gaat het?"),
        ("what's the weather like?", "wat voor weer wordt het?"),
        ("tell me a joke", "vertel eens een mop"),
        ("bye", "tot ziens"),
        ("what can you do?", "wat kun je?"),
    ],
)
def test_it_chats_briefly_without_tools(english, dutch):
    for typed, language in ((english, "en"), (dutch, "nl")):
        chat = Chat(language=language)
        answer = chat.say(typed)
        assert answer.text
        assert not chat.calls
    assert Chat(language="en").say(english).text != Chat(language="nl").say(dutch).text


@pytest.mark.parametrize("typed", ["who are you?", "wie ben je?", "are you an AI?", "colourless green ideas sleep"])
def test_it_says_what_it_is_when_asked_or_lost(typed):
    assert "OPENAI_API_KEY" in Chat().say(typed).text


def test_the_language_is_the_fixed_one_else_the_typed_one_else_the_last_one():
    assert Chat(language="nl").say("hello").text.startswith("Hallo")
    assert Chat().say("zoek Jan", found()).text.startswith("Ik heb geen contact gevonden")
    chat = Chat(button="create", language=None)
    assert "e-mail address" in chat.say("Jan van der Berg").text
    chat = Chat(language=None)
    chat.say("maak een contact aan")
    assert "e-mailadres" in chat.say("Bob Smith").text


def test_a_long_message_is_not_taken_for_a_request():
    assert call_for("create a contact Bob Smith, bob@x.example, " + "word " * 500, seen=[SEEN_ANA]) is None
