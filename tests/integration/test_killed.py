"""A process killed between a person's decision and the answer: the last decision is what HubSpot holds.

HUBSPOT_AGENT_SOAK=1 kills at thirty random moments where otherwise a few are tried.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hubspot_agent.sandbox import Fault, Sandbox
from support.lives import BOB, FIRST_NAME, Life, Services, client, live, page, terminal
from support.openai_wire import OpenAIWire, demo

SOAK = bool(os.environ.get("HUBSPOT_AGENT_SOAK"))

#: Seconds from a decision to the answer, at most.
ANSWER_S = 0.5


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAIWire]:
    with OpenAIWire(demo) as model:
        yield model


@pytest.fixture
def services(crm: Sandbox, model: OpenAIWire) -> Services:
    return Services(crm.url, crm.token, model.url)


def moments(count: int) -> list[float]:
    if not SOAK:
        return [ANSWER_S * (number + 0.5) / count for number in range(count)]
    random = Random(30)
    return [random.uniform(0, ANSWER_S) for _ in range(30)]


def made(crm: Sandbox) -> list[Any]:
    return [each["properties"].get("firstname") for each in crm.contacts()][1:]


@pytest.mark.slow
@pytest.mark.parametrize("moment", moments(2))
@pytest.mark.parametrize("then", ["approve", "edit", "reject"])
@pytest.mark.parametrize("life", [page, terminal, client])
def test_the_last_decision_is_what_hubspot_holds(
    crm: Sandbox, services: Services, tmp_path: Path, life: Life, then: str, moment: float
) -> None:
    crm.faults.add(Fault("latency", seconds=0.05))
    live(life, services, tmp_path, typed=BOB, decided="approve", moment=moment)
    written = made(crm)
    seen = live(life, services, tmp_path, decided=then)
    assert seen is not None
    assert seen[-1] == "end"
    asked = "waiting" in seen
    assert not (asked and written), "what was written is shown as waiting"
    name = FIRST_NAME[then if asked else "approve"]
    assert made(crm) == ([name] if name else [])
    if not asked:
        assert "Created" in seen[-2]
