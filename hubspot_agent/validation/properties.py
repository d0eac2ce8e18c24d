"""`clean`: what is about to be written, brought into the form in which it should be stored.

The same rules hold for a create and an update, whatever the model sends. Nothing here reads or writes anything.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from unicodedata import category, normalize

from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.hubspot.errors import InvalidProperty
from hubspot_agent.hubspot.property_definitions import PropertyDefinition
from hubspot_agent.texts.sanitizing import plain
from hubspot_agent.validation.dates_and_numbers import calendar_date, moment, number
from hubspot_agent.validation.emails import email, emails
from hubspot_agent.validation.enums import option, yes_or_no
from hubspot_agent.validation.errors import InvalidValueError
from hubspot_agent.validation.localized_names import country_code
from hubspot_agent.validation.phones import CleanPhone, phone, region_of
from hubspot_agent.validation.words import nearest

#: HubSpot's limit of a value, in characters (properties guide).
MAX_CHARACTERS = 65_536

#: Properties whose form is known without a definition, because HubSpot gives them no type of their own.
_EMAILS = ("email", "work_email")
_PHONES = ("phone", "mobilephone", "fax")
_NAMES = ("firstname", "lastname", "company", "jobtitle", "salutation", "city", "state", "country")
_LISTED_EMAILS = "hs_additional_emails"

#: How like an unknown name a property must be to be proposed, 0 to 100.
_LIKE = 80
#: Letters of a word that says something in the name of a property.
_TELLING_LETTERS = 5

#: What is not seen and says nothing; joiners are kept, for Persian, Hindi and emoji are spelled with them.
_INVISIBLE = "\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f"
_INVISIBLE_RUN = re.compile(f"[{_INVISIBLE}]+")
#: What may stand around a value without belonging to it: spaces, control and format characters.
_AROUND = "\ufeff" + "".join(
    char for char in map(chr, range(0x3001)) if char.isspace() or category(char) in ("Cc", "Cf")
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left to write, and what cannot be written.

    Attributes:
        values: The values to store, by property; "" empties one.
        problems: Every refused value, with what to do about it.
        phone_doubts: The phone numbers that a person should look at.
    """

    values: dict[str, str]
    problems: tuple[InvalidProperty, ...]
    phone_doubts: Mapping[str, CleanPhone] = field(default_factory=dict)


def clean(
    properties: Mapping[str, str],
    definitions: Mapping[str, PropertyDefinition],
    *,
    default_region: str,
    stored: Mapping[str, str] | None = None,
) -> Cleaned:
    """Return values as they should be stored, and every problem at once. Cleaning again changes nothing.

    Args:
        properties: Values by HubSpot's property name; "" empties a property.
        definitions: The account's properties; when empty, types, options and names cannot be checked.
        default_region: The country, as two letters, of phone numbers that nothing else tells the country of.
        stored: What the contact has already: its country and its other numbers tell the country of a phone number.
    """
    values: dict[str, str] = {}
    problems: list[InvalidProperty] = []
    doubts: dict[str, CleanPhone] = {}
    for name, value in properties.items():
        try:
            values[name] = _cleaned(name, value, definitions)
        except InvalidValueError as invalid:
            problems.append(InvalidProperty(name, invalid.code, str(invalid)))
    for name in [each for each in values if values[each] and is_phone(each, definitions.get(each))]:
        number = phone(values[name], _regions(values, stored or {}, name), default_region)
        values[name] = number.value
        if number.doubt:
            doubts[name] = number
    return Cleaned(values, tuple(problems), doubts)


def is_phone(name: str, definition: PropertyDefinition | None) -> bool:
    """Tell whether a property holds a phone number."""
    typed = definition is not None and (definition.type == "phone_number" or definition.field_type == "phonenumber")
    return name in _PHONES or typed


def _regions(values: Mapping[str, str], stored: Mapping[str, str], name: str) -> list[str]:
    """Return the countries that a contact's data name: that of its address, else those of its other numbers."""
    if country := country_code(values.get("country") or stored.get("country") or ""):
        return [country]
    others = [numbers.get(each, "") for numbers in (values, stored) for each in _PHONES if each != name]
    return list(dict.fromkeys(filter(None, map(region_of, [*others, stored.get(name, "")]))))


def _cleaned(name: str, value: str, definitions: Mapping[str, PropertyDefinition]) -> str:
    definition = definitions.get(name)
    if definition is None and definitions:
        raise InvalidValueError("PROPERTY_DOESNT_EXIST", _no_property(name, definitions))
    if definition is not None and definition.read_only:
        raise InvalidValueError("READ_ONLY_VALUE", _read_only(definition, definitions))
    if not value:
        return ""
    _check_length(value)
    trimmed = value.strip(_AROUND)
    if not trimmed or not _text(trimmed):
        raise InvalidValueError(
            "EMPTY_VALUE", "There is nothing to read in this value: leave it out, or clear the property."
        )
    cleaned = _cleaner(name, definition)(trimmed)
    _check_length(cleaned)
    return cleaned


def _cleaner(name: str, definition: PropertyDefinition | None) -> Callable[[str], str]:
    """Return what cleans a property's values: by its type where HubSpot gives it one, else by its name."""
    kind, form = (definition.type, definition.field_type) if definition else ("string", "textarea")
    if definition is not None and (kind == "bool" or form == "booleancheckbox"):
        return partial(yes_or_no, definition=definition)
    if definition is not None and kind == "enumeration":
        return lambda value: option(_line(value), definition)
    if typed := {"number": number, "date": calendar_date, "datetime": moment}.get(kind):
        return typed
    if name in _EMAILS:
        return email
    if name == _LISTED_EMAILS:
        return emails
    if name in _NAMES:
        return _name
    return _text if form in ("textarea", "html") else _line


def _text(value: str) -> str:
    """Return a text in composed letters, without what cannot be seen; its lines are kept."""
    visible = _INVISIBLE_RUN.sub("", plain(_LINE_END.sub("\n", value)))
    return normalize("NFC", visible).strip(_AROUND)


def _line(value: str) -> str:
    """Return a text on one line."""
    return re.sub(r"[\n\t]+", " ", _text(value))


def _name(value: str) -> str:
    """Return a name as typed, with single spaces."""
    return " ".join(_text(value).split())


def _check_length(value: str) -> None:
    if len(value) > MAX_CHARACTERS:
        raise InvalidValueError(
            "PROPERTY_VALUE_TOO_LONG", f"HubSpot keeps at most {MAX_CHARACTERS:,} characters: shorten it."
        )


def _no_property(name: str, definitions: Mapping[str, PropertyDefinition]) -> str:
    writable = _writable(definitions)
    hits = [
        hit
        for known in ({each.name: each.name for each in writable}, {each.name: each.label for each in writable})
        if (hit := nearest(name, known, _LIKE))
    ]
    if not hits:
        return "The account has no such property: use the internal name of one it has."
    best = max(hits, key=lambda hit: hit[1])[0]
    return f"The account has no such property; did you mean {_shown(definitions[best])}?"


def _read_only(definition: PropertyDefinition, definitions: Mapping[str, PropertyDefinition]) -> str:
    """Say what to write instead: the property that a calculated one is named after, as `hs_email_domain` is."""
    if definition.name == _LISTED_EMAILS:
        return "HubSpot keeps the list of further e-mail addresses itself; only email, the main one, can be written."
    sources = (word for word in definition.name.split("_") if len(word) >= _TELLING_LETTERS)
    for source in sources:
        if named := next((each for each in _writable(definitions) if each.name.startswith(source)), None):
            return f"HubSpot fills this property in by itself; what can be written is {_shown(named)}."
    return "HubSpot fills this property in by itself: leave it out."


def _writable(definitions: Mapping[str, PropertyDefinition]) -> list[PropertyDefinition]:
    """Return the properties that can be written, the common ones first."""
    common = [definitions[name] for name in SHOWN_PROPERTIES if name in definitions]
    return [each for each in dict.fromkeys((*common, *definitions.values())) if not each.read_only]


def _shown(definition: PropertyDefinition) -> str:
    return f"{definition.name} ({definition.label})"
