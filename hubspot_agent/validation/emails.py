"""E-mail addresses as HubSpot takes and keeps them."""

import re
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email

from hubspot_agent.validation.errors import InvalidValueError

_CODE = "INVALID_EMAIL"
#: The longest address that can be delivered to (RFC 5321, erratum 1690 of RFC 3696).
_LONGEST = 254
#: More characters than any address is written with, its owner's name included.
_LONGEST_WRITTEN = 1_000

_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")


def email(value: str) -> str:
    """Return an address without what is written around it, in lower case.

    "mailto:ana@acme.example" and "Ana Silva <ana@acme.example>" are understood. HubSpot takes an address by RFC 2822,
    so one with other letters than ASCII before the "@" is refused, and an international domain is not; a quoted part
    before the "@" is refused as well (HubSpot: "How does HubSpot validate email addresses?").

    Args:
        value: As typed.

    Raises:
        InvalidValueError: It is no address, or more than one.
    """
    address = _bare(value[:_LONGEST_WRITTEN])
    if len(value) > _LONGEST_WRITTEN or len(address) > _LONGEST:
        raise InvalidValueError(_CODE, "This is too long for an e-mail address: ask the user how it is spelled.")
    if address.count("@") > 1 and re.search(r"[,;\s/|]", address):
        raise InvalidValueError(
            _CODE, "Give one e-mail address; HubSpot keeps further addresses of a contact in a place of its own."
        )
    local, _, _ = address.rpartition("@")
    if not local.isascii():
        raise InvalidValueError(
            _CODE,
            "HubSpot takes only the letters a to z before the @, no accents: ask the user for another address.",
        )
    try:
        # The reserved names of demonstrations, such as acme.test, are meant to be tried out.
        valid = validate_email(
            address, allow_smtputf8=False, strict=True, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        raise InvalidValueError(_CODE, "This is not a valid e-mail address: ask the user how it is spelled.") from None
    top_level = valid.domain.rpartition(".")[2]
    if top_level == valid.domain or len(top_level) < 2:
        raise InvalidValueError(
            _CODE, "The domain of this e-mail address is incomplete: ask the user how it is spelled."
        )
    return valid.normalized.lower()


def emails(value: str) -> str:
    """Return several addresses, cleaned as `email` does, each once and separated by ";".

    Raises:
        InvalidValueError: One of them is no address.
    """
    addresses = [email(part.strip()) for part in re.split("[;,]", value) if part.strip()]
    if not addresses:
        raise InvalidValueError(_CODE, "Give at least one e-mail address.")
    return ";".join(dict.fromkeys(addresses))


def _bare(value: str) -> str:
    """Return the address inside "Name <address>" or "mailto:address"."""
    address = value
    if named := _NAMED.fullmatch(value):
        name, address = named["name"].strip().strip("\"'"), named["address"].strip()
        if "@" in name and name.lower() != address.lower():
            raise InvalidValueError(_CODE, "Two e-mail addresses are given here: ask the user which one is meant.")
    if address[:7].lower() == "mailto:":
        address, _, headers = address[7:].partition("?")
        if "@" in unquote(headers):
            raise InvalidValueError(_CODE, "Give one e-mail address, without the rest of the link.")
        address = unquote(address)
    return address
