"""What a page shows of an item: values as they are, doubts and problems where they belong."""

from typing import Any

import pytest

from hubspot_agent.web.markdown import html_of
from hubspot_agent.web.rendering import item_html
from hubspot_agent.web.repetition import without_repetition
from hubspot_agent.web.transcript import Item

BOB = {"id": "1", "properties": {"firstname": "Bob", "lastname": "Jones", "email": "bob@globex.example"}}
REQUEST = {
    "name": "create_contact",
    "args": {},
    "contact": None,
    "changes": [
        {"property": "firstname", "old": "", "new": "<i>Bob</i>"},
        {"property": "email", "old": "", "new": "bob@globex"},
    ],
    "duplicates": [{**BOB, "reason": "name", "differs": []}],
    "doubts": [
        {"kind": "unsaid", "property": "email", "message": "You did not say this."},
        {"kind": "policy", "property": None, "message": "Ask first."},
        {"kind": "duplicate", "property": None, "message": "Shown apart."},
    ],
}


def card(**changes: Any) -> str:
    data = {"kind": "approval", "pause": "p", "index": 0, "request": REQUEST, "allowed": ["approve", "edit", "update"]}
    return item_html(Item("p-0", 1, data | {"state": "waiting", "typed": {}, "problems": []} | changes), "en")


def test_a_card_says_what_is_doubtful_in_plain_words() -> None:
    html = card()
    assert html.count("You did not say this.") == html.count("Ask first.") == 1
    assert "Shown apart." not in html
    assert "&lt;i&gt;Bob&lt;/i&gt;" in html
    assert "<i>" not in html
    assert "reject" not in html


def test_a_value_that_cannot_be_marks_its_field_and_keeps_what_was_typed() -> None:
    problem = {"request": 0, "property": "email", "message": "This is no e-mail address."}
    html = card(problems=[problem], typed={"email": "bob@", "firstname": "Bobby"})
    assert "This is no e-mail address." in html
    assert 'value="bob@"' in html
    assert 'value="Bobby"' in html
    assert html.count('aria-invalid="true"') == 1


@pytest.mark.parametrize(
    ("answer", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](JaVaScRiPt:alert(1))", "[x](JaVaScRiPt:alert(1))"),
        ("[x](data:text/html,1)", "[x](data:text/html,1)"),
        ("[x](//evil.example)", "[x](//evil.example)"),
        ("[x](mailto:a@b.example)", 'href="mailto:a@b.example"'),
        ('[x](https://a.example "&quot; onclick=1")', 'rel="noopener noreferrer nofollow"'),
        ("- one\nShall I?", "</ul>\n<p"),
    ],
)
def test_markdown_is_harmless(answer: str, html: str) -> None:
    made = html_of(answer)
    assert html in made
    assert "<script" not in made
    assert 'href="j' not in made.lower()


def test_values_in_an_answer_are_no_markdown() -> None:
    made = html_of(
        "Found **stars** and **mine**, [link](http://evil.example)", ["**stars** x", "[link](http://evil.example)"]
    )
    assert "<strong>mine</strong>" in made
    assert "**stars**" in made
    assert "<a" not in made


def test_what_a_table_shows_is_not_said_again() -> None:
    answer = "I found one:\n- Bob Jones (bob@globex.example)\n1. Bob Jones\n- Bob Jones is on holiday\n\nAnything else?"
    assert without_repetition(answer, [BOB]) == "I found one:\n- Bob Jones is on holiday\n\nAnything else?"
    assert without_repetition(answer, []) == answer


NOTE = "Wants <b>40</b> pallets\n- before Friday"
RELATED = {
    **REQUEST,
    "changes": [
        {"property": "hs_note_body", "old": "", "new": NOTE},
        {"property": "associatedcompanyid", "old": "", "new": "Globex (globex.example)"},
        {"property": "hubspot_owner_id", "old": "Sarah Lee", "new": "Raj Patel"},
        {"property": "email", "old": "", "new": "bob@globex.example"},
    ],
    "contact": BOB,
    "duplicates": [],
    "doubts": [{"kind": "policy", "property": "hubspot_owner_id", "message": "A person decides."}],
}


def test_a_card_shows_owner_company_and_a_note_in_full_with_its_lines() -> None:
    html = card(request=RELATED)
    labels = [html.index(f">{label}<") for label in ("E-mail", "Owner", "Linked company", "Note")]
    assert labels == sorted(labels)
    assert "<bdi>Sarah Lee</bdi>" in html
    assert "<bdi>Raj Patel</bdi>" in html
    assert "A person decides." in html
    assert 'class="note-text" dir="auto">Wants &lt;b&gt;40&lt;/b&gt; pallets\n- before Friday</span>' in html
    assert ">Wants &lt;b&gt;40&lt;/b&gt; pallets\n- before Friday</textarea>" in html


def test_a_receipt_says_which_parts_were_not_done() -> None:
    not_done = [
        {"property": "associatedcompanyid", "new": "Globex", "outcome": "failed", "code": "rate_limited"},
        {"property": "hs_note_body", "new": NOTE, "outcome": "not_tried", "code": ""},
    ]
    receipt = {
        "tool": "update_contact",
        "contact_id": "1",
        "name": "Bob Jones",
        "outcome": "done",
        "changes": RELATED["changes"][2:3],
        "url": None,
        "not_done": not_done,
    }
    html = item_html(Item("r", 1, {"kind": "receipt", "receipt": receipt, "undo": False}), "en")
    assert "Raj Patel" in html
    assert "Not saved: Linked company: Globex." in html
    assert "Not tried after that: Note: Wants" in html


def table(*contacts: dict[str, Any]) -> str:
    data = {"kind": "contacts", "contacts": list(contacts), "total": len(contacts), "after": None, "arguments": None}
    return item_html(Item("t", 1, data), "en")


def test_a_table_shows_owner_and_linked_company_in_six_columns_and_notes_below() -> None:
    values = {"phone": "+31201234567", "jobtitle": "Buyer", "city": "Ede", "hubspot_owner_id": "Raj Patel"}
    linked = {**BOB["properties"], **values, "company": "Globex", "associatedcompanyid": "Initech"}
    alike = {**BOB["properties"], "company": "Globex", "associatedcompanyid": "globex"}
    only = {"firstname": "Ida", "associatedcompanyid": "Acme"}
    notes = [
        {"time": "2026-11-02T10:00:00Z", "text": NOTE, "by": "Raj Patel"},
        {"time": "2026-10-01T10:00:00Z", "text": "x"},
    ]
    html = table(
        {"id": "1", "properties": linked, "notes": notes},
        {"id": "2", "properties": alike, "notes": []},
        {"id": "3", "properties": only},
    )
    assert html.count('<th scope="col"') == 7  # The last one has no heading: the buttons.
    assert "<bdi>Globex (linked to Initech)</bdi>" in html
    assert "<bdi>Globex</bdi>" in html
    assert "<bdi>Acme</bdi>" in html
    assert "<bdi>Raj Patel</bdi>" in html
    assert html.count("Notes on ") == 1
    assert "Notes on Bob Jones" in html
    assert "2026-11-02, Raj Patel</dt>" in html
    assert "Wants &lt;b&gt;40&lt;/b&gt; pallets\n- before Friday</dd>" in html
