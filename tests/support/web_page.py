"""The page as people use it: the real command in a process of its own, and Debian's Chromium."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from support.terminal_chat import COMMAND, environment

#: Nothing but the page: no calls of the browser's own.
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

#: Generous, for a busy machine; what is awaited comes within a second.
WAIT = 20_000

expect.set_options(timeout=WAIT)

MARKUP = '<img src=x onerror="document.title=1"><b>bold</b>'

#: A contact whose values are no text of ours.
HOSTILE = {
    "email": "mallory@evil.example",
    "firstname": f"Mallory {MARKUP}",
    "lastname": "**stars** [link](javascript:alert(1)) [other](http://evil.example) ${title} {{value}} `tick`",
    "company": "W" * 300,
    "city": "\u202egnirts\u202c שלום",
}


@dataclass
class Served:
    """A page that is served.

    Attributes:
        url: Its address.
        process: Who serves it.
    """

    url: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """Pull the plug."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)


@contextmanager
def served(directory: Path, *arguments: str, command: str = COMMAND, **settings: str) -> Iterator[Served]:
    """Run `hubspot-agent web` with `directory` as the user's home; `command` may be one of another environment."""
    with subprocess.Popen(
        [command, "web", *arguments],
        stdout=subprocess.PIPE,
        stderr=(directory / "web.log").open("a"),
        encoding="utf-8",
        cwd=directory,
        env=environment(directory, **settings),
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"https?://\S+:\d+", line):
                    yield Served(found[0].rstrip("."), process)
                    break
            else:
                pytest.fail((directory / "web.log").read_text())
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


@dataclass
class Chat:
    """A conversation on the page.

    Attributes:
        page: The browser's page.
        requests: Where it sent requests.
        complaints: What the browser's console said that is no good.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, url: str) -> "Chat":
        self.page.goto(url)
        expect(self.said.first).to_be_visible()
        return self

    @property
    def said(self) -> Locator:
        """What the assistant said."""
        return self.page.locator("article.assistant")

    @property
    def typed(self) -> Locator:
        return self.page.locator("article.user")

    @property
    def tables(self) -> Locator:
        return self.page.locator("table.contacts")

    @property
    def approval(self) -> Locator:
        return self.page.locator("form.approval")

    @property
    def receipts(self) -> Locator:
        return self.page.locator(".receipt.done")

    @property
    def box(self) -> Locator:
        return self.page.locator("#message")

    def offer(self, action: str) -> Locator:
        return self.page.locator(f".offers [data-action={action}]")

    def say(self, words: str) -> "Chat":
        self.box.fill(words)
        self.box.press("Enter")
        return self

    def press(self, action: str) -> "Chat":
        self.offer(action).click()
        return self

    def undo(self) -> "Chat":
        self.page.locator(".receipt [data-action=undo]").click()
        return self.idle()

    def decide(self, decision: str) -> "Chat":
        self.approval.locator(f"[data-decision={decision}]").click()
        return self

    def anew(self) -> "Chat":
        """Begin another conversation, which is far quicker than another page."""
        self.idle()
        self.page.locator(".new").click()
        expect(self.typed).to_have_count(0)
        expect(self.said).to_have_count(1)
        self.idle()
        self.requests.clear()
        self.complaints.clear()
        return self

    def reload(self) -> "Chat":
        self.page.reload()
        expect(self.said.first).to_be_visible()
        return self

    def idle(self) -> "Chat":
        """Wait until the answer is there."""
        expect(self.page.locator(".log[aria-busy=false]")).to_be_attached()
        return self

    def assert_nothing_left_the_machine(self) -> None:
        hosts = {urlsplit(url).hostname for url in self.requests if not url.startswith(("data:", "blob:"))}
        assert hosts <= {"127.0.0.1", "localhost"}

    def assert_fine(self) -> None:
        """Nothing left the machine, and the console has nothing to complain about."""
        self.assert_nothing_left_the_machine()
        assert not self.complaints, "\n".join(self.complaints)


@contextmanager
def visit(browser: Browser, url: str, **options: Any) -> Iterator[Chat]:
    """Open the page in a browser of its own, and check at the end that all was fine."""
    context: BrowserContext = browser.new_context(**options)
    try:
        chat = Chat(context.new_page()).open(url)
        yield chat
        chat.assert_fine()
    finally:
        context.close()
