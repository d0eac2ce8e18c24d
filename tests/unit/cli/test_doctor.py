"""`hubspot-agent doctor`: what it finds, that it names the fix, and that it changes nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.sandbox import Fault, Limits, Sandbox
from hubspot_agent.sandbox.limits import ALL_SCOPES
from support.closed import CLOSED, Closing
from support.openai_wire import KEY, OpenAIWire, Reply, fails, says
from support.port_stub import stub
from support.terminal_chat import Ran, Run, command, run

__all__ = ["run"]

ANA = {"email": "ana@acme.example", "firstname": "Ana"}
READ, WRITE = "crm.objects.contacts.read", "crm.objects.contacts.write"

Doctor = Callable[..., Ran]


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with Sandbox(contacts=[ANA], limits=Limits(burst=100, daily=1000)) as sandbox:
        yield sandbox


@pytest.fixture
def doctor(run: Run, crm: Sandbox) -> Doctor:
    """Return what runs the doctor on the sandbox and a model's server that gives one reply."""

    def examine(*arguments: str, reply: Reply | None = None, **settings: str) -> Ran:
        with OpenAIWire(reply or says("OK")) as openai:
            keys = {
                "HUBSPOT_ACCESS_TOKEN": crm.token,
                "HUBSPOT_BASE_URL": crm.url,
                "OPENAI_API_KEY": KEY,
                "OPENAI_BASE_URL": openai.url,
            }
            return run("doctor", *arguments, **{**keys, **settings})

    return examine


def test_all_is_well_and_nothing_changed(doctor: Doctor, crm: Sandbox) -> None:
    before = crm.contacts()
    ran = doctor()
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.count("\nok ") + 1 == 12
    assert "999 of 1000 calls left today, 100 calls per 10 seconds" in ran.out
    assert "Everything is in order." in ran.out
    assert crm.contacts() == before
    assert {call.method for call in crm.requests if "batch/update" not in call.path} == {"GET"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"HUBSPOT_ACCESS_TOKEN": ""}, "HUBSPOT_ACCESS_TOKEN is not set"),
        ({"HUBSPOT_ACCESS_TOKEN": "pat-wrong"}, "HubSpot does not accept it"),
        ({"HUBSPOT_ACCESS_TOKEN": "pat\u20ac"}, "the token, HUBSPOT_BASE_URL or HUBSPOT_API_VERSION cannot be right"),
        ({"HUBSPOT_BASE_URL": "http://127.0.0.1:9"}, "127.0.0.1:9 cannot be reached"),
        ({"HUBSPOT_BASE_URL": "nonsense"}, "the token, HUBSPOT_BASE_URL or HUBSPOT_API_VERSION cannot be right"),
        ({"HUBSPOT_API_VERSION": "v9"}, "the token, HUBSPOT_BASE_URL or HUBSPOT_API_VERSION cannot be right"),
    ],
)
def test_a_useless_token_or_address(doctor: Doctor, settings: dict[str, str], said: str) -> None:
    ran = doctor(**settings)
    assert ran.status == 1
    assert f"FAILED       HubSpot access token: {said}" in ran.out
    assert "Fix: " in ran.out
    assert ran.out.count("skipped") == 7
    assert "Model gpt-5.4-mini: answers" in ran.out
    assert "pat" not in ran.out


@pytest.mark.parametrize(
    ("scopes", "line"),
    [
        (ALL_SCOPES - {WRITE}, f"HubSpot scope {WRITE}"),
        (ALL_SCOPES - {READ}, f"HubSpot scope {READ}"),
        (ALL_SCOPES - {WRITE, READ, "crm.schemas.contacts.read"}, "HubSpot contact properties"),
    ],
)
def test_a_missing_scope(doctor: Doctor, crm: Sandbox, scopes: frozenset[str], line: str) -> None:
    crm.access.scopes = scopes
    ran = doctor()
    assert ran.status == 1
    assert f"FAILED       {line}: not granted\n             Fix: In HubSpot click Development > Keys" in ran.out


def test_without_the_scopes_of_owners_and_companies_these_are_off_and_nothing_fails(
    doctor: Doctor, crm: Sandbox
) -> None:
    crm.access.scopes = {READ, WRITE}
    ran = doctor()
    assert (ran.status, "Everything is in order." in ran.out) == (0, True)
    for scope, said in (
        ("crm.objects.owners.read", "not granted; contacts are shown, found and assigned without owners"),
        ("crm.objects.companies.read", "not granted; contacts are shown and found without company records"),
        ("crm.objects.companies.write", "not granted; contacts cannot be linked to company records"),
    ):
        assert f"\noff          HubSpot scope {scope}: {said}\n             Fix: In HubSpot click" in ran.out
        assert f"and add {scope}." in ran.out


def test_no_calls_are_left_today(doctor: Doctor) -> None:
    with Sandbox(contacts=[], limits=Limits(daily=1)) as spent:
        ran = doctor(HUBSPOT_ACCESS_TOKEN=spent.token, HUBSPOT_BASE_URL=spent.url)
        assert "FAILED       HubSpot limits: no calls are left today" in ran.out
        ran = doctor(HUBSPOT_ACCESS_TOKEN=spent.token, HUBSPOT_BASE_URL=spent.url)
    assert ran.status == 1
    assert "no calls are left today\n             Fix: Wait until midnight" in ran.out


@pytest.mark.parametrize("fault", [Fault("error"), Fault("reset"), Fault("truncated"), Fault("rate_limit")])
def test_hubspot_in_trouble(doctor: Doctor, crm: Sandbox, fault: Fault) -> None:
    crm.faults.add(fault)
    ran = doctor()
    assert ran.status == 1
    assert "FAILED       HubSpot access token" in ran.out


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"OPENAI_API_KEY": ""}, "Model key: OPENAI_API_KEY is not set"),
        ({"reply": fails(401, "invalid_api_key")}, "Model key: not accepted"),
        ({"reply": fails(429, "insufficient_quota")}, "Model key: the OpenAI account has no credit left"),
        ({"reply": fails(404, "model_not_found")}, "Model gpt-5.4-mini: unknown, or not for this key"),
        ({"reply": fails(400, "unsupported")}, "Model gpt-5.4-mini: cannot be used"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "Model key: the model's server does not answer"),
        ({"HUBSPOT_AGENT_MODEL": "nobody:model"}, "Model nobody:model: cannot be used"),
    ],
)
def test_a_useless_model(doctor: Doctor, change: dict[str, Any], line: str) -> None:
    ran = doctor(**change)
    assert ran.status == 1
    assert f"FAILED       {line}" in ran.out
    assert "\n             Fix: " in ran.out
    assert "ana@acme.example" not in ran.out + ran.err
    assert ran.err == ""


def test_in_dutch(doctor: Doctor) -> None:
    ran = doctor("--language", "nl", HUBSPOT_ACCESS_TOKEN="")
    assert "FOUT         HubSpot-toegangstoken: HUBSPOT_ACCESS_TOKEN is niet ingesteld" in ran.out
    assert "Oplossing: Klik in HubSpot op Development > Keys" in ran.out


def test_asks_in_the_version_of_the_settings(doctor: Doctor) -> None:
    body = {"results": [{"name": name} for name in SHOWN_PROPERTIES]}
    with stub(body=body) as hubspot:
        ran = doctor(HUBSPOT_BASE_URL=hubspot.url, HUBSPOT_API_VERSION="2026-03")
    assert ran.status == 0
    assert {path.split("?")[0] for path in hubspot.paths} == {
        "/crm/objects/2026-03/contacts",
        "/crm/objects/2026-03/contacts/batch/update",
        "/crm/properties/2026-03/contacts",
        "/crm/owners/2026-03/",
        "/crm/objects/2026-03/companies",
        "/crm/objects/2026-03/companies/batch/update",
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "ok           LangSmith tracing: off"),
        ({"LANGSMITH_TRACING": "true"}, "WARNING      LangSmith tracing: on, and it is sent what people say"),
        ({"LANGCHAIN_TRACING_V2": "true"}, "WARNING      LangSmith tracing"),
        ({"LANGSMITH_TRACING": "true", "LANGSMITH_HIDE_INPUTS": "true"}, "WARNING      LangSmith tracing"),
        (
            {"LANGSMITH_TRACING": "true", "LANGSMITH_HIDE_INPUTS": "1", "LANGSMITH_HIDE_OUTPUTS": "1"},
            "WARNING      LangSmith tracing",
        ),
        (
            {"LANGSMITH_TRACING": "true", "LANGSMITH_HIDE_INPUTS": "true", "LANGSMITH_HIDE_OUTPUTS": "true"},
            "ok           LangSmith tracing: on, without what is said",
        ),
    ],
)
def test_warns_when_langsmith_is_sent_conversations(doctor: Doctor, settings: dict[str, str], said: str) -> None:
    ran = doctor(**settings, HUBSPOT_AGENT_MODEL="nobody:model")  # So that nothing is traced in this process.
    assert said in ran.out
    warned = said.startswith("WARNING")
    assert ("Fix: Set LANGSMITH_HIDE_INPUTS=true and LANGSMITH_HIDE_OUTPUTS=true" in ran.out) == warned


def test_a_warning_is_no_failure(crm: Sandbox, tmp_path: Path) -> None:
    with OpenAIWire(says("OK")) as openai, stub() as langsmith:
        settings = {
            "HUBSPOT_ACCESS_TOKEN": crm.token,
            "HUBSPOT_BASE_URL": crm.url,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": openai.url,
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_ENDPOINT": langsmith.url,
            "LANGSMITH_API_KEY": "ls-test",
        }
        ran = command(tmp_path, "doctor", **settings)
    assert (ran.status, ran.err) == (0, "")
    assert "Nothing failed; read the warning above." in ran.out


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_a_state_directory_that_cannot_be_used(doctor: Doctor, tmp_path: Path, closed: Closing) -> None:
    state = tmp_path / "state" / "hubspot-agent"
    state.mkdir(parents=True)
    with closed(state):
        ran = doctor()
    assert ran.status == 1
    assert f"FAILED       State directory: {state} cannot be used (" in ran.out
    assert "Fix: Run this as the owner of that folder" in ran.out
    assert "in order" not in ran.out
