"""The chat itself: it reads, runs a turn, shows it, offers buttons, and asks about writes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.types import Command, StateSnapshot

from hubspot_agent.buttons import BUTTONS, buttons
from hubspot_agent.state import Action
from hubspot_agent.terminal.approval import Said, ask
from hubspot_agent.terminal.keyboard import Keyboard
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.terminal.turn import Turns
from hubspot_agent.texts import Language, text

TurnInput = Mapping[str, Any] | Command[Any]


class Chat:
    """A conversation in the terminal.

    A number presses the button that is shown with it under the latest answer, and each button has the same
    number throughout: 1 searches, 2 creates, 3 updates, 4 undoes. Where no buttons are shown a number is an
    answer like any other, for then the assistant may have asked for one. Words that come to nothing, such as
    a "yes" too many, leave the buttons that were there.

    Args:
        turns: The conversation.
        runner: The event loop its turns run on.
        screen: Where it is shown.
        keyboard: Where the user's lines come from.
        report: Notes an unexpected error and returns the sentence for the user.

    Attributes:
        stopped: Whether the user stopped a turn, whose call to HubSpot may then still be under way.
    """

    def __init__(
        self,
        turns: Turns,
        runner: asyncio.Runner,
        screen: Screen,
        keyboard: Keyboard,
        *,
        report: Callable[[Exception, Language], str],
    ) -> None:
        self._turns = turns
        self._runner = runner
        self._screen = screen
        self._keyboard = keyboard
        self._report = report
        self._offered: dict[int, Action] = {}
        self.stopped = False

    def run(self) -> None:
        """Greet, or go on where the conversation stood, and answer until the user leaves."""
        staying = self._open()
        while staying and (line := self._keyboard.ask("\n> ")) is not None:
            staying = self._answer(self._meant(line))
        self._screen.note(text("terminal.bye", self._turns.language))

    def _open(self) -> bool:
        state = self._runner.run(self._turns.state())
        if state.interrupts:
            self._screen.note(text("terminal.waiting_for_you", self._turns.language))
            decided = self._decide(state)
            return decided is not None and self._answer(decided)
        if not state.values.get("messages"):
            return self._answer({})
        self._screen.note(text("terminal.continued", self._turns.language))
        if answer := _last_answer(state).text:
            self._screen.say(answer)
        self._offer(state)
        return True

    def _meant(self, line: str) -> TurnInput:
        """Return the turn that a typed line means: a pressed button or a message."""
        number = line.strip()
        if number.isascii() and number.isdigit() and int(number) in self._offered:
            return {"action": self._offered[int(number)]}
        return {"messages": [("user", line)]}

    def _answer(self, turn_input: TurnInput | None) -> bool:
        """Run a turn, with the decisions it pauses for; return False when the user left instead of deciding."""
        standing = (
            tuple(self._offered.values()) if isinstance(turn_input, Mapping) and turn_input.get("messages") else ()
        )
        while turn_input is not None:
            self._offered = {}
            try:
                state = self._runner.run(self._turns.run(turn_input))
            except KeyboardInterrupt:
                self.stopped = True
                stopped = "stopped_writing" if self._turns.writing else "stopped"
                self._screen.note(text(f"terminal.{stopped}", self._turns.language))
                return True
            except Exception as error:
                self._screen.say(self._report(error, self._turns.language), "red")
                return True
            if not state.interrupts:
                self._conclude(state, standing)
                return True
            turn_input = self._decide(state)
            standing = standing or BUTTONS  # What was decided is done, whatever it was.
        return False

    def _decide(self, state: StateSnapshot) -> TurnInput | None:
        decided = ask(state.interrupts[0].value, self._screen, self._keyboard)
        if decided is None:
            self._screen.say(text("terminal.left_undecided", self._turns.language))
            return None
        if isinstance(decided, Said):
            return self._meant(decided.words)
        return Command(resume={"decisions": decided})

    def _conclude(self, state: StateSnapshot, standing: tuple[Action, ...]) -> None:
        """Show what was written, whatever the answer says of it, and the buttons."""
        for receipt in _last_answer(state).additional_kwargs.get("receipts", ()):
            self._screen.receipt(receipt, self._turns.language)
        self._offer(state, standing)

    def _offer(self, state: StateSnapshot, standing: tuple[Action, ...] = ()) -> None:
        """Offer the answer's buttons, with those of the greeting when a task is done.

        An answer that neither asks nor lists anything leaves those that were `standing`.
        """
        answer = _last_answer(state)
        offered = [button["action"] for button in answer.additional_kwargs.get("buttons", ())]
        found = self._turns.found
        if offered or found in (0, 1) or answer.additional_kwargs.get("receipts"):
            actions = tuple(dict.fromkeys((*BUTTONS, *offered)))
        elif found is None and "?" not in answer.text:
            actions = standing
        else:
            actions = ()
        self._offered = dict(enumerate(actions, 1))
        if actions:
            labels = [button["label"] for button in buttons(self._turns.language, actions)]
            self._screen.buttons(dict(enumerate(labels, 1)))


def _last_answer(state: StateSnapshot) -> AIMessage:
    messages = state.values.get("messages") or ()
    return messages[-1] if messages and isinstance(messages[-1], AIMessage) else AIMessage("")
