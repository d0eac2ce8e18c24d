"""What is counted and timed, by OpenTelemetry: nothing until the program that runs the graph sets up an SDK.

Labels come from small fixed vocabularies. None ever holds an id, an address, a name or what someone typed.
"""

from asyncio import CancelledError
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any, TypeVar

from opentelemetry.metrics import get_meter

Update = TypeVar("Update", bound=Mapping[str, Any])

_meter = get_meter("hubspot_agent")

#: Upper bounds of the histograms, in seconds: from an answer without a model to the longest wait for HubSpot.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120)

_turns = _meter.create_histogram(
    "hubspot_agent.turn.duration", "s", "Turns of a chat", explicit_bucket_boundaries_advisory=SECONDS
)
_model_calls = _meter.create_histogram(
    "hubspot_agent.model.call.duration", "s", "Calls of the model", explicit_bucket_boundaries_advisory=SECONDS
)
_tokens = _meter.create_counter("hubspot_agent.model.tokens", description="Tokens as the model's provider counts them")
_hubspot_calls = _meter.create_histogram(
    "hubspot_agent.hubspot.call.duration", "s", "Calls of HubSpot", explicit_bucket_boundaries_advisory=SECONDS
)
_waits = _meter.create_histogram(
    "hubspot_agent.wait.duration", "s", "Waits for HubSpot", explicit_bucket_boundaries_advisory=SECONDS
)
_writes = _meter.create_counter("hubspot_agent.writes", description="Attempted writes by what came of them")
_refusals = _meter.create_counter("hubspot_agent.refusals", description="Writes not done, by code")

#: What else came of an attempted write is a refusal, and its code.
_OUTCOMES = ("done", "failed", "unknown", "unchanged")


class Turn:
    """A turn under way.

    Attributes:
        outcome: ``"done"``; ``"paused"`` for an approval; ``"failed"`` with an apology for the model;
            ``"cancelled"``; ``"error"`` when it raised.
    """

    outcome = "done"

    def ended(self, update: Update) -> Update:
        """Take note of what the turn adds to the conversation, and return it."""
        if any(message.additional_kwargs.get("failure") for message in update["messages"]):
            self.outcome = "failed"
        return update


@contextmanager
def turn(kind: str, pause: type[BaseException] | tuple[()] = ()) -> Iterator[Turn]:
    """Count and time a turn.

    Args:
        kind: ``"greeting"``, ``"button"``, ``"undo"`` or ``"agent"``.
        pause: What is raised for an approval.
    """
    counted, started = Turn(), perf_counter()
    try:
        yield counted
    except pause:
        counted.outcome = "paused"
        raise
    except CancelledError:
        counted.outcome = "cancelled"
        raise
    except BaseException:
        counted.outcome = "error"
        raise
    finally:
        _turns.record(perf_counter() - started, {"kind": kind, "outcome": counted.outcome})


@contextmanager
def model_call(name_of: Callable[[Exception], str | None]) -> Iterator[Callable[[Any], None]]:
    """Count and time one call of the model, and the tokens of the answer given to what this yields.

    Args:
        name_of: What names a failure.
    """
    outcome, started = "cancelled", perf_counter()
    try:
        yield _count_tokens
        outcome = "answered"
    except Exception as error:
        outcome = name_of(error) or "error"
        raise
    finally:
        _model_calls.record(perf_counter() - started, {"outcome": outcome})


def hubspot_call(name: str, status: int | str | None, seconds: float) -> None:
    """Count and time one call of HubSpot.

    Args:
        name: The method and a template of the route, such as ``"GET contacts/{id}"``.
        status: The HTTP status; anything else means that no answer came.
        seconds: How long it took.
    """
    method, route = name.split(" ", 1)
    answered = f"{status // 100}xx" if isinstance(status, int) and status else "none"
    _hubspot_calls.record(seconds, {"method": method, "route": route, "status": answered})


def wait(reason: str, seconds: float) -> None:
    """Count and time a wait for HubSpot, when it is one."""
    if seconds > 0:
        _waits.record(seconds, {"reason": reason})


def write(tool: str, outcome: str) -> None:
    """Count an attempted write.

    Args:
        tool: The tool, or ``"undo"``.
        outcome: What came of it, as the audit trail has it.
    """
    refused = outcome not in _OUTCOMES
    _writes.add(1, {"tool": tool, "outcome": "refused" if refused else outcome})
    if refused:
        _refusals.add(1, {"tool": tool, "code": outcome})


def _count_tokens(response: Any) -> None:
    for message in response.result:
        usage = getattr(message, "usage_metadata", None) or {}
        for direction in ("input", "output"):
            if tokens := usage.get(f"{direction}_tokens"):
                _tokens.add(tokens, {"direction": direction})
