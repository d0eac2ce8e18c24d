"""What the demo model sees: the same messages as any chat model, and the data that they carry."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from hubspot_agent.demo_model.task import language_of_answer
from hubspot_agent.demo_model.words import NAME_PARTICLES
from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, language_of
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
    def found(self) -> bool:
        """Whether it is a search that was carried out."""
        return self.tool == "search_contacts" and self.result["outcome"] == "done"

    @property
    def code(self) -> str:
        """Of what was not done: why."""
        return self.result.get("code", "")

    @property
    def records(self) -> list[dict[str, Any]]:
        """The contacts it is about: id and properties of each."""
        return [{**each["properties"], "id": each["id"]} for each in self.result["contacts"]]


@dataclass
class View:
    """One call of the model.

    Attributes:
        typed: What the user just typed.
        answers: The assistant's earlier texts, oldest first.
        follows: The assistant's text that `typed` answers, or "".
        fixed_language: The language that the run asks for, if it asks for one.
        approved: Whether the user is shown every write and approves it before it runs.
        seen: Contacts seen earlier in the conversation, newest last.
        observations: What the tools answered in this turn, oldest first.
    """

    typed: str = ""
    answers: list[str] = field(default_factory=list)
    follows: str = ""
    fixed_language: Language | None = None
    approved: bool = False
    seen: list[dict[str, Any]] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)

    @property
    def language(self) -> Language:
        """The language to answer in: the fixed one, else the typed text's, else that of the last answer."""
        # "Jan van der Berg" is a name in any language.
        typed = " ".join(word for word in self.typed.split() if word not in NAME_PARTICLES)
        earlier = [language for answer in self.answers if (language := language_of_answer(answer))]
        return self.fixed_language or language_of(typed) or (earlier or [DEFAULT_LANGUAGE])[-1]


def read(messages: Sequence[BaseMessage]) -> View:
    """Return what `messages`, a model's input, say."""
    view = View()
    places = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    turn = places[-1] if places else len(messages)
    for place, message in enumerate(messages):
        if isinstance(message, SystemMessage) and (told := message.additional_kwargs.get("turn")):
            view.fixed_language, view.approved, view.seen = told["language"], told["approve_writes"], told["pinned"]
        elif isinstance(message, AIMessage) and place < turn and message.text.strip():
            view.answers.append(message.text)
    if places:
        view.typed = messages[turn].text
        before = messages[turn - 1] if turn else None
        view.follows = before.text if isinstance(before, AIMessage) else ""
    names = {
        call["id"]: call["name"]
        for message in messages[turn:]
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    for message in messages[turn:]:
        if isinstance(message, ToolMessage):
            result = result_in(message) or ToolResult(outcome="failed", code="other", contacts=[])
            view.observations.append(Observation(message.name or names.get(message.tool_call_id, ""), result))
    return view
