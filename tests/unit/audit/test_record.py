"""The audit trail, and what may not stand in any log."""

import io
import logging

import pytest

from support.chat import ANA
from support.scripted import ScriptedModel

WORDS = "set Ana's phone to +31612345678, and create Bob bob@globex.example"
REPLIES = [
    [("search_contacts", {"email": "ana@acme.example"})],
    [
        ("update_contact", {"contact_id": "101", "phone": "+31612345678"}),
        ("update_contact", {"contact_id": "7", "city": "X"}),
    ],
    [("create_contact", {"firstname": "Bob", "email": "bob@globex.example"})],
    "Done.",
]


def test_every_attempt_is_recorded(chat, caplog):
    caplog.set_level(logging.INFO, "hubspot_agent.audit")
    talk = chat(ScriptedModel(replies=list(REPLIES)), user="sam", approve_writes=True, thread="conversation 7")
    talk.say(WORDS)
    talk.decide({"type": "approve"})
    talk.decide({"type": "reject"})
    talk.press("undo")
    records = [record.audit for record in caplog.records if record.name == "hubspot_agent.audit"]
    begun = [each for each in records if each["outcome"] == "begun"]
    assert [each["tool"] for each in begun] == ["update_contact", "undo"], "what is sent is recorded before"
    records = [each for each in records if each not in begun]
    records[:2] = sorted(records[:2], key=lambda each: each["outcome"])  # Two calls of one answer run at once.
    assert [each["attempt"] for each in begun] == [records[0]["attempt"], records[-1]["attempt"]]
    assert [(each["tool"], each["contact_id"], each["outcome"], each["approved_by"]) for each in records] == [
        ("update_contact", "101", "done", "sam"),
        ("update_contact", "7", "unknown_contact", None),
        ("create_contact", None, "rejected", None),
        ("undo", "101", "done", "sam"),
    ]
    first = records[0]
    assert first["before"] == {"phone": ANA["phone"]}
    assert first["after"] == {"phone": "+31612345678"}
    assert {(each["user"], each["conversation"]) for each in records} == {("sam", "conversation 7")}
    assert all(each["time"].startswith("20") for each in records)


@pytest.mark.parametrize("approve_writes", [False, True])
def test_no_log_holds_a_token_or_a_person(chat, crm, approve_writes):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(exc_info)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        logging.getLogger("urllib3").setLevel(logging.DEBUG)
        talk = chat(ScriptedModel(replies=list(REPLIES)), approve_writes=approve_writes)
        talk.say(WORDS)
        if approve_writes:
            talk.decide({"type": "approve"})
            talk.decide({"type": "approve"})
        talk.press("undo")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    log = stream.getvalue()
    assert "hubspot_agent" in log
    for secret in (crm.token, "ana@acme", "ana%40acme", "bob@globex", "31612345678", "201234567", "Silva", "Bob"):
        assert secret not in log
