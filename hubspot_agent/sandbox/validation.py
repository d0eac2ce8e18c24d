"""Which property values HubSpot takes, and its codes for those it refuses."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from hubspot_agent.sandbox import times
from hubspot_agent.sandbox.errors import InvalidValue, invalid_properties
from hubspot_agent.sandbox.profiles import Assumptions
from hubspot_agent.sandbox.properties import Definitions, Property

#: Longest value in characters (HubSpot's documentation).
MAX_VALUE_CHARACTERS: Final = 65_536

_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f\x7f<>(),;:\\\"\[\]]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,300}\.?\d{0,300}|\.\d{1,300})(?:[eE][+-]?\d{1,3})?", re.ASCII)


class Validator:
    """Checks and normalises the properties of a write."""

    def __init__(self, definitions: Definitions, owners: Collection[str], assumptions: Assumptions):
        self._definitions = definitions
        self._owners = owners
        self._assumptions = assumptions

    def checked(
        self, sent: Mapping[str, str], stored: Mapping[str, str], *, read_only_too: bool = False
    ) -> dict[str, str]:
        """Return the values to store ("" clears).

        Args:
            sent: Values as sent.
            stored: The contact's present values; a leading `;` appends to them.
            read_only_too: Whether read-only properties may be set, as for seeds.

        Raises:
            ApiError: 400 with every bad property.
        """
        values: dict[str, str] = {}
        invalid_values: list[InvalidValue] = []
        for name, value in sent.items():
            outcome = self._check(name, value, stored.get(name, ""), read_only_too)
            if isinstance(outcome, InvalidValue):
                invalid_values.append(outcome)
            else:
                values[name] = outcome
        if invalid_values:
            raise invalid_properties(invalid_values)
        return values

    def _check(self, name: str, value: str, stored: str, read_only_too: bool) -> str | InvalidValue:
        definition = self._definitions.get(name)
        if definition is None:
            return InvalidValue(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist', value)
        if not read_only_too and self._is_read_only(definition):
            how = "is a calculated property" if definition.calculated else "is a read only property"
            return InvalidValue(name, "READ_ONLY_VALUE", f'"{name}" {how}; its value cannot be set.', value)
        if len(value) > MAX_VALUE_CHARACTERS:
            return InvalidValue(
                name,
                "PROPERTY_VALUE_TOO_LONG",
                f"Property values are limited to {MAX_VALUE_CHARACTERS} characters.",
                value,
            )
        if not value:
            return ""
        if name == "email":
            return self._email(value)
        if definition.type == "enumeration":
            return self._options(definition, value, stored)
        return self._typed(definition, value)

    def _is_read_only(self, definition: Property) -> bool:
        writable = definition.name == "createdate" and self._assumptions.createdate_writable
        return definition.read_only and not writable

    def _email(self, value: str) -> str | InvalidValue:
        email = value.strip()
        if not _EMAIL.fullmatch(email):
            return InvalidValue("email", "INVALID_EMAIL", f"Email address {value[:200]} is invalid", value)
        return email.lower() if self._assumptions.lowercase_emails else email

    def _options(self, definition: Property, value: str, stored: str) -> str | InvalidValue:
        allowed: Collection[str] = self._owners if definition.external_options else definition.options
        several = definition.field_type == "checkbox"
        chosen = [part for part in value.split(";") if part] if several else [value]
        for choice in chosen:
            if choice not in allowed:
                return InvalidValue(
                    definition.name,
                    "INVALID_OPTION",
                    f"{choice[:200]} was not one of the allowed options: [{self._listed(definition, allowed)}]",
                    value,
                )
        if several and value.startswith(";"):
            chosen = [*filter(None, stored.split(";")), *chosen]
        return ";".join(dict.fromkeys(chosen))

    def _listed(self, definition: Property, allowed: Collection[str]) -> str:
        if not self._assumptions.options_described or definition.external_options:
            return ", ".join(allowed)
        return ", ".join(
            f'label: "{label}"\nvalue: "{value}"\ndisplay_order: {order}\n'
            for order, (value, label) in enumerate(definition.options.items())
        )

    @staticmethod
    def _typed(definition: Property, value: str) -> str | InvalidValue:
        name = definition.name
        match definition.type:
            case "number" if not _NUMBER.fullmatch(value):
                return InvalidValue(name, "INVALID_LONG", f"{value[:200]} was not a valid long.", value)
            case "bool" if value.lower() not in ("true", "false"):
                return InvalidValue(
                    name,
                    "INVALID_OPTION",
                    f"{value[:200]} was not one of the allowed options: [true, false]",
                    value,
                )
            case "bool":
                return value.lower()
            case "date" | "datetime":
                parse = times.parse_date if definition.type == "date" else times.parse_datetime
                invalid = InvalidValue(name, "INVALID_DATE", f"{value[:200]} was not a valid date.", value)
                return parse(value) or invalid
        return value
