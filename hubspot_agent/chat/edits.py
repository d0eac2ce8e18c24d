"""The arguments of a paused write as fields, and back again."""

from collections.abc import Mapping
from typing import Any

from hubspot_agent.tools.schemas import ContactFields, given_properties

_FIELDS = ContactFields.model_fields.keys() - {"other_properties"}


def proposed_changes(request: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what a paused write would change, as the graph found it, or else as the model asked for it."""
    if request.get("changes"):
        return list(request["changes"])
    return [{"property": name, "old": "", "new": value} for name, value in given_properties(request["args"]).items()]


def edited(arguments: Mapping[str, Any], values: Mapping[str, str | None]) -> dict[str, Any]:
    """Return `arguments` with other values for some fields.

    Args:
        arguments: The arguments of `create_contact` or `update_contact`.
        values: The value each field shall have: "" clears it, `None` leaves it as it is.
    """
    kept = {name: value for name, value in arguments.items() if name not in values}
    others = [pair for pair in kept.pop("other_properties", None) or () if pair["property"] not in values]
    cleared = [name for name in kept.pop("clear", None) or () if name not in values]
    for name, value in values.items():
        if value == "":
            cleared.append(name)
        elif value is not None and name in _FIELDS:
            kept[name] = value
        elif value is not None:
            others.append({"property": name, "value": value})
    if others:
        kept["other_properties"] = others
    if cleared:
        kept["clear"] = cleared
    return kept
