"""The account that the contract tests work in: a sandbox, or a real developer test account.

With `pytest --live` it is the account of HUBSPOT_ACCESS_TOKEN at HUBSPOT_BASE_URL (HubSpot's own if unset), in
HUBSPOT_API_VERSION. These are read from the environment alone, so that no token from a .env file is taken.
"""

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import urllib3

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot import ContactNotFoundError, HubSpotContacts, HubSpotError, SearchFilter
from hubspot_agent.hubspot.sdk import versioned_path
from hubspot_agent.settings import HUBSPOT_HOST

# Read here, when pytest collects: a fixture takes these variables away from every test.
TOKEN = os.environ.get("HUBSPOT_ACCESS_TOKEN", "")
HOST = os.environ.get("HUBSPOT_BASE_URL") or HUBSPOT_HOST
VERSION = os.environ.get("HUBSPOT_API_VERSION") or "v3"

#: Seconds within which HubSpot's index must know a write; reports name a few to 30.
GUARD = 120.0

#: This run's own word: a uuid in letters only, so that no search engine splits it.
RUN = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex)
COMPANY = f"Contract test {RUN}"
OURS = SearchFilter("company", "EQ", COMPANY)

#: Numbers that are kept free for fiction (Ofcom): 07700 900000 to 900999.
PHONE, MOBILE = (f"7700900{number}" for number in random.sample(range(100, 1000), 2))
PEOPLE = {
    "Ana": {"city": "Utrecht", "phone": f"+44{PHONE}"},
    "Bo": {"city": "Utrecht", "hs_buying_role": "CHAMPION"},
    "Jan": {"city": "Delft", "lastname": f"de Vries {RUN}", "mobilephone": f"+44{MOBILE}"},
    "Zoë": {"lastname": f"Brontë {RUN}"},
}
THEM = SearchFilter("jobtitle", "EQ", f"Person {RUN}")


@dataclass
class Account:
    """An account in which the tests make contacts of their own and touch no other.

    Attributes:
        port: The port under test, which also knows its own latest writes.
        index: Another one that never writes, and so sees HubSpot's index as it is.
        url: Where HubSpot answers.
        token: The access token.
        api_version: The version of HubSpot's API.
        live: Whether it is a real account.
        seen: What was seen where documents are silent: the question, what the sandbox assumes if anything, what
            was seen.
    """

    port: HubSpotContacts
    index: HubSpotContacts
    url: str
    token: str
    api_version: str
    live: bool
    seen: list[tuple[str, str | None, str]] = field(default_factory=list)
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
        url = self.url + versioned_path(f"/crm/v3/objects/contacts/{path}", self.api_version).rstrip("/")
        headers = {"Authorization": f"Bearer {self.token}"}
        while (answer := urllib3.request(method, url, headers=headers, json=body, timeout=20)).status == 429:
            time.sleep(1)
        found = answer.json() if answer.data else None
        if method == "POST" and answer.status in (200, 201) and "id" in found:
            self._made.append(found["id"])
        return answer.status, found

    def eventually(self, check: Callable[[], bool]) -> float:
        """Wait until `check` holds, and return how many seconds that took."""
        started = time.monotonic()
        while not check():
            assert time.monotonic() - started < GUARD, f"not so within {GUARD:.0f} s"
            time.sleep(0.5 if self.live else 0.02)
        return time.monotonic() - started

    def observe(self, question: str, assumed: str | None, seen: str) -> None:
        """Report what documents leave open: a real account may do as it likes, the sandbox only as it assumes."""
        self.seen.append((question, assumed, seen))
        assert self.live or assumed in (seen, None), f"{question}: {seen}, not {assumed}"

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
