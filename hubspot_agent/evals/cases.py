"""What a case is, and the files that hold cases: a line of JSON each."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

#: The cases that come with the package.
CASES_DIRECTORY = Path(__file__).parent / "cases"

#: A value, `None` for no value, or a list of those that are accepted.
Accepted = str | None | list[str | None]
#: What a person says to a write that waits: "update" has the likely duplicate updated in the place of a creation.
Decide = Literal["approve", "reject", "update"]
#: Why a write may wait for a person.
Doubt = Literal["unsaid", "ambiguous", "duplicate", "policy", "unusual"]


class CaseFileError(ValueError):
    """A file of cases cannot be used; the message says where and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pressed(_Strict):
    """A turn that is a pressed button, or with no action an opened chat."""

    action: str | None = None


class Expectation(_Strict):
    """How the CRM must be after the conversation; everything not named must be as it was.

    What must be so of a contact are its properties, and two that are no properties: `companies`, all companies that it
    must be linked to, each by domain or name, and `notes`, its new notes, each by the words that must stand in it (a
    word may be alternatives, "called|rang"). The owner, `hubspot_owner_id`, is named by e-mail address, or by an id
    that the case gives.

    Attributes:
        created: The new contacts, by property; a name may be alternatives ("phone|mobilephone").
        updated: The changed contacts by their e-mail address before, or by first and last name where there is none.
        created_companies: The new company records, by property.
        undone: What is written on the way and taken back, as contacts by property: a person approves that as well.
        answer: What the last answer must contain, without regard to case; each may be alternatives ("9|nine"), and
            a phone number, which begins with "+", is found in any spelling.
    """

    created: list[dict[str, Accepted]] = []
    updated: dict[str, dict[str, Accepted]] = {}
    created_companies: list[dict[str, Accepted]] = []
    undone: list[dict[str, Accepted]] = []
    answer: list[str] = []

    @property
    def writes(self) -> bool:
        """Whether something must be written."""
        return bool(self.created or self.updated or self.created_companies)


class Case(_Strict):
    """One conversation on a sandbox of its own, and what must come of it.

    Attributes:
        id: Its name, unique among the cases.
        why: What it is there to show.
        contacts: What the CRM holds at first, by property; `hubspot_owner_id` is an owner's e-mail address.
        owners: The users of the account, as `Sandbox` takes them.
        companies: The companies of the account, as `Sandbox` takes them.
        links: The companies that contacts are linked to at first, by domain or name; contacts as in `Expectation`.
        notes: The notes on contacts at first, oldest first.
        user: Who is chatting, whom "me" and "my" are about.
        turns: What the user does: types, presses a button (`{"action": "search"}`) or opens the chat (`{}`).
        decide: What a person says to writes that wait.
        doubts: The doubts for which a write may wait although approvals are off; any other pause is needless.
        language: The language that the run is told; `None` for the user's own.
        tags: What it is about; one is the language it is written in.
        expect: What must come of it.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    why: str = ""
    contacts: list[dict[str, str]] = []
    owners: list[dict[str, str | bool]] = []
    companies: list[dict[str, str]] = []
    links: dict[str, list[str]] = {}
    notes: dict[str, list[str]] = {}
    user: str = "eval"
    turns: Annotated[list[str | Pressed], Field(min_length=1)]
    decide: Decide = "approve"
    doubts: list[Doubt] = []
    language: str | None = None
    tags: list[str] = []
    expect: Expectation

    @model_validator(mode="after")
    def _expect_owners_by_address(self) -> Self:
        """Take an owner's id, where `owners` name it, for the e-mail address."""
        addresses = {str(each["id"]): str(each["email"]) for each in self.owners if "id" in each}
        for expected in (*self.expect.created, *self.expect.updated.values(), *self.expect.undone):
            if isinstance(owner := expected.get("hubspot_owner_id"), str):
                expected["hubspot_owner_id"] = addresses.get(owner, owner)
        return self

    @property
    def known_companies(self) -> list[dict[str, Any]]:
        """The companies of the account, and those that must be created."""
        return [*self.companies, *self.expect.created_companies]


def case_files() -> list[Path]:
    """Return the files of cases that come with the package."""
    return sorted(CASES_DIRECTORY.glob("*.jsonl"))


def read_cases(files: Iterable[Path]) -> list[Case]:
    """Return the cases in `files`, in their order.

    Raises:
        CaseFileError: A file cannot be read, a line is no case, two cases have one id, or there is no case at all.
    """
    cases: dict[str, Case] = {}
    for file in files:
        for number, line in _lines(file):
            case = _case(line, f"{file}, line {number}")
            if case.id in cases:
                raise CaseFileError(f"{file}, line {number}: another case has the id {case.id!r}.")
            cases[case.id] = case
    if not cases:
        raise CaseFileError("There is no case in the files.")
    return list(cases.values())


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseFileError(f"{file}: {getattr(error, 'strerror', None) or 'this is not UTF-8 text'}.") from error
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _case(line: str, place: str) -> Case:
    try:
        record: Any = json.loads(line)
        return Case.model_validate(record)
    except json.JSONDecodeError as error:
        raise CaseFileError(f"{place}: this is not JSON ({error.msg}, column {error.colno}).") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:3])
        raise CaseFileError(f"{place}: {problems}.") from error
