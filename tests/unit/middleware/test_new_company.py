"""A company record that a write creates or links: once for all who need it, and told when the link to it fails."""

from collections.abc import Callable

import pytest

from hubspot_agent.chat.presentation import parts_not_done
from hubspot_agent.sandbox import Fault, Property, Sandbox
from hubspot_agent.texts import Texts
from support.chat import ANA, Chat, unlimited
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


@pytest.mark.parametrize(("city", "outcome"), [({}, "failed"), ({"city": "Porto"}, "done")])
def test_a_new_company_is_told_although_linking_it_fails(
    chat: Callable[..., Chat], crm: Sandbox, city: dict[str, str], outcome: str
) -> None:
    crm.faults.add(Fault("error", status=400, method="PUT"))
    write = [("update_contact", {"contact_id": "101", "link_company": "Newco", **city})]
    model = ScriptedModel(replies=[[("search_contacts", {"email": ANA["email"]})], write, "Sorry."])
    talk = chat(model)
    talk.say(f"find {ANA['email']}, link her to Newco; she lives in Porto")
    [receipt] = talk.decide(APPROVE).additional_kwargs["receipts"]
    assert receipt["outcome"] == outcome
    assert "The company record was created" in parts_not_done(receipt, Texts("en"))[0]
    assert "The company record itself was created." in model.seen[-1][-1].text
    assert len(crm.companies()) == 1


@pytest.mark.parametrize("fails", [False, True])
def test_a_contact_created_by_key_is_linked_after_it_and_the_receipt_says_if_that_failed(
    chat: Callable[..., Chat], fails: bool
) -> None:
    key = Property("assistant_create_key", unique=True)
    with (
        Sandbox(contacts=[], companies=[{"name": "Globex"}], properties=[key]) as crm,
        unlimited(crm, create_key_property=key.name) as port,
    ):
        if fails:
            crm.faults.add(Fault("error", status=400, method="PUT"))
        bob = {"firstname": "Bob", "lastname": "Jones", "link_company": "Globex"}
        talk = chat(ScriptedModel(replies=[[("create_contact", bob)], "Done."]), contacts=port)
        answer = talk.say("create Bob Jones and link him to Globex")
        [receipt] = answer.additional_kwargs["receipts"]
        linked = "associatedcompanyid" in {each["property"] for each in receipt["changes"]}
        assert (linked, bool(receipt.get("not_done"))) == (not fails, fails)
        assert [bool(crm.associations(each["id"])) for each in crm.contacts()] == [not fails]
