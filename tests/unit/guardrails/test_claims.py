"""What sounds like a write that did not take place, and what does not."""

import pytest

from hubspot_agent.guardrails.claims import contradiction


@pytest.mark.parametrize(
    "said",
    [
        *("Done! Ana is now in Porto.", "Ik heb het gewijzigd.", "C'est fait.", "Das ist erledigt."),
        "I can find Bob, and I've updated his phone.",
        "I can help. Ana is updated.",
        "I can help.\n- Updated Ana",
        "I can do more:\n- search\n\nAna is updated.",
        "No problem, updated.",
    ],
)
def test_a_claim(said):
    assert contradiction(said, []) == "nothing_written"
    assert contradiction(said, [{"outcome": "done"}]) is None
    assert contradiction(said, [{"outcome": "done"}, {"outcome": "failed"}]) == "not_all_written"


@pytest.mark.parametrize(
    "said",
    [
        "Graag gedaan!",
        "You're welcome!",
        "Deleting and merging are done in HubSpot itself.",
        "Nothing was changed.",
        "Shall I save that?",
        "I can search for contacts, create and update them.",
        "I can search, create, update, and tell you when something was last changed.",
        "I can find contacts by name, e-mail, date added or last updated.",
        "Here is what I can do for you:\n- find contacts\n- get contacts created\n- have details updated, or removed.",
        "Ik kan zoeken, toevoegen, en laten zien wat er het laatst gewijzigd is.",
        "Ich kann suchen, nach Datum sortieren, zuletzt geändert oder erstellt.",
        "Je peux chercher, par date, le dernier modifié.",
    ],
)
def test_no_claim(said):
    assert contradiction(said, []) is None
