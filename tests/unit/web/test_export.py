"""What a conversation saved as text has of owners, company records and notes."""

from hubspot_agent.web.export import as_text
from hubspot_agent.web.transcript import Item

NOTE = "Wants 40 pallets\n" + "before Friday " * 60
CHANGES = [
    {"property": "hubspot_owner_id", "old": "Sarah Lee", "new": "Raj Patel"},
    {"property": "hs_note_body", "old": "", "new": NOTE},
]


def test_notes_are_saved_in_full() -> None:
    contact = {"id": "1", "properties": {"firstname": "Bob", "hubspot_owner_id": "Raj Patel"}}
    notes = [{"time": "2026-11-02T10:00:00Z", "text": NOTE, "by": "Raj Patel"}]
    receipt = {
        "tool": "update_contact",
        "contact_id": "1",
        "name": "Bob",
        "outcome": "done",
        "changes": CHANGES,
        "url": None,
    }
    items = [
        Item("a", 1, {"kind": "contacts", "contacts": [{**contact, "notes": notes}], "total": 1}),
        Item("b", 2, {"kind": "receipt", "receipt": receipt}),
    ]
    saved = as_text("Update Bob", items, "en")
    assert f"1. Bob: Bob, Raj Patel\n   2026-11-02, Raj Patel: {NOTE}" in saved
    assert "- Owner: Sarah Lee → Raj Patel" in saved
    assert saved.count(NOTE) == 2
