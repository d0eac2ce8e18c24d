"""What the tests of the page stand on: Debian's Chromium, and one page for all that need no page of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from hubspot_agent import HubSpotContacts
from hubspot_agent.sandbox import Sandbox
from support.services import installed_or_skip
from support.web_page import ARGUMENTS, HOSTILE, Chat, Served, served, visit


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = installed_or_skip("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the demo, with a contact whose values are hostile."""
    directory = tmp_path_factory.mktemp("web")
    file = directory / "crm.sqlite"
    with Sandbox(path=file) as crm, HubSpotContacts(crm.token, host=crm.url) as port:
        port.create(HOSTILE)
    with served(directory, "--demo", "--port", "0", "--sandbox-file", str(file)) as server:
        yield server


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Served) -> Iterator[Chat]:
    with visit(browser, server.url) as chat:
        yield chat


@pytest.fixture
def chat(opened: Chat) -> Iterator[Chat]:
    """Return a new conversation on an open page."""
    yield opened.anew()
    opened.assert_fine()
