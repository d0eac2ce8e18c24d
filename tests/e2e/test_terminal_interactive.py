"""The chat on a real terminal: line editing, Ctrl-C, Ctrl-D. A pseudo-terminal stands for the screen."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubspot_agent.sandbox import Fault, Sandbox
from support.openai_wire import KEY, OpenAIWire, calls, says
from support.terminal_chat import COMMAND, environment

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
CONTROL_C, CONTROL_D, ENTER = "\x03", "\x04", "\r"
BACKSPACE, LEFT = "\x7f", "\x1b[D"


class Terminal:
    """A terminal with the chat in it."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self._screen, inside = pty.openpty()
        self.seen = ""
        self._read = 0
        self.chat = subprocess.Popen(
            [COMMAND, "chat"],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=environment(directory, TERM="xterm-256color", PROMPT_TOOLKIT_NO_CPR="1", COLUMNS="100", **settings),
            cwd=directory,
            start_new_session=True,
            # Ctrl-C reaches whom the terminal belongs to.
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
        )
        os.close(inside)

    def wait_for(self, words: str) -> None:
        """Wait until `words` appear, after those that were waited for last."""
        until = time.monotonic() + 30
        while (found := ESCAPES.sub("", self.seen).find(words, self._read)) < 0:
            assert time.monotonic() < until, f"no {words!r} in {self.seen!r}"
            if select.select([self._screen], [], [], 0.1)[0]:
                self.seen += os.read(self._screen, 65_536).decode(errors="replace")
        self._read = found + len(words)

    def press(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def close(self) -> None:
        self.chat.kill()
        self.chat.wait()
        os.close(self._screen)


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[]) as sandbox:
        sandbox.faults.add(Fault("latency", method="POST", seconds=60))
        yield sandbox


@pytest.fixture
def openai() -> Iterator[OpenAIWire]:
    create = calls(("create_contact", {"email": "bo@globex.example"}))
    with OpenAIWire(says("Too late.", delay=60), says("Here I am again."), create) as server:
        yield server


@pytest.fixture
def terminal(tmp_path: Path, crm: Sandbox, openai: OpenAIWire) -> Iterator[Terminal]:
    model = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url}
    started = Terminal(tmp_path, HUBSPOT_ACCESS_TOKEN=crm.token, HUBSPOT_BASE_URL=crm.url, **model)
    yield started
    started.close()


def test_control_c_stops_what_is_under_way_and_control_d_leaves(terminal: Terminal, openai: OpenAIWire) -> None:
    terminal.wait_for("[3] Update a contact")
    terminal.wait_for(">")
    terminal.press("1" + ENTER)
    terminal.wait_for("Let's search for a contact")
    terminal.wait_for(">")
    terminal.press("Ana" + ENTER)
    while not openai.requests:
        time.sleep(0.05)
    terminal.press(CONTROL_C)
    terminal.wait_for("Stopped.")

    terminal.wait_for(">")
    terminal.press("Anna" + 2 * BACKSPACE + LEFT + "a" + BACKSPACE + ENTER)
    terminal.wait_for("Here I am again.")
    assert openai.requests[-1]["messages"][-1]["content"] == "An"

    terminal.wait_for(">")
    terminal.press("create bo@globex.example" + ENTER)
    terminal.wait_for("[r]eject?")
    terminal.press("y" + ENTER)
    terminal.wait_for("Creating the contact")
    terminal.press(CONTROL_C)
    terminal.wait_for("it may have been carried out")

    terminal.wait_for(">")
    terminal.press(CONTROL_D)
    terminal.wait_for("Bye!")
    assert terminal.chat.wait(20) == 0, "the call under way is not waited for"
    assert "Traceback" not in terminal.seen
    assert "\x1b[36m" in terminal.seen, "buttons have a colour"
