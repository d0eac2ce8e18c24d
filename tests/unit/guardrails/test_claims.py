"""What sounds like a write that did not take place, and what does not."""

import pytest

from hubspot_agent.guardrails.claims import contradiction


@pytest.mark.parametrize(
    "said", ["Done! Ana is now in Porto.", "Ik heb het gewijzigd.", "C'est fait.", "Das ist erledigt."]
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
    ],
)
def test_no_claim(said):
    assert contradiction(said, []) is None
