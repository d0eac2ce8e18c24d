"""A note is logged at most once and a link is made for sure, and what is said of them is true, whatever goes wrong."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from hubspot_agent.hubspot import (
    ContactNotFoundError,
    HubSpotContacts,
    HubSpotError,
    InvalidContactError,
    Note,
    RetryPolicy,
    UnknownOutcomeError,
)
from hubspot_agent.sandbox import Assumptions, Fault, Sandbox
from support.faulty import STORM, port_on
from support.sandbox_http import call

COUNT, CONTACTS, THREADS = 300, 10, 16
NOTES = "objects/notes"
LOST = [
    Fault("reset", applied=True, times=1, method="POST", path=NOTES),
    Fault("error", applied=True, times=1, status=502, method="POST", path=NOTES),
    Fault("truncated", times=1, method="POST", path=NOTES),
]
NEVER_ARRIVED = [
    Fault("reset", times=1, method="POST", path=NOTES),
    Fault("error", times=1, status=503, method="POST", path=NOTES),
    Fault("rate_limit", times=1, method="POST", path=NOTES),
]


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    people = [{"email": f"p{number}@x.example"} for number in range(CONTACTS)]
    companies = [{"name": f"C{number}", "domain": f"c{number}.example"} for number in range(COUNT // CONTACTS)]
    with Sandbox(contacts=people, companies=companies) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm: Sandbox) -> Iterator[HubSpotContacts]:
    with port_on(crm) as contacts:
        yield contacts


@pytest.mark.slow
def test_in_a_storm_every_note_is_logged_once_and_every_link_is_made(crm, port):
    people = [contact["id"] for contact in crm.contacts()]
    companies = [company["id"] for company in crm.companies()]
    pairs = [(person, number) for number in range(COUNT // CONTACTS) for person in people]
    crm.faults.add(*STORM)

    def write_both(person: str, number: int) -> tuple[Note | HubSpotError, HubSpotError | None]:
        return (
            outcome(port.notes.log, person, f"Note {number} of {person}", key=f"{person}-{number}"),
            outcome(port.companies.link, person, companies[number]),
        )

    with ThreadPoolExecutor(THREADS) as threads:
        reports = list(threads.map(lambda pair: write_both(*pair), pairs))

    crm.faults.clear()
    there = Counter(body for person in people for body in crm.notes(person))
    for (person, number), (noted, linked) in zip(pairs, reports, strict=True):
        assert isinstance(noted, Note), noted
        assert (noted.body, there[noted.body]) == (f"Note {number} of {person}", 1)
        assert linked is None
    assert there.total() == COUNT
    assert all(sorted(crm.associations(person)) == sorted(companies) for person in people)


def outcome(write, *args, **kwargs):
    try:
        return write(*args, **kwargs)
    except HubSpotError as error:
        return error


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.kind)
def test_after_a_lost_answer_the_note_is_found_and_not_logged_again(crm, port, fault):
    crm.faults.add(fault)
    note = port.notes.log("101", "Called: wants a quote", key="1")
    assert crm.notes("101") == ["Called: wants a quote"]
    assert port.notes.latest("101") == [note]
    assert sum(request.method == "POST" and request.path.endswith("notes") for request in crm.requests) == 1


@pytest.mark.parametrize("fault", NEVER_ARRIVED, ids=lambda fault: fault.kind)
def test_a_note_that_never_arrived_is_sent_again(crm, port, fault):
    crm.faults.add(fault)
    port.notes.log("101", "Called", key="1")
    assert crm.notes("101") == ["Called"]


def test_the_same_words_twice_are_two_notes_and_the_same_key_is_one(crm, port):
    crm.faults.add(LOST[0])
    notes = [port.notes.log("101", "Called", key=key) for key in ("1", "2", "2")]
    assert crm.notes("101") == ["Called", "Called"]
    assert notes[0] != notes[1] == notes[2]


def test_a_note_that_arrives_late_is_not_sent_again(crm):
    crm.faults.add(Fault("latency", seconds=0.6, times=1, method="POST"))
    with port_on(crm, timeout=(1.0, 0.2)) as port:
        with pytest.raises(UnknownOutcomeError):
            port.notes.log("101", "Called", key="1")
        time.sleep(0.6)
        note = port.notes.log("101", "Called", key="1")

    assert crm.notes("101") == [note.body]


def test_when_nothing_can_be_read_back_the_outcome_is_unknown(crm):
    with port_on(crm, retry=RetryPolicy(attempts=2, server_wait=0.02)) as port:
        crm.faults.add(LOST[0], Fault("error", path="associations"))
        with pytest.raises(UnknownOutcomeError):
            port.notes.log("101", "Called", key="1")
        crm.faults.clear()
        port.notes.log("101", "Called", key="1")
    assert crm.notes("101") == ["Called"]


def test_after_a_crash_the_note_is_found_again(crm, port):
    started = datetime.now(UTC)
    note = port.notes.log("101", "Called\nand wrote", key="1")
    with port_on(crm) as restarted:
        assert restarted.notes.find_logged("101", "Called\nand wrote", started) == note
        assert restarted.notes.find_logged("101", "Called", started) is None
        assert restarted.notes.find_logged("102", "Called\nand wrote", started) is None
        assert restarted.notes.find_logged("101", "Called\nand wrote", started + timedelta(minutes=1)) is None
        assert restarted.notes.log("101", "Called\nand wrote", key="1", since=started) == note
    assert len(crm.notes("101")) == 1


@pytest.mark.parametrize(
    ("clock_off", "begun", "notes"),
    [(timedelta(minutes=-10), timedelta(0), 1), (timedelta(minutes=10), timedelta(minutes=5), 2)],
    ids=["slow", "fast"],
)
def test_after_a_crash_a_wrong_clock_of_the_machine_does_not_count(crm, port, clock_off, begun, notes):
    to_contact = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}
    properties = {"hs_timestamp": (datetime.now(UTC) + clock_off).isoformat(), "hs_note_body": "Called"}
    left = {"properties": properties, "associations": [{"to": {"id": "101"}, "types": [to_contact]}]}
    call(crm, "POST", "/crm/v3/objects/notes", left)
    port.notes.log("101", "Called", key="1", since=port.now() + begun)
    assert len(crm.notes("101")) == notes


def test_the_last_notes_come_first_also_of_many():
    with Sandbox(contacts=[{"email": "ana@x.example"}]) as crm, port_on(crm) as port:
        for number in range(30):
            port.notes.log("101", f"Note {number}", key=str(number))
        assert [note.body for note in port.notes.latest("101")] == ["Note 29", "Note 28", "Note 27"]
        assert len(port.notes.latest("101", limit=30)) == 30
        assert port.notes.latest("101", 1)[0].timestamp.endswith("Z")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (
            "<script>alert(1)</script> & <b>bold</b>",
            "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt;",
        ),
        ("Eén\r\ntwee\n\ndrie 👍", "Eén<br>twee<br><br>drie 👍"),
        ('She said "yes"', 'She said "yes"'),
        ("&amp; already", "&amp;amp; already"),
    ],
)
def test_a_note_shows_what_was_typed(crm, port, text, stored):
    note = port.notes.log("101", text, key="1")
    assert crm.notes("101") == [stored]
    assert port.notes.latest("101") == [note]
    assert note.body == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<div style="" dir="auto"><p>Called <strong>Ana</strong></p><p>Wants a quote</p></div>',
            "Called Ana\n\nWants a quote",
        ),
        ("<ul><li>one</li><li>two</li></ul><script>x()</script><style>p{}</style>", "one\n\ntwo"),
        ("A &lt;b&gt; &amp; C&nbsp;D", "A <b> & C D"),
        ("broken <b>markup", "broken markup"),
    ],
)
def test_html_that_others_wrote_is_read_as_text(crm, port, html, text):
    to_contact = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}
    note = {"properties": {"hs_timestamp": "2026-01-01T10:00:00Z", "hs_note_body": html}}
    call(crm, "POST", "/crm/v3/objects/notes", {**note, "associations": [{"to": {"id": "101"}, "types": [to_contact]}]})
    assert port.notes.latest("101")[0].body == text


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "needs a text"), (" \n\0", "needs a text"), ("x" * 70_000, "70,000"), ("&" * 14_000, "70,000")],
)
def test_an_impossible_note_is_refused_before_anything_is_sent(crm, port, text, said):
    with pytest.raises(InvalidContactError, match=said) as refused:
        port.notes.log("101", text, key="1")
    assert refused.value.properties[0].property == "hs_note_body"
    assert crm.requests == []


def test_the_longest_note_is_logged(crm, port):
    assert len(port.notes.log("101", "x" * 65_536, key="1").body) == 65_536


def test_a_note_of_an_owner_and_of_nobody(crm, port):
    owner = port.owners.all()[0]
    assert port.notes.log("101", "Called", owner_id=owner.id, key="1").owner_id == owner.id
    with pytest.raises(InvalidContactError, match="hubspot_owner_id"):
        port.notes.log("101", "Called", owner_id=owner.user_id, key="2")
    for contact_id in ("999", "abc"):
        with pytest.raises(ContactNotFoundError):
            port.notes.log(contact_id, "Called", key=contact_id)
    assert crm.notes("101") == ["Called"]


@pytest.mark.parametrize("repeated", [204, 404])
def test_archiving_a_note_twice_is_archiving_it(repeated):
    with (
        Sandbox(contacts=[{"email": "ana@x.example"}], assumptions=Assumptions(repeated_delete=repeated)) as crm,
        port_on(crm) as port,
    ):
        note = port.notes.log("101", "Called", key="1")
        crm.faults.add(Fault("reset", applied=True, times=1, method="DELETE"))
        port.notes.archive(note.id)
        port.notes.archive(note.id)
        assert crm.notes("101") == []
        assert port.notes.latest("101") == []
