"""The account that the contract tests work in: a sandbox, or a real developer test account.

With HUBSPOT_AGENT_LIVE=1 it is the account of HUBSPOT_ACCESS_TOKEN at HUBSPOT_BASE_URL (HubSpot's own if unset),
in HUBSPOT_API_VERSION. These are read from the environment alone, so that no token from a .env file is taken.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
    """

    port: HubSpotContacts
    index: HubSpotContacts
    url: str
    token: str
    _made: list[str] = field(default_factory=list)

    def address(self, name: str = "someone") -> str:
        """Return an e-mail address that nobody has, at a domain kept free of mail (RFC 2606)."""
        return f"{name}.{uuid4().hex}@example.com"

    def create(self, **properties: str) -> Contact:
        """Create a contact through the port; it is archived at the end, also when it should not have been made."""
        contact = self.port.create({"company": COMPANY, "lastname": RUN, **properties})
        self._made.append(contact.id)
        return contact

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call HubSpot without the port; `path` as in v3, behind /crm/v3/objects/contacts."""
        answer = urllib3.request(
            method,
            self.url + versioned(f"/crm/v3/objects/contacts{path}", _VERSION),
            headers={"Authorization": f"Bearer {self.token}"},
            json=body,
            timeout=20,
        )
        found = answer.json() if answer.data else None
        if isinstance(found, dict) and answer.status in (200, 201) and found.get("id") not in (None, *self._made):
            self._made.append(str(found["id"]))
        return answer.status, found

    def archive_all(self) -> None:
        """Archive every contact that was made here, however it was made."""
        failed = []
        with suppress(HubSpotError):  # A create whose answer was lost left no id with us.
            while (left := self.port.search(filters=[OURS], limit=200)).contacts and failed == []:
                for contact in left.contacts:
                    self._made.append(contact.id)
                failed = self._archive()
        failed = self._archive()
        if failed:
            raise RuntimeError(f"These contacts could not be archived: {', '.join(failed)}. Delete them in HubSpot.")
