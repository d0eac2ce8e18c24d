"""What the demo model sees: the same messages as any chat model, and the data that they carry."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from hubspot_agent.demo_model.task import language_of_answer
from hubspot_agent.demo_model.words import NAME_PARTICLES
from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, Texts, language_of
from hubspot_agent.tools.results import ToolResult, result_in


@dataclass(frozen=True)
class Observation:
    """What a tool answered in this turn.

    Attributes:
        tool: The tool's name.
        result: Its result; one without a result, of another tool or another agent, counts as failed.
    """

    tool: str
    result: ToolResult

    @property
    def search_succeeded(self) -> bool:
        """Whether it is a search that was carried out."""
        return self.tool == "search_contacts" and self.result["outcome"] == "done"

    @property
    def code(self) -> str:
        """Of what was not done: why."""
        return self.result.get("code", "")

    @property
    def records(self) -> list[dict[str, Any]]:
        """The contacts it is about: id, properties and notes of each."""
        return [
            {**each["properties"], "id": each["id"], "notes": each.get("notes", ())} for each in self.result["contacts"]
        ]


@dataclass
class View:
    """The messages of one call of the model, read.

    Attributes:
        typed: What the user just typed.
        answers: The assistant's earlier texts, oldest first.
        previous_answer: The assistant's text that `typed` answers, or "".
        texts: The language to answer in.
        approve_writes: Whether the user is shown every write and approves it before it runs.
        pinned: Contacts seen earlier in the conversation, newest last.
        observations: What the tools answered in this turn, oldest first.
    """

    typed: str = ""
    answers: list[str] = field(default_factory=list)
    previous_answer: str = ""
    texts: Texts = field(default_factory=Texts)
    approve_writes: bool = False
    pinned: list[dict[str, Any]] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)


def read_messages(messages: Sequence[BaseMessage]) -> View:
    """Return what `messages`, a model's input, say."""
    view = View()
    run_language: Language | None = None
    places = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    start = places[-1] if places else len(messages)
    for place, message in enumerate(messages):
        if isinstance(message, SystemMessage) and (turn := message.additional_kwargs.get("turn")):
            run_language, view.approve_writes, view.pinned = turn["language"], turn["approve_writes"], turn["pinned"]
        elif isinstance(message, AIMessage) and place < start and message.text.strip():
            view.answers.append(message.text)
    if places:
        view.typed = messages[start].text
        before = messages[start - 1] if start else None
        view.previous_answer = before.text if isinstance(before, AIMessage) else ""
    names = {
        call["id"]: call["name"]
        for message in messages[start:]
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    for message in messages[start:]:
        if isinstance(message, ToolMessage):
            result = result_in(message) or ToolResult(outcome="failed", code="other", contacts=[])
            view.observations.append(Observation(message.name or names.get(message.tool_call_id, ""), result))
    view.texts = Texts(run_language or _language(view.typed, view.answers))
    return view


def _language(typed: str, answers: Sequence[str]) -> Language:
    """Return the language of what was typed, else that of the last answer that tells."""
    # "Jan van der Berg" is a name in any language.
    words = " ".join(word for word in typed.split() if word not in NAME_PARTICLES)
    answer_languages = filter(None, map(language_of_answer, reversed(answers)))
    return language_of(words) or next(answer_languages, DEFAULT_LANGUAGE)
