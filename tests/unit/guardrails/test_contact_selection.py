"""Whom the user means among several contacts that were shown."""

import pytest

from hubspot_agent.guardrails.contact_selection import is_chosen

NAMES = ["Ana Silva", "Bob Jones", "Cas Visser"]
SHOWN = [
    {
        "id": str(101 + place),
        "name": name,
        "email": f"{name.split()[0].lower()}@x.example",
        "properties": {"city": city},
        "listing": "call_1",
        "of": 3,
        "place": place,
    }
    for place, (name, city) in enumerate(zip(NAMES, ["Porto", "Utrecht", "Breda"], strict=True))
]


def chosen(said, new_values=()):
    return [each["name"].split()[0] for each in SHOWN if is_chosen(each, SHOWN, [said], "", new_values)]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("the second one moved to The Hague", ["Bob"]),
        ("de laatste", ["Cas"]),
        ("all three moved to The Hague", ["Ana", "Bob", "Cas"]),
        ("alle drie", ["Ana", "Bob", "Cas"]),
        ("the one in Utrecht", ["Bob"]),
        ("Ana, please", ["Ana"]),
        ("bob@x.example", ["Bob"]),
        ("https://app.hubspot.com/contacts/1/record/0-1/103", ["Cas"]),
        ("not Ana", []),
        ("the contact", []),
    ],
)
def test_by_place_by_name_by_what_tells_them_apart_or_all(said, names):
    assert chosen(said) == names


def test_a_new_value_chooses_nobody():
    assert chosen("set the city to Utrecht", ["Utrecht"]) == []


@pytest.mark.parametrize("emptied", ["", " ", "\u200b"])
def test_a_field_that_is_emptied_chooses_nobody(emptied):
    assert chosen("empty every phone number", [emptied]) == []
