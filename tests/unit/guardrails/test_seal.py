"""Seals: with a key, nothing runs and nothing is undone that somebody else wrote into the conversation's state."""

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from hubspot_agent import Context, build_graph
from hubspot_agent.settings import Settings
from support.chat import Chat
from support.scripted import ScriptedModel

FIND = [("search_contacts", {"query": "Ana"})]
CHANGE = [("update_contact", {"contact_id": "101", "city": "Porto"})]
WORDS = "Ana's city is Porto"


@pytest.fixture
def sealed(port):
    """Return what begins a conversation on a graph with a key."""

    def begin(*replies, key="k" * 32, saver=None, thread="1", **context):
        model = ScriptedModel(replies=list(replies))
        settings = Settings(signing_key=key)
        graph = build_graph(model=model, contacts=port, checkpointer=saver or InMemorySaver(), settings=settings)
        return Chat(graph, thread, Context(**context))

    return begin


def city(crm):
    return crm.contacts()[0]["properties"].get("city", "")


def write(talk):
    return talk.graph.get_state(talk.config).values["writes"][-1]


def test_approved_edited_and_undone_across_restarts(sealed, crm, tmp_path):
    file = str(tmp_path / "conversations.sqlite")
    edited = {"name": "update_contact", "args": {"contact_id": "101", "city": "Lisbon"}}
    with SqliteSaver.from_conn_string(file) as saver:
        sealed(FIND, CHANGE, saver=saver, approve_writes=True).say(WORDS)
    with SqliteSaver.from_conn_string(file) as saver:
        decided = sealed("Done.", saver=saver).decide({"type": "edit", "edited_action": edited})
        assert [each["outcome"] for each in decided.additional_kwargs["receipts"]] == ["done"]
        assert city(crm) == "Lisbon"
    with SqliteSaver.from_conn_string(file) as saver:
        assert "former values" in sealed(saver=saver).press("undo").content
    assert city(crm) == ""


FORGED = {
    "another value to go back to": lambda own: {
        **own,
        "receipt": {**own["receipt"], "changes": [{**own["receipt"]["changes"][0], "old": "Forged"}]},
    },
    "a creation to archive": lambda own: {**own, "receipt": {**own["receipt"], "tool": "create_contact"}},
    "without a seal": lambda own: {name: value for name, value in own.items() if name != "seal"},
    "a seal that is none": lambda own: {**own, "seal": 7},
    "a seal outside ASCII": lambda own: {**own, "seal": "é"},
    "not a write": lambda own: "undo this",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_write_is_not_undone(sealed, crm, forge):
    talk = sealed(FIND, CHANGE, "Done.", "Hello.")
    talk.say(WORDS)
    talk.graph.update_state(talk.config, {"writes": [forge(write(talk))]}, as_node="undo")
    talk.say("hello")
    answer = talk.press("undo")
    assert "no longer proves" in answer.content
    assert "receipts" not in answer.additional_kwargs
    assert city(crm) == "Porto"
    assert "nothing to undo" in talk.press("undo").content


def test_a_write_of_another_conversation_is_not_undone(sealed, crm):
    first = sealed(FIND, CHANGE, "Done.")
    first.say(WORDS)
    second = Chat(first.graph, "2")
    second.graph.update_state(second.config, {"writes": [write(first)]}, as_node="undo")
    assert "no longer proves" in second.press("undo").content
    assert city(crm) == "Porto"


def paused(talk):
    """Return where the state of the agent that waits can be written, and its plans."""
    [task] = talk.graph.get_state(talk.config, subgraphs=True).tasks
    return task.state.config, task.state.values["plans"]


def forged_plan(plan):
    change = {"property": "city", "old": "", "new": "Forged"}
    return {**plan, "args": {"contact_id": "101", "city": "Forged"}, "changes": [change], "ask": False}


@pytest.mark.parametrize("as_node", ["WritePlanning.after_model", "Approval.after_model"])
def test_a_forged_plan_does_not_run(sealed, crm, as_node):
    talk = sealed(FIND, CHANGE, "Sorry.", approve_writes=True)
    talk.say(WORDS)
    place, plans = paused(talk)
    forged = {name: forged_plan(plan) for name, plan in plans.items()}
    talk.graph.update_state(place, {"plans": forged}, as_node=as_node)
    talk.run(None)
    talk.decide({"type": "approve"})
    assert city(crm) == ""


def test_an_undecided_plan_does_not_run(sealed, crm):
    talk = sealed(FIND, CHANGE, "Sorry.", approve_writes=True)
    talk.say(WORDS)
    place, plans = paused(talk)
    talk.graph.update_state(place, {"plans": plans}, as_node="Approval.after_model")
    talk.run(None)
    assert city(crm) == ""


def test_with_another_key_what_waits_is_asked_again(sealed, crm):
    saver = InMemorySaver()
    sealed(FIND, CHANGE, saver=saver, approve_writes=True).say(WORDS)
    talk = sealed(CHANGE, "Done.", key="x" * 32, saver=saver, approve_writes=True)
    talk.decide({"type": "approve"})
    assert city(crm) == ""
    assert talk.pause
    talk.decide({"type": "approve"})
    assert city(crm) == "Porto"
