"""Owners and company records by name: people and models are never shown HubSpot's ids of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hubspot_agent.hubspot import HubSpotContacts, HubSpotError
from hubspot_agent.tools.results import ToolResult
from hubspot_agent.tools.schemas import COMPANY, OWNER

Record = dict[str, Any]


def with_names(port: HubSpotContacts, records: Sequence[Record]) -> tuple[list[Record], list[str]]:
    """Return contacts, as `Contact.as_dict` gives them, with names in the place of ids of owners and companies.

    What cannot be named is left out: a contact is shown all the same when the token may not read owners.

    Returns:
        The records, and a sentence for the model on each kind of name that could not be read.
    """
    names: dict[str, Mapping[str, str]] = {}
    notes = []
    readers: dict[str, tuple[str, Callable[[HubSpotContacts, list[str]], dict[str, str]]]] = {
        OWNER: ("owners", _owner_names),
        COMPANY: ("linked companies", _company_names),
    }
    for name, (what, read) in readers.items():
        ids = {value for each in records if (value := each["properties"].get(name, "")).isdecimal()}
        try:
            names[name] = read(port, sorted(ids)) if ids else {}
        except HubSpotError as error:
            names[name] = {}
            reason = f"The {what} of these contacts could not be read ({error.code}). {error.fix}"
            notes.append(f"{reason} Say so only if the user asks about them.")
    return [_named(each, names) for each in records], notes


def named(port: HubSpotContacts, result: ToolResult) -> ToolResult:
    """Return a tool's result with the names of owners and companies in its contacts."""
    records, notes = with_names(port, result["contacts"])
    shown: ToolResult = {**result, "contacts": records}
    if notes:
        shown["notes"] = [*result.get("notes", ()), *notes]
    return shown


def _owner_names(port: HubSpotContacts, ids: list[str]) -> dict[str, str]:
    owners = {each: port.owners.by_id(each) for each in ids}
    return {owner_id: owner.name for owner_id, owner in owners.items() if owner}


def _company_names(port: HubSpotContacts, ids: list[str]) -> dict[str, str]:
    return {company_id: each.name or each.domain for company_id, each in port.companies.of(ids).items()}


def _named(record: Record, names: Mapping[str, Mapping[str, str]]) -> Record:
    properties = dict(record["properties"])
    for name, known in names.items():
        value = properties.get(name, "")
        if value.isdecimal():
            properties.pop(name)
            if value in known:
                properties[name] = known[value]
    return {**record, "properties": properties}
