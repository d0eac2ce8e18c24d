"""The terminal chat with piped input: the demo model on the sandbox, judged by what the sandbox then holds."""

import re
from pathlib import Path

import pytest

from support.openai_wire import KEY, OpenAIWire, calls, says
from support.terminal_chat import Run, run, seed, stored

__all__ = ["run"]

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "company": "Acme"}
UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    seed(tmp_path / "crm.sqlite", ANA)
    return tmp_path / "crm.sqlite"


@pytest.mark.parametrize(
    ("said", "yes"),
    [
        (["Bo Jansen, bo@globex.example"], ["approve"]),
        (["Bo Jansen", "bo@globex.example"], ["yes", "yes"]),
    ],
)
def test_creates_by_button_finds_it_at_once_and_takes_another_back(
    run: Run, file: Path, said: list[str], yes: list[str]
) -> None:
    typed = ["2", *said, *yes, "1", "Bo Jansen", "2", "Cy Dee", "cy@globex.example", *yes, "4"]
    ran = run("chat", "--sandbox-file", str(file), typed=typed)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("Demo: no keys are used.")
    assert "✔ Created Bo Jansen" in ran.out
    assert re.search(r"│ Bo Jansen +│ bo@globex.example +│", ran.out.partition("> 1\n")[2])
    assert "[4] Undo" in ran.out
    assert set(stored(file)) == {"ana@acme.example", "bo@globex.example"}
    assert not UNFIT.search(ran.out)


def test_changes_a_contact_in_dutch(run: Run, file: Path) -> None:
    typed = ["Contact bijwerken", "Ana Silva", "telefoon 06-12345678", "goedkeuren"]
    ran = run("chat", "--sandbox-file", str(file), typed=typed)
    assert "1 gevonden" in ran.out
    assert "✔ Bijgewerkt: Ana Silva" in ran.out
    assert "Telefoon  (leeg) → +31612345678" in ran.out
    assert stored(file)["ana@acme.example"]["phone"] == "+31612345678"


def test_shows_text_of_the_crm_as_text(run: Run, tmp_path: Path) -> None:
    hostile = "[red]Ev[/]il\x1b[2J\x1b]0;t\x07\u202egnp.\u2066x :smile:"
    shown = "[red]Ev[/]il[2J]0;tgnp.x :smile:"
    file = tmp_path / "hostile.sqlite"
    seed(file, {"email": "e@x.example", "firstname": hostile, "company": "\u05d9\u05d5\u05e1\u05d9\u202e Acme"})
    with OpenAIWire(calls(("search_contacts", {"email": "e@x.example"})), says(f"Found {hostile}")) as openai:
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url}
        ran = run("chat", "--sandbox-file", str(file), typed=[f"find e@x.example {hostile}"], **keys)
    assert f"> find e@x.example {shown}" in ran.out
    assert f"│ {shown} │" in ran.out
    assert f"Found {shown}" in ran.out
    assert "\u2068\u05d9\u05d5\u05e1\u05d9 Acme\u2069" in ran.out, "a right-to-left value keeps to itself"
    assert not UNFIT.search(ran.out)


def test_a_number_answers_a_question_where_no_buttons_are_shown(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "two.sqlite"
    seed(file, ANA, {**ANA, "email": "ana.silva@globex.example", "company": "Globex"})
    typed = ["change the phone of Ana Silva to 0612345678", "2", "yes", "yes"]
    ran = run("chat", "--sandbox-file", str(file), "--no-approval", typed=typed)
    assert "without asking" in ran.out
    assert {email: "phone" in contact for email, contact in stored(file).items()} == {
        "ana@acme.example": False,
        "ana.silva@globex.example": True,
    }


def test_a_named_conversation_goes_on_with_its_contacts_and_its_pending_write(run: Run, tmp_path: Path) -> None:
    ran = run("chat", "--thread", "sales / 1", typed=["2", "Bo Jansen", "bo@globex.example"])
    assert "Nothing was written." in ran.out
    ran = run("chat", "--thread", "sales / 1", typed=["y", "change his phone to 0612345678", "y"])
    assert "still waiting for your decision" in ran.out
    assert "Hello!" not in ran.out
    ran = run("chat", "--thread", "sales / 1")
    assert "goes on where it stood" in ran.out
    assert "[4] Undo" in ran.out
    directory = tmp_path / "state" / "hubspot-agent"
    (file,) = directory.glob("sandbox-*.sqlite")
    assert {kept.stat().st_mode & 0o077 for kept in [directory, *directory.iterdir()]} == {0}, "the owner's alone"
    assert stored(file)["bo@globex.example"]["phone"] == "+31612345678"


@pytest.mark.parametrize(
    ("settings", "arguments", "status", "said"),
    [
        ({"HUBSPOT_ACCESS_TOKEN": "pat-1"}, (), 2, "set OPENAI_API_KEY"),
        ({"HUBSPOT_ACCESS_TOKEN": "pat-1", "OPENAI_API_KEY": "sk-1"}, (), 0, "Connected to HubSpot at 127.0.0.1:9"),
        ({"HUBSPOT_ACCESS_TOKEN": "pat-1"}, ("--demo",), 0, "Demo: no keys are used"),
        ({"OPENAI_API_KEY": "sk-1"}, (), 0, "works on a local sandbox"),
    ],
)
def test_says_which_services_it_uses(
    run: Run, settings: dict[str, str], arguments: tuple[str, ...], status: int, said: str
) -> None:
    ran = run("chat", *arguments, HUBSPOT_BASE_URL="http://127.0.0.1:9", **settings)
    assert ran.status == status
    assert said in (ran.err if status else ran.out)


def test_survives_whatever_is_typed(run: Run, file: Path) -> None:
    typed = ["", "   ", "word " * 10_000, "\x00\x1b[31m\udcff", "\u202e\u05d0\u05d1", "99", "find Ana Silva"]
    ran = run("chat", "--sandbox-file", str(file), typed=typed)
    assert (ran.status, ran.err) == (0, "")
    assert "ana@acme.example" in ran.out.rpartition("> find Ana Silva")[2]
    assert "unexpected" not in ran.out


@pytest.mark.slow
def test_shows_owner_and_notes_and_logs_a_note(run: Run, file: Path) -> None:
    typed = [
        "assign ana@acme.example to Robin Bakker and log a note: wants a quote",
        "edit",
        "",
        "wants two quotes",
        "show me the notes on Ana Silva",
        "wie is de eigenaar van Ana Silva?",
    ]
    ran = run("chat", "--sandbox-file", str(file), typed=typed)
    assert "    Note   wants two quotes" in ran.out
    assert re.search(r"│ Ana Silva +│ ana@acme.example +│ Acme +│ Robin Bakker │", ran.out)
    assert re.search(r"Notes on Ana Silva:\n    \d{4}-\d\d-\d\d: wants two quotes", ran.out)
    assert "Eigenaar: Robin Bakker" in ran.out
