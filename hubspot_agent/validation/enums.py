"""Values out of a list: the options of an enumeration, yes and no."""

import re
from collections.abc import Iterable

from hubspot_agent.hubspot.property_definitions import PropertyDefinition
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.validation.errors import InvalidValueError
from hubspot_agent.validation.localized_names import language_code
from hubspot_agent.validation.words import folded, nearest

_CODE = "INVALID_OPTION"
#: How many options a refusal lists, how long each, and how like one must be to be proposed.
_LISTED = 30
_LONGEST_OPTION = 60
_LIKE = 70

_YES_OR_NO = {
    **dict.fromkeys(("true", "yes", "y", "1", "on", "ja", "j", "aan", "waar"), "true"),
    **dict.fromkeys(("false", "no", "n", "0", "off", "nee", "uit", "onwaar"), "false"),
}


def option(value: str, definition: PropertyDefinition) -> str:
    """Return the account's own value of an option that is named by its value or label, in any case.

    Several options of a property that takes several (checkboxes) are separated by ";"; a ";" in front adds them to
    those that are set. Options that are kept elsewhere, such as owners, cannot be checked and pass.

    Args:
        value: As typed.
        definition: The property.

    Raises:
        InvalidValueError: There is no such option.
    """
    if definition.external_options or not definition.options:
        return _found(value, definition) or value
    if definition.field_type != "checkbox" or _found(value, definition):
        return _one(value, definition)
    adding = ";" if value.startswith(";") else ""
    parts = _parts(value, ";")
    if len(parts) == 1 and not _found(parts[0], definition) and all(_each(_parts(value, ","), definition)):
        parts = _parts(value, ",")
    chosen = [_one(part, definition) for part in parts]
    if not chosen:
        raise InvalidValueError(_CODE, "Name at least one option.")
    return adding + ";".join(dict.fromkeys(chosen))


def yes_or_no(value: str, definition: PropertyDefinition) -> str:
    """Return "true" or "false".

    Raises:
        InvalidValueError: It is neither.
    """
    known = _found(value, definition) or _YES_OR_NO.get(folded(value))
    if known is None:
        raise InvalidValueError(_CODE, "This is neither yes nor no: give true or false.")
    return known


def _one(value: str, definition: PropertyDefinition) -> str:
    known = _found(value, definition)
    if known is None:
        labels = [shortened(label, _LONGEST_OPTION) for label, _ in definition.options]
        like = nearest(value, {label: label for label in labels}, _LIKE)
        meant = f'did you mean "{like[0]}"? The' if like else "the"
        more = f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else ""
        raise InvalidValueError(
            _CODE, f"This is not one of the options; {meant} allowed ones are: {', '.join(labels[:_LISTED])}{more}."
        )
    return known


def _found(value: str, definition: PropertyDefinition) -> str | None:
    """Return the one option that is meant: by its exact value or label before any other spelling or language."""
    wanted = _key(value)
    for hits in (
        {known for _, known in definition.options if known == value},
        {known for label, known in definition.options if label == value},
        {known for label, known in definition.options if wanted in (_key(label), _key(known))},
        {known for _, known in definition.options if "language" in definition.name and known == language_code(value)},
    ):
        if len(hits) == 1:
            return hits.pop()
    return None


def _key(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", folded(text)).strip()


def _parts(value: str, separator: str) -> list[str]:
    return [part.strip() for part in value.split(separator) if part.strip()]


def _each(parts: Iterable[str], definition: PropertyDefinition) -> list[str | None]:
    return [_found(part, definition) for part in parts]
