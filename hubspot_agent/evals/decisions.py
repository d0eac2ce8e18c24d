"""What a person says to the writes of a pause, as a case has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubspot_agent.evals.account import OWNER
from hubspot_agent.evals.associations import is_company, labels, says
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
        before: The contacts that the CRM held at first, as `Contents` has them.
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
    return any(
        all(_has(each, name, value) for name, value in values.items()) and _has_associations(each, args, case)
        for each in (*wanted, *case.expect.undone)
    )


def _has(expected: Mapping[str, Accepted], name: str, value: str) -> bool:
    return any(name in names.split("|") and accepts(name, accepted, value) for names, accepted in expected.items())


def _has_associations(expected: Mapping[str, Accepted], args: Mapping[str, Any], case: Case) -> bool:
    """Tell whether a case expects the owner, the company and the note that a write gives a contact."""
    owner, company, note = (args.get(name) for name in ("owner", "link_company", "note"))
    companies, notes = labels(expected.get("companies")), labels(expected.get("notes"))
    return (
        (not owner or _has(expected, OWNER, _address(owner, case)))
        and (not company or any(_is_called(company, label, case) for label in companies))
        and (not note or any(says(note, each) for each in notes))
    )


def _address(owner: str, case: Case) -> str:
    """Return the e-mail address of the one owner who is called so; else what was said."""
    said = (case.user if owner.casefold() == "me" else owner).casefold()
    found = [str(each["email"]) for each in case.owners if said in _names(each)]
    return found[0] if len(found) == 1 else owner


def _names(owner: Mapping[str, Any]) -> set[str]:
    first, last = owner.get("firstName", ""), owner.get("lastName", "")
    return {each.casefold() for each in (owner["email"], f"{first} {last}", first)}


def _is_called(said: str, label: str, case: Case) -> bool:
    """Tell whether a write's words for a company, its name or domain, are the company that a case calls `label`."""
    meant = [each for each in case.known_companies if is_company(said, each)]
    return len(meant) == 1 and is_company(label, meant[0])
