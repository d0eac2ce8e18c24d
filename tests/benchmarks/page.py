"""Prints the page's figures, of one or more versions side by side.

`PYTHONPATH=tests python -m benchmarks.page [COMMAND ...]` measures this version of `hubspot-agent`, and those of other
environments that the COMMANDs belong to. Each version is served by a process of its own and seen by one Chromium; what
can be measured in turns is.
"""

import argparse
import math
import os
import shutil
import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, TimeoutError, expect, sync_playwright

from support.openai_wire import KEY, OpenAIWire, Reply, demo, says
from support.terminal_chat import COMMAND
from support.web_page import ARGUMENTS, Served, served

LOADS = 7
STOPS = 30
IDLE_S = 10

#: Milliseconds that one of many windows may take to open.
OPEN_TIMEOUT_MS = 90_000

#: Milliseconds after which a stop counts as frozen.
FROZEN_MS = 2_000

#: Notes when the greeting is there: the conversation can then be gone on with.
GREETED = """new MutationObserver((_, observer) => {
  if (document.querySelector('article.assistant')) { window.greeted = performance.now(); observer.disconnect(); }
}).observe(document, {childList: true, subtree: true});"""

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"

#: Presses Stop and resolves to how long it takes until the page is free.
STOP = """async () => {
  const start = performance.now(), log = document.querySelector('.log');
  document.querySelector('.stop').click();
  while (log.getAttribute('aria-busy') !== 'false' && performance.now() - start < 15000) {
    await new Promise((done) => setTimeout(done, 5));
  }
  return performance.now() - start;
}"""


@dataclass
class Version:
    """One version of the page, and what was measured of it, by the name of the figure."""

    name: str
    server: Served
    figures: dict[str, list[float]] = field(default_factory=dict)

    def note(self, figure: str, value: float) -> None:
        self.figures.setdefault(figure, []).append(value)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def slowly(request: dict[str, Any]) -> Reply:
    """Tell a story word by word; else answer as the demo model."""
    if "story" in str(request["messages"][-1]["content"]):
        return says(" ".join(f"word{number}" for number in range(200)), pace=0.03)
    return demo(request)


def load(browser: Browser, version: Version) -> None:
    """Load the page in a browser without a cache."""
    context = browser.new_context()
    page = context.new_page()
    requests: list[str] = []
    arrived: dict[str, float] = {}
    finished: dict[str, float] = {}
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))

    def received(event: Mapping[str, Any]) -> None:
        arrived[event["requestId"]] = arrived.get(event["requestId"], 0) + event["encodedDataLength"]

    network.on("Network.dataReceived", received)
    network.on(
        "Network.loadingFinished", lambda event: finished.update({event["requestId"]: event["encodedDataLength"]})
    )
    page.add_init_script(GREETED)
    page.goto(version.server.url)
    expect(page.locator("article.assistant").first).to_be_visible()
    version.note("requests until interactive", len([url for url in requests if url.startswith("http")]))
    version.note("kB until interactive", sum((arrived | finished).values()) / 1000)
    version.note("first paint (ms)", page.evaluate(PAINTED))
    version.note("interactive (ms)", page.evaluate("window.greeted"))
    context.close()


def opened(browser: Browser, version: Version, count: int) -> list[Page]:
    context = browser.new_context()
    pages = [context.new_page() for _ in range(count)]
    for page in pages:
        page.goto(version.server.url)
        expect(page.locator("article.assistant").first).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    return pages


def say(page: Page, words: str) -> None:
    box = page.locator("textarea:visible").first
    box.fill(words)
    box.press("Enter")


def stop(page: Page, version: Version, after_s: float) -> None:
    """Stop a turn some time after it has begun."""
    expect(page.locator(".log[aria-busy=false]")).to_be_attached()
    say(page, "Tell me a story")
    expect(page.locator(".stop")).to_be_visible()
    page.wait_for_timeout(after_s * 1000)
    version.note("Stop acts after (ms)", page.evaluate(STOP))


def idle(versions: list[Version], figure: str) -> None:
    """Measure what the servers do while nobody does anything."""
    before, began = [version.cpu_s() for version in versions], time.perf_counter()
    time.sleep(IDLE_S)
    for version, earlier in zip(versions, before, strict=True):
        version.note(figure, 100 * (version.cpu_s() - earlier) / (time.perf_counter() - began))


def measured(browser: Browser, versions: list[Version], windows: int) -> None:
    for _ in range(LOADS):
        for version in versions:
            load(browser, version)
    chance = Random(30)
    pages = [opened(browser, version, 1)[0] for version in versions]
    idle(versions, "idle CPU, 1 window (%)")
    for _ in range(STOPS):
        after_s = chance.uniform(0, 0.8)
        for version, page in zip(versions, pages, strict=True):
            stop(page, version, after_s)
    for version, page in zip(versions, pages, strict=True):
        version.note("memory (MB)", version.memory_mb())
        page.context.close()
    for version in versions:
        figure = f"idle CPU, {windows} windows (%)"
        try:
            page = opened(browser, version, windows)[0]
        except (AssertionError, TimeoutError):
            version.note(figure, math.nan)  # It does not open that many.
            continue
        time.sleep(5)
        idle([version], figure)
        page.context.close()


def table(versions: list[Version]) -> str:
    """Return the medians, and of the stops also the slowest and how many froze."""
    rows = [["", *(version.name for version in versions)]]
    for figure in versions[0].figures:
        rows.append([figure, *(f"{statistics.median(version.figures[figure]):.1f}" for version in versions)])
    stops = [version.figures["Stop acts after (ms)"] for version in versions]
    rows.append(["slowest Stop (ms)", *(f"{max(each):.1f}" for each in stops)])
    rows.append([f"frozen Stops of {STOPS}", *(str(sum(value > FROZEN_MS for value in each)) for each in stops)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help="`hubspot-agent` of other environments")
    parser.add_argument("--windows", type=int, default=50, help="how many are open at once (default: %(default)s)")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        openai = stack.enter_context(OpenAIWire(slowly))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        versions = []
        for command in (*arguments.commands, COMMAND):
            directory = Path(stack.enter_context(TemporaryDirectory()))
            own = {} if command == COMMAND else {"PYTHONPATH": ""}
            began = time.perf_counter()
            server = stack.enter_context(
                served(
                    directory,
                    *("--port", "0"),
                    command=command,
                    OPENAI_API_KEY=KEY,
                    OPENAI_BASE_URL=openai.url,
                    **own,
                )
            )
            version = Version("this version" if command == COMMAND else str(Path(command).parents[2].name), server)
            version.note("start (s)", time.perf_counter() - began)
            versions.append(version)
        measured(browser, versions, arguments.windows)
        print(table(versions))
        browser.close()


if __name__ == "__main__":
    main()
