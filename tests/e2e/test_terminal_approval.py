"""Writes that wait for the user in the terminal: what is asked, and what each answer comes to in the sandbox."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from support.openai_wire import KEY, OpenAIWire, Reply, calls, says
from support.terminal_chat import Ran, Run, run, seed, stored

__all__ = ["run"]

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "company": "Acme", "phone": "+31201234567"}
BO = {"email": "bo@globex.example", "firstname": "Bo", "lastname": "Jansen"}
CREATE_BO = ("create_contact", BO)
WORDS = "create Bo Jansen, bo@globex.example"


class Case:
    """A chat of a scripted model on the sandbox, which holds Ana."""

    def __init__(self, run: Run, file: Path) -> None:
        self._run = run
        self.file = file
        seed(file, ANA)

    def chat(self, script: Sequence[Reply], typed: Sequence[str], *options: str) -> Ran:
        with OpenAIWire(*script) as openai:
            keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url}
            return self._run("chat", "--sandbox-file", str(self.file), *options, typed=typed, **keys)

    @property
    def ana(self) -> dict[str, Any]:
        return stored(self.file)["ana@acme.example"]

    @property
    def bo(self) -> dict[str, Any] | None:
        return stored(self.file).get("bo@globex.example")


@pytest.fixture
def case(run: Run, tmp_path: Path) -> Case:
    return Case(run, tmp_path / "crm.sqlite")


@pytest.mark.parametrize("answer", ["a", "YES", "ja"])
def test_approved_is_written(case: Case, answer: str) -> None:
    ran = case.chat([calls(CREATE_BO), says("Done!")], [WORDS, answer])
    shown = "    First name  Bo\n    Last name   Jansen\n    E-mail      bo@globex.example\n"
    assert f"Create a new contact:\n{shown}" in ran.out
    assert "✔ Created Bo Jansen" in ran.out
    assert case.bo is not None


@pytest.mark.parametrize("answer", ["r", "nee"])
def test_rejected_is_not_written_whatever_the_model_says(case: Case, answer: str) -> None:
    ran = case.chat([calls(CREATE_BO), says("I have created Bo Jansen.")], [WORDS, answer])
    assert "✔" not in ran.out
    assert "Nothing was changed in HubSpot" in ran.out
    assert case.bo is None


def test_in_dutch_a_is_afwijzen(case: Case) -> None:
    ran = case.chat([calls(CREATE_BO), says("Goed.")], ["maak Bo Jansen aan, bo@globex.example", "a"])
    assert "[a]fwijzen" in ran.out
    assert case.bo is None


def test_edited_field_by_field(case: Case) -> None:
    both = calls(("create_contact", {**BO, "jobtitle": "CFO", "city": "Utrecht"}))
    typed = [f"{WORDS}, CFO, Utrecht", "e", "", "van Jansen", "", "-", ""]
    ran = case.chat([both, says("Done!")], typed)
    assert "  Last name [Jansen]: van Jansen" in ran.out
    assert case.bo is not None
    assert {name: case.bo.get(name) for name in ("firstname", "lastname", "jobtitle", "city")} == {
        "firstname": "Bo",
        "lastname": "van Jansen",
        "jobtitle": None,
        "city": "Utrecht",
    }


def test_each_of_two_writes_is_decided(case: Case) -> None:
    cy = ("create_contact", {"email": "cy@globex.example", "firstname": "Cy"})
    case.chat([calls(CREATE_BO, cy), says("Done!")], [f"{WORDS} and Cy, cy@globex.example", "r", "a"])
    assert set(stored(case.file)) == {"ana@acme.example", "cy@globex.example"}


def test_anything_else_is_a_message_and_drops_the_write(case: Case) -> None:
    ran = case.chat([calls(CREATE_BO), says("As you like.")], [WORDS, "", "never mind, thank you"])
    assert "As you like." in ran.out
    assert case.bo is None


def test_an_update_shows_old_and_new(case: Case) -> None:
    find = calls(("search_contacts", {"email": "ana@acme.example"}))
    new = {"contact_id": case.ana["hs_object_id"], "jobtitle": "CFO", "phone": "+31207654321"}
    typed = ["make ana@acme.example CFO with phone +31 20 765 4321", "approve"]
    ran = case.chat([find, calls(("update_contact", new)), says("Done!")], typed)
    assert "Update Ana Silva (ana@acme.example):" in ran.out
    assert "    Phone      +31201234567 → +31207654321" in ran.out
    assert "    Job title  (empty) → CFO" in ran.out
    assert (case.ana["jobtitle"], case.ana["phone"]) == ("CFO", "+31207654321")


@pytest.mark.parametrize(
    ("answer", "emails", "phone"),
    [
        ("1", {"ana@acme.example"}, "+31612345678"),
        ("r", {"ana@acme.example"}, "+31201234567"),
    ],
)
def test_an_existing_contact_is_updated_only_if_the_user_says_so(
    case: Case, answer: str, emails: set[str], phone: str
) -> None:
    again = calls(("create_contact", {"email": "ANA@acme.example", "firstname": "Ana", "phone": "+31612345678"}))
    typed = ["create Ana, ANA@acme.example, +31612345678", answer]
    ran = case.chat([again, says("Done!")], typed, "--no-approval")
    assert "[1] Exists already, with the same e-mail address: Ana Silva (ana@acme.example)" in ran.out
    assert "create [a]nyway" not in ran.out
    contacts = stored(case.file)
    assert set(contacts) == emails
    assert contacts["ana@acme.example"]["phone"] == phone


def test_a_likely_duplicate_is_created_when_the_user_says_so(case: Case) -> None:
    again = calls(("create_contact", {"email": "a.silva@acme.example", "firstname": "Ana", "phone": "020 1234567"}))
    typed = ["create Ana, a.silva@acme.example, 020 1234567", "anyway"]
    ran = case.chat([again, says("Done!")], typed, "--no-approval")
    assert "[1] May exist already, with the same phone number: Ana Silva (ana@acme.example)" in ran.out
    assert set(stored(case.file)) == {"ana@acme.example", "a.silva@acme.example"}
