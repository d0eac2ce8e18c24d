"""Approval outside the model: approve, edit, reject; executed exactly once or not at all."""

import sqlite3

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command
from pydantic import Field

from hubspot_agent import Context, build_graph
from hubspot_agent.settings import Settings
from hubspot_agent.state import REOPENED
from support.scripted import ScriptedModel

CREATE_BOB = ("create_contact", {"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example"})
CREATE_EVA = ("create_contact", {"firstname": "Eva", "email": "eva@globex.example"})
WORDS = "create Bob Jones bob@globex.example and Eva eva@globex.example"
APPROVE, REJECT = {"type": "approve"}, {"type": "reject"}


def names(crm):
    return [each["properties"]["firstname"] for each in crm.contacts()]


def edit(**args):
    return {"type": "edit", "edited_action": {"name": "create_contact", "args": args}}


@pytest.mark.parametrize(
    ("decisions", "made"),
    [
        ([APPROVE, APPROVE], ["Bob", "Eva"]),
        ([APPROVE, REJECT], ["Bob"]),
        ([REJECT, APPROVE], ["Eva"]),
        ([REJECT, REJECT], []),
        ([edit(firstname="Robert", email="bob@globex.example"), APPROVE], ["Robert", "Eva"]),
        ([edit(firstname="Bob", other_properties=[{"property": "hubspot_owner_id", "value": "1"}]), REJECT], []),
        ([edit(email="ANA@acme.example"), REJECT], []),
        ([{"type": "edit", "edited_action": {"name": "search_contacts", "args": {"query": "x"}}}, REJECT], []),
        ([{"type": "edit", "edited_action": {"name": "update_contact", "args": {"contact_id": "101"}}}, REJECT], []),
    ],
)
def test_two_writes_in_one_answer(chat, crm, decisions, made):
    talk = chat(ScriptedModel(replies=[[CREATE_BOB, CREATE_EVA], "Done."]), approve_writes=True)
    talk.say(WORDS)
    assert [each["name"] for each in talk.pause["action_requests"]] == ["create_contact"] * 2
    assert [each["action_name"] for each in talk.pause["review_configs"]] == ["create_contact"] * 2
    assert names(crm) == ["Ana"]
    answer = talk.decide(*decisions)
    assert sorted(names(crm)) == sorted(["Ana", *made])
    receipts = [each for each in answer.additional_kwargs.get("receipts", []) if each["outcome"] == "done"]
    assert len(receipts) == len(made)


def test_a_write_that_is_asked_for_again_waits_for_a_person_without_the_model(chat, crm):
    model = ScriptedModel(replies=["Done."])
    talk = chat(model, approve_writes=False)
    name, args = CREATE_BOB
    talk.run({"messages": [HumanMessage("that one", additional_kwargs={REOPENED: {"name": name, "args": args}})]})
    assert (model.seen, names(crm)) == ([], ["Ana"])
    assert talk.pause["action_requests"][0]["args"] == args
    assert {each["property"] for each in talk.pause["action_requests"][0]["doubts"]} == {
        "firstname",
        "lastname",
        "email",
    }
    talk.decide(APPROVE)
    assert names(crm) == ["Ana", "Bob"]


@pytest.mark.parametrize("asked", ["x", {"name": "drop", "args": {}}, {"name": "create_contact", "args": "x"}])
def test_what_is_no_write_is_not_asked_for_again(chat, asked):
    model = ScriptedModel()
    chat(model).run({"messages": [HumanMessage("that one", additional_kwargs={REOPENED: asked})]})
    assert len(model.seen) == 1


@pytest.mark.parametrize(("decision", "made"), [(APPROVE, ["Ana", "Bob"]), (REJECT, ["Ana"])])
async def test_over_astream(port, crm, decision, made):
    graph = build_graph(
        model=ScriptedModel(replies=[[CREATE_BOB], "Done."]), contacts=port, checkpointer=InMemorySaver()
    )
    config = {"configurable": {"thread_id": "1"}}
    context = Context(approve_writes=True)
    turn = {"messages": [("user", WORDS)]}
    events = [event async for event in graph.astream(turn, config, context=context)]
    assert "__interrupt__" in events[-1]
    resume = Command(resume={"decisions": [decision]})
    events = [event async for event in graph.astream(resume, config, context=context)]
    assert events[-1]["agent"]["messages"][-1].content
    assert names(crm) == made


@pytest.mark.parametrize(("decision", "made"), [(APPROVE, ["Ana", "Bob"]), (REJECT, ["Ana"])])
def test_a_restart_between_pause_and_decision(chat, crm, tmp_path, decision, made):
    file = tmp_path / "conversations.sqlite"
    with SqliteSaver.from_conn_string(str(file)) as saver:
        chat(ScriptedModel(replies=[[CREATE_BOB]]), checkpointer=saver, approve_writes=True).say(WORDS)
    with SqliteSaver.from_conn_string(str(file)) as saver:
        again = chat(ScriptedModel(replies=["Done."]), checkpointer=saver, approve_writes=True)
        again.decide(decision)
    assert names(crm) == made


def test_the_model_is_not_asked_again_on_resuming(chat):
    model = ScriptedModel(replies=[[CREATE_BOB], "Done."])
    talk = chat(model, approve_writes=True)
    talk.say(WORDS)
    talk.decide(APPROVE)
    assert len(model.seen) == 2


def test_a_decision_that_makes_no_sense_is_asked_again(chat, crm):
    talk = chat(ScriptedModel(replies=[[CREATE_BOB], "Done."]), approve_writes=True)
    talk.say(WORDS)
    for answer in (
        {"decisions": []},
        {"decisions": [{"type": "respond"}]},
        {"decisions": [{"type": "edit"}]},
        "yes",
    ):
        talk.run(Command(resume=answer))
        assert [each["message"] for each in talk.pause["problems"]]
    assert names(crm) == ["Ana"]
    talk.decide(APPROVE)
    assert names(crm) == ["Ana", "Bob"]


def test_a_bad_value_in_an_edit_is_asked_for_again(chat, crm):
    talk = chat(ScriptedModel(replies=[[CREATE_BOB], "Done."]), approve_writes=True, language="nl")
    talk.say(WORDS)
    talk.decide(edit(firstname="Bob", email="not an address", lifecyclestage="king"))
    assert talk.pause["problems"] == [
        {"request": 0, "property": "email", "message": "Dit is geen geldig e-mailadres."},
        {"request": 0, "property": "lifecyclestage", "message": "Dit is niet een van de opties."},
    ]
    assert talk.pause["action_requests"][0]["args"]["email"] == "bob@globex.example"
    talk.decide(edit(firstname="Rob", email="rob@globex.example"))
    assert names(crm) == ["Ana", "Rob"]


def test_an_existing_address_cannot_be_approved(chat, crm):
    """The rule lives in the graph, for every front end."""
    exists = ("create_contact", {"firstname": "Anna", "email": "ana@acme.example"})
    talk = chat(ScriptedModel(replies=[[exists, CREATE_BOB], "She exists."]))
    talk.say(f"create Anna ana@acme.example, {WORDS}")
    assert [each["allowed_decisions"] for each in talk.pause["review_configs"]] == [
        ["edit", "reject"],
        ["approve", "edit", "reject"],
    ]
    talk.decide(APPROVE, APPROVE)
    assert [each["request"] for each in talk.pause["problems"]] == [0]
    talk.decide(REJECT, APPROVE)
    assert names(crm) == ["Ana", "Bob"]


def test_a_rejection_names_the_contact_that_exists_and_it_can_then_be_updated(chat, crm):
    change = [("update_contact", {"contact_id": "101", "jobtitle": "CFO"})]
    exists = [("create_contact", {"firstname": "Ana", "email": "ana@acme.example", "jobtitle": "CFO"})]
    model = ScriptedModel(replies=[exists, "Ana exists. Shall I update her?", change, "Done."])
    talk = chat(model)
    talk.say("create Ana, ana@acme.example, CFO")
    talk.decide(REJECT)
    told = next(each for each in talk.result["messages"] if isinstance(each, ToolMessage))
    assert "(rejected)" in told.text
    assert "update" in told.text
    assert "ana@acme.example" in told.text
    talk.say("yes, update the existing one")
    assert talk.pause is None
    assert crm.contacts()[0]["properties"]["jobtitle"] == "CFO"


def test_a_message_instead_of_a_decision_drops_the_write(chat, crm):
    model = ScriptedModel(replies=[[CREATE_BOB], "Certainly not.", "Still here."])
    talk = chat(model, approve_writes=True)
    talk.say(WORDS)
    assert talk.say("no, wait").content == "Certainly not."
    assert talk.say("hello").content == "Still here."
    assert names(crm) == ["Ana"]
    asked = {call["id"] for each in model.seen[-1] if isinstance(each, AIMessage) for call in each.tool_calls}
    assert asked == {each.tool_call_id for each in model.seen[-1] if isinstance(each, ToolMessage)}


def test_a_record_changed_meanwhile_is_not_overwritten(chat, crm, port):
    update = [("update_contact", {"contact_id": "101", "phone": "+31612345678"})]
    talk = chat(ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], update, "Sorry."]), approve_writes=True)
    talk.say("set Ana's phone to +31612345678")
    [change] = talk.pause["action_requests"][0]["changes"]
    assert change == {"property": "phone", "old": "+31201234567", "new": "+31612345678"}
    port.update("101", {"jobtitle": "Director"})
    answer = talk.decide(APPROVE)
    assert crm.contacts()[0]["properties"]["phone"] == "+31201234567"
    assert "receipts" not in answer.additional_kwargs
    assert "changed_meanwhile" in talk.result["messages"][-2].content


def test_nothing_to_change_is_not_asked(chat, crm):
    update = [("update_contact", {"contact_id": "101", "company": "Acme"})]
    talk = chat(
        ScriptedModel(replies=[[("search_contacts", {"query": "Ana"})], update, "So it is."]), approve_writes=True
    )
    assert talk.say("Ana works at Acme").content == "So it is."
    assert not any(call.method == "PATCH" for call in crm.requests)


def test_the_checkpoints_of_a_pause_are_plain_data(chat, tmp_path):
    """No class of ours has to be importable to read a conversation."""
    file = tmp_path / "conversations.sqlite"
    with SqliteSaver.from_conn_string(str(file)) as saver:
        talk = chat(ScriptedModel(replies=[[CREATE_BOB], "Done."]), checkpointer=saver, approve_writes=True)
        talk.say(WORDS)
        talk.decide(APPROVE)
    rows = sqlite3.connect(file).execute("select checkpoint from checkpoints").fetchall()
    assert rows
    assert not any(b"hubspot_agent." in row[0] for row in rows)


class DiesOnce(ScriptedModel):
    """Ends the run, as a killed process would, at the first word after a write."""

    dying: list[bool] = Field(default_factory=lambda: [True])

    def _generate(self, messages, *args, **kwargs):
        if isinstance(messages[-1], ToolMessage) and self.dying:
            self.dying.clear()
            raise KeyboardInterrupt
        return super()._generate(messages, *args, **kwargs)


def test_a_decision_that_is_sent_again_after_a_crash_decides_nothing_else(chat, crm):
    talk = chat(DiesOnce(replies=[[CREATE_BOB], [CREATE_EVA], "Done."]), approve_writes=True)
    talk.say(WORDS)
    with pytest.raises(KeyboardInterrupt):
        talk.decide(APPROVE)
    assert names(crm) == ["Ana", "Bob"]
    talk.decide(APPROVE)  # As a server does whose instance died.
    assert names(crm) == ["Ana", "Bob"]
    assert talk.pause["action_requests"][0]["args"]["firstname"] == "Eva"
    talk.decide(APPROVE)
    assert names(crm) == ["Ana", "Bob", "Eva"]


def test_a_setting_has_every_write_approved(port, crm):
    graph = build_graph(
        model=ScriptedModel(replies=[[CREATE_BOB], "Done."]),
        contacts=port,
        checkpointer=InMemorySaver(),
        settings=Settings(approve_writes=True),
    )
    result = graph.invoke({"messages": [("user", WORDS)]}, {"configurable": {"thread_id": "1"}})
    assert result["__interrupt__"]
    assert names(crm) == ["Ana"]


def test_a_creation_made_an_update_is_told_as_one(chat, crm):
    create = [("create_contact", {"firstname": "Ana", "email": "ana@acme.example", "jobtitle": "Partner"})]
    model = ScriptedModel(replies=[create, "Understood."])
    talk = chat(model)
    talk.say("create Ana, ana@acme.example, partner")
    args = {"contact_id": "101", "jobtitle": "Partner"}
    talk.decide({"type": "edit", "edited_action": {"name": "update_contact", "args": args}})
    told = model.seen[-1][-1].text
    assert told.startswith("Updated.")
    assert "chose to update this contact" in told
    assert len(crm.contacts()) == 1
