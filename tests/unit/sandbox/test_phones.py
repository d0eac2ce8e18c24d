"""Phones of many countries are found by their national digits, however they were written."""

import phonenumbers
import pytest

from hubspot_agent.sandbox import Sandbox
from support.sandbox_http import CONTACTS, call, found

REGIONS = ["NL", "BE", "DE", "FR", "GB", "IE", "ES", "PT", "CH", "AT", "DK", "SE", "NO", "FI", "PL", "CZ", "GR"]
REGIONS += ["TR", "US", "CA", "BR", "MX", "AU", "NZ", "JP", "KR", "IN", "ZA", "NG", "AE", "IL", "SG"]


def spellings(region):
    """Return a mobile number as people of a country write it, and its digits without trunk prefix."""
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    styles = phonenumbers.PhoneNumberFormat
    international = phonenumbers.format_number(number, styles.INTERNATIONAL)
    written = {
        phonenumbers.format_number(number, styles.E164),
        international,
        international.replace(" ", "-"),
        international.replace(" ", ".").replace("+", "00"),
    }
    return sorted(written), str(number.national_number)


@pytest.fixture(scope="module")
def crm():
    with Sandbox(contacts=[]) as crm:
        for region in REGIONS:
            inputs = [{"properties": {"firstname": region, "phone": one}} for one in spellings(region)[0]]
            assert call(crm, "POST", f"{CONTACTS}/batch/create", {"inputs": inputs}).status == 201
        yield crm


@pytest.mark.parametrize("region", REGIONS)
def test_every_spelling_is_found_by_the_national_digits(crm, region):
    written, digits = spellings(region)
    ids = found(crm, ("firstname", "EQ", region))
    assert len(ids) == len(written) >= 3
    searchable = "hs_searchable_calculated_phone_number"
    for filters in (
        [(searchable, "EQ", digits), ("firstname", "EQ", region)],
        [(searchable, "CONTAINS_TOKEN", f"*{digits}"), ("firstname", "EQ", region)],
    ):
        assert found(crm, *filters) == ids
    assert found(crm, ("firstname", "EQ", region), query=digits) == ids
    assert len(found(crm, ("phone", "EQ", written[0]))) == 1
