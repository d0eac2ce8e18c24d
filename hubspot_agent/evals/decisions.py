"""What a person says to the writes of a pause, as a case has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubspot_agent.evals.cases import Accepted, Case
from hubspot_agent.evals.end_state import Contact, accepts, id_of
from hubspot_agent.tools.schemas import given_properties


def decide(pause: Mapping[str, Any], case: Case, before: Sequence[Contact]) -> list[dict[str, Any]]:
    """Return a decision for each write that waits, in their order.

    "reject" rejects. "approve" approves, and "update" has the likely duplicate updated in the place of a creation, with
    two exceptions, as a person who reads what waits would make them:

    - A write with a doubt is rejected unless the case expects that contact to get those values.
    - A creation that cannot be approved, because the e-mail address exists, becomes the update of that contact where
      the case expects an update and no creation; else it is rejected.

    Args:
        pause: The value of the graph's interrupt: `action_requests` and `review_configs`.
        case: Whose pause it is.
        before: The contacts that the CRM held at first, as `Sandbox.contacts` returns them.
    """
    allowed = [each["allowed_decisions"] for each in pause["review_configs"]]
    waiting = zip(requests_of(pause), allowed, strict=True)
    return [_decision(request, decisions, case, before) for request, decisions in waiting]


def requests_of(pause: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the writes that wait in a pause."""
    return list(pause.get("action_requests", ()))


def doubts_of(request: Mapping[str, Any]) -> list[str]:
    """Return the kinds of doubt for which a write waits."""
    return [each["kind"] for each in request.get("doubts") or ()]


def _decision(
    request: Mapping[str, Any], allowed: Sequence[str], case: Case, before: Sequence[Contact]
) -> dict[str, Any]:
    if case.decide == "reject":
        return {"type": "reject"}
    args = request["args"]
    decision: dict[str, Any] = {"type": "approve"}
    expects_update = bool(case.expect.updated) and not case.expect.created
    duplicates = request.get("duplicates") or ()
    if duplicates and (case.decide == "update" or ("approve" not in allowed and expects_update)):
        args = {**args, "contact_id": duplicates[0]["id"]}
        decision = {"type": "edit", "edited_action": {"name": "update_contact", "args": args}}
    elif "approve" not in allowed:
        return {"type": "reject"}
    if doubts_of(request) and not _is_expected(args, case, before):
        return {"type": "reject"}
    return decision


def _is_expected(args: Mapping[str, Any], case: Case, before: Sequence[Contact]) -> bool:
    """Tell whether a write changes what the case expects to change of that contact, and nothing else."""
    contact_id = args.get("contact_id")
    former = next((each["properties"] for each in before if each["id"] == contact_id), None)
    wanted = [each for label, each in case.expect.updated.items() if id_of(label, before) == contact_id]
    if former is None:
        wanted = case.expect.created
    given = given_properties(args)
    values = {name: value for name, value in given.items() if not accepts(name, value, (former or {}).get(name))}
    return any(all(_has(each, name, value) for name, value in values.items()) for each in wanted)


def _has(expected: Mapping[str, Accepted], name: str, value: str) -> bool:
    return any(name in names.split("|") and accepts(name, accepted, value) for names, accepted in expected.items())
