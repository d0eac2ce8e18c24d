"""A company record that a write creates: once for all who need it, and told also when the link to it fails."""

from collections.abc import Callable

from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import ANA, Chat
from support.scripted import ScriptedModel

APPROVE = {"type": "approve"}


def test_two_writes_of_one_answer_share_a_new_company(chat: Callable[..., Chat], crm: Sandbox) -> None:
    for path, seconds in (("/companies/search", 0.0), ("/objects/companies", 0.3)):
        crm.faults.add(Fault("latency", seconds=seconds, method="POST", path=path))
    both = [
        ("update_contact", {"contact_id": "101", "link_company": "Newco"}),
        ("create_contact", {"firstname": "Bob", "lastname": "Jones", "link_company": "Newco"}),
    ]
    talk = chat(ScriptedModel(replies=[[("search_contacts", {"email": ANA["email"]})], both, "Done."]))
    talk.say(f"find {ANA['email']}, link her to Newco; create Bob Jones and link him to Newco too")
    answer = talk.decide(APPROVE, APPROVE)
    assert [each["outcome"] for each in answer.additional_kwargs["receipts"]] == ["done", "done"]
    [company] = crm.companies()
    assert [crm.associations(each["id"]) for each in crm.contacts()] == [[company["id"]]] * 2
