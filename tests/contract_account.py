"""The account that the contract tests work in: a sandbox, or a real developer test account.

With HUBSPOT_AGENT_LIVE=1 it is the account of HUBSPOT_ACCESS_TOKEN at HUBSPOT_BASE_URL (HubSpot's own if unset),
in HUBSPOT_API_VERSION. These are read from the environment alone, so that no token from a .env file is taken.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot import ContactNotFoundError, HubSpotContacts, HubSpotError, SearchFilter
from hubspot_agent.hubspot.client import versioned
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.settings import HUBSPOT_HOST

# Read here, when pytest collects: a fixture takes these variables away from every test.
LIVE = os.environ.get("HUBSPOT_AGENT_LIVE") == "1"
_TOKEN = os.environ.get("HUBSPOT_ACCESS_TOKEN", "")
_HOST = os.environ.get("HUBSPOT_BASE_URL") or HUBSPOT_HOST
_VERSION = os.environ.get("HUBSPOT_API_VERSION") or "v3"

#: Seconds within which HubSpot's index must know a write; reports name a few to 30.
GUARD = 120.0

#: This run's own word: a uuid in letters only, so that no search engine splits it.
RUN = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex)
COMPANY = f"Contract test {RUN}"
OURS = SearchFilter("company", "EQ", COMPANY)

if LIVE and not _TOKEN:
    pytest.exit(
        "Set HUBSPOT_ACCESS_TOKEN to a token of a HubSpot developer test account, with the scopes "
        "crm.objects.contacts.read and crm.objects.contacts.write.",
        returncode=2,
    )


@dataclass
class Account:
    """An account in which the tests make contacts of their own and touch no other.

    Attributes:
        port: The port under test, which also knows its own latest writes.
        index: Another one that never writes, and so sees HubSpot's index as it is.
        url: Where HubSpot answers.
        token: The access token.
        seen: What was seen where documents are silent: the question, what the sandbox assumes, what was seen.
    """

    port: HubSpotContacts
    index: HubSpotContacts
    url: str
    token: str
    seen: list[tuple[str, object, object]] = field(default_factory=list)
    _made: list[str] = field(default_factory=list)

    def address(self, name: str = "someone") -> str:
        """Return an e-mail address that nobody has, at a domain that gets no mail (RFC 2606)."""
        return f"{name}.{uuid4().hex}@example.com"

    def create(self, **properties: str) -> Contact:
        """Create a contact through the port, to be archived in the end."""
        contact = self.port.create({"company": COMPANY, "lastname": RUN, **properties})
        self._made.append(contact.id)
        return contact

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call HubSpot without the port and return status and body; what a POST makes is archived in the end.

        Args:
            method: The HTTP method.
            path: What follows /crm/v3/objects/contacts.
            body: What to send as JSON.
        """
        url = self.url + versioned(f"/crm/v3/objects/contacts/{path}", _VERSION).rstrip("/")
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = urllib3.request(method, url, headers=headers, json=body, timeout=20)
        found = answer.json() if answer.data else None
        if method == "POST" and answer.status in (200, 201) and "id" in found:
            self._made.append(found["id"])
        return answer.status, found

    def eventually(self, check: Callable[[], bool]) -> float:
        """Wait until `check` holds, and return how many seconds that took."""
        started = time.monotonic()
        while not check():
            assert time.monotonic() - started < GUARD, f"not so within {GUARD:.0f} s"
            time.sleep(0.5 if LIVE else 0.02)
        return time.monotonic() - started

    def observe(self, question: str, assumed: object, seen: object) -> None:
        """Report what documents leave open. The sandbox must do what it assumes; a real account may do as it likes."""
        self.seen.append((question, assumed, seen))
        assert LIVE or seen == assumed

    def archive_all(self) -> None:
        """Archive every contact that was made here."""
        with suppress(HubSpotError):  # A create whose answer was lost left no id with us.
            found = self.index.search(filters=[OURS], limit=200).contacts
            self._made += [each.id for each in found if each.properties.get("company") == COMPANY]
        left = [contact_id for contact_id in dict.fromkeys(self._made) if not self._archived(contact_id)]
        assert not left, f"could not be archived, so archive them in HubSpot: {', '.join(left)}"

    def _archived(self, contact_id: str) -> bool:
        try:
            self.port.archive(contact_id)
        except ContactNotFoundError:
            return True
        except HubSpotError:
            return False
        return True

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what was observed, marking where the account does not do what the sandbox assumes."""
        terminalreporter.section(f"What HubSpot's documents leave open, as seen at {self.url}")
        for question, assumed, seen in self.seen:
            differs = "" if seen == assumed else f"   << the sandbox: {assumed}"
            terminalreporter.write_line(f"{question:<64}{seen}{differs}")


@contextmanager
def opened() -> Iterator[Account]:
    """Open the account, and archive what was made in it."""
    with ExitStack() as stack:
        if LIVE:
            url, token, settings = _HOST.rstrip("/"), _TOKEN, {}
        else:
            crm = stack.enter_context(Sandbox(search_delay=0.3))
            url, token, settings = crm.url, crm.token, {"searches_per_second": None, "calls_per_ten_seconds": None}
        try:
            port, index = (
                stack.enter_context(
                    HubSpotContacts(token, host=url, api_version=_VERSION, default_region="GB", **settings)
                )
                for _ in range(2)
            )
            port.property_definitions()
        except HubSpotError as error:
            pytest.exit(f"{error} {error.fix}", returncode=2)
        account = Account(port, index, url, token)
        try:
            yield account
        finally:
            account.archive_all()
