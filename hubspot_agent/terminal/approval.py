"""A paused write: shown to the user, who approves, edits or rejects it, or types something else instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_agent.chat.decisions import Decision, allowed_decisions, decision_on, proposed_changes, typed_decision
from hubspot_agent.chat.presentation import contact_label, in_reading_order, request_heading
from hubspot_agent.terminal.keyboard import Keyboard
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import screen_text, screen_value


@dataclass(frozen=True, slots=True)
class OtherInput:
    """A line that was typed instead of a decision."""

    text: str


def ask_decisions(pause: Mapping[str, Any], screen: Screen, keyboard: Keyboard) -> list[Decision] | OtherInput | None:
    """Ask about each write of a pause, in order.

    Args:
        pause: The value of the graph's interrupt: `action_requests` and `review_configs`.
        screen: Where the writes are shown.
        keyboard: Where the decisions come from.

    Returns:
        One decision a request; or what was typed instead, which drops them all; or `None` at the end of input.
    """
    decisions: list[Decision] = []
    for index in range(len(pause["action_requests"])):
        decision = _ApprovalPrompt(pause, index, screen, keyboard).ask()
        if not isinstance(decision, dict):
            return decision
        decisions.append(decision)
    return decisions


class _ApprovalPrompt:
    """Asks about one request of a pause, in the language that the request names."""

    def __init__(self, pause: Mapping[str, Any], index: int, screen: Screen, keyboard: Keyboard) -> None:
        self._pause = pause
        self._index = index
        self._screen = screen
        self._keyboard = keyboard
        self._request: Mapping[str, Any] = pause["action_requests"][index]
        self._duplicates: Sequence[Mapping[str, Any]] = self._request.get("duplicates") or ()
        self._texts = Texts(self._request["language"])

    def ask(self) -> Decision | OtherInput | None:
        """Show the write, and return the decision, or what was typed instead, or `None` at the end of input."""
        self._show()
        return self._decide()

    def _show(self) -> None:
        """Show the contact, each field old → new, and the contacts that may be the same person."""
        request, texts = self._request, self._texts
        self._screen.say(request_heading(request, texts), "bold")
        self._screen.changes(proposed_changes(request), texts, new=not request.get("contact"))
        for doubt in request.get("doubts", ()):
            if doubt["kind"] != "duplicate":
                self._screen.say(screen_text(doubt["message"]), "yellow")
        for number, duplicate in enumerate(self._duplicates, 1):
            sentence = texts(f"writes.duplicate_{duplicate['reason']}", whom=contact_label(duplicate))
            self._screen.say(f"[{number}] {sentence}", "yellow")
            self._screen.changes(duplicate.get("differs") or (), texts)

    def _decide(self) -> Decision | OtherInput | None:
        allowed = allowed_decisions(self._pause, self._index)
        question = "choose"
        if self._duplicates:
            question = "choose_duplicate" if "approve" in allowed else "choose_existing"
        answer: str | None = ""
        while answer == "":
            answer = self._keyboard.ask(f"{self._texts(f'terminal.{question}')} ")
        if answer is None:
            return None
        typed = answer.strip().casefold()
        if typed.isascii() and typed.isdigit() and 0 < int(typed) <= len(self._duplicates):
            contact = self._duplicates[int(typed) - 1]["id"]
            return decision_on(self._pause, self._index, "update", contact=contact)
        for choice in ("approve", "edit", "reject"):
            if choice in allowed and typed in self._texts(f"terminal.{choice}_words").split():
                return self._edit() if choice == "edit" else decision_on(self._pause, self._index, choice)
        said = typed_decision(answer)
        if said in allowed and not (said == "approve" and self._duplicates):
            return decision_on(self._pause, self._index, said)
        if said == "approve" and any(doubt.get("choices") for doubt in self._request.get("doubts", ())):
            self._screen.note(self._texts("approval.choose"))
            return self._edit()
        return OtherInput(answer)

    def _edit(self) -> Decision | None:
        """Ask field by field; enter keeps a value, a hyphen leaves the field out."""
        self._screen.note(self._texts("terminal.edit_help"))
        fields: dict[str, str | None] = {}
        for change in in_reading_order(proposed_changes(self._request)):
            name, proposed = change["property"], change["new"]
            shown = screen_value(proposed) or self._texts("writes.nothing")
            answer = self._keyboard.ask(f"  {screen_value(self._texts.field(name))} [{shown}]: ")
            if answer is None:
                return None
            fields[name] = None if answer.strip() == "-" else answer.strip() or proposed
        return decision_on(self._pause, self._index, "edit", fields=fields)
