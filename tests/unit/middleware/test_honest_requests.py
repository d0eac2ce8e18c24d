"""What honest people ask, in their own way of saying it: right in two turns at most, and asked about at most once."""

import pytest

from hubspot_agent import HubSpotContacts
from hubspot_agent.sandbox import Sandbox
from support.chat import NO_LIMITS
from support.scripted import ScriptedModel

ANA = {"firstname": "Ana", "lastname": "Silva", "email": "ana@acme.example", "jobtitle": "Buyer", "city": "Porto"}
BOB = {"firstname": "Bob", "lastname": "Silva", "email": "bob@acme.example", "jobtitle": "Director", "company": "Acme"}

FIND = [("search_contacts", {"query": "Silva"})]


def update(contact_id, **values):
    return ("update_contact", {"contact_id": contact_id, **values})


@pytest.fixture
def crm():
    with Sandbox(contacts=[ANA, BOB]) as crm:
        yield crm


@pytest.fixture
def port(crm):
    with HubSpotContacts(crm.token, host=crm.url, default_region="NL", **NO_LIMITS) as port:
        yield port


def properties(crm):
    return {each["id"]: each["properties"] for each in crm.contacts()}


def run(talk, turns):
    """Say the turns and approve what waits; return how often a person was asked."""
    asked = 0
    for words in turns:
        talk.say(words)
        while talk.pause:
            requests = talk.pause["action_requests"]
            assert any(each["doubts"] for each in requests)
            talk.decide(*[{"type": "approve"}] * len(requests))
            asked += 1
    return asked


CASES = {
    "a swap": (
        ["find Silva", "swap the job titles of Ana and Bob"],
        [FIND, "Here.", [update("101", jobtitle="Director"), update("102", jobtitle="Buyer")], "Done."],
        {"101": {"jobtitle": "Director"}, "102": {"jobtitle": "Buyer"}},
        1,
    ),
    "both": (
        ["find Silva", "both moved to The Hague"],
        [FIND, "Here.", [update("101", city="The Hague"), update("102", city="The Hague")], "Done."],
        {"101": {"city": "The Hague"}, "102": {"city": "The Hague"}},
        0,
    ),
    "allebei": (
        ["zoek Silva", "allebei werken nu bij Duinhoek"],
        [FIND, "Alstublieft.", [update("101", company="Duinhoek"), update("102", company="Duinhoek")], "Klaar."],
        {"101": {"company": "Duinhoek"}, "102": {"company": "Duinhoek"}},
        0,
    ),
    "dictated": (
        [
            "create Kofi, kofi at mensah dot example, phone oh six one two three four five six seven eight, "
            "post code two five one four A B"
        ],
        [
            [
                (
                    "create_contact",
                    {
                        "firstname": "Kofi",
                        "email": "kofi@mensah.example",
                        "phone": "0612345678",
                        "zip": "2514 AB",
                    },
                )
            ],
            "Done.",
        ],
        {"103": {"email": "kofi@mensah.example", "phone": "+31612345678", "zip": "2514 AB"}},
        0,
    ),
    "gedicteerd": (
        ["maak Kofi aan, kofi apenstaartje mensah punt example, nul zes een twee drie vier vijf zes zeven acht"],
        [
            [("create_contact", {"firstname": "Kofi", "email": "kofi@mensah.example", "phone": "0612345678"})],
            "Klaar.",
        ],
        {"103": {"email": "kofi@mensah.example", "phone": "+31612345678"}},
        0,
    ),
    "the same as another": (
        ["find Silva", "put Bob Silva, bob@acme.example, in the same city as Ana"],
        [FIND, "Here.", [update("102", city="Porto")], "Done."],
        {"102": {"city": "Porto"}},
        1,
    ),
    "upper case": (
        ["find bob@acme.example", "make his company uppercase"],
        [[("search_contacts", {"email": "bob@acme.example"})], "Here.", [update("102", company="ACME")], "Done."],
        {"102": {"company": "ACME"}},
        1,
    ),
    "cancelled after a write": (
        ["ana@acme.example moved to Lisbon", "cancel that"],
        [
            [("search_contacts", {"email": "ana@acme.example"})],
            [update("101", city="Lisbon")],
            "Done.",
            [update("101", city="Porto")],
            "Ana is in Porto again.",
        ],
        {"101": {"city": "Porto"}},
        1,
    ),
}


@pytest.mark.parametrize(("turns", "replies", "expected", "most_asked"), CASES.values(), ids=CASES)
def test_ends_right(chat, crm, turns, replies, expected, most_asked):
    before = properties(crm)
    talk = chat(ScriptedModel(replies=list(replies)))
    assert run(talk, turns) <= most_asked
    after = properties(crm)
    for contact_id, values in expected.items():
        assert {name: after[contact_id].get(name) for name in values} == values
    for contact_id in before.keys() - expected.keys():
        assert after[contact_id] == before[contact_id]
