"""What the three tools do, on a port to HubSpot. Each raises a `HubSpotError` when that fails."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from hubspot_agent.contacts import IDENTIFYING_PROPERTIES, SHOWN_PROPERTIES, Change, Contact, changes
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.tools.results import ToolResult, refused, written
from hubspot_agent.tools.schemas import Condition, given_properties
from hubspot_agent.tools.search_conditions import record_id, search_filter
from hubspot_agent.validation.errors import InvalidValueError


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """What is known of a write before the tool runs it.

    Attributes:
        key: Names a creation, so that HubSpot can recognise it when it is sent again.
        before: The contact of an update, as it has just been read.
    """

    key: str
    before: Contact | None


#: The write that runs, where it was planned.
planned_write: ContextVar[PlannedWrite | None] = ContextVar("planned_write", default=None)


def search(port: HubSpotContacts, *, shown_properties: Sequence[str] = (), **arguments: Any) -> ToolResult:
    """Search; arguments as `SearchContacts` has them."""
    conditions = [Condition.model_validate(each) for each in arguments.pop("filters", None) or ()]
    fields = list(arguments.pop("fields", None) or ())
    given = {name: value for name, value in arguments.items() if value not in (None, "")}
    if "contact_id" in given:
        return _found_by_id(port, str(given["contact_id"]), fields, shown_properties)
    definitions = port.property_definitions() if conditions else {}
    try:
        filters = [search_filter(each, definitions) for each in conditions]
    except InvalidValueError as error:
        return refused("invalid_value", str(error))
    # A person who sorts or filters by something wants to see it.
    fields += [each.property for each in conditions]
    fields += [str(given["sort"]).removeprefix("-")] if "sort" in given else []
    found = port.search(filters=filters, properties=(*shown_properties, *fields), **given)
    notes = []
    if not found.total and (words := str(given.get("query", "")).split()):
        how = "one word of it, or another spelling, may find it" if len(words) > 1 else "it may be spelled otherwise"
        notes.append(f"If the user is looking for somebody who is there: {how}. Before a creation this is good news.")
    return ToolResult(
        outcome="done",
        contacts=[contact.as_dict() for contact in found.contacts],
        fields=list(dict.fromkeys(fields)),
        total=found.total,
        first=int(given.get("after", 0) or 0) + 1,
        after=found.after,
        notes=notes,
    )


def _found_by_id(port: HubSpotContacts, text: str, fields: Sequence[str], shown: Sequence[str]) -> ToolResult:
    if (contact_id := record_id(text)) is None:
        return refused(
            "not_a_contact_id", "this is neither the id of a contact nor the address of its page in HubSpot."
        )
    contact = port.get(contact_id, properties=(*shown, *fields))
    return ToolResult(outcome="done", contacts=[contact.as_dict()], fields=list(fields), total=1, first=1, after=None)


def create(port: HubSpotContacts, **arguments: Any) -> ToolResult:
    """Create one contact; arguments as `CreateContact` has them."""
    properties = given_properties(arguments)
    if not any(properties.get(name) for name in IDENTIFYING_PROPERTIES):
        return refused("missing_identity", "a contact needs an e-mail address, a first name or a last name.")
    planned = planned_write.get()
    contact = port.create(properties, key=planned.key if planned else None)
    made = [
        Change(property=name, old="", new=contact.properties.get(name, value)) for name, value in properties.items()
    ]
    # HubSpot answers with everything it calculated; what was given and what people are shown is enough.
    shown = {name: value for name, value in contact.properties.items() if name in {*properties, *SHOWN_PROPERTIES}}
    return written("create_contact", replace(contact, properties=shown), made)


def update(port: HubSpotContacts, *, contact_id: str, **arguments: Any) -> ToolResult:
    """Change the given fields of one contact, arguments as `UpdateContact` has them; what already is so is not sent."""
    wanted = given_properties(arguments)
    planned = planned_write.get()
    before = (planned and planned.before) or port.get(contact_id, properties=tuple(wanted))
    differing = changes(before.properties, wanted)
    if not differing:
        return ToolResult(outcome="unchanged", contacts=[before.as_dict()])
    after = port.update(before.id, {each["property"]: each["new"] for each in differing})
    stored: list[Change] = [{**each, "new": after.properties.get(each["property"], each["new"])} for each in differing]
    stored = [each for each in stored if each["new"] != each["old"]]
    if not stored:
        names = ", ".join(each["property"] for each in differing)
        return ToolResult(
            outcome="failed",
            code="not_taken",
            message=f"HubSpot accepted the call but kept the former value of {names}.",
            contacts=[before.as_dict()],
        )
    properties = {**before.properties, **{each["property"]: each["new"] for each in stored}}
    merged = replace(before, id=after.id, properties=properties, updated_at=after.updated_at)
    return written("update_contact", merged, stored)
