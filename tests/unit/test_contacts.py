"""What a contact is called."""

import pytest

from hubspot_agent.contacts import Contact

EMAIL = "ana@acme.example"


@pytest.mark.parametrize(
    ("properties", "label"),
    [
        ({"firstname": "Ana", "lastname": "Silva", "email": EMAIL}, f"Ana Silva ({EMAIL})"),
        ({"lastname": "Silva"}, "Silva"),
        ({"email": EMAIL}, EMAIL),
        ({"firstname": EMAIL, "email": EMAIL}, EMAIL),
        ({"phone": "+31201234567"}, "101"),
    ],
)
def test_the_label_is_the_name_and_the_address_that_tells_it_from_others(properties, label):
    assert Contact("101", properties).label == label
