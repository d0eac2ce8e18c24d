"""The account's limits are kept before HubSpot has to refuse, and whoever waits is told."""

import asyncio
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from sqlite3 import connect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_agent.hubspot import (
    HubSpotContacts,
    NotConfiguredError,
    RateLimitedError,
    RetryPolicy,
    UnavailableError,
    WaitNotice,
    in_thread,
    on_wait,
)
from hubspot_agent.hubspot.rate_limit import ReservingGCRA, call_rate, search_rate
from hubspot_agent.sandbox import Fault, Sandbox
from hubspot_agent.sandbox import Limits as AccountLimits

CONVERSATIONS = 25
BO = {"firstname": "Bo"}


@pytest.mark.parametrize(
    ("limit", "window_ms", "rate"), [(5, 1_000, search_rate(5)), (100, 10_000, call_rate(100))], ids=["search", "calls"]
)
@given(pauses=st.lists(st.integers(0, 400), min_size=150, max_size=250))
def test_no_window_holds_more_departures_than_the_limit(limit, window_ms, rate, pauses):
    algorithm, now = ReservingGCRA(max_wait=3600), 1_000_000
    state = algorithm.initial([rate])
    departures = []
    for pause in pauses:
        now += pause
        state, decision = algorithm.step([rate], state, now, 1)
        departures.append(now + (decision.retry_after_ms or 0))

    assert departures == sorted(departures)
    for first, beyond in zip(departures, departures[limit:], strict=False):
        assert beyond - first >= window_ms


async def test_callers_of_one_port_share_its_limits():
    with Sandbox(contacts=[BO], limits=AccountLimits(search=25, burst=60)) as crm:
        with HubSpotContacts(crm.token, host=crm.url, searches_per_second=25, calls_per_ten_seconds=60) as port:
            await asyncio.gather(*(in_thread(port.search, query="bo") for _ in range(60)))
        statuses = Counter(request.status for request in crm.requests)
    assert statuses.pop(200) == 60
    # A busy machine delays a call now and then, so that two arrive together; without a limiter most are refused.
    assert sum(statuses.values()) <= 6


WORKER = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from hubspot_agent.hubspot import HubSpotContacts

url, token, shared, rate, conversations, searches = sys.argv[1:]

def conversation(number):
    for _ in range(int(searches)):
        port.search(query="bo")

with (
    HubSpotContacts(token, host=url, shared_limits=shared, searches_per_second=float(rate), time_budget=600) as port,
    ThreadPoolExecutor(int(conversations)) as threads,
):
    print("ready", flush=True)
    sys.stdin.readline()
    list(threads.map(conversation, range(int(conversations))))
    print(time.time())
"""


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def shared(request, tmp_path):
    """Where processes share the limits."""
    return (
        str(tmp_path / "limits.sqlite")
        if request.param == "sqlite"
        else request.getfixturevalue(f"{request.param}_url")
    )


@pytest.mark.parametrize(
    ("processes", "searches", "rate", "refused", "used"),
    [(2, 1, 20, 0.05, 0.0), pytest.param(4, 1, 5, 0.015, 0.85, marks=pytest.mark.slow)],
    ids=["seconds at a high limit", "twenty seconds at HubSpot's limit"],
)
def test_processes_share_the_limits_and_use_them(shared, processes, searches, rate, refused, used, soak):
    searches, refused = (searches * 3, refused / 3) if soak else (searches, refused)
    with Sandbox(contacts=[BO], profile="realistic", limits=AccountLimits(search=rate)) as crm:
        arguments = [crm.url, crm.token, shared, str(rate), str(CONVERSATIONS), str(searches)]
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(processes)
        ]
        for process in workers:
            assert process.stdout.readline() == "ready\n"
        started = time.time()
        for process in workers:
            process.stdin.write("go\n")
            process.stdin.flush()
        ended = max(float(process.communicate(timeout=300)[0]) for process in workers)
        statuses = Counter(request.status for request in crm.requests)

    assert [process.returncode for process in workers] == [0] * processes
    assert statuses[200] == processes * CONVERSATIONS * searches
    share = statuses[200] / (ended - started) / rate
    print(f"{shared}: {statuses[429]} of {statuses.total()} refused, {share:.1%} of the allowed rate used")
    assert statuses[429] / statuses.total() < refused
    assert share >= used


@pytest.mark.parametrize("place", ["{}/no/such/folder/limits.sqlite", "postgresql://user:secret@127.0.0.1:1/x"])
def test_a_place_that_cannot_be_used_is_said_at_once_without_its_password(tmp_path, place):
    with pytest.raises(NotConfiguredError) as caught:
        HubSpotContacts("pat-x", shared_limits=place.format(tmp_path))

    assert "secret" not in f"{caught.value!r} {caught.value.fix} {caught.value.__context__!r}"


def test_a_shared_place_that_breaks_lets_calls_through(tmp_path, caplog):
    with Sandbox(contacts=[BO]) as crm:
        file = str(tmp_path / "limits.sqlite")
        with HubSpotContacts(crm.token, host=crm.url, shared_limits=file) as port, closing(connect(file)) as database:
            database.execute("DROP TABLE hubspot_rate_limits")
            assert port.search(query="bo").total == 1
    assert "shared rate limit" in caplog.text


def test_while_the_shared_place_is_away_each_process_takes_half_of_the_limit(tmp_path):
    rate, searches = 20, 12
    with Sandbox(contacts=[BO], limits=AccountLimits(search=rate)) as crm, closing(connect(tmp_path / "x")) as database:
        shared = {"shared_limits": str(tmp_path / "x"), "searches_per_second": rate}
        with (
            HubSpotContacts(crm.token, host=crm.url, **shared) as one,
            HubSpotContacts(crm.token, host=crm.url, **shared) as two,
            ThreadPoolExecutor(2 * searches) as threads,
        ):
            database.execute("DROP TABLE hubspot_rate_limits")
            started = time.monotonic()
            list(threads.map(lambda port: port.search(query="bo"), [one, two] * searches))
            seconds = time.monotonic() - started
        statuses = Counter(request.status for request in crm.requests)

    assert statuses[200] == 2 * searches
    assert statuses[429] <= searches / 4  # a busy machine brings some closer together than they left
    assert seconds >= (searches - 1) / (rate / 2)


def heard(port: HubSpotContacts, calls: int) -> list[list[WaitNotice]]:
    """Search from so many threads at once, each with a listener of its own."""
    notices: list[list[WaitNotice]] = [[] for _ in range(calls)]

    def search(number: int) -> None:
        with on_wait(notices[number].append):
            port.search(query="bo")

    threads = [threading.Thread(target=search, args=(number,)) for number in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return notices


def test_each_caller_hears_of_its_own_long_wait_only():
    with Sandbox(contacts=[BO]) as crm, HubSpotContacts(crm.token, host=crm.url, searches_per_second=1) as port:
        notices = sorted(heard(port, 3), key=len)

    assert notices[0] == []
    waits = [notice for one in notices for notice in one]
    assert {notice.reason for notice in waits} == {"search_limit"}
    assert sorted(round(notice.seconds) for notice in waits) == [1, 2]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("rate_limit", times=1), "rate_limited"),
        (Fault("rate_limit", times=1, retry_after="10000"), "rate_limited"),
        (Fault("error", times=1), "unavailable"),
    ],
)
def test_a_wait_before_a_repetition_is_heard_of_and_capped(fault, reason):
    policy = RetryPolicy(server_wait=1.01, secondly_wait=1.01, longest_wait=1.1)
    with Sandbox(contacts=[BO]) as crm, HubSpotContacts(crm.token, host=crm.url, retry=policy) as port:
        crm.faults.add(fault)
        [[notice]] = heard(port, 1)

    assert notice.reason == reason
    assert 1 < notice.seconds < 2


async def test_a_call_in_a_thread_tells_the_listener_of_its_own_task():
    async def search(port: HubSpotContacts) -> list[WaitNotice]:
        notices: list[WaitNotice] = []
        with on_wait(notices.append):
            await in_thread(port.search, query="bo")
        return notices

    with Sandbox(contacts=[BO]) as crm, HubSpotContacts(crm.token, host=crm.url, searches_per_second=0.8) as port:
        first, second = await asyncio.gather(search(port), search(port))

    assert sorted([len(first), len(second)]) == [0, 1]


def test_a_listener_that_fails_does_not_stop_the_call(caplog):
    def fails(notice: WaitNotice) -> None:
        raise RuntimeError

    with Sandbox(contacts=[BO]) as crm, HubSpotContacts(crm.token, host=crm.url, searches_per_second=0.8) as port:
        port.search(query="bo")
        with on_wait(fails):
            assert port.search(query="bo").total == 1
    assert "listener" in caplog.text


def test_a_place_too_far_ahead_is_refused_at_once_and_not_kept():
    with (
        Sandbox(contacts=[BO]) as crm,
        HubSpotContacts(crm.token, host=crm.url, searches_per_second=1, time_budget=1.4) as port,
        ThreadPoolExecutor(10) as threads,
    ):
        searches = [threads.submit(port.search, query="bo") for _ in range(10)]
        refused = [search.exception() for search in searches if search.exception()]
        port.search(query="bo")

    assert {(type(error), error.written) for error in refused} == {(RateLimitedError, "no")}
    assert len(refused) >= 5  # Eight, when the machine is quick.
    assert len(crm.requests) == 10 - len(refused) + 1


def test_the_time_budget_ends_an_operation():
    with Sandbox(contacts=[BO]) as crm, HubSpotContacts(crm.token, host=crm.url, time_budget=0.4) as port:
        crm.faults.add(Fault("error", status=503, retry_after="1"))
        with pytest.raises(UnavailableError):
            port.search(query="bo")
    assert len(crm.requests) == 1
