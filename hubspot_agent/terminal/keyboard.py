"""Reads what the user types: from a terminal with line editing, or as plain lines from a pipe or file."""

import sys

from prompt_toolkit import PromptSession

from hubspot_agent.texts.sanitizing import screen_text


class Keyboard:
    """Reads the user's lines. Of a pipe, each is printed as it is read, so that the output reads as the chat."""

    def __init__(self) -> None:
        self._session: PromptSession[str] | None = None
        if sys.stdin.isatty() and sys.stdout.isatty():
            self._session = PromptSession()
        elif hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="replace")

    def ask(self, prompt: str) -> str | None:
        """Return the next line, or `None` when the user wants to leave: Ctrl-C, Ctrl-D, end of input."""
        try:
            if self._session is not None:
                return self._session.prompt(prompt)
            line = sys.stdin.readline()
        except (KeyboardInterrupt, EOFError):
            return None
        if not line:
            return None
        line = line.rstrip("\r\n")
        print(f"{prompt}{screen_text(line)}", flush=True)
        return line
