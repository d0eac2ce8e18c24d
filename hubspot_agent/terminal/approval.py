"""A paused write: shown to the user, who approves, edits or rejects it, or types something else instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_agent.chat.edits import edited, proposed_changes
from hubspot_agent.chat.presentation import contact_label, in_reading_order
from hubspot_agent.terminal.keyboard import Keyboard
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.texts import Language, Texts, text
from hubspot_agent.texts.sanitizing import screen_value

Decision = dict[str, Any]
Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed instead of a decision."""

    words: str


def ask(pause: Mapping[str, Any], screen: Screen, keyboard: Keyboard) -> list[Decision] | Said | None:
    """Ask about each write of a pause, in order.

    Args:
        pause: The value of the graph's interrupt: `action_requests` and `review_configs`.
        screen: Where the writes are shown.
        keyboard: Where the decisions come from.

    Returns:
        One decision a request; or what was typed instead, which drops them all; or `None` at the end of input.
    """
    allowed = {config["action_name"]: config["allowed_decisions"] for config in pause["review_configs"]}
    decisions = []
    for request in pause["action_requests"]:
        decision = _Question(request, screen, keyboard).ask(allowed.get(request["name"], ("approve", "reject")))
        if not isinstance(decision, dict):
            return decision
        decisions.append(decision)
    return decisions


class _Question:
    """Asks about one paused write, in the language that it names."""

    def __init__(self, request: Request, screen: Screen, keyboard: Keyboard) -> None:
        self._request = request
        self._screen = screen
        self._keyboard = keyboard
        self._language: Language = request["language"]

    def ask(self, allowed: Sequence[str]) -> Decision | Said | None:
        """Show the write and return what the user says to it: one of the `allowed` decisions, or something else."""
        self._show()
        return self._decide(allowed)

    def _text(self, key: str, **values: object) -> str:
        return text(f"terminal.{key}", self._language, **values)

    def _show(self) -> None:
        """Show the contact, each field old → new, and the contacts that may be the same person."""
        request = self._request
        contact = request.get("contact")
        if contact:
            heading = text("writes.update", self._language, whom=contact_label(contact))
        elif request["name"] == "create_contact":
            heading = text("writes.create", self._language)
        else:
            heading = request.get("description") or request["name"]
        self._screen.say(heading, "bold")
        unsaid = request.get("unsaid") or ()
        self._screen.changes(proposed_changes(request), self._language, new=not contact, unsaid=unsaid)
        for number, duplicate in enumerate(_duplicates(request), 1):
            sentence = text(f"writes.duplicate_{duplicate['reason']}", self._language, whom=contact_label(duplicate))
            self._screen.say(f"[{number}] {sentence}", "yellow")
            self._screen.changes(duplicate.get("differs") or (), self._language)

    def _decide(self, allowed: Sequence[str]) -> Decision | Said | None:
        duplicates = _duplicates(self._request)
        if any(duplicate["reason"] == "email" for duplicate in duplicates):
            question = "choose_existing"
            allowed = [each for each in allowed if each != "approve"]  # HubSpot refuses a second one anyway.
        else:
            question = "choose_duplicate" if duplicates else "choose"
        answer: str | None = ""
        while answer == "":
            answer = self._keyboard.ask(f"{self._text(question)} ")
        if answer is None:
            return None
        typed = answer.strip().casefold()
        if typed.isascii() and typed.isdigit() and 0 < int(typed) <= len(duplicates):
            arguments = {**self._request["args"], "contact_id": duplicates[int(typed) - 1]["id"]}
            return _edit("update_contact", arguments)
        for decision in allowed:
            if typed in self._text(f"{decision}_words").split():
                return self._edit() if decision == "edit" else {"type": decision}
        return Said(answer)

    def _edit(self) -> Decision | None:
        """Ask field by field; enter keeps a value, a hyphen leaves the field out."""
        self._screen.note(self._text("edit_help"))
        values: dict[str, str | None] = {}
        for change in in_reading_order(proposed_changes(self._request)):
            name, proposed = change["property"], change["new"]
            shown = screen_value(proposed) or self._text("empty")
            answer = self._keyboard.ask(f"  {screen_value(Texts(self._language).field(name))} [{shown}]: ")
            if answer is None:
                return None
            answer = answer.strip()
            values[name] = None if answer == "-" else answer or proposed
        return _edit(self._request["name"], edited(self._request["args"], values))


def _duplicates(request: Request) -> Sequence[Mapping[str, Any]]:
    return request.get("duplicates") or ()


def _edit(name: str, arguments: dict[str, Any]) -> Decision:
    return {"type": "edit", "edited_action": {"name": name, "args": arguments}}
