"""What a creation answers."""

import json

from hubspot_agent.tools import contact_tools


def test_everything_written_is_told_and_what_hubspot_filled_in_stands_apart(port):
    _, create, _ = contact_tools(port)
    given = {"firstname": "Eva", "email": "eva@acme.example", "website": "https://acme.example"}
    others = [{"property": "industry", "value": "Retail"}]
    text = create.invoke({**given, "other_properties": others})
    told = json.loads(text.splitlines()[2])
    by_hubspot = told.pop("filled_in_by_hubspot")
    assert told == {"id": told["id"], **given, "industry": "Retail"}
    assert by_hubspot == {"lifecyclestage": "lead"}
