"""Whether a contact answers a search: asked only of contacts too new for HubSpot's index to know.

A close reading of HubSpot's rules, not all of them: case does not count, a word of the query is the
beginning of a word of the contact, accents do not count.
"""

import re
from datetime import datetime

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.names import folded_name
from hubspot_agent.hubspot.phone_search import PHONE_PROPERTIES, Phone
from hubspot_agent.hubspot.search_request import QUERY_PROPERTIES, SearchRequest

#: Scripts that put no spaces between words: each of their letters may begin one.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def matches(contact: Contact, search: SearchRequest) -> bool:
    """Tell whether a contact, read with all properties that the search looks at, belongs into its results."""
    return (
        _has_words(contact, search.query or "")
        and has_email(contact, search.email)
        and has_phone(contact, search.phone, search.default_region)
        and _is_linked(contact, search.company_ids)
        and all(_holds(contact, condition) for condition in search.filters)
        and (not search.any_of or any(all(_holds(contact, one) for one in group) for group in search.any_of))
    )


def has_email(contact: Contact, email: str | None) -> bool:
    """Tell whether a contact has this address, primary or secondary; None asks for nothing."""
    listed = ";".join((contact.email, contact.properties.get("hs_additional_emails", "")))
    return email is None or email in {address.strip().lower() for address in listed.split(";")}


def has_phone(contact: Contact, phone: Phone | None, default_region: str | None) -> bool:
    """Tell whether a contact has this phone number in any spelling; None asks for nothing."""
    return phone is None or any(
        phone.is_same_as(Phone.parse(contact.properties.get(name, ""), default_region)) for name in PHONE_PROPERTIES
    )


def _is_linked(contact: Contact, company_ids: tuple[str, ...]) -> bool:
    """Tell whether a contact's primary company is one of these; no property says what other links it has."""
    return not company_ids or contact.properties.get("associatedcompanyid", "") in company_ids


def _has_words(contact: Contact, query: str) -> bool:
    words = [word for name in QUERY_PROPERTIES for word in _words(contact.properties.get(name, ""))]
    return all(any(word.startswith(term) for word in words) for term in _words(query))


def _words(text: str) -> list[str]:
    return _WORD.findall(folded_name(text))


def _holds(contact: Contact, condition: SearchFilter) -> bool:
    value = contact.properties.get(condition.read_from(), "")
    wanted = condition.values()
    match condition.operator.upper():
        case "HAS_PROPERTY":
            return bool(value)
        case "NOT_HAS_PROPERTY":
            return not value
        case "EQ":
            return _key(value) == _key(wanted[0])
        case "NEQ":
            return _key(value) != _key(wanted[0])
        case "IN":
            return any(_key(part) in map(_key, wanted) for part in value.split(";"))
        case "NOT_IN":
            return not any(_key(part) in map(_key, wanted) for part in value.split(";"))
        case "CONTAINS_TOKEN":
            return _contains(value, wanted[0])
        case "NOT_CONTAINS_TOKEN":
            return not _contains(value, wanted[0])
        case "BETWEEN":
            return bool(value) and _key(wanted[0]) <= _key(value) <= _key(wanted[1])
        case "LT":
            return bool(value) and _key(value) < _key(wanted[0])
        case "LTE":
            return bool(value) and _key(value) <= _key(wanted[0])
        case "GT":
            return bool(value) and _key(value) > _key(wanted[0])
        case "GTE":
            return bool(value) and _key(value) >= _key(wanted[0])
    return False


def _contains(value: str, wanted: str) -> bool:
    """Tell whether a word of the value is the one wanted, where "*" stands for any signs."""
    pattern = ".*".join(re.escape(part) for part in wanted.casefold().split("*"))
    whole = value.casefold()
    return any(re.fullmatch(pattern, word) for word in (whole, *whole.split(), *_words(value)))


def _key(value: str) -> tuple[int, float, str]:
    """Return what to compare values by: numbers and moments (milliseconds) as numbers, all else as text."""
    text = value.strip().casefold()
    try:
        return 0, float(text), ""
    except ValueError:
        pass
    try:
        return 0, datetime.fromisoformat(text.upper()).timestamp() * 1000, ""
    except ValueError:
        return 1, 0.0, text
