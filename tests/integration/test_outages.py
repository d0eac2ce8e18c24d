"""What the user hears when something outside is wrong: a clear sentence, and the next turn works."""

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import ANA, NO_LIMITS

CONFIG = {"configurable": {"thread_id": "1"}}


def say(graph, words):
    return graph.invoke({"messages": [("user", words)]}, CONFIG)["messages"][-1].content


@pytest.fixture
def account():
    with Sandbox(contacts=[ANA], token="right-token") as crm:
        yield crm


def assistant(crm, token="right-token"):
    port = HubSpotContacts(token, host=crm.url, **NO_LIMITS)
    return build_graph(model=DemoModel(), contacts=port, checkpointer=InMemorySaver())


@pytest.mark.parametrize(("words", "named"), [("find Ana", "token"), ("zoek Ana", "token")])
def test_a_wrong_token(account, words, named):
    answer = say(assistant(account, "wrong-token"), words)
    assert named in answer
    assert "Traceback" not in answer


def test_a_missing_scope(account):
    account.access.scopes = {"crm.objects.contacts.read"}
    graph = assistant(account)
    assert "ana@acme.example" in say(graph, "find Ana")
    assert "scope" in say(graph, "change her phone to +31612345678")
    assert account.contacts()[0]["properties"]["phone"] == ANA["phone"]


def test_the_account_is_gone_in_mid_conversation_and_comes_back(account):
    graph = assistant(account)
    assert "ana@acme.example" in say(graph, "find Ana")
    account.stop()
    answer = say(graph, "change her phone to +31612345678")
    assert "HubSpot" in answer
    assert "Updated" not in answer
    account.start()
    assert "+31612345678" in say(graph, "change her phone to +31612345678")


def test_an_answer_that_is_lost_after_the_write_is_told_truthfully(account):
    account.faults.add(Fault("latency", seconds=0.0, path="/search"))  # The lost answer is not to be a search's.
    account.faults.add(Fault("reset", applied=True, method="POST", path="/crm/v3/objects/contacts", times=1))
    graph = assistant(account)
    result = graph.invoke({"messages": [("user", "create a contact Zed Quark")]}, CONFIG)
    receipts = result["messages"][-1].additional_kwargs["receipts"]
    assert [receipt["outcome"] for receipt in receipts] == ["unknown"]
    assert "buttons" not in result["messages"][-1].additional_kwargs
    assert len(account.contacts()) == 2


@pytest.mark.parametrize("name", ["محمد علي", "דוד כהן", "王小明", "O'Brien-Łukasz", "Zoë van der Berg"])
def test_names_of_all_scripts(account, name):
    graph = assistant(account)
    say(graph, f"create a contact {name}, someone@else.example")
    assert name in say(graph, "find someone@else.example")
    made = account.contacts()[-1]["properties"]
    assert " ".join(filter(None, (made.get("firstname"), made.get("lastname")))) == name
