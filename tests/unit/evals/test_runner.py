"""Cases run on real sandboxes and the real graph, and what they come to."""

from functools import partial
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from hubspot_agent import build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.evals import Case, CaseResult, Evaluation, evaluate, run_case, summary
from hubspot_agent.evals.careless_model import CarelessModel
from hubspot_agent.evals.cases import case_files, read_cases
from hubspot_agent.evals.unguarded import build_unguarded_graph
from hubspot_agent.middleware import contact_guards
from hubspot_agent.state import Context
from hubspot_agent.tools import contact_tools
from support.scripted import ScriptedModel

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "city": "Ede"}
TO_DELFT = ("update_contact", {"contact_id": "101", "city": "Delft"})
SEARCH = ("search_contacts", {"query": "Ana"})
MOVED = {"updated": {ANA["email"]: {"city": "Delft"}}}
GRAPHS = {"guarded": build_graph, "unguarded": build_unguarded_graph}


def case(*turns: Any, **more: Any) -> Case:
    return Case.model_validate({"id": "one", "contacts": [ANA], "turns": turns, "tags": ["en"], "expect": {}, **more})


def run(played: Case, *replies: Any, build: Any = build_graph, **options: Any) -> CaseResult:
    model = ScriptedModel(replies=list(replies))
    return run_case(played, Evaluation(model=model, build_graph=build, **options))


@pytest.mark.parametrize(
    ("played", "replies", "outcome"),
    [
        (case("Ana Silva moved to Delft", expect=MOVED), ([SEARCH], [TO_DELFT], "Done."), "right"),
        (case("Ana Silva moved to Delft", expect=MOVED), ("Shall I change it?",), "needless_question"),
        (case("Ana Silva moved to Delft", expect=MOVED), ("I have changed it.",), "not_done"),
        (
            case("Ana Silva moved", expect=MOVED),
            ([("update_contact", {"contact_id": "999", "city": "Delft"})], "Sorry."),
            "refusal",
        ),
        (case("where is Ana?", expect={"answer": ["Ede|Delft"]}), ([SEARCH], "In ede."), "right"),
        (case("where is Ana?", expect={"answer": ["Ede"]}), ([SEARCH], "No idea."), "wrong_answer"),
        (case("where is Ana?"), ([SEARCH], "In Ede."), "right"),
    ],
)
def test_what_a_conversation_comes_to(played: Case, replies: Any, outcome: str) -> None:
    result = run(played, *replies)
    assert (result.outcome, result.conversation[0].text) == (outcome, played.turns[0])


def test_a_wrong_write_is_told_with_its_conversation() -> None:
    result = run(case("where is Ana?"), [TO_DELFT], "In Delft.", build=build_unguarded_graph)
    assert result.outcome == "wrong_write"
    assert [(each.contact, each.property, each.expected, each.found) for each in result.differences] == [
        (ANA["email"], "city", "Ede", "Delft")
    ]
    assert [each.who for each in result.conversation] == ["user", "tool_call", "tool_result", "assistant"]


def test_what_it_took_is_counted() -> None:
    replies = AIMessage("Hi.", usage_metadata={"input_tokens": 7, "output_tokens": 2, "total_tokens": 9})
    replies.response_metadata["model_name"] = "scripted"
    result = run(case("find Ana", "hi"), [SEARCH], "Found.", replies)
    assert (result.model_calls, result.hubspot_calls, len(result.turn_seconds)) == (3, 1, 2)
    assert (result.input_tokens, result.output_tokens) == (7, 2)


@pytest.mark.parametrize(
    ("decide", "outcome", "decision"), [("approve", "right", "approve"), ("reject", "not_done", "reject")]
)
def test_with_approvals_each_write_is_decided_as_the_case_says(decide: str, outcome: str, decision: str) -> None:
    played = case("Ana Silva moved to Delft", expect=MOVED, decide=decide)
    result = run(played, [SEARCH], [TO_DELFT], "Done.", approve_writes=True)
    assert result.outcome == outcome
    assert [each.text for each in result.conversation if each.who == "decision"] == [decision]
    assert (len(result.pauses), result.needless_pauses) == (1, 0)


def test_a_chat_is_opened_and_buttons_are_pressed() -> None:
    result = run(case({}, {"action": "search"}, "Ana"), [SEARCH], "In Ede.")
    assert [each.who for each in result.conversation if each.who in ("user", "assistant")] == ["user", "assistant"] * 3


def test_an_error_of_the_graph_is_that_cases_miss() -> None:
    def fail(messages: Any) -> Any:
        raise LookupError("private")

    result = run(case("hi"), fail)
    assert (result.outcome, result.failure) == ("error", "LookupError")
    assert "private" not in result.model_dump_json()


def test_a_model_failure_that_may_pass_is_tried_again_and_then_counted_apart() -> None:
    def fail(messages: Any) -> Any:
        raise TimeoutError

    assert run(case("hi"), fail, "Hello.", retry_waits=(0.0,)).outcome == "right"
    result = run(case("hi"), fail, fail, retry_waits=(0.0,))
    assert (result.outcome, result.failure) == ("model_failure", "model_timeout")
    assert summary([result]).right_share is None


def test_each_repetition_has_a_model_of_its_own_name() -> None:
    named: list[str] = []

    def model(name: str) -> BaseChatModel:
        named.append(name)
        return DemoModel()

    evaluation = Evaluation(model=model, build_graph=build_graph, repeat=2, at_once=1)
    results = list(evaluate([case("find Ana")], evaluation, frozenset({("one", 1)})))
    assert ([each.run for each in results], named) == ([2], ["one-2"])


def test_an_applications_own_agent_is_measured() -> None:
    def build(*, model: Any, contacts: Any, checkpointer: Any) -> Any:
        return create_agent(
            model,
            contact_tools(contacts),
            middleware=contact_guards(contacts),
            context_schema=Context,
            checkpointer=checkpointer,
        )

    result = run(case("Ana Silva moved to Delft", expect=MOVED), [SEARCH], [TO_DELFT], "Done.", build=build)
    assert result.outcome == "right"


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
def test_the_model_without_guards_has_the_same_instructions_and_window(build: Any) -> None:
    model = ScriptedModel(replies=["Hello."] * 6 + [[SEARCH], "Found."])
    played = case(*[f"turn {number}" for number in range(6)], "find Ana")
    run_case(played, Evaluation(model=model, build_graph=partial(build, instructions="Be kind.")))
    first, last = model.seen[-2], model.seen[-1]
    assert first[0].text.startswith("Be kind.")
    assert [each.text for each in first[1:]] == ["turn 4", "Hello.", "turn 5", "Hello.", "find Ana"]
    assert [each.type for each in last[6:]] == ["ai", "tool"]


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_guards_keep_a_careless_model_from_wrong_writes(step: int) -> None:
    cases = read_cases(case_files())[::step]
    wrong = {
        name: sum(
            each.outcome == "wrong_write"
            for each in evaluate(cases, Evaluation(model=CarelessModel(), build_graph=build))
        )
        for name, build in GRAPHS.items()
    }
    assert wrong["guarded"] == 0
    assert wrong["unguarded"] > len(cases) / 3


def test_the_demo_model_runs_a_sample_to_its_end() -> None:
    cases = read_cases(case_files())[::7]
    results = list(evaluate(cases, Evaluation(model=DemoModel(), build_graph=build_graph)))
    numbers = summary(results)
    assert numbers.runs == len(cases)
    assert numbers.outcomes["error"] == numbers.outcomes["model_failure"] == 0
    assert numbers.right_share is not None
