"""What the user hears when something outside is wrong: a clear sentence, and the next turn works."""

import asyncio
import logging
import time

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from hubspot_agent import Context, HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.hubspot import RetryPolicy
from hubspot_agent.sandbox import Fault, Sandbox
from hubspot_agent.settings import Settings
from support.chat import ANA, NO_LIMITS
from support.drip import DRIPS, answering_with
from support.scripted import ScriptedModel

CONFIG = {"configurable": {"thread_id": "1"}}


def say(graph, words):
    return graph.invoke({"messages": [("user", words)]}, CONFIG)["messages"][-1].content


def answers(graph, words):
    """Return all that is answered to a message."""
    messages = graph.invoke({"messages": [("user", words)]}, CONFIG)["messages"]
    typed = max(place for place, each in enumerate(messages) if each.type == "human")
    return messages[typed + 1 :]


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


def hurried(model, host, seconds):
    settings = Settings(hubspot_timeout=seconds)
    port = HubSpotContacts("right-token", host=host, **NO_LIMITS)
    return build_graph(model=model, contacts=port, checkpointer=InMemorySaver(), settings=settings)


@pytest.mark.parametrize(
    "start", [None, *(pytest.param(start, id=name, marks=pytest.mark.slow) for name, start in DRIPS.items())]
)
@pytest.mark.parametrize("mode", ["sync", pytest.param("async", marks=pytest.mark.slow)])
def test_everything_that_a_turn_tries_shares_its_time(start, mode):
    find, change = ("search_contacts", {"query": "Ana"}), ("create_contact", {"firstname": "Ana"})
    model = ScriptedModel(replies=[[find, find], [change, find], "HubSpot does not answer."])
    with answering_with(start) as host:
        graph, turn = hurried(model, host, 1.0), {"messages": [("user", "find Ana, create Ana")]}
        began = time.monotonic()
        run = graph.invoke(turn, CONFIG) if mode == "sync" else asyncio.run(graph.ainvoke(turn, CONFIG))
        assert time.monotonic() - began < 1.0 + 4.0
    assert run["messages"][-1].content.startswith("HubSpot does not answer.")


@pytest.mark.slow
def test_a_turn_that_goes_on_after_a_pause_has_its_time_anew(account):
    model = ScriptedModel(replies=[[("create_contact", {"firstname": "Eva", "lastname": "Adams"})], "Done."])
    graph = hurried(model, account.url, 1.0)
    account.faults.add(Fault("latency", seconds=0.25))
    asked = graph.invoke({"messages": [("user", "create Eva Adams")]}, CONFIG, context=Context(approve_writes=True))
    assert "__interrupt__" in asked
    graph.invoke(Command(resume={"decisions": [{"type": "approve"}]}), CONFIG, context=Context(approve_writes=True))
    assert len(account.contacts()) == 2


@pytest.mark.slow
def test_while_hubspot_is_away_turns_are_answered_at_once_and_soon_after_it_is_back(account):
    graph = assistant(account)
    assert "ana@acme.example" in say(graph, "find Ana")
    account.stop()
    began = time.monotonic()
    say(graph, "find Ana")
    first = time.monotonic() - began
    say(graph, "find Ana")
    began = time.monotonic()
    assert all("HubSpot" in say(graph, "find Ana") for _ in range(5))
    assert (time.monotonic() - began) / 5 < max(1.5, first / 2)
    account.start()
    time.sleep(2.0)
    assert "ana@acme.example" in say(graph, "find Ana")


def test_an_answer_that_is_lost_after_the_write_is_told_truthfully(account):
    account.faults.add(Fault("latency", seconds=0.0, path="/search"))  # The lost answer is not to be a search's.
    account.faults.add(Fault("reset", applied=True, method="POST", path="/crm/v3/objects/contacts", times=1))
    graph = assistant(account)
    result = graph.invoke({"messages": [("user", "create a contact Zed Quark")]}, CONFIG)
    receipts = result["messages"][-1].additional_kwargs["receipts"]
    assert [receipt["outcome"] for receipt in receipts] == ["unknown"]
    assert "buttons" not in result["messages"][-1].additional_kwargs
    assert len(account.contacts()) == 2


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("address", ["", ", zed@quark.example"])
def test_what_became_of_an_unknown_creation_is_told_in_the_next_turn(account, address, applied, caplog):
    """Also when HubSpot was still away in between, and only once."""
    caplog.set_level(logging.INFO, "hubspot_agent.audit")
    port = HubSpotContacts(
        "right-token", host=account.url, index_delay=0.0, retry=RetryPolicy(attempts=1), time_budget=1.0, **NO_LIMITS
    )
    given = {"firstname": "Zed", "lastname": "Quark", **({"email": "zed@quark.example"} if address else {})}
    model = ScriptedModel(replies=[[("create_contact", given)], *["Yes?"] * 4])
    graph = build_graph(model=model, contacts=port, checkpointer=InMemorySaver())
    # The look by its address is lost as well, but for that of the planning.
    account.faults.add(
        Fault("latency", seconds=0.0, path="/search"),
        Fault("latency", seconds=0.0, method="GET", times=2),
        Fault("reset", applied=applied, method="POST", path="/crm/v3/objects/contacts"),
        Fault("error", status=503),
    )
    port.property_definitions()
    said = answers(graph, f"create Zed Quark{address}")
    assert said[-1].additional_kwargs["receipts"][0]["outcome"] == "unknown"
    account.faults.clear()
    account.faults.add(Fault("error", status=503))
    assert [each.content for each in answers(graph, "and?")] == ["Yes?"]
    account.faults.clear()
    told, answer = answers(graph, "and?")
    assert answer.content == "Yes?"
    assert told.content.startswith("Earlier it was not known")
    assert ("it was, HubSpot has Zed Quark" in told.content) == applied
    assert bool(told.additional_kwargs.get("receipts")) == applied == (len(account.contacts()) == 2)
    assert [each.content for each in answers(graph, "and?")] == ["Yes?"]
    records = [record.audit for record in caplog.records if record.name == "hubspot_agent.audit"]
    certain = ["done"] if applied else ["failed"] if address else []
    assert [each["outcome"] for each in records] == ["begun", "unknown", *certain]
    assert len({each["attempt"] for each in records}) == 1


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_what_cannot_be_looked_up_fails_no_turn(account, caplog, asynchronous):
    """Neither an entry of another version nor an error of the application's own."""
    port, away = HubSpotContacts("right-token", host=account.url, **NO_LIMITS), True

    def contacts(context):
        if away:
            raise LookupError("no account for zed@quark.example")
        return port

    model = ScriptedModel(replies=["Yes?"] * 2)
    graph = build_graph(model=model, contacts=contacts, checkpointer=InMemorySaver())
    known = {
        "properties": {"firstname": "Zed", "email": "zed@quark.example"},
        "key": "1",
        "since": "2026-01-01T00:00:00+00:00",
        "known": [],
        "approved_by": None,
    }
    graph.update_state(CONFIG, {"unknown_creations": [{"of": "another version"}, known]}, as_node="agent")

    async def answer():
        turn = {"messages": [("user", "and?")]}
        ended = await graph.ainvoke(turn, CONFIG) if asynchronous else graph.invoke(turn, CONFIG)
        assert ended["messages"][-1].content == "Yes?"
        return ended

    assert (await answer())["unknown_creations"] == [known]
    assert "LookupError" in caplog.text
    assert "quark" not in caplog.text
    away = False
    assert not (await answer())["unknown_creations"]


@pytest.mark.parametrize("name", ["محمد علي", "דוד כהן", "王小明", "O'Brien-Łukasz", "Zoë van der Berg"])
def test_names_of_all_scripts(account, name):
    graph = assistant(account)
    say(graph, f"create a contact {name}, someone@else.example")
    assert name in say(graph, "find someone@else.example")
    made = account.contacts()[-1]["properties"]
    assert " ".join(filter(None, (made.get("firstname"), made.get("lastname")))) == name
