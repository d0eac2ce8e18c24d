"""What is told of a write is what HubSpot holds, word for word, when every kind of fault is mixed."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.sandbox import Fault, Property, Sandbox
from hubspot_agent.tools import contact_tools
from hubspot_agent.tools.results import ToolResult
from support.faulty import port_on

THREADS = 16
#: Whose address some of the creations and updates want.
TAKEN = {"email": "taken@acme.example", "firstname": "Tara", "lastname": "Taken"}
NUMBER = Property("customer_number", unique=True)
#: About four of ten calls are struck.
STORM = [
    Fault("error", probability=0.05, status=502),
    Fault("error", probability=0.05, status=500, applied=True),
    Fault("error", probability=0.03, status=409),
    Fault("reset", probability=0.05),
    Fault("reset", probability=0.05, applied=True),
    Fault("truncated", probability=0.05),
    Fault("unreadable", probability=0.05),
    Fault("misdirected", probability=0.08),
    Fault("rate_limit", probability=0.05),
    Fault("rate_limit", probability=0.05, retry_after="0"),
]

Call = tuple[str, dict[str, str]]
Told = tuple[str, ToolResult]


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[TAKEN], properties=[NUMBER]) as sandbox:
        yield sandbox


@pytest.fixture
def port(crm: Sandbox) -> Iterator[HubSpotContacts]:
    with port_on(crm) as contacts:
        yield contacts


@pytest.fixture
def ask(port: HubSpotContacts) -> Callable[[str, dict[str, Any]], Told]:
    """Return what calls a tool and returns the text and the data that it answers."""
    tools = {tool.name: tool for tool in contact_tools(port)}

    def call(name: str, arguments: dict[str, Any]) -> Told:
        answer = tools[name].invoke({"type": "tool_call", "id": "1", "name": name, "args": arguments})
        return str(answer.content), answer.artifact

    return call


def stored(crm: Sandbox) -> dict[str, dict[str, str]]:
    return {contact["id"]: contact["properties"] for contact in crm.contacts()}


def holds(properties: dict[str, str], given: dict[str, str]) -> bool:
    return all(properties.get(name) == value for name, value in given.items())


@pytest.mark.parametrize(
    ("with_address", "without_address", "updates"),
    [(60, 20, 20), pytest.param(1_000, 300, 300, marks=pytest.mark.slow)],
)
def test_in_a_storm_of_every_fault_nothing_untrue_is_told(crm, port, ask, with_address, without_address, updates):
    people = [
        port.create({"email": f"u{number}@x.example", "firstname": "U", "lastname": f"L{number}"})
        for number in range(updates)
    ]
    creations = [{"email": f"p{number}@x.example", "firstname": f"P{number}"} for number in range(with_address)]
    taken = [{**TAKEN, "firstname": f"F{number}"} for number in range(with_address // 20)]
    nameless = [{"firstname": "N", "lastname": f"N{number}"} for number in range(without_address)]
    changed = [{"city": f"City {number}", "jobtitle": "Buyer"} for number in range(updates)]
    for number, values in enumerate(changed):
        if number % 4 == 1:
            values["email"] = f"new{number}@x.example"
        elif number % 20 == 2:
            values["email"] = TAKEN["email"]
    calls: list[Call] = [("create_contact", values) for values in (*creations, *taken, *nameless)]
    calls += [
        ("update_contact", {"contact_id": person.id, **values}) for person, values in zip(people, changed, strict=True)
    ]
    crm.faults.add(*STORM)
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(lambda call: ask(*call), calls))
    crm.faults.clear()

    there = stored(crm)
    addresses = Counter(properties["email"] for properties in there.values() if "email" in properties)
    assert max(addresses.values()) == 1
    assert max(Counter(each["lastname"] for each in there.values() if "lastname" in each).values()) == 1
    untrue = []
    for (tool, arguments), (text, result) in zip(calls, answers, strict=True):
        given = {name: value for name, value in arguments.items() if name != "contact_id"}
        if (wrong := why_untrue(there, arguments.get("contact_id"), given, text, result)) is not None:
            untrue.append((tool, arguments, wrong, text))
    assert untrue == []
    told = Counter((tool, result["outcome"]) for (tool, _), (_, result) in zip(calls, answers, strict=True))
    conflicts = len(taken) + sum(values.get("email") == TAKEN["email"] for values in changed)
    failed = Counter(result["code"] for _, result in answers if result["outcome"] == "failed")
    unlucky = failed.pop("conflict", 0)  # refused with a conflict every time
    assert failed == {"contact_exists": conflicts}
    assert unlucky <= 1
    assert told["update_contact", "unknown"] == 0
    assert told["create_contact", "unknown"] < without_address * 3 / 4
    assert sum(result["outcome"] != "done" for _, result in answers[: len(creations)]) <= unlucky


def why_untrue(
    there: dict[str, dict[str, str]], contact_id: str | None, given: dict[str, str], text: str, result: ToolResult
) -> str | None:
    """Compare an answer with the store; return what is wrong with it."""
    written = [key for key, properties in there.items() if holds(properties, given) and contact_id in (None, key)]
    conflict = given.get("email") == TAKEN["email"]
    [named, *_] = [*(each["id"] for each in result["contacts"]), None]
    match result["outcome"]:
        case "done":
            expected = "Updated." if contact_id else "Created."
            return None if written == [named] and text.startswith(expected) else f"done, and the store has {written}"
        case "failed" if written:
            return "failed, and it is written"
        case "failed" if conflict:
            about = there.get(named or "", {}).get("email")
            told = result["code"] == "contact_exists" and f"already exists (id {named})" in text
            return None if about == TAKEN["email"] and told else "another reason than the address"
        case "failed":
            return "an address that nobody has is called taken" if "exists" in text else None
        case "unknown":
            return None if "unknown" in text and "exists" not in text else "unknown in other words"
    return f"outcome {result['outcome']}"
