"""The conversations one had: titles, search, renaming, deleting, exporting, and long ones loaded backwards."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Download, expect

from support.web_page import Chat


def choose(chat: Chat, name: str) -> None:
    """Choose something in the menu of the conversation."""
    chat.page.locator(".conversation-menu summary").click()
    chat.page.locator(".conversation-menu").get_by_text(name, exact=True).click()


def test_a_conversation_is_titled_by_its_task_renamed_and_deleted(chat: Chat) -> None:
    current = chat.page.locator(".conversations [aria-current=page] span")
    chat.say("find emily.johnson@globex.example").idle()
    expect(current).to_have_text("Find Emily Johnson")
    chat.say("change the job title of emily.johnson@globex.example to CFO")
    expect(current).to_have_text("Update Emily Johnson")
    expect(chat.page).to_have_title("Update Emily Johnson - HubSpot contacts")
    chat.decide("reject").idle()
    choose(chat, "Rename")
    chat.page.get_by_label("Title of this conversation").fill("Emily's job")
    chat.page.keyboard.press("Enter")
    expect(current).to_have_text("Emily's job")
    expect(chat.page.locator("h1")).to_have_text("Emily's job")
    url = chat.page.url
    choose(chat, "Delete")
    chat.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(chat.typed).to_have_count(0)
    expect(chat.page.locator(".conversations").get_by_text("Emily's job")).to_have_count(0)
    chat.page.goto(url)
    expect(chat.said).to_have_count(1)
    expect(chat.typed).to_have_count(0)


def test_conversations_are_searched_by_what_was_said_in_them(chat: Chat) -> None:
    chat.say("Tell me about quetzals").idle()
    chat.anew().say("hello").idle()
    chat.page.get_by_role("searchbox").fill("QUETZAL")
    expect(chat.page.locator(".conversations a")).to_have_count(1)
    chat.page.locator(".conversations a").click()
    expect(chat.typed).to_have_text(re.compile("quetzals"))
    chat.page.get_by_role("searchbox").fill("no such words")
    expect(chat.page.locator(".none")).to_have_text("Nothing found.")
    chat.page.get_by_role("searchbox").fill("")
    expect(chat.page.locator(".conversations a")).not_to_have_count(1)


def saved(chat: Chat, name: str) -> Path:
    with chat.page.expect_download() as downloading:
        choose(chat, name)
    download: Download = downloading.value
    return download.path()


def test_a_conversation_is_exported(chat: Chat) -> None:
    chat.say("find Emily").idle()
    said = saved(chat, "Save as text").read_text()
    assert "You said: find Emily" in said
    assert "1. Emily Johnson: " in said
    kinds = [each["kind"] for each in json.loads(saved(chat, "Save as JSON").read_text())["items"]]
    assert kinds == ["assistant", "user", "contacts", "assistant"]


@pytest.mark.slow
def test_a_long_conversation_is_whole_and_loads_backwards(chat: Chat) -> None:
    for number in range(32):
        chat.say(f"hello {number}").idle()
    chat.reload().idle()
    expect(chat.typed.last).to_contain_text("hello 31")
    assert chat.page.locator("article").count() < 65
    while chat.page.locator(".earlier").is_visible():
        chat.page.mouse.wheel(0, -2000)
        chat.page.wait_for_timeout(50)
    expect(chat.typed).to_have_count(32)
    expect(chat.typed.first).to_contain_text("hello 0")


def test_a_second_window_shows_the_conversation_live(chat: Chat) -> None:
    other = Chat(chat.page.context.new_page()).open(chat.page.url)
    chat.say("find Emily").idle()
    expect(other.tables).to_be_visible()
    other.say("hello").idle()
    expect(chat.typed.last).to_contain_text("hello")
    expect(chat.page.locator(".conversations [aria-current=page] span")).to_have_text("find Emily")
    other.assert_fine()
    other.page.close()


@pytest.mark.slow
def test_more_windows_work_than_a_browser_keeps_connections_for(chat: Chat) -> None:
    windows = [Chat(chat.page.context.new_page()).open(chat.page.url.partition("?")[0]) for _ in range(7)]
    for window in windows:
        window.say("find Emily Chen")
    for window in windows:
        expect(window.tables).to_be_visible()
        window.idle().assert_fine()
        window.page.close()
