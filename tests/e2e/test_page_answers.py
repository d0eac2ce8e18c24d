"""What an answer looks like: one table for one result, Markdown, buttons for questions, cards that keep their text."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from hubspot_agent.sandbox import Sandbox
from hubspot_agent.texts import text
from support.openai_wire import KEY, OpenAIWire, Reply, calls, demo, says
from support.web_page import HOSTILE, Chat, Served, served, visit

ANSWER = """**Bold**, *italic* and `code`:

- one
- [a page](https://example.com/page)

| a | b |
| --- | --- |
| 1 | 2 |

<b onclick="alert(1)">html</b> [bad](javascript:alert(1)) [bad](data:text/html,x) ![image](http://evil.example/x.png)"""


def model(request: dict[str, Any]) -> Reply:
    """Answer as the demo model, but for what the tests ask of a model of another kind."""
    said = str(request["messages"][-1]["content"])
    if "Markdown" in said:
        return says(ANSWER)
    if "slowly" in said:
        return says(" ".join(f"word{number}" for number in range(60)), pace=0.05)
    if "Everybody" in said:
        return calls(("search_contacts", {"sort": "createdate"}))
    return demo(request)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    contacts = [{"email": f"p{number}@x.example", "firstname": f"Pat {number}"} for number in range(23)]
    with Sandbox(contacts=[HOSTILE, *contacts]) as crm, OpenAIWire(model) as openai:
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url}
        hubspot = {"HUBSPOT_ACCESS_TOKEN": crm.token, "HUBSPOT_BASE_URL": crm.url}
        with served(tmp_path_factory.mktemp("web"), "--port", "0", **keys, **hubspot) as server:
            yield server


def test_markdown_is_shown_and_nothing_of_it_runs(chat: Chat) -> None:
    chat.say("Markdown please").idle()
    said = chat.said.last
    for selector in ("strong", "em", "code", "li", "table"):
        expect(said.locator(selector).first).to_be_visible()
    link = said.get_by_role("link", name="a page")
    expect(link).to_have_attribute("href", "https://example.com/page")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(said.locator("b, img, [onclick], a:not([href^='http'])")).to_have_count(0)
    expect(said).to_contain_text('<b onclick="alert(1)">html</b>')


def test_a_result_is_shown_once_in_a_table_that_goes_on(chat: Chat) -> None:
    chat.say("Everybody").idle()
    rows = chat.tables.locator("tbody tr")
    expect(rows).to_have_count(10)
    assert chat.tables.locator("thead th").count() <= 7
    expect(chat.said.last.locator("li")).to_have_count(0)
    chat.page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(20)
    chat.page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(24)
    expect(chat.page.get_by_role("button", name="Show more")).to_have_count(0)
    expect(rows.last.locator(".number")).to_have_text("24")
    expect(rows.nth(3).get_by_role("link", name="p2@x.example")).to_have_attribute("href", "mailto:p2@x.example")
    expect(rows.nth(3).get_by_role("link", name="Open in HubSpot")).to_be_visible()
    rows.nth(3).get_by_role("button", name="Update").click()
    expect(chat.box).to_have_value("Change p2@x.example: ")
    expect(chat.box).to_be_focused()
    chat.reload()
    expect(rows).to_have_count(24)
    chat.box.fill("")


def test_an_answer_and_a_row_are_copied(chat: Chat) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.say("find p2@x.example").idle()
    chat.tables.hover()
    chat.tables.locator("[data-copy-row]").click()
    expect(chat.page.locator(".doing")).to_have_text("Copied.")
    assert chat.page.evaluate("navigator.clipboard.readText()").split("\t")[:2] == ["Pat 2", "p2@x.example"]
    chat.said.last.hover()
    chat.said.last.locator("[data-copy]").click()
    chat.page.wait_for_timeout(100)
    assert "found" in chat.page.evaluate("navigator.clipboard.readText()")


def test_a_question_with_a_few_answers_has_buttons_for_them(chat: Chat) -> None:
    replies = chat.page.locator(".offers button")
    chat.say("create a contact").idle()
    chat.say("Rob").idle()
    expect(replies).to_have_text(["yes", "no"])
    replies.get_by_text("no").click()
    chat.idle()
    expect(chat.typed.last).to_contain_text("no")
    expect(replies).to_have_text([re.compile("Search"), re.compile("Create"), re.compile("Update")])


def test_escape_stops_and_what_was_written_stays(chat: Chat) -> None:
    chat.say("Say it slowly")
    expect(chat.said.last).to_contain_text("word2 ")
    chat.page.keyboard.press("Escape")
    chat.idle()
    expect(chat.page.locator(".note")).to_have_text("Stopped.")
    expect(chat.said.last).to_contain_text("word2 ")
    chat.say("hello").idle()
    expect(chat.said.last).to_contain_text("How can I help")


@pytest.mark.slow
def test_what_is_typed_while_an_answer_is_written_waits_or_is_taken_back(chat: Chat) -> None:
    waiting = chat.page.locator(".waiting li")
    chat.say("Tell me slowly")
    expect(chat.said.last).to_contain_text("word1 ")
    chat.say("never mind").say("create Ulla Berg, ulla.berg@x.example").say("yes")
    expect(waiting).to_have_count(3)
    waiting.first.locator("[data-take-back]").click()
    expect(chat.box).to_have_value("never mind")
    chat.box.fill("")
    chat.reload()
    expect(waiting).to_have_count(2)
    chat.page.keyboard.press("Escape")
    expect(chat.approval).to_contain_text("ulla.berg@x.example")
    expect(waiting).to_have_text(re.compile("^yes"))
    chat.decide("reject")
    expect(chat.typed).to_have_text([re.compile(each) for each in ("slowly", "create Ulla", "yes")])
    expect(waiting).to_have_count(0)
    expect(chat.receipts).to_have_count(0)
    chat.idle()


def test_what_was_typed_in_a_card_stays(chat: Chat) -> None:
    chat.say("create Bob Jones, bob.jones@globex.example")
    chat.decide("edit")
    chat.approval.get_by_label("First name").fill("Bobby")
    chat.reload()
    expect(chat.approval.get_by_label("First name")).to_have_value("Bobby")
    chat.approval.get_by_role("button", name="Cancel").click()
    chat.say("find Pat 1").idle()
    card = chat.page.locator(".decided.set_aside")
    expect(card).to_contain_text("Not carried out")
    expect(chat.typed).to_have_count(2)
    card.get_by_role("button", name="Reopen").click()
    expect(chat.approval).to_contain_text("Bob")
    expect(chat.typed).to_have_count(2)
    chat.say("yes please").idle()
    expect(chat.receipts).to_contain_text("Created Bob Jones")
    chat.undo()


def test_the_first_page_speaks_the_language_of_the_browser(browser: Browser, server: Served) -> None:
    with visit(browser, server.url, locale="nl-NL") as chat:
        expect(chat.said).to_contain_text("Hallo")
        expect(chat.page.locator(".offers button").first).to_have_text(text("graph.label_search", "nl"))
        expect(chat.page.locator("body")).to_have_class(re.compile("empty"))
        expect(chat.page.locator("html")).to_have_attribute("lang", "nl")


def test_colours_and_the_notice_are_chosen_and_remembered(chat: Chat) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = chat.page.evaluate(background)
    chat.page.locator("select.theme").select_option("dark")
    assert chat.page.evaluate(background) != light
    chat.page.locator(".close-notice").click()
    chat.reload()
    assert chat.page.evaluate(background) != light
    expect(chat.page.locator(".notice")).to_be_hidden()
    chat.page.locator("select.theme").select_option("")
    assert chat.page.evaluate(background) == light


def test_printing_prints_the_conversation_alone(chat: Chat) -> None:
    chat.say("find p2@x.example").idle()
    chat.page.emulate_media(media="print")
    for selector in (".side", ".composer", ".offers", ".notice", ".row-actions"):
        expect(chat.page.locator(selector).first).to_be_hidden()
    expect(chat.tables).to_be_visible()
    chat.page.emulate_media(media="screen")


@pytest.mark.parametrize("look", [{"width": 320, "height": 256}, {"width": 390, "height": 700}], ids=["400 %", "phone"])
def test_hostile_values_break_no_narrow_page(browser: Browser, server: Served, look: Any) -> None:
    with visit(browser, server.url, viewport=look, has_touch=True, is_mobile=True) as chat:
        chat.say("find mallory@evil.example").idle()
        chat.say("change the city of mallory@evil.example to Porto")
        expect(chat.approval).to_be_visible()
        chat.page.wait_for_timeout(200)
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert chat.page.evaluate("document.activeElement.matches('.approval')")
        top, height = chat.approval.evaluate("card => [card.getBoundingClientRect().top, innerHeight]")
        assert -1 <= top < height
        found = [
            each for each in Axe().run(chat.page).response["violations"] if each["impact"] in ("serious", "critical")
        ]
        assert not found, found
        chat.decide("reject").idle()
