"""A turn belongs to the server: a reload, a lost connection and a killed server lose nothing of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from random import Random
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, expect

from hubspot_agent.sandbox import Sandbox
from support.openai_wire import KEY, OpenAIWire, Reply, calls, demo, says
from support.services import free_port
from support.web_page import Chat, Served, served, visit

pytestmark = pytest.mark.slow

STORY = " ".join(f"word{number}" for number in range(40))

#: Samples of how long the newest answer is, each time that the page changes.
WATCH = """() => {
  window.lengths = [];
  const log = document.querySelector('.log');
  new MutationObserver(() => {
    const said = [...log.querySelectorAll('article.assistant p')].at(-1);
    window.lengths.push(said.textContent.length);
  }).observe(log, {childList: true, characterData: true, subtree: true});
}"""


#: Names that are not alike.
NAMES = list(
    zip(
        "Ada Bram Cleo Dirk Elsa Finn Greta Hugo Iris Jonas Katja Lars Mona Niels Olga Piet Quirin Rosa Sven "
        "Thea".split(),
        "Adler Brandt Cremer Dahl Ewert Fuchs Gruber Holm Ingram Jansky Kovacs Lindt Mercer Nagy Orlov Prinz Quast "
        "Ritter Sorge Thoma".split(),
        strict=True,
    )
)

TWINS = [{"firstname": "Tim", "lastname": "Tweedle"}, {"firstname": "Tom", "lastname": "Tweedle"}]


def slowly(request: dict[str, Any]) -> Reply:
    """Tell a story word by word, create two contacts at once; else answer as the demo model."""
    latest = request["messages"][-1]
    if "story" in str(latest["content"]):
        return says(STORY, pace=0.04)
    if "Tim and Tom" in str(latest["content"]):
        return calls(*(("create_contact", twin) for twin in TWINS))
    return demo(request)


@pytest.fixture(scope="module")
def crm() -> Iterator[Sandbox]:
    with Sandbox() as crm:
        yield crm


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAIWire]:
    with OpenAIWire(slowly) as model:
        yield model


Serve = Callable[..., AbstractContextManager[Served]]


@pytest.fixture(scope="module")
def again(model: OpenAIWire, crm: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Return what serves the page, as with keys for both services, at the same address and with the same files."""
    directory, port = tmp_path_factory.mktemp("web"), str(free_port())
    keys = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": model.url,
        "HUBSPOT_ACCESS_TOKEN": crm.token,
        "HUBSPOT_BASE_URL": crm.url,
    }

    def serve(**settings: str) -> AbstractContextManager[Served]:
        return served(directory, "--port", port, **keys, **settings)

    return serve


@pytest.fixture(scope="module")
def server(again: Serve) -> Iterator[Served]:
    with again() as server:
        yield server


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Served) -> Iterator[Chat]:
    context = browser.new_context()  # Without a look at the end, when its server has been killed.
    yield Chat(context.new_page()).open(server.url)
    context.close()


@pytest.fixture
def chat(opened: Chat) -> Iterator[Chat]:
    yield opened.anew()
    opened.assert_fine()


def test_an_answer_grows_while_it_is_written(chat: Chat) -> None:
    chat.page.evaluate(WATCH)
    chat.say("Tell me a story")
    expect(chat.page.locator(".doing")).to_have_text("Working on it ...")
    expect(chat.said.last).to_contain_text("word39")
    chat.idle()
    lengths = chat.page.evaluate("window.lengths")
    steps = sorted({length for length in lengths if length < len(STORY)})
    assert len(steps) > 5, lengths


def test_a_reload_finds_the_answer_that_is_being_written(chat: Chat, model: OpenAIWire) -> None:
    asked = len(model.requests)
    chat.say("Tell me a story")
    expect(chat.said.last).to_contain_text("word3 ")
    chat.reload()
    expect(chat.typed).to_contain_text("Tell me a story")
    expect(chat.page.locator(".stop")).to_be_visible()
    expect(chat.said.last).to_contain_text("word39")
    chat.idle()
    assert len(model.requests) == asked + 1


def test_a_lost_connection_is_found_again(chat: Chat, model: OpenAIWire) -> None:
    asked = len(model.requests)
    chat.say("Tell me a story")
    expect(chat.said.last).to_contain_text("word3 ")
    chat.page.context.set_offline(True)
    expect(chat.page.locator(".lost")).to_be_visible()
    chat.page.context.set_offline(False)
    expect(chat.said.last).to_contain_text("word39")
    expect(chat.page.locator(".lost")).to_be_hidden()
    assert len(model.requests) == asked + 1
    chat.complaints.clear()  # The browser's own, of a network that was away.


def test_words_typed_but_not_sent_survive_a_reload(chat: Chat) -> None:
    chat.box.fill("find Emi")
    chat.reload()
    expect(chat.box).to_have_value("find Emi")


def test_contacts_link_to_their_records(chat: Chat) -> None:
    expect(chat.page.locator(".notice")).to_contain_text("What is written there is real")
    chat.say("find emily.johnson@globex.example").idle()
    chat.say("find emily.chen@initech.example").idle()
    chat.reload()
    expect(chat.tables).to_have_count(2)
    for table in chat.tables.all():
        expect(table.get_by_role("link", name="Open in HubSpot")).to_have_attribute(
            "href", re.compile(r"^https://app\.hubspot\.com/contacts/\d+/")
        )


def test_two_writes_are_decided_one_by_one(chat: Chat, crm: Sandbox) -> None:
    chat.say("create contacts for Tim and Tom Tweedle")
    expect(chat.approval).to_have_count(2)
    chat.approval.last.locator("[data-decision=approve]").click()
    expect(chat.page.locator(".decided")).to_contain_text("Approved")
    expect(chat.approval).to_have_count(1)
    chat.approval.first.locator("[data-decision=reject]").click()
    chat.idle()
    expect(chat.receipts).to_have_count(1)
    expect(chat.receipts).to_contain_text("Tom Tweedle")
    assert [each for each in crm.contacts() if each["properties"].get("firstname") == "Tim"] == []


def test_an_answer_is_stopped(chat: Chat) -> None:
    chat.say("Tell me a story")
    expect(chat.said.last).to_contain_text("word3 ")
    chat.page.locator(".stop").click()
    chat.idle()
    for _ in range(2):
        expect(chat.said.last).to_contain_text("word3 ")
        expect(chat.page.locator(".note")).to_have_text("Stopped.")
        chat.reload()
    chat.say("find Emily").idle()
    expect(chat.tables).to_be_visible()


def test_another_page_shows_the_same_conversation(chat: Chat) -> None:
    chat.say("create Dora Prins, dora@initech.example")
    expect(chat.approval).to_be_visible()
    other = Chat(chat.page.context.new_page()).open(chat.page.url)
    other.decide("reject").idle()
    expect(chat.approval).to_have_count(0)
    expect(chat.page.locator(".decided")).to_contain_text("Rejected")
    other.assert_fine()


def test_earlier_conversations_are_found_again(chat: Chat) -> None:
    chat.say("find Emily Chen").idle()
    chat.page.locator(".new").click()
    expect(chat.typed).to_have_count(0)
    chat.say("find Emily Johnson").idle()
    links = chat.page.locator(".conversations a")
    expect(links.nth(1)).to_contain_text("Find Emily Chen")
    links.nth(1).click()
    expect(chat.typed).to_contain_text("find Emily Chen")
    expect(chat.tables).to_contain_text("emily.chen@initech.example")
    chat.page.go_back()
    expect(chat.typed).to_contain_text("find Emily Johnson")


def test_a_killed_server_loses_nothing(browser: Browser, server: Served, model: OpenAIWire, again: Serve) -> None:
    """Killed while one page is answered and on another a write waits; the pages find their way by themselves."""
    context = browser.new_context()
    waiting, answered = (Chat(context.new_page()).open(server.url) for _ in range(2))
    waiting.say("create Bob Jones, bob.jones@globex.example")
    expect(waiting.approval).to_be_visible()
    asked = len(model.requests)
    answered.say("Tell me a story")
    expect(answered.said.last).to_contain_text("word3 ")
    server.kill()
    expect(answered.page.locator(".lost")).to_be_visible()
    with again():
        expect(answered.said.last).to_contain_text("word39")
        answered.idle()
        expect(answered.typed).to_have_count(1)
        assert len(model.requests) == asked + 2
        expect(waiting.page.locator(".lost")).to_be_hidden()
        expect(waiting.approval).to_be_visible()
        waiting.decide("approve").idle()
        expect(waiting.receipts).to_contain_text("Created Bob Jones")
        for chat in (waiting, answered):
            chat.assert_nothing_left_the_machine()
        context.close()


def test_conversations_are_kept_in_postgresql(browser: Browser, again: Serve, postgresql_url: str) -> None:
    with again(DATABASE_URL=postgresql_url) as server, visit(browser, server.url) as chat:
        chat.say("create Bob Jonson, bob.jonson@initech.example")
        expect(chat.approval).to_be_visible()
        chat.reload().decide("approve").idle()
        expect(chat.receipts).to_contain_text("Created Bob Jonson")
        expect(chat.page.locator(".conversations a")).to_contain_text("Create Bob Jonson")
        conversation = chat.page.url.partition("c=")[2]
        assert httpx.get(f"{server.url}/conversations?search=%00Jonson").json()[0]["id"] == conversation
        address = f"{server.url}/conversations/{conversation}"
        for path, body in (("more", {"item": "\0"}), ("messages", {"id": "a" * 32, "words": "hello\0"})):
            assert httpx.post(f"{address}/{path}", json=body).status_code == 200
    with psycopg.connect(postgresql_url) as database:
        kept = database.execute("SELECT count(*) FROM checkpoints WHERE thread_id LIKE %s", [f"%:{conversation}"])
        assert kept.fetchone() > (0,)


def test_a_server_killed_at_random_moments_loses_nothing(
    browser: Browser, again: Serve, crm: Sandbox, soak: bool
) -> None:
    """Each message is there once, the card is there, and each write is carried out once."""
    moments = Random(20)
    names = NAMES if soak else NAMES[:8]
    context = browser.new_context()
    with ExitStack() as stack:
        server = stack.enter_context(again())
        chat = Chat(context.new_page()).open(server.url)
        for number, (first, last) in enumerate(names):
            chat.anew().say(f"create {first} {last}, {last.lower()}@killed.example")
            if number % 2:
                chat.decide("approve")
            chat.page.wait_for_timeout(moments.uniform(0, 600))
            server.kill()
            expect(chat.page.locator(".lost")).to_be_visible()
            server = stack.enter_context(again())
            expect(chat.page.locator(".lost")).to_be_hidden(timeout=60_000)
            expect(chat.page.locator(".receipt, form.approval")).to_be_visible(timeout=60_000)
            if chat.approval.is_visible():
                chat.decide("approve")
            expect(chat.receipts).to_contain_text(f"Created {first} {last}")
            expect(chat.typed).to_have_count(1)
        chat.assert_nothing_left_the_machine()
    context.close()
    made = [each["properties"].get("email", "") for each in crm.contacts()]
    assert sorted(email for email in made if email.endswith("@killed.example")) == sorted(
        f"{last.lower()}@killed.example" for _, last in names
    )
