"""The access token may come from a callable, which is asked before each request and again after a 401."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import chain, count, repeat
from pathlib import Path

import pytest

from hubspot_agent.hubspot import (
    AuthenticationError,
    HubSpotContacts,
    HubSpotError,
    NotConfiguredError,
    RateLimitedError,
    UnavailableError,
    UnknownOutcomeError,
)
from hubspot_agent.sandbox import Fault, Sandbox

EXPIRED = "pat-eu1-expired-secret"
ANA = {"email": "ana@acme.example", "firstname": "Ana"}
NO_LIMITS = {"searches_per_second": None, "calls_per_ten_seconds": None}


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[ANA]) as sandbox:
        yield sandbox


def statuses(crm: Sandbox) -> list[int]:
    return [request.status for request in crm.requests]


def test_the_callable_is_asked_before_each_request(crm):
    with HubSpotContacts(lambda: crm.access.token, host=crm.url, **NO_LIMITS) as port:
        for token in ("pat-first", "pat-second", "pat-third"):
            crm.access.token = token
            assert port.get_by_email(ANA["email"])

    assert statuses(crm) == [200, 200, 200]


@pytest.mark.parametrize(
    "call",
    [
        lambda port: port.get("101"),
        lambda port: port.search(query="ana"),
        lambda port: port.create({"firstname": "Bo"}),
        lambda port: port.create({"email": "bo@acme.example"}),
        lambda port: port.update("101", {"city": "Delft"}),
        lambda port: port.archive("101"),
        lambda port: port.property_definitions(),
    ],
    ids=["get", "search", "create", "create by e-mail", "update", "archive", "definitions"],
)
def test_after_a_401_another_token_is_asked_for_and_the_request_repeated_once(crm, caplog, call):
    tokens = chain([EXPIRED], repeat(crm.token))
    with HubSpotContacts(lambda: next(tokens), host=crm.url, **NO_LIMITS) as port:
        for name in ("", "urllib3.connectionpool", "hubspot"):
            caplog.set_level(logging.DEBUG, name)
        call(port)

    refused, done = statuses(crm)
    assert (refused, done // 100) == (401, 2)
    assert len(crm.contacts()) <= 2
    assert EXPIRED not in caplog.text
    assert crm.token not in caplog.text


@pytest.mark.parametrize(("token", "requests"), [(EXPIRED, 1), (lambda: EXPIRED, 2)], ids=["token", "callable"])
def test_a_token_that_stays_refused_is_said(crm, token, requests):
    with (
        HubSpotContacts(token, host=crm.url, **NO_LIMITS) as port,
        pytest.raises(AuthenticationError) as caught,
    ):
        port.create(ANA)

    assert statuses(crm) == [401] * requests
    assert caught.value.written == "no"
    assert EXPIRED not in f"{caught.value!r} {caught.value.__context__!r}"


def test_many_threads_work_while_the_token_changes(crm):
    asked = count(1)

    def fetch() -> str:
        if (number := next(asked)) % 50 == 0:
            crm.access.token = f"pat-{number}"  # Whoever has fetched the former one meanwhile gets a 401.
        return crm.access.token

    with HubSpotContacts(fetch, host=crm.url, **NO_LIMITS) as port, ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: port.get_by_email(ANA["email"]), range(200)))

    assert {contact.name for contact in found if contact} == {"Ana"}
    assert statuses(crm).count(200) == 200


def test_a_write_whose_answer_was_lost_stays_unknown_when_the_token_is_then_refused(crm):
    crm.faults.add(Fault("reset", applied=True, times=1, method="PATCH"))
    tokens = chain([crm.token], repeat(EXPIRED))
    with (
        HubSpotContacts(lambda: next(tokens), host=crm.url, **NO_LIMITS) as port,
        pytest.raises(UnknownOutcomeError),
    ):
        port.update("101", {"city": "Delft"})

    assert crm.contacts()[0]["properties"]["city"] == "Delft"


def fails() -> str:
    raise OSError(f"no answer to {EXPIRED}")


@pytest.mark.parametrize("fetch", [fails, lambda: None, lambda: "", lambda: f"{EXPIRED}\nX: y"])
def test_a_callable_that_gives_no_token_is_said_without_a_request(crm, fetch):
    with HubSpotContacts(fetch, host=crm.url, **NO_LIMITS) as port, pytest.raises(NotConfiguredError) as caught:
        port.create(ANA)

    assert crm.requests == []
    assert caught.value.written == "no"
    assert caught.value.fix
    assert EXPIRED not in f"{caught.value!r} {caught.value.fix} {caught.value.__context__!r}"


def test_an_error_of_ours_from_the_callable_stays_what_it_is(crm):
    def fetch() -> str:
        raise UnavailableError("The token server does not answer.")

    with HubSpotContacts(fetch, host=crm.url, time_budget=0.1) as port, pytest.raises(HubSpotError) as caught:
        port.get("101")

    assert caught.value.code == "unavailable"


@pytest.mark.parametrize(("account", "shared"), [(None, True), ("another", False)])
def test_shared_limits_do_not_depend_on_a_changing_token(crm, tmp_path: Path, account: str | None, shared: bool):
    settings = {"host": crm.url, "shared_limits": str(tmp_path / "limits.sqlite"), "searches_per_second": 0.01}
    with HubSpotContacts(lambda: crm.access.token, **settings) as port:
        port.search(query="ana")
    crm.access.token = "pat-new"
    # The next place is later than the time budget allows to wait.
    refused = pytest.raises(RateLimitedError) if shared else nullcontext()
    with HubSpotContacts(lambda: crm.access.token, account=account, **settings) as port, refused:
        port.search(query="ana")

    assert statuses(crm) == ([200] if shared else [200, 200])
