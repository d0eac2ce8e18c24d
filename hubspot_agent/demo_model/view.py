"""What the demo model sees: the same messages as any chat model, read back into plain data."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from hubspot_agent.demo_model.task import language_of_answer
from hubspot_agent.demo_model.words import NAME_PARTICLES
from hubspot_agent.texts import DEFAULT_LANGUAGE, LANGUAGES, Language, language_of

_APPROVED = "without asking for confirmation first"
_FIXED_LANGUAGE = re.compile(r"Answer in \w+ \((\w\w)\)\.")
_FAILURE = re.compile(r"(Not done|Outcome unknown) \((\w+)\):\s*(.*)")
_PAGE = re.compile(r"(\d+) contacts? match(?:es)?; showing (\d+) to (\d+)\.(?:.*after=\"([^\"]*)\")?")


@dataclass(frozen=True)
class Result:
    """What a tool answered in this turn.

    Attributes:
        tool: The tool's name.
        outcome: "found", "created", "updated", "unchanged", "failed" or "unknown".
        records: The contacts in it, as the tool wrote them.
        code: Of a failure, where the tool gives one.
        sentence: Of a failure, the tool's own words.
        total: How many contacts match a search.
        first: The place of the first contact shown.
        after: Where the next page begins, or "".
    """

    tool: str
    outcome: str
    records: list[dict[str, Any]] = field(default_factory=list)
    code: str = ""
    sentence: str = ""
    total: int = 0
    first: int = 1
    after: str = ""


@dataclass
class View:
    """One call of the model.

    Attributes:
        typed: What the user just typed.
        answers: The assistant's earlier texts, oldest first.
        follows: The assistant's text that `typed` answers, or "".
        fixed_language: The language that the system prompt asks for, if it asks for one.
        seen: Contacts seen earlier in the conversation, newest last.
        results: What the tools answered in this turn, oldest first.
    """

    typed: str = ""
    answers: list[str] = field(default_factory=list)
    follows: str = ""
    fixed_language: Language | None = None
    approved: bool = False
    seen: list[dict[str, Any]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

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
        if isinstance(message, SystemMessage):
            _read_prompt(view, message.text)
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
            view.results.append(_result(message, message.name or names.get(message.tool_call_id, "")))
    return view


def _read_prompt(view: View, prompt: str) -> None:
    for line in prompt.split("\n"):
        fixed = _FIXED_LANGUAGE.fullmatch(line.strip())
        if fixed:
            view.fixed_language = next((code for code in LANGUAGES if code == fixed.group(1)), None)
    view.approved = _APPROVED in prompt
    view.seen = [record for record in _block(prompt, "contacts_seen") if record.get("id")]


def _result(message: ToolMessage, tool: str) -> Result:
    content = message.text
    records = _block(content, "crm_data")
    head = content.split("\n", 1)[0].strip()
    failure = _FAILURE.match(head)
    if failure:
        outcome = "unknown" if failure.group(1) == "Outcome unknown" else "failed"
        return Result(tool, outcome, records, failure.group(2), failure.group(3))
    if message.status == "error":
        code = "rejected" if head.startswith("User rejected") else ""
        return Result(tool, "failed", records, code, head)
    page = _PAGE.match(head)
    if page and tool == "search_contacts":
        return Result(
            tool,
            "found",
            records,
            total=int(page.group(1)),
            first=int(page.group(2)),
            after=page.group(4) or "",
        )
    if head.startswith("No contact matches") and tool == "search_contacts":
        return Result(tool, "found")
    if head.startswith("Nothing to change"):
        return Result(tool, "unchanged", records)
    if (tool, head) in (("create_contact", "Created."), ("update_contact", "Updated.")):
        return Result(tool, head[:-1].lower(), records)
    return Result(tool, "failed", records, "", head)


def _block(content: str, tag: str) -> list[dict[str, Any]]:
    """Return the JSON objects in the last ``<tag>`` block; its marks stand alone on their lines."""
    records: list[dict[str, Any]] = []
    inside = False
    for line in content.split("\n"):
        if line.strip() == f"<{tag}>":
            inside, records = True, []
        elif line.strip() == f"</{tag}>":
            inside = False
        elif inside:
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                records.append(record)
    return records
