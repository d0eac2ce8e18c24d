"""The fixtures of the contract tests, and the table at the end of a live run.

A pytest plugin, taken with `pytest_plugins = ["support.contract_fixtures"]`, so that all files share one account.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hubspot_agent.contacts import Contact
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError
from hubspot_agent.sandbox import Sandbox
from support.contract_account import HOST, PEOPLE, RUN, THEM, TOKEN, VERSION, Account

#: The sandbox of a default run has no limits to keep, and an index that is late enough to be waited for.
NO_LIMITS = {"searches_per_second": None, "calls_per_ten_seconds": None}
INDEX_DELAY = 0.3

_opened: list[Account] = []


@pytest.fixture(scope="session")
def account(pytestconfig: pytest.Config) -> Iterator[Account]:
    """The account; what was made in it is archived in the end."""
    live = pytestconfig.getoption("live")
    if live and not TOKEN.strip():
        pytest.exit(
            "Set HUBSPOT_ACCESS_TOKEN to a token of a HubSpot developer test account, with the scopes "
            "crm.objects.contacts.read and crm.objects.contacts.write.",
            returncode=2,
        )
    with ExitStack() as stack:
        url, token, version, pace = HOST, TOKEN, VERSION, {}
        if not live:
            crm = stack.enter_context(Sandbox(search_delay=INDEX_DELAY))
            url, token, version, pace = crm.url, crm.token, "v3", NO_LIMITS
        settings: dict[str, Any] = {"host": url, "api_version": version, "default_region": "GB", **pace}
        try:
            port, index = (stack.enter_context(HubSpotContacts(token, **settings)) for _ in range(2))
            port.property_definitions()
        except HubSpotError as error:
            pytest.exit(f"{error} {error.fix}", returncode=2)
        account = Account(port, index, url, token, version, live)
        _opened.append(account)
        try:
            yield account
        finally:
            account.archive_all()


@pytest.fixture(scope="session")
def people(account: Account) -> dict[str, Contact]:
    """Some people, by first name, that HubSpot's index knows."""
    made = {
        name: account.create(firstname=name, email=account.address(), jobtitle=f"Person {RUN}", **more)
        for name, more in PEOPLE.items()
    }
    account.eventually(lambda: account.index.search(filters=[THEM]).total == len(made))
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was observed, marking where the account does not do what the sandbox assumes."""
    for account in _opened:
        terminalreporter.section(f"What HubSpot's documents leave open, as seen at {account.url}")
        for question, assumed, seen in account.seen:
            differs = "" if assumed in (seen, None) else f"   << the sandbox: {assumed}"
            terminalreporter.write_line(f"{question:<56}{seen}{differs}")
