"""What a person says to writes that wait, as a case has it."""

from typing import Any

import pytest

from hubspot_agent.evals.cases import Case
from hubspot_agent.evals.decisions import decide

BEFORE = [
    {"id": "101", "properties": {"email": "ana@acme.example"}},
    {"id": "102", "properties": {"email": "bo@acme.example"}},
]
UPDATED = {"updated": {"ana@acme.example": {"city": "Delft"}}}
CREATED = {"created": [{"firstname": "Cy"}]}


def request(name: str = "update_contact", doubt: str | None = None, **more: Any) -> dict[str, Any]:
    args = more.pop("args", {"contact_id": "101", "city": "Delft"})
    doubts = [{"kind": doubt, "property": None, "message": ""}] if doubt else []
    return {"name": name, "args": args, "doubts": doubts, "duplicates": more.pop("duplicates", [])}


def decided(*requests: dict[str, Any], allowed: tuple[str, ...] = ("approve", "edit", "reject"), **case: Any) -> Any:
    pause = {
        "action_requests": list(requests),
        "review_configs": [{"action_name": each["name"], "allowed_decisions": [*allowed]} for each in requests],
    }
    return decide(pause, Case.model_validate({"id": "one", "turns": ["x"], "expect": {}, **case}), BEFORE)


APPROVE, REJECT = {"type": "approve"}, {"type": "reject"}
CREATION = {"name": "create_contact", "args": {"firstname": "Cy"}, "duplicates": [{"id": "102"}]}


@pytest.mark.parametrize(
    ("asked", "case", "decision"),
    [
        (request(), {"decide": "reject", "expect": UPDATED}, REJECT),
        (request(), {}, APPROVE),
        (request(doubt="unsaid"), {"expect": UPDATED}, APPROVE),
        (request(doubt="unsaid"), {}, REJECT),
        (request(doubt="unsaid", args={"contact_id": "101", "city": "Ede"}), {"expect": UPDATED}, REJECT),
        (
            request(doubt="unsaid", args={"contact_id": "101", "city": "Ede"}),
            {"expect": {**UPDATED, "undone": [{"city": "Ede"}]}},
            APPROVE,
        ),
        (request(doubt="ambiguous", args={"contact_id": "102", "city": "Delft"}), {"expect": UPDATED}, REJECT),
        (
            request(doubt="unsaid", args={"contact_id": "101", "city": "Delft", "zip": "1"}),
            {"expect": UPDATED},
            REJECT,
        ),
        (request(**CREATION, doubt="duplicate"), {"expect": CREATED, "doubts": ["duplicate"]}, APPROVE),
        (request(**CREATION, doubt="duplicate"), {"doubts": ["duplicate"]}, REJECT),
        (request(**CREATION, doubt="duplicate"), {"decide": "update", "expect": UPDATED}, REJECT),
        # What was created in the conversation has an id that the CRM did not have before.
        (request(doubt="unsaid", args={"contact_id": "103", "firstname": "Cy"}), {"expect": CREATED}, APPROVE),
    ],
)
def test_one_write(asked: dict[str, Any], case: dict[str, Any], decision: dict[str, Any]) -> None:
    assert decided(asked, **case) == [decision]


ACCOUNT = {
    "owners": [
        {"email": "raj@us.example", "firstName": "Raj", "lastName": "Patel"},
        {"email": "sam@us.example", "firstName": "Sam", "lastName": "Carter"},
        {"email": "sam.o@us.example", "firstName": "Sam", "lastName": "Okafor"},
    ],
    "companies": [
        {"name": "Acme", "domain": "acme.example"},
        {"name": "Orchard", "domain": "orchard.example"},
        {"name": "Orchard", "domain": "orchard-group.example"},
    ],
    "user": "raj@us.example",
}


@pytest.mark.parametrize(
    ("given", "expected", "decision"),
    [
        ({"owner": "raj@us.example"}, {"hubspot_owner_id": "raj@us.example"}, APPROVE),
        ({"owner": "raj patel"}, {"hubspot_owner_id": "raj@us.example"}, APPROVE),
        ({"owner": "me"}, {"hubspot_owner_id": "raj@us.example"}, APPROVE),
        ({"owner": "Sam"}, {"hubspot_owner_id": "sam@us.example"}, REJECT),
        ({"owner": "Raj"}, {"hubspot_owner_id": "sam@us.example"}, REJECT),
        ({"owner": "Raj"}, {"city": "Delft"}, REJECT),
        ({"link_company": "Acme"}, {"companies": ["acme.example"]}, APPROVE),
        ({"link_company": "orchard.example"}, {"companies": ["acme.example", "orchard.example"]}, APPROVE),
        ({"link_company": "Orchard"}, {"companies": ["orchard.example"]}, REJECT),
        ({"link_company": "Acme"}, {"notes": ["acme"]}, REJECT),
        ({"note": "I called her."}, {"notes": ["called|rang"]}, APPROVE),
        ({"note": "I called her."}, {"notes": ["quote"]}, REJECT),
        ({"note": "I called her.", "owner": "Raj"}, {"notes": ["called"]}, REJECT),
    ],
)
def test_a_write_of_owner_company_and_note(given: Any, expected: Any, decision: Any) -> None:
    asked = request(doubt="unsaid", args={"contact_id": "101", **given})
    assert decided(asked, **ACCOUNT, expect={"updated": {"ana@acme.example": expected}}) == [decision]


@pytest.mark.parametrize(
    ("case", "updates"),
    [
        ({"decide": "update"}, True),
        ({"decide": "approve", "expect": UPDATED}, True),
        ({"decide": "approve", "expect": CREATED}, False),
        ({"decide": "approve"}, False),
        ({"decide": "reject", "expect": UPDATED}, False),
    ],
)
def test_a_creation_that_cannot_be_approved(case: dict[str, Any], updates: bool) -> None:
    (decision,) = decided(request(**CREATION), allowed=("edit", "reject"), **case)
    action = {"name": "update_contact", "args": {"firstname": "Cy", "contact_id": "102"}}
    assert decision == ({"type": "edit", "edited_action": action} if updates else REJECT)


def test_several_writes_are_decided_in_their_order() -> None:
    assert decided(request(), request(doubt="unsaid", args={"contact_id": "102", "city": "Ede"})) == [APPROVE, REJECT]
