"""Files of cases, and the cases that come with the package."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hubspot_agent.evals.cases import Case, CaseFileError, case_files, read_cases
from hubspot_agent.evals.lint import NO_WRITE, problems

CASE: dict[str, Any] = {
    "id": "one",
    "why": "To test.",
    "contacts": [{"email": "ana@acme.example", "city": "Ede"}],
    "turns": [{}, {"action": "update"}, "Ana lives in Delft"],
    "tags": ["en"],
    "expect": {"updated": {"ana@acme.example": {"city": "Delft"}}},
}


def test_ours_mean_what_they_say() -> None:
    assert problems(read_cases(case_files())) == []


def test_ours_are_many_in_every_language() -> None:
    cases = read_cases(case_files())
    tags = Counter(tag for case in cases for tag in case.tags)
    assert len(cases) >= 250
    assert tags[NO_WRITE] >= 60
    assert min(tags["owner"], tags["company"], tags["note"]) >= 10
    assert abs(tags["en"] - tags["nl"]) <= 5
    assert min(tags["de"], tags["fr"]) >= 10


def test_a_file_is_read_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps({**CASE, "id": name}) for name in ("b", "a")) + "\n\n")
    assert [case.id for case in read_cases([file])] == ["b", "a"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no case"),
        ("{", "line 1: this is not JSON"),
        (json.dumps(CASE) + "\n[]", "line 2: "),
        (json.dumps({**CASE, "turns": []}), "line 1: turns"),
        (json.dumps({**CASE, "expct": {}}), "line 1: expct"),
        (json.dumps({**CASE, "decide": "maybe"}), "line 1: decide"),
        (json.dumps({**CASE, "id": "../one"}), "line 1: id"),
        (json.dumps(CASE) + "\n" + json.dumps(CASE), "line 2: another case has the id 'one'"),
        (b"\xff", "not UTF-8"),
        (None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path: Path, content: str | bytes | None, said: str) -> None:
    file = tmp_path / "cases.jsonl"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CaseFileError, match=said):
        read_cases([file])


def test_a_good_case_has_no_problem() -> None:
    assert problems([Case.model_validate(CASE)]) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"why": " "}, "why it is there"),
        ({"tags": []}, "one tag of its language"),
        ({"tags": ["en", "nl"]}, "one tag of its language"),
        ({"tags": ["en", NO_WRITE]}, "only there"),
        ({"expect": {}}, "must stand where nothing"),
        ({"turns": [{}]}, "does nothing"),
        ({"turns": ["mail to bo@acme.com"]}, "acme.com may be somebody's"),
        ({"contacts": [{"city": "Ede"}]}, "cannot hold these contacts and companies"),
        ({"expect": {"updated": {"bo@acme.example": {"city": "Delft"}}}}, "none of its contacts"),
        ({"expect": {"updated": {"ana@acme.example": {}}}}, "what changes"),
        ({"expect": {"updated": {"ana@acme.example": {"city": "Ede"}}}}, "expected value already"),
        ({"expect": {"updated": {"ana@acme.example": {"town": "Ede"}}}}, "no property that can be written"),
        ({"expect": {"updated": {"ana@acme.example": {"hs_object_id": "1"}}}}, "no property that can be written"),
        ({"expect": {"updated": {"ana@acme.example": {"lifecyclestage": "friend"}}}}, "no option"),
        ({"expect": {"updated": {"ana@acme.example": {"phone": "06-12345678"}}}}, "no number as"),
        ({"expect": {"created": [{"city": "Ede"}]}}, "needs one of"),
        ({"expect": {**CASE["expect"], "undone": [{"city": "Ede"}]}}, "nothing is undone"),
    ],
)
def test_a_case_that_means_nothing_or_something_else(changed: dict[str, Any], said: str) -> None:
    (problem,) = problems([Case.model_validate({**CASE, **changed})])
    assert problem.startswith("one: ")
    assert said in problem


RAJ = {"email": "raj@us.example", "firstName": "Raj", "lastName": "Patel"}
ACME = {"name": "Acme", "domain": "acme.example"}
RELATED: dict[str, Any] = {
    **CASE,
    "contacts": [{"email": "ana@acme.example", "hubspot_owner_id": RAJ["email"]}, {"email": "bo@acme.example"}],
    "owners": [RAJ, {"email": "eva@us.example"}, {"email": "gone@us.example", "archived": True}],
    "companies": [ACME, {"name": "Globex"}],
    "links": {"bo@acme.example": ["Globex"]},
    "notes": {"bo@acme.example": ["Called."]},
    "expect": {
        "updated": {"bo@acme.example": {"hubspot_owner_id": RAJ["email"], "companies": ["Acme"], "notes": ["x"]}}
    },
}


def test_a_good_case_with_owners_companies_and_notes() -> None:
    assert problems([Case.model_validate(RELATED)]) == []


def test_an_owner_may_be_named_by_the_id_that_the_case_gives() -> None:
    expect = {"created": [{"firstname": "Cy", "hubspot_owner_id": "77"}]}
    case = Case.model_validate({**RELATED, "owners": [{**RAJ, "id": "77"}], "expect": expect})
    assert problems([case]) == []
    assert case.expect.created == [{"firstname": "Cy", "hubspot_owner_id": RAJ["email"]}]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"contacts": [{"email": "bo@acme.example", "hubspot_owner_id": "x@us.example"}]}, "x@us.example is none"),
        ({"links": {"cy@acme.example": ["Acme"]}}, "cy@acme.example is none of its contacts"),
        ({"links": {"bo@acme.example": ["Initech"]}}, "Initech is not one of its companies"),
        ({"notes": {"cy@acme.example": ["x"]}}, "cy@acme.example is none of its contacts"),
        ({"expect": {"updated": {"bo@acme.example": {"hubspot_owner_id": "gone@us.example"}}}}, "none of its owners"),
        ({"expect": {"updated": {"ana@acme.example": {"hubspot_owner_id": RAJ["email"]}}}}, "expected value already"),
        ({"expect": {"updated": {"bo@acme.example": {"companies": ["Initech"]}}}}, "none of its companies"),
        ({"expect": {"updated": {"bo@acme.example": {"companies": ["Globex"]}}}}, "linked to the expected companies"),
        ({"expect": {"updated": {"bo@acme.example": {"notes": []}}}}, "which words a note must have"),
    ],
)
def test_a_case_whose_owners_companies_and_notes_mean_nothing(changed: dict[str, Any], said: str) -> None:
    (problem,) = problems([Case.model_validate({**RELATED, **changed})])
    assert said in problem


def test_a_case_that_repeats_another() -> None:
    cases = [Case.model_validate({**CASE, "id": name}) for name in ("one", "two")]
    assert problems(cases) == ["two: it repeats another case."]
