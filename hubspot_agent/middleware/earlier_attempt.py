"""What became of a write whose process ended, or was cancelled, before it could tell."""

from datetime import datetime

from hubspot_agent.contacts import changes
from hubspot_agent.guardrails.write_plan import Plan
from hubspot_agent.hubspot import ContactNotFoundError, HubSpotContacts
from hubspot_agent.tools.names import named
from hubspot_agent.tools.operations import complete_creation, with_parts_found
from hubspot_agent.tools.results import ToolResult, written
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER, given_properties


def outcome_of_earlier_attempt(port: HubSpotContacts, plan: Plan, key: str, *, finish: bool) -> ToolResult | None:
    """Find out what became of a write whose process ended, or was cancelled, before it could tell.

    Only what certainly did not happen is run again.

    Args:
        port: The account.
        plan: What was to be written.
        key: The key of the attempt.
        finish: Whether the write is to go on. Of one that a person has decided otherwise about since, no further part
            is written.

    Returns:
        What came of it; `None` where the plan is to be run, from its beginning or once more.
    """
    if plan["contact"]:
        return _outcome_of_earlier_update(port, plan, finish=finish)
    properties = given_properties(plan["args"])
    known = [each["id"] for each in plan["duplicates"]]
    started = datetime.fromisoformat(plan["started"])
    found = port.find_created(properties, started, key=key, known=known)
    if found is not None:
        since = None if finish else started
        return complete_creation(port, found, properties, plan.get("related", {}), only_found_since=since)
    if "email" in properties:
        return None  # HubSpot takes an address only once, so trying again is safe.
    message = (
        "the assistant was interrupted while creating this contact, and HubSpot's search does not show it. Ask the "
        "user to look in HubSpot in a minute before creating it again."
    )
    return ToolResult(outcome="unknown", code="unknown_outcome", message=message, contacts=[])


def decided_too_late(result: ToolResult) -> ToolResult:
    """Return what became of a write that a person decided about once more when it was on its way already."""
    note = (
        "This had been approved and was carried out before the assistant was interrupted; what the user decided "
        "afterwards came too late. Tell the user so, and that undo takes it back."
    )
    return {**result, "notes": [*result.get("notes", ()), note]}


def _outcome_of_earlier_update(port: HubSpotContacts, plan: Plan, *, finish: bool) -> ToolResult | None:
    shown = plan["contact"] or {}
    try:
        now = port.get(shown["id"], properties=tuple(given_properties(plan["args"])))
    except ContactNotFoundError:
        return None
    related, since = plan.get("related", {}), datetime.fromisoformat(plan["started"])
    own = [each for each in plan["changes"] if each["property"] not in (COMPANY, NOTE)]
    values = {each["property"]: each["new"] for each in own}
    if "owner" in related:
        values[OWNER] = related["owner"]["id"]
    own_done = not changes(now.properties, values)
    result = written("update_contact", now, own if own_done else [])
    if own_done and "owner" in related:
        result["written_ids"] = {"owner": related["owner"]["id"], "former_owner": shown["properties"].get(OWNER, "")}
    result = with_parts_found(port, result, related, since, left=[] if own_done else own)
    # Absolute values, a link that is one however often it is made, a note that is looked for: all may be tried again.
    missing, found = result["receipt"].get("not_done"), result["receipt"]["changes"]
    return None if not found or (missing and finish) else named(port, result)
