"""The page for everybody: by keyboard alone, with a screen reader, on a phone, magnified, in the dark, and together."""

from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from support.web_page import Chat, Served, visit

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

#: A window of 1280 by 720 at 200 %.
MAGNIFIED = {"width": 640, "height": 360}


def assert_accessible(page: Page) -> None:
    """No serious or critical finding of axe-core, in the whole page."""
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
    assert not found, [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


def assert_fits(page: Page) -> None:
    """Nothing reaches beyond the page's sides."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    beyond = page.evaluate(
        "[...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)"
        ".map((one) => one.outerHTML.slice(0, 200))"
    )
    assert beyond == []


@pytest.mark.parametrize(
    "look",
    [
        {"viewport": DESKTOP},
        pytest.param({"viewport": DESKTOP, "color_scheme": "dark"}, marks=pytest.mark.slow),
        pytest.param(
            {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}, marks=pytest.mark.slow
        ),
        pytest.param({"viewport": MAGNIFIED, "device_scale_factor": 2}, marks=pytest.mark.slow),
    ],
    ids=["light", "dark", "phone", "magnified"],
)
def test_each_state_is_accessible_and_fits(browser: Browser, server: Served, look: dict[str, Any]) -> None:
    with visit(browser, server.url, **look) as chat:
        chat.say("find Emily").idle()
        assert_accessible(chat.page)
        assert_fits(chat.page)
        chat.say("create Emily Jonson, emily@johnson.example, company Globex")
        expect(chat.approval).to_be_visible()
        chat.decide("edit")
        assert_accessible(chat.page)
        assert_fits(chat.page)
        chat.decide("cancel").decide("approve").idle()
        assert_accessible(chat.page)
        assert_fits(chat.page)
        chat.undo()
        if chat.page.locator(".menu").is_visible():
            chat.page.locator(".menu").click()
            expect(chat.page.locator(".close-menu")).to_be_focused()
            assert_accessible(chat.page)
            chat.page.keyboard.press("Escape")
            expect(chat.page.locator(".side")).to_be_hidden()


def test_a_contact_is_created_by_keyboard_alone(browser: Browser, server: Served) -> None:
    """From the greeting's button to the receipt and its undo; whatever has the focus shows it."""
    with visit(browser, server.url) as chat:
        keys = chat.page.keyboard

        def reach(words: str, key: str = "Shift+Tab") -> None:
            for _ in range(12):
                keys.press(key)
                focused = chat.page.evaluate("document.activeElement.textContent.trim()")
                outline = chat.page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
                assert outline >= 2, focused
                if focused == words:
                    return
            pytest.fail(f"{words} is not reached")

        reach("Create a new contact")
        keys.press("Enter")
        expect(chat.said.last).to_contain_text("Let's create a contact")
        chat.idle()
        expect(chat.box).to_be_focused()
        keys.type("Kim Park, kim.park@initech.example")
        keys.press("Enter")
        expect(chat.approval).to_be_focused()
        reach("Edit", "Tab")
        keys.press("Enter")
        expect(chat.approval.get_by_label("First name")).to_be_focused()
        keys.press("Control+A")
        keys.type("Kimberly")
        keys.press("Escape")
        reach("Edit", "Tab") if not chat.approval.get_by_role("button", name="Edit").is_visible() else None
        keys.press("Enter")
        keys.press("Control+A")
        keys.type("Kimmy")
        keys.press("Enter")
        expect(chat.receipts).to_contain_text("Created Kimmy Park")
        expect(chat.box).to_be_focused()
        reach("Undo")
        keys.press("Enter")
        expect(chat.receipts.last).to_contain_text("Undone for Kimmy Park")


def test_what_a_screen_reader_says(browser: Browser, server: Served) -> None:
    with visit(browser, server.url) as chat:
        log = chat.page.get_by_role("log", name="Conversation")
        expect(log).to_have_attribute("aria-live", "polite")
        expect(chat.page.get_by_role("textbox", name="Your message")).to_be_visible()
        chat.say("change the job title of emily.johnson@globex.example to CFO")
        expect(
            chat.page.get_by_role("group", name="Update Emily Johnson (emily.johnson@globex.example):")
        ).to_be_visible()
        expect(log).to_contain_text("You said:")
        expect(log.get_by_role("table", name="1 found")).to_be_visible()
        expect(log.get_by_role("img", name="becomes")).to_be_visible()
        chat.decide("reject").idle()


@pytest.mark.slow
def test_twenty_pages_at_once(browser: Browser, server: Served) -> None:
    """In one browser, which opens six connections to a server and no more."""
    with ExitStack() as stack:
        context = browser.new_context()
        stack.callback(context.close)
        chats = [Chat(context.new_page()) for _ in range(20)]
        for chat in chats:
            chat.page.goto(server.url, wait_until="commit")
        for number, chat in enumerate(chats):
            chat.box.wait_for()
            expect(chat.said.first).to_be_visible()
            chat.say(f"find {'Emily Chen' if number % 2 else 'Emily Johnson'}")
        for number, chat in enumerate(chats):
            expect(chat.tables).to_contain_text("emily.chen@" if number % 2 else "emily.johnson@")
            expect(chat.tables).not_to_contain_text("emily.johnson@" if number % 2 else "emily.chen@")
            chat.idle().assert_fine()
