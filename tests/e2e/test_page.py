"""The page: buttons, typed requests, contacts, approvals, receipts, undo, languages, and what is no text of ours."""

import re
import statistics
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from hubspot_agent.texts import catalog, text
from support.web_page import HOSTILE, MARKUP, Chat

#: Types words and resolves to how long it takes until one more answer is to be seen.
TIMED = """async (words) => {
  const log = document.querySelector('.log'), box = document.querySelector('#message');
  const count = () => log.querySelectorAll('article.assistant').length, before = count();
  box.value = words;
  const start = performance.now();
  box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
  await new Promise((done) => new MutationObserver((_, observer) => {
    if (count() > before) { observer.disconnect(); done(); }
  }).observe(log, {childList: true, subtree: true}));
  return performance.now() - start;
}"""


def test_it_greets_with_three_buttons_and_says_what_it_is_connected_to(opened: Chat) -> None:
    chat = opened
    expect(chat.said).to_have_text(re.compile("Hello!"))
    expect(chat.page.locator(".offers button")).to_have_text(
        [text(f"graph.label_{action}") for action in ("search", "create", "update")]
    )
    expect(chat.page.locator(".notice")).to_contain_text("Demo: no keys are used")
    expect(chat.box).to_be_focused()


@pytest.mark.parametrize("action", ["search", "create", "update"])
def test_each_button_asks_for_what_it_needs(chat: Chat, action: str) -> None:
    chat.press(action)
    expect(chat.said.last).to_have_text(re.compile(re.escape(text(f"graph.ask_{action}"))))


def test_a_search_shows_a_table_and_the_conversation_is_listed(chat: Chat) -> None:
    chat.say("find Emily").idle()
    expect(chat.tables.locator("tbody tr")).to_have_count(2)
    expect(chat.tables).to_contain_text("emily.johnson@globex.example")
    expect(chat.page.locator(".conversations [aria-current=page] span")).to_have_text("find Emily")


def test_a_creation_waits_is_approved_and_undone(chat: Chat) -> None:
    chat.say("create Bob Jones, bob.jones@globex.example")
    expect(chat.approval).to_contain_text("bob.jones@globex.example")
    chat.decide("approve").idle()
    expect(chat.receipts).to_contain_text("Created Bob Jones")
    chat.undo()
    expect(chat.receipts.last).to_contain_text("Undone for Bob Jones")
    expect(chat.page.locator("[data-action=undo]:visible")).to_have_count(0)


def test_an_update_is_edited_in_its_card(chat: Chat) -> None:
    chat.say("change the job title of emily.johnson@globex.example to CFO")
    expect(chat.approval.locator("del")).to_have_text("Account Manager")
    expect(chat.approval.locator("ins")).to_have_text("CFO")
    chat.decide("edit")
    expect(chat.approval.locator("input")).to_be_focused()
    chat.approval.locator("input").fill("CEO")
    chat.page.keyboard.press("Enter")
    expect(chat.receipts).to_contain_text("CEO")
    chat.undo()


def test_a_likely_duplicate_is_updated_instead(chat: Chat) -> None:
    chat.say("create Emily Jonson, emily@johnson.example, company Globex")
    expect(chat.approval.locator(".duplicate")).to_contain_text("Emily Johnson")
    chat.decide("update").idle()
    expect(chat.receipts).to_contain_text("Updated Emily")
    chat.undo()


@pytest.mark.parametrize("how", ["card", "typed", "something else"])
def test_a_write_is_rejected(chat: Chat, how: str) -> None:
    chat.say("create Carl Jones, carl.jones@globex.example")
    expect(chat.approval).to_be_visible()
    if how == "card":
        chat.decide("reject")
    else:
        chat.say("no" if how == "typed" else "find Emily Chen")
    expect(chat.approval).to_have_count(0)
    chat.idle()
    chat.say("find carl.jones@globex.example").idle()
    expect(chat.said.last).to_contain_text("No contact")
    expect(chat.receipts).to_have_count(0)


def test_dutch(chat: Chat) -> None:
    chat.page.locator("select.language").select_option("nl")
    expect(chat.page.locator(".new")).to_contain_text("Nieuw gesprek")
    expect(chat.page.locator("html")).to_have_attribute("lang", "nl")
    chat.reload()
    expect(chat.said.first).to_contain_text("Hallo")
    chat.press("create").idle()
    expect(chat.said.last).to_have_text(re.compile(re.escape(catalog("nl")["graph.ask_create"])))
    chat.say("maak Jan Peters aan, jan.peters@initech.example")
    expect(chat.approval).to_contain_text("Achternaam")
    expect(chat.approval.locator("[data-decision=approve]")).to_have_text("Goedkeuren")
    chat.decide("reject").idle()
    chat.page.locator("select.language").select_option("en")
    expect(chat.page.locator(".new")).to_contain_text("New conversation")


def test_nothing_is_taken_for_markup(chat: Chat) -> None:
    chat.say(f"find {HOSTILE['email']} {MARKUP} ${{1}} **b**").idle()
    expect(chat.typed).to_contain_text("<b>bold</b>")
    chat.say("find mallory@evil.example").idle()
    row = chat.tables.last.locator("tbody tr")
    expect(row.locator("th")).to_contain_text(MARKUP)
    expect(row.locator("th")).to_contain_text(HOSTILE["lastname"])
    chat.say("change the city of mallory@evil.example to Porto")
    expect(chat.approval).to_contain_text("<b>bold</b>")
    log = chat.page.locator(".log")
    expect(log.locator("img, b, strong, script, code, [onerror], a:not([href^='mailto:'])")).to_have_count(0)
    assert chat.page.title().startswith("Update Mallory <img")
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("words", ["Search for a contact", "hello"])
def test_how_long_an_answer_takes(chat: Chat, words: str, record_property: Callable[[str, object], None]) -> None:
    """From the key to the first words of the answer: of a button's label, without a model, and of the demo model."""
    taken = []
    for _ in range(9):
        taken.append(chat.page.evaluate(TIMED, words))
        chat.idle()
    median = statistics.median(taken)
    record_property(f"milliseconds to the first words of an answer to {words!r}", round(median))
    print(f"\n{words!r}: first words after {median:.0f} ms (median of {sorted(map(round, taken))})")
