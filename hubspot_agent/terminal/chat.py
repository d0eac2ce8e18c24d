"""The chat itself: it reads, runs a turn, shows it, offers buttons, and asks about writes."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from langchain_core.messages import AIMessage
from langgraph.types import Interrupt, StateSnapshot

from hubspot_agent.buttons import BUTTONS, buttons
from hubspot_agent.chat.decisions import resumed, waiting_pause
from hubspot_agent.chat.streaming import TurnInput
from hubspot_agent.state import Action
from hubspot_agent.terminal.approval import OtherInput, ask_decisions
from hubspot_agent.terminal.keyboard import Keyboard
from hubspot_agent.terminal.screen import Screen
from hubspot_agent.terminal.turn_runner import TurnRunner
from hubspot_agent.texts import Texts


class Chat:
    """A conversation in the terminal.

    A number presses the button that is shown with it under the latest answer, and each button has the same
    number throughout: 1 searches, 2 creates, 3 updates, 4 undoes. Where no buttons are shown a number is an
    answer like any other, for then the assistant may have asked for one. Words that come to nothing, such as
    a "yes" too many, leave the buttons that were there.

    Args:
        turns: Runs the turns of the conversation.
        runner: The event loop they run on.
        screen: Where it is shown.
        keyboard: Where the user's lines come from.
        report_error: Logs an unexpected error and returns the sentence for the user.

    Attributes:
        stopped: Whether the user stopped a turn, whose call to HubSpot may then still be under way.
    """

    def __init__(
        self,
        turns: TurnRunner,
        runner: asyncio.Runner,
        screen: Screen,
        keyboard: Keyboard,
        *,
        report_error: Callable[[Exception, Texts], str],
    ) -> None:
        self._turns = turns
        self._runner = runner
        self._screen = screen
        self._keyboard = keyboard
        self._report_error = report_error
        self._buttons: dict[int, Action] = {}
        self.stopped = False

    def run(self) -> None:
        """Greet, or go on where the conversation stood, and answer until the user leaves."""
        staying = self._open()
        while staying and (line := self._keyboard.ask("\n> ")) is not None:
            staying = self._answer(self._turn_input(line))
        self._note("bye")

    def _note(self, key: str) -> None:
        self._screen.note(self._turns.texts(f"terminal.{key}"))

    def _open(self) -> bool:
        """Greet in a new conversation, go on where another stood; return False when the user left.

        A turn that the end of an earlier process interrupted is finished, with what was decided in it.
        """
        state = self._runner.run(self._turns.state())
        if pause := waiting_pause(state):
            self._note("waiting_for_you")
            return self._go_on(pause)
        if state.tasks:
            self._note("going_on")
            return self._answer(None)
        if not state.values.get("messages"):
            return self._answer({})
        self._note("continued")
        if answer := _last_answer(state).text:
            self._screen.say(answer)
        self._show_buttons(state)
        return True

    def _turn_input(self, line: str) -> TurnInput:
        """Return the turn that a typed line begins: of a pressed button or of a message."""
        number = line.strip()
        if number.isascii() and number.isdigit() and int(number) in self._buttons:
            return {"action": self._buttons[int(number)]}
        return {"messages": [("user", line)]}

    def _answer(self, turn_input: TurnInput, previous_buttons: tuple[Action, ...] = ()) -> bool:
        """Run a turn, with the decisions it pauses for; return False when the user left instead of deciding."""
        if isinstance(turn_input, Mapping) and turn_input.get("messages"):
            previous_buttons = previous_buttons or tuple(self._buttons.values())
        self._buttons = {}
        try:
            state = self._runner.run(self._turns.run(turn_input))
        except KeyboardInterrupt:
            self.stopped = True
            stopped = self._turns.texts(f"terminal.{'stopped_writing' if self._turns.writing else 'stopped'}")
            self._screen.note(stopped)
            return self._end_turn(stopped)
        except Exception as error:
            failed = self._report_error(error, self._turns.texts)
            self._screen.say(failed, "red")
            return self._end_turn(failed)
        if pause := waiting_pause(state):
            return self._go_on(pause, previous_buttons or BUTTONS)  # The task is decided about, and then done.
        self._show_receipts(state)
        self._show_buttons(state, previous_buttons)
        return True

    def _end_turn(self, sentence: str) -> bool:
        """End a turn that was stopped or failed; what keeps the conversation may be what failed."""
        with suppress(Exception):
            self._runner.run(self._turns.end(sentence))
        return True

    def _go_on(self, pause: Interrupt, previous_buttons: tuple[Action, ...] = ()) -> bool:
        """Ask about the writes that wait, and go on with what is decided; return False when the user left."""
        decisions = ask_decisions(pause.value, self._screen, self._keyboard)
        if decisions is None:
            self._screen.say(self._turns.texts("terminal.left_undecided"))
            return False
        if isinstance(decisions, OtherInput):
            self._screen.note(self._turns.texts("terminal.set_aside"))
            return self._answer(self._turn_input(decisions.text), previous_buttons)
        return self._answer(resumed(pause.id, decisions), previous_buttons)

    def _show_receipts(self, state: StateSnapshot) -> None:
        """Show what was written, whatever the answer says of it."""
        for receipt in _last_answer(state).additional_kwargs.get("receipts", ()):
            self._screen.receipt(receipt, self._turns.texts)

    def _show_buttons(self, state: StateSnapshot, previous: tuple[Action, ...] = ()) -> None:
        """Show the answer's buttons, with those of the greeting when a task is done.

        An answer that neither asks nor lists anything leaves the `previous` ones.
        """
        answer = _last_answer(state)
        own = [button["action"] for button in answer.additional_kwargs.get("buttons", ())]
        found = self._turns.contacts_found
        if own or found in (0, 1) or answer.additional_kwargs.get("receipts"):
            actions = tuple(dict.fromkeys((*BUTTONS, *own)))
        elif found is None and "?" not in answer.text:
            actions = previous
        else:
            actions = ()
        self._buttons = dict(enumerate(actions, 1))
        if actions:
            labels = [button["label"] for button in buttons(self._turns.texts.language, actions)]
            self._screen.buttons(dict(enumerate(labels, 1)))


def _last_answer(state: StateSnapshot) -> AIMessage:
    messages = state.values.get("messages") or ()
    return messages[-1] if messages and isinstance(messages[-1], AIMessage) else AIMessage("")
