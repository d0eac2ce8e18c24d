"""Owners, company records and notes on the page: the table, the card, the receipt, undo."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support.web_page import Chat

pytestmark = pytest.mark.slow

JAN = "jan.devries@zuiderzee.example"


def assert_accessible(chat: Chat) -> None:
    found = [each for each in Axe().run(chat.page).response["violations"] if each["impact"] in ("serious", "critical")]
    assert found == []


def test_owner_company_and_note_are_one_card_one_receipt_and_one_undo(chat: Chat) -> None:
    chat.say(f"assign {JAN} to Robin Bakker, link him to Globex and log a note: called him, wants a <b>quote</b>")
    expect(chat.approval).to_be_visible()
    row = chat.tables.last.locator("tbody tr")
    expect(row.locator("[data-label=Owner]")).to_have_text("Noor El Amrani")
    expect(row.locator("[data-label=Company]")).to_have_text("Zuiderzee Techniek")
    expect(chat.tables.last.locator("thead th")).to_have_count(7)
    expect(chat.approval.locator("dt")).to_have_text(["Owner", "Linked company", "Note"])
    expect(chat.approval).to_contain_text("called him, wants a <b>quote</b>")
    expect(chat.approval.locator(".doubt")).to_have_count(1)
    chat.decide("edit")
    assert_accessible(chat)
    chat.approval.locator("textarea").fill("Called him.\nWants a quote.")
    chat.approval.locator("[type=submit]").click()
    chat.idle()
    receipt = chat.receipts.last
    expect(receipt.locator("dd").first).to_contain_text("Robin Bakker")
    expect(receipt).to_contain_text("Globex")
    note = receipt.locator(".note-text")
    expect(note).to_have_text("Called him.\nWants a quote.", use_inner_text=True)
    assert note.bounding_box()["height"] > 1.5 * receipt.locator("dt").first.bounding_box()["height"]  # type: ignore[index]

    chat.say(f"show me the notes on {JAN}").idle()
    expect(chat.page.locator(".logged").last).to_contain_text(
        re.compile(r"Notes on Jan de Vries\s+\d{4}-\d\d-\d\d\s*Called")
    )
    expect(chat.tables.last.locator("[data-label=Owner]")).to_have_text("Robin Bakker")
    assert_accessible(chat)

    chat.say("undo").idle()
    expect(chat.receipts.last).to_contain_text("Noor El Amrani")
    chat.say(f"show me the notes on {JAN}").idle()
    expect(chat.tables.last.locator("[data-label=Owner]")).to_have_text("Noor El Amrani")
    expect(chat.page.locator(".logged")).to_have_count(1)


def test_a_company_that_is_not_there_is_offered_and_declined_in_dutch(chat: Chat) -> None:
    chat.page.locator("select.language").select_option("nl")
    expect(chat.page.locator(".new")).to_contain_text("Nieuw gesprek")
    chat.say(f"koppel {JAN} aan Vlierhof Bouw")
    expect(chat.approval).to_contain_text("Gekoppeld bedrijf")
    expect(chat.approval.locator(".doubt")).to_contain_text("Vlierhof Bouw")
    chat.decide("reject").idle()
    expect(chat.page.locator(".decided")).to_contain_text("Vlierhof Bouw")
    expect(chat.receipts).to_have_count(0)
    chat.page.locator("select.language").select_option("en")
