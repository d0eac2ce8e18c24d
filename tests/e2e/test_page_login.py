"""Who may reach the page: the log-in, conversations kept apart, and what another site's script may not do."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from support.openid import SETTINGS, log_in, provider
from support.terminal_chat import Run, run
from support.web_page import Chat, Served, served

__all__ = ["run"]

CONVERSATION = "0" * 32
CARL = "create Carl Jones, carl.jones@globex.example"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider(sam="sam@acme.example", ana="ana@acme.example", eve="eve@elsewhere.example") as issuer:
        yield issuer


@pytest.fixture(scope="module")
def page(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {**SETTINGS, "HUBSPOT_AGENT_OIDC_ISSUER": issuer, "HUBSPOT_AGENT_OIDC_ALLOWED": '["acme.example"]'}
    directory = tmp_path_factory.mktemp("web")
    with served(directory, "--demo", "--host", "0.0.0.0", "--port", "0", **settings) as page:
        page.url = page.url.replace("0.0.0.0", "127.0.0.1")
        yield page


@contextmanager
def client_of(page: Served, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=page.url, timeout=20) as client:
        assert log_in(client, name).headers["location"] == "/"
        yield client


def post(client: httpx.Client, path: str, conversation: str = CONVERSATION, **body: object) -> httpx.Response:
    return client.post(f"/conversations/{conversation}/{path}", json=body)


def view(client: httpx.Client, conversation: str = CONVERSATION) -> str:
    """Return all that is to be seen of a conversation, once nothing runs in it."""
    shown = ""
    with client.stream("GET", f"/conversations/{conversation}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data:"):
                shown += line
                if json.loads(line[5:]).get("busy") is False:
                    return shown
    return shown


def test_users_see_their_own_conversations_alone(browser: Browser, page: Served, issuer: str) -> None:
    """A deep link survives the log-in; logging out ends the session on the server, and what the page shows."""
    chats = []
    for name in ("sam", "ana"):
        context = browser.new_context()
        context.route(lambda url: urlsplit(url).hostname not in ("127.0.0.1", "localhost"), lambda route: route.abort())
        tab = context.new_page()
        tab.goto(f"{page.url}/?c={CONVERSATION}")
        assert not [each for each in Axe().run(tab).response["violations"] if each["impact"] in ("serious", "critical")]
        tab.get_by_role("link", name="Log in").click()
        tab.get_by_role("button", name=name).click()
        tab.wait_for_url(f"{page.url}/?c={CONVERSATION}")
        expect(tab.locator(".me")).to_have_text(f"{name}@acme.example")
        chats.append(Chat(tab))
    sam, ana = chats
    sam.say("create Bob Jones, bob.jones@globex.example")
    expect(sam.approval).to_be_visible()
    ana.reload()
    expect(ana.typed).to_have_count(0)
    expect(ana.page.locator(".conversations a")).to_have_count(0)
    sam.decide("reject").idle()
    sam.assert_fine()
    second = sam.page.context.new_page()
    second.goto(page.url)
    expect(second.locator(".me")).to_be_visible()
    [session] = [each for each in sam.page.context.cookies() if each["name"] == "hubspot_agent_session"]
    sam.page.get_by_role("button", name="Log out").click()
    for tab in (sam.page, second):
        expect(tab.get_by_role("link", name="Log in")).to_be_visible()
    stolen = {"Cookie": f"hubspot_agent_session={session['value']}"}
    assert httpx.get(f"{page.url}/conversations", headers=stolen).status_code == 401
    for chat in chats:
        chat.page.context.close()


def test_forged_ids_reach_nothing(page: Served) -> None:
    with client_of(page, "sam") as sam, client_of(page, "ana") as ana:
        conversation = uuid4().hex
        view(sam, conversation)
        assert post(sam, "messages", conversation, id=uuid4().hex, words=CARL).json() == {"taken": True}
        pause = re.findall(r'data-pause=\\"(\w+)', view(sam, conversation))[-1]
        decision = {"pause": pause, "index": 0, "choice": "approve"}
        assert "carl.jones" not in view(ana, conversation)
        assert post(ana, "decisions", conversation, **decision).json() == {"taken": False}
        for path in ("export.json", "items?before=9"):
            assert "carl.jones" not in ana.get(f"/conversations/{conversation}/{path}").text
        assert ana.get("/conversations", params={"search": "carl"}).json() == []
        assert post(sam, "decisions", conversation, **decision).json() == {"taken": True}
        assert "Created Carl Jones" in view(sam, conversation)
        assert "carl.jones" in sam.get(f"/conversations/{conversation}/export.txt").text
        assert ana.delete(f"/conversations/{conversation}").status_code in (200, 415)
        assert "Created Carl Jones" in view(sam, conversation)


def test_only_who_may_comes_in(page: Served) -> None:
    with httpx.Client(base_url=page.url) as nobody:
        assert nobody.get(f"/?c={CONVERSATION}").headers["location"] == f"/login?c={CONVERSATION}"
        for path in ("/conversations", f"/conversations/{CONVERSATION}/events"):
            assert nobody.get(path).status_code == 401
        nobody.cookies.set("hubspot_agent_session", "0" * 43)
        assert nobody.get("/conversations").status_code == 401
        assert nobody.get("/login/callback", params={"code": "1", "state": "2"}).status_code == 401
        nobody.cookies.clear()
        refused = log_in(nobody, "eve")
        assert refused.status_code == 403
        assert "may not use the page" in refused.text
        assert nobody.get("/conversations").status_code == 401


def test_a_link_elsewhere_is_not_followed_after_the_log_in(page: Served) -> None:
    with httpx.Client(base_url=page.url) as client:
        assert log_in(client, "sam", conversation="//evil.example").headers["location"] == "/"
        assert log_in(client, "sam", conversation=CONVERSATION).headers["location"] == f"/?c={CONVERSATION}"


@pytest.mark.slow
def test_a_log_in_outlives_the_server(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory, settings = tmp_path_factory.mktemp("web"), {**SETTINGS, "HUBSPOT_AGENT_OIDC_ISSUER": issuer}
    with served(directory, "--demo", "--port", "0", **settings) as page, client_of(page, "eve") as client:
        page.kill()
        cookies = client.cookies
    with served(directory, "--demo", "--port", "0", **settings) as page:
        assert httpx.get(f"{page.url}/conversations", cookies=cookies).status_code == 200


@pytest.mark.slow
def test_a_provider_that_is_away_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {**SETTINGS, "HUBSPOT_AGENT_OIDC_ISSUER": "http://127.0.0.1:9"}
    with served(tmp_path_factory.mktemp("web"), "--demo", "--port", "0", **settings) as page:
        answer = httpx.get(f"{page.url}/login/start")
        assert answer.status_code == 502
        assert "does not answer" in answer.text


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/docs", {}, 404),
        ("/static/../../etc/passwd", {}, 404),
        ("/static/%2e%2e/app.py", {}, 404),
        ("/conversations/../x/events", {}, 404),
        (f"/conversations/{'a' * 33}/events", {}, 404),
        (f"/conversations/{CONVERSATION}/items?before=x", {}, 422),
        ("/conversations?before=x", {}, 422),
        ("/", {"Origin": "https://elsewhere.example"}, 403),
        ("/conversations", {"Origin": "null"}, 403),
        ("/conversations", {"Origin": "http://[x"}, 403),
        ("/conversations", {"Host": "[x"}, 403),
        ("/conversations", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, 403),
    ],
)
def test_only_the_page_is_served_and_only_to_itself(
    page: Served, path: str, headers: dict[str, str], status: int
) -> None:
    with client_of(page, "sam") as sam:
        assert sam.get(path, headers=headers).status_code == status


def test_what_is_no_request_of_the_page_is_refused(page: Served) -> None:
    with client_of(page, "sam") as sam:
        path = f"/conversations/{CONVERSATION}/messages"
        assert sam.post(path, data={"words": "hello"}).status_code == 415
        assert sam.post(path, content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
        assert sam.post(path, json={"id": "../x", "words": "hello"}).status_code == 422
        assert sam.post(path, json={"id": "a" * 32, "words": "x" * 1_000_001}).status_code == 413


def test_a_proxy_names_the_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {"HUBSPOT_AGENT_PROXY_USER_HEADER": "X-User", "HUBSPOT_AGENT_PROXY_ADDRESS": "127.0.0.2"}
    with served(tmp_path_factory.mktemp("web"), "--demo", "--host", "0.0.0.0", "--port", "0", **settings) as page:
        url = page.url.replace("0.0.0.0", "127.0.0.1")
        for address, headers, status in (
            ("127.0.0.2", {"X-User": "sam"}, 200),
            ("127.0.0.2", {}, 403),
            ("127.0.0.1", {"X-User": "sam"}, 403),
            ("127.0.0.1", {"X-User": "sam", "X-Forwarded-For": "127.0.0.2"}, 403),
        ):
            with httpx.Client(transport=httpx.HTTPTransport(local_address=address)) as client:
                answer = client.get(url, headers=headers)
                assert answer.status_code == status, (address, headers)
                assert ("sam" in answer.text) == (status == 200)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "HUBSPOT_AGENT_OIDC_ISSUER"),
        (SETTINGS, "set HUBSPOT_AGENT_OIDC_ISSUER too"),
        ({"HUBSPOT_AGENT_PROXY_ADDRESS": "10.0.0.1"}, "set HUBSPOT_AGENT_PROXY_USER_HEADER too"),
        ({"HUBSPOT_AGENT_PROXY_ADDRESS": "me", "HUBSPOT_AGENT_PROXY_USER_HEADER": "X-User"}, "no address"),
    ],
)
def test_other_addresses_need_a_log_in(run: Run, settings: dict[str, str], said: str) -> None:
    ran = run("web", "--demo", "--host", "0.0.0.0", "--port", "0", **settings)
    assert ran.status == 2
    assert said in ran.err
