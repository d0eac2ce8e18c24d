"""Plays the turns of one case on a graph, and keeps what was said and what it took."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command
from pydantic import BaseModel

from hubspot_agent.evals.cases import Case, Pressed
from hubspot_agent.evals.decisions import decide, doubts_of, requests_of
from hubspot_agent.evals.end_state import Contact
from hubspot_agent.state import Context
from hubspot_agent.tools.results import result_in

#: A turn that pauses more often than this goes round in circles.
MAX_PAUSES = 20


class Line(BaseModel):
    """One line of a conversation, as a person reads it."""

    who: Literal["user", "assistant", "tool_call", "tool_result", "waiting", "decision"]
    text: str


class ModelCalls(UsageMetadataCallbackHandler):
    """Counts the calls of the model, besides the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        """Count a call."""
        self.count += 1

    def tokens(self, which: Literal["input_tokens", "output_tokens"]) -> int:
        """Return the tokens of all calls, as far as the provider told them."""
        return sum(usage[which] for usage in self.usage_metadata.values())


@dataclass
class PlayedCase:
    """What happened in the conversation of a case.

    Attributes:
        lines: What was said and done, in its order.
        answers: The assistant's texts after the last turn.
        failure: Which failure of the model the last turn ended with, as ``texts/*/failures.toml`` names it.
        error: The type of what the graph raised.
        refusals: Codes of the tool calls that were refused in the last turn, other than by a person.
        pauses: For each pause, the kinds of doubt about the writes that waited.
        turn_seconds: How long each turn took.
    """

    lines: list[Line] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    failure: str | None = None
    error: str | None = None
    refusals: list[str] = field(default_factory=list)
    pauses: list[list[str]] = field(default_factory=list)
    turn_seconds: list[float] = field(default_factory=list)


def play(
    case: Case,
    before: Sequence[Contact],
    graph: CompiledStateGraph[Any, Any, Any, Any],
    conversation: PlayedCase,
    calls: ModelCalls,
    *,
    approve_writes: bool,
) -> None:
    """Play the turns of a case.

    Args:
        case: The case.
        before: The contacts that the CRM holds at first, as `Contents` has them.
        graph: A graph with a checkpointer; its state has `messages`.
        conversation: Is given what happens; whatever is raised, what happened before stays.
        calls: Counts the calls of the model.
        approve_writes: Whether each write waits for a person.

    Raises:
        RuntimeError: A turn does not come to an end.
    """
    config: RunnableConfig = {"configurable": {"thread_id": case.id}, "callbacks": [calls]}
    context = Context(language=case.language, approve_writes=approve_writes, user=case.user)
    known = set[str]()
    for turn in case.turns:
        began = time.perf_counter()
        _say(conversation, "user", turn if isinstance(turn, str) else f"[{turn.action or 'chat opened'}]")
        result = graph.invoke(_input(turn), config, context=context)
        for _ in range(MAX_PAUSES):
            # A graph that has nothing to do returns None.
            if not (interrupts := (result or {}).get("__interrupt__")):
                break
            pause = interrupts[0].value
            result = graph.invoke(_resumed(pause, case, before, conversation), config, context=context)
        else:
            raise RuntimeError(f"A turn paused {MAX_PAUSES} times.")
        conversation.turn_seconds.append(time.perf_counter() - began)
        messages = graph.get_state(config).values.get("messages", [])
        new = [each for each in messages if each.id not in known and not isinstance(each, HumanMessage)]
        known.update(each.id for each in messages)
        _add(conversation, new)


def _input(turn: str | Pressed) -> dict[str, Any]:
    if isinstance(turn, str):
        return {"messages": [("user", turn)]}
    return {"action": turn.action} if turn.action else {}


def _resumed(pause: dict[str, Any], case: Case, before: Sequence[Contact], conversation: PlayedCase) -> Command[Any]:
    if problems := pause.get("problems"):
        raise RuntimeError(f"The decisions were not accepted: {problems}")
    decisions = decide(pause, case, before)
    conversation.pauses.append([doubt for request in requests_of(pause) for doubt in doubts_of(request)])
    for request, decision in zip(requests_of(pause), decisions, strict=True):
        doubts = doubts_of(request)
        waiting = f"{request['name']} {_dumped(request['args'])}"
        _say(conversation, "waiting", f"{waiting} ({', '.join(doubts)})" if doubts else waiting)
        _say(conversation, "decision", str(decision["type"]))
    return Command(resume={"decisions": decisions})


def _add(conversation: PlayedCase, messages: Sequence[BaseMessage]) -> None:
    """Add the messages of a turn; of a turn before only the lines stay."""
    conversation.answers, conversation.refusals, conversation.failure = [], [], None
    for message in messages:
        if isinstance(message, AIMessage):
            if message.text:
                conversation.answers.append(message.text)
                _say(conversation, "assistant", message.text)
            for call in message.tool_calls:
                _say(conversation, "tool_call", f"{call['name']} {_dumped(call['args'])}")
            conversation.failure = message.additional_kwargs.get("failure")
        elif isinstance(message, ToolMessage):
            result = result_in(message)
            if result and result["outcome"] == "refused" and result.get("code") != "rejected":
                conversation.refusals.append(result.get("code", ""))
            _say(conversation, "tool_result", message.text)


def _say(conversation: PlayedCase, who: Any, text: str) -> None:
    conversation.lines.append(Line(who=who, text=text))


def _dumped(arguments: Any) -> str:
    return json.dumps(arguments, ensure_ascii=False)
