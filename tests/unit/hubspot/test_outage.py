"""While HubSpot is away a call fails in time, then at once, and works as soon as HubSpot is back."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from hubspot_agent.hubspot import HubSpotContacts, HubSpotError, RequestTimeoutError, RetryPolicy, on_wait, turn_time
from hubspot_agent.hubspot.availability import FAILURES, PAUSE_S
from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import ANA, unlimited
from support.drip import DRIPS, answering_with
from support.port_stub import stub

#: Seconds that a turn may take in these tests, and how much longer a loaded machine may make it.
LIMIT_S = 1.0
PATIENCE_S = 2.0


def timed(call: object) -> tuple[HubSpotError | None, float]:
    started = time.monotonic()
    try:
        call()
    except HubSpotError as error:
        return error, time.monotonic() - started
    return None, time.monotonic() - started


@pytest.mark.parametrize("drip", DRIPS)
def test_an_answer_that_drips_is_cut_off_at_its_time(drip):
    once = RetryPolicy(attempts=1)
    with answering_with(DRIPS[drip]) as host, HubSpotContacts("pat-x", host=host, retry=once, timeout=(1, 0.4)) as port:
        error, seconds = timed(lambda: port.get("1"))

    assert isinstance(error, RequestTimeoutError)
    assert seconds < 0.4 + PATIENCE_S


@pytest.mark.parametrize(
    "start",
    [None, *(pytest.param(start, id=name, marks=pytest.mark.slow) for name, start in DRIPS.items())],
)
def test_all_that_is_tried_in_a_turn_shares_its_time(start):
    with answering_with(start) as host, HubSpotContacts("pat-x", host=host) as port, turn_time(LIMIT_S):
        error, seconds = timed(lambda: port.create(ANA))
        assert error.written == "unknown"
        assert seconds < LIMIT_S + PATIENCE_S
        for call in (lambda: port.search(query="ana"), lambda: port.update("1", {"city": "Porto"})):
            error, seconds = timed(call)
            assert (error.written, seconds < LIMIT_S / 2) == ("no", True)


@pytest.mark.slow
def test_the_time_between_calls_is_no_time_of_the_turn():
    with Sandbox(contacts=[ANA]) as crm, unlimited(crm) as port, turn_time(0.5):
        for _ in range(2):
            assert port.get_by_email(ANA["email"])
            time.sleep(0.5)


def test_calls_at_once_spend_their_time_once():
    with Sandbox(contacts=[ANA], latency=(0.2, 0.2)) as crm, unlimited(crm) as port, turn_time(5.0):
        with ThreadPoolExecutor(16) as threads:
            calls = [threads.submit(copy_context().run, port.get_by_email, ANA["email"]) for _ in range(48)]
        assert all(call.result() for call in calls)


@pytest.mark.slow
def test_each_repetition_is_told_although_its_wait_is_short():
    heard = []
    twice = RetryPolicy(attempts=2, server_wait=0.1)
    with (
        answering_with(None) as host,
        HubSpotContacts("pat-x", host=host, retry=twice, timeout=(1, 1)) as port,
        on_wait(heard.append),
        turn_time(LIMIT_S * 6),
    ):
        timed(lambda: port.get("1"))

    assert {notice.reason for notice in heard} == {"unavailable"}


def away(crm: Sandbox, port: HubSpotContacts) -> None:
    """Have HubSpot go away, and calls find that out."""
    crm.stop()
    for _ in range(FAILURES):
        timed(lambda: port.get("1"))


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[ANA]) as sandbox:
        yield sandbox


def test_while_hubspot_is_away_calls_fail_at_once_and_work_when_it_is_back(crm):
    with unlimited(crm, retry=RetryPolicy(attempts=1)) as port:
        away(crm, port)
        answers = [timed(lambda: port.create(ANA)) for _ in range(20)]
        crm.start()
        time.sleep(PAUSE_S)
        assert timed(lambda: port.get_by_email(ANA["email"]))[0] is None

    assert {(error.code, error.written) for error, _ in answers} == {("unavailable", "no")}
    assert sum(seconds for _, seconds in answers) < PATIENCE_S * 2


@pytest.mark.slow
def test_while_hubspot_hangs_calls_fail_within_a_second_and_together():
    once = RetryPolicy(attempts=1)
    with answering_with(None) as host, HubSpotContacts("pat-x", host=host, retry=once, timeout=(1, 0.2)) as port:
        for _ in range(FAILURES):
            timed(lambda: port.get("1"))
        time.sleep(PAUSE_S)
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(lambda _: timed(lambda: port.get("1")), range(32)))

    assert {error.code for error, _ in answers} == {"unavailable"}
    assert sorted(seconds for _, seconds in answers)[len(answers) // 2] < 1.0 + PATIENCE_S


@pytest.mark.parametrize("status", [429, 400, 403, 404])
def test_refusals_are_no_outage(status):
    once = RetryPolicy(attempts=1)
    with (
        stub(status, {"status": "error", "message": "no"}) as server,
        HubSpotContacts("pat-x", host=server.url, retry=once) as port,
    ):
        for _ in range(FAILURES * 3):
            timed(lambda: port.get("1"))
        assert len(server.paths) == FAILURES * 3


def test_failures_among_answers_are_no_outage(crm):
    with unlimited(crm, retry=RetryPolicy(attempts=1)) as port:
        assert port.get_by_email(ANA["email"])
        crm.faults.add(Fault("error", status=503, times=FAILURES * 2))
        for _ in range(FAILURES * 2):
            timed(lambda: port.get("1"))
        assert port.get_by_email(ANA["email"])


def test_one_account_that_is_away_is_no_outage_of_another(crm):
    once = RetryPolicy(attempts=1)
    with Sandbox(contacts=[ANA]) as other, unlimited(crm) as port, unlimited(other, retry=once) as second:
        away(other, second)
        assert port.get_by_email(ANA["email"])
