"""Runs cases, several at once, each on a sandbox of its own: real HTTP and the real graph."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph

from hubspot_agent.evals.account import account_of, contents
from hubspot_agent.evals.cases import Case
from hubspot_agent.evals.conversation import ModelCalls, PlayedCase, play
from hubspot_agent.evals.end_state import company_differences, differences
from hubspot_agent.evals.verdict import CaseResult, judge
from hubspot_agent.llm.errors import failure_key

#: A chat model; or what returns the one for a case, by the case's id.
Model = BaseChatModel | Callable[[str], BaseChatModel]
#: As `build_graph`: is given `model`, `contacts` and `checkpointer`, and returns a graph whose state has `messages`.
GraphBuilder = Callable[..., CompiledStateGraph[Any, Any, Any, Any]]

#: Failures of the model's provider that may be gone in a while; the case is played again.
PASSING_FAILURES = frozenset(("model_rate_limit", "model_timeout", "model_connection", "model_unavailable"))
#: Failures that every case would meet; the run stops.
LASTING_FAILURES = frozenset(
    ("model_authentication", "model_not_configured", "model_not_found", "model_permission", "model_quota")
)
#: Seconds to wait before a case is played again, and once more.
RETRY_WAITS_S = (5.0, 30.0)


class ModelUnusableError(Exception):
    """The model's provider refuses every call.

    Attributes:
        key: Why, as ``texts/*/failures.toml`` names it.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The model cannot be used: {key}.")


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How cases are run.

    Attributes:
        model: The chat model; or what returns the one for a case, by the case's id.
        build_graph: Returns the graph of a case; `build_graph`, or an application's own.
        approve_writes: Whether each write waits for a person, who decides as the case says.
        repeat: How often each case is run.
        at_once: How many are run at the same time.
        retry_waits: Seconds to wait before a case whose model failed is played again.
    """

    model: Model
    build_graph: GraphBuilder
    approve_writes: bool = False
    repeat: int = 1
    at_once: int = 8
    retry_waits: Sequence[float] = RETRY_WAITS_S


def evaluate(
    cases: Sequence[Case], evaluation: Evaluation, done: frozenset[tuple[str, int]] = frozenset()
) -> Iterator[CaseResult]:
    """Run `cases` and yield what came of each, as they end.

    Args:
        cases: What to run.
        evaluation: How.
        done: Runs to leave out, by case and number: those of an earlier, interrupted evaluation.

    Raises:
        ModelUnusableError: The model's provider refuses every call.
    """
    runs = [(case, run) for run in range(1, evaluation.repeat + 1) for case in cases if (case.id, run) not in done]
    with _pool(evaluation.at_once) as pool:
        waiting = {pool.submit(run_case, case, evaluation, run) for case, run in runs}
        while waiting:
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in ended:
                result = each.result()
                if result.failure in LASTING_FAILURES:
                    raise ModelUnusableError(result.failure)
                yield result


def run_case(case: Case, evaluation: Evaluation, run: int = 1) -> CaseResult:
    """Run one case, again while its model fails in a way that may pass."""
    for seconds in (*evaluation.retry_waits, None):
        result = _run_once(case, evaluation, run)
        if result.failure not in PASSING_FAILURES or result.outcome != "model_failure" or seconds is None:
            break
        time.sleep(seconds)
    return result


def _run_once(case: Case, evaluation: Evaluation, run: int) -> CaseResult:
    calls = ModelCalls()
    with account_of(case) as (crm, port):
        before, prepared = contents(crm), len(crm.requests)
        model = evaluation.model
        if not isinstance(model, BaseChatModel):
            model = model(case.id if evaluation.repeat == 1 else f"{case.id}-{run}")
        graph = evaluation.build_graph(model=model, contacts=port, checkpointer=InMemorySaver())
        conversation = PlayedCase()
        try:
            play(case, before.contacts, graph, conversation, calls, approve_writes=evaluation.approve_writes)
        except Exception as error:  # Whatever the graph raises is the case's own miss, and not the end of the others.
            conversation.failure = failure_key(error)
            conversation.error = type(error).__name__
        after = contents(crm)
        found = differences(before.contacts, after.contacts, case.expect)
        found += company_differences(before.companies, after.companies, case.expect)
        result = judge(case, conversation, found, approve_writes=evaluation.approve_writes)
        changes: dict[str, Any] = {
            "run": run,
            "hubspot_calls": len(crm.requests) - prepared,
            "model_calls": calls.count,
            "input_tokens": calls.tokens("input_tokens"),
            "output_tokens": calls.tokens("output_tokens"),
        }
    return result.model_copy(update=changes)


@contextmanager
def _pool(at_once: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of threads; whatever happens, runs that have not begun do not begin."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="eval")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
