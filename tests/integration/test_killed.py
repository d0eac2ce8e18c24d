"""A process killed at any moment: what was typed is answered, and the last decision is what HubSpot holds."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from hubspot_agent.audit.file import read_trail
from hubspot_agent.sandbox import Fault, Sandbox
from support.chat import ANA
from support.lives import BOB, FIRST_NAMES, Life, Services, client, live, page, terminal
from support.openai_wire import OpenAIWire, demo

#: Seconds from a decision to the answer, about.
ANSWER_S = 0.5


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAIWire]:
    with OpenAIWire(demo) as model:
        yield model


def made(crm: Sandbox) -> list[str | None]:
    """Return the first names of the contacts beside Ana."""
    return [each["properties"].get("firstname") for each in crm.contacts()][1:]


@pytest.mark.slow
@pytest.mark.parametrize("then", ["approve", "edit", "reject"])
@pytest.mark.parametrize("life", [page, terminal, client])
def test_the_last_decision_is_what_hubspot_holds(
    model: OpenAIWire, tmp_path: Path, life: Life, then: str, soak: bool
) -> None:
    """Killed between the approval and the answer; decided once more where the write still waits afterwards."""
    random = Random(f"{life.__name__} {then}")
    for number in range(10 if soak else 1):
        directory, moment = tmp_path / str(number), random.uniform(0, ANSWER_S)
        directory.mkdir()
        with Sandbox(contacts=[ANA]) as crm:
            crm.faults.add(Fault("latency", seconds=0.05))
            services = Services(crm.url, crm.token, model.url)
            live(life, services, directory, typed=BOB, decided="approve", moment=moment)
            written = made(crm)
            seen = live(life, services, directory, decided=then)
            assert seen is not None, moment
            asked = seen[0] == "waiting"
            assert not (asked and written), "what was written is shown as waiting"
            assert made(crm) == FIRST_NAMES[then if asked else "approve"], moment
            assert asked or "Created" in seen[-1], moment


@pytest.mark.parametrize(
    "moment", [pytest.param(4, marks=pytest.mark.slow), 26, pytest.param(60, marks=pytest.mark.slow)]
)
def test_a_message_that_the_page_took_is_answered(crm: Sandbox, tmp_path: Path, moment: int) -> None:
    """Killed before a statement to the database, also one between the end of a step and the beginning of the next."""
    services = Services(crm.url, crm.token)
    assert live(page, services, tmp_path, typed=BOB, moment=moment) is None
    seen = live(page, services, tmp_path)
    assert seen is not None
    assert seen[0] == "waiting"


@pytest.mark.slow
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_was_wrong_when_the_process_was_killed(
    crm: Sandbox, model: OpenAIWire, tmp_path: Path, hours: int
) -> None:
    """What was written is told, can be undone, and stands in the audit trail with its outcome."""
    services = Services(crm.url, crm.token, model.url)
    crm.faults.add(Fault("latency", seconds=0.0, method="POST", path="/search"))
    crm.faults.add(Fault("slow", seconds=30.0, method="POST", path="/crm/v3/objects/contacts", times=1))
    wrong = timedelta(hours=hours)

    def written() -> bool:
        return made(crm) == ["Bob"]

    assert live(terminal, services, tmp_path, typed=BOB, decided="approve", until=written, clock=wrong) is None
    [begun] = read_trail(tmp_path / "hubspot-agent", lambda record: True)[0]
    assert begun["outcome"] == "begun"
    crm.faults.clear()
    [seen] = live(terminal, services, tmp_path, typed="undo") or [""]
    assert "✔ Created Bob Jones" in seen
    assert "✔ Undone for Bob Jones" in seen
    assert made(crm) == []
    trail = read_trail(tmp_path / "hubspot-agent", lambda record: True)[0]
    assert [(each["tool"], each["outcome"]) for each in trail] == [("create_contact", "done"), ("undo", "done")]
