"""What HubSpot derives by itself: e-mail domain, searchable phone digits, lifecycle dates, bookkeeping."""

import re
from collections.abc import Mapping
from typing import Final

import phonenumbers

from hubspot_agent.sandbox.default_properties import LIFECYCLE_STAGES

_PHONES: Final = {
    "phone": "hs_searchable_calculated_phone_number",
    "mobilephone": "hs_searchable_calculated_mobile_number",
}

#: Properties that every new contact gets (recorded 2022 and 2024).
_BOOKKEEPING: Final = {
    "hs_is_contact": "true",
    "hs_is_unworked": "true",
    "hs_marketable_status": "false",
    "hs_marketable_until_renewal": "false",
    "hs_membership_has_accessed_private_content": "0",
    "hs_object_source": "INTEGRATION",
    "hs_object_source_id": "1",
    "hs_object_source_label": "INTEGRATION",
    "hs_pipeline": "contacts-lifecycle-pipeline",
    "hs_registered_member": "0",
}


def bookkeeping_properties(contact_id: int, now: str) -> dict[str, str]:
    """Return the bookkeeping properties of a contact created at `now`."""
    return {
        **_BOOKKEEPING,
        "createdate": now,
        "hs_all_contact_vids": str(contact_id),
        "hs_object_id": str(contact_id),
        "lastmodifieddate": now,
    }


def derived_properties(changed: Mapping[str, str], now: str) -> dict[str, str]:
    """Return what follows from the properties being written ("" clears), to be stored with them."""
    values: dict[str, str] = {}
    if "email" in changed:
        values["hs_email_domain"] = changed["email"].rpartition("@")[2]
    for name, searchable in _PHONES.items():
        if name in changed:
            values[searchable] = national_digits(changed[name])
    if "phone" in changed:
        values["hs_calculated_phone_number"] = international(changed["phone"])
        values["hs_searchable_calculated_international_phone_number"] = values[
            "hs_calculated_phone_number"
        ].removeprefix("+")
    if changed.get("lifecyclestage") in LIFECYCLE_STAGES:
        values[f"hs_lifecyclestage_{changed['lifecyclestage']}_date"] = now
    return values


def national_digits(phone: str) -> str:
    """Return area code and local number: no country code and no leading zeros ("00004" gives "4")."""
    number = _parsed(phone)
    if number is not None and number.national_number:
        return str(number.national_number)
    return "".join(re.findall(r"[0-9]", phone)).lstrip("0")


def international(phone: str) -> str:
    """Return a phone number in E.164, or "" if it carries no country code."""
    number = _parsed(phone)
    return "" if number is None else phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parsed(phone: str) -> phonenumbers.PhoneNumber | None:
    text = phone.strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    if not text.startswith("+"):
        return None
    try:
        return phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
