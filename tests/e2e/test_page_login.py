"""Who may reach the page: the log-in, conversations kept apart, and what another site's script may not do."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from hubspot_agent.web.users import Users
from support.terminal_chat import Run, run
from support.web_page import Chat, Served, browser, served

__all__ = ["browser", "run"]

PASSWORDS = {"sam": "correct horse", "Ana de Vries": "battery staple"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("web")
    users = Users(directory / "state" / "hubspot-agent")
    for name, password in PASSWORDS.items():
        users.add(name, password)
    with served(directory, "--demo", "--host", "0.0.0.0", "--port", "0") as server:
        server.url = server.url.replace("0.0.0.0", "127.0.0.1")
        yield server


def log_in(page: Page, server: Served, name: str, password: str | None = None) -> None:
    page.goto(server.url)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password or PASSWORDS[name])
    page.keyboard.press("Enter")


@contextmanager
def client_of(server: Served, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=20) as client:
        form = {"name": name, "password": PASSWORDS[name]}
        assert client.post("/login", data=form).headers["location"] == "/"
        yield client


def ask(client: httpx.Client, session: str = "aaaa", **asked: object) -> str:
    """Ask as a page does, with whatever ids; return all that comes back."""
    body = {"data": [], "event_data": asked, "fn_index": 0, "session_hash": session, "trigger_id": 1}
    answer = client.post("/gradio_api/queue/join", json=body)
    if answer.status_code != 200:
        return str(answer.status_code)
    return client.get("/gradio_api/queue/data", params={"session_hash": session}).text


def test_users_see_their_own_conversations_alone(browser: Browser, server: Served) -> None:
    contexts = [browser.new_context() for _ in PASSWORDS]
    chats = []
    for context, name in zip(contexts, PASSWORDS, strict=True):
        log_in(page := context.new_page(), server, name)
        expect(page.locator(".me")).to_have_text(name)
        chats.append(Chat(page).open(server.url))
    sam, ana = chats
    sam.say("create Bob Jones, bob.jones@globex.example")
    expect(sam.approval).to_be_visible()
    ana.open(sam.page.url)
    expect(ana.typed).to_have_count(0)
    expect(ana.approval).to_have_count(0)
    expect(ana.page.locator(".conversations a")).to_have_count(0)
    sam.decide("reject").idle()
    for chat in chats:
        chat.assert_fine()
    ana.page.get_by_role("button", name="Log out").click()
    expect(ana.page.get_by_label("Password")).to_be_visible()
    for context in contexts:
        context.close()


def test_forged_ids_reach_nothing(browser: Browser, server: Served) -> None:
    with client_of(server, "sam") as sam, client_of(server, "Ana de Vries") as ana:
        shown = ask(
            sam, "samspage", act="say", words="create Carl Jones, carl.jones@globex.example", conversation="0" * 32
        )
        pause = re.findall(r'data-pause=\\"(\w+)', shown)[-1]
        asked = {"conversation": "0" * 32, "pause": pause, "index": 0, "choice": "approve"}
        assert "carl.jones" not in ask(ana, "anaspage", act="open", **asked)
        assert "carl.jones" not in ask(ana, "anaspage", act="decide", **asked)
        assert ask(ana, "samspage", act="open") == "403"
        assert ana.get("/gradio_api/queue/data", params={"session_hash": "samspage"}).status_code == 403
        assert "Created Carl Jones" in ask(sam, "samspage", act="decide", **asked)
        assert "Created Carl Jones" not in ask(ana, "anaspage", act="open", conversation="0" * 32)
        odd = ask(ana, "anaspage", act="open", conversation="../0", language="../../x", index="NaN")
        assert "process_completed" in odd


def test_only_who_is_logged_in_comes_in(server: Served) -> None:
    with httpx.Client(base_url=server.url) as nobody:
        assert nobody.get("/").headers["location"] == "/login"
        for path in ("/config", "/gradio_api/queue/data?session_hash=a", "/assets/index.js", "/gradio_api/app_id"):
            assert nobody.get(path).status_code == 401
        assert nobody.post("/gradio_api/queue/join", json={"session_hash": "a"}).status_code == 401
        nobody.cookies.set("hubspot_agent_session", "c2Ft.9999999999." + "0" * 64)
        assert nobody.get("/config").status_code == 401


def test_a_wrong_password_is_said_and_cannot_be_guessed_on(browser: Browser, server: Served) -> None:
    page = browser.new_page()
    for _ in range(5):
        log_in(page, server, "nobody", "wrong password")
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    log_in(page, server, "nobody", "wrong password")
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts")
    page.context.close()


def try_at_once(server: Served, names: list[str]) -> Counter[int]:
    with httpx.Client(base_url=server.url, timeout=60) as client, ThreadPoolExecutor(len(names)) as pool:
        forms = [{"name": name, "password": "wrong password"} for name in names]
        return Counter(pool.map(lambda form: client.post("/login", data=form).status_code, forms))


def test_passwords_cannot_be_guessed_at_once(server: Served) -> None:
    assert try_at_once(server, ["somebody"] * 15) == {401: 5, 429: 10}


def test_a_crowd_is_sent_away_and_then_who_logs_in_comes_in(server: Served) -> None:
    statuses = try_at_once(server, [f"somebody {number}" for number in range(90)])
    assert statuses.keys() == {401, 429}
    with client_of(server, "sam") as sam:
        assert sam.get("/config").status_code == 200


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/gradio_api/info", {}, 404),
        ("/gradio_api/openapi.json", {}, 404),
        ("/gradio_api/file=/etc/passwd", {}, 404),
        ("/docs", {}, 404),
        ("/monitoring", {}, 404),
        ("/static/../../etc/passwd", {}, 404),
        ("/", {"Origin": "https://elsewhere.example"}, 403),
        ("/config", {"Origin": "null"}, 403),
        ("/config", {"Origin": "http://[x"}, 403),
        ("/config", {"Host": "[x"}, 403),
        (f"/gradio_api/queue/data?session_hash={'a' * 65}", {}, 403),
    ],
)
def test_only_the_page_is_served_and_only_to_itself(
    server: Served, path: str, headers: dict[str, str], status: int
) -> None:
    with client_of(server, "sam") as sam:
        assert sam.get(path, headers=headers).status_code == status


def test_other_addresses_need_users(run: Run) -> None:
    ran = run("web", "--demo", "--host", "0.0.0.0", "--port", "0")
    assert ran.status == 2
    assert "hubspot-agent web-user NAME" in ran.err


@pytest.mark.parametrize(("name", "password"), [("sam", "short"), (" sam", "long enough"), ("", "long enough")])
def test_a_poor_user_is_refused(run: Run, tmp_path: Path, name: str, password: str) -> None:
    ran = run("web-user", name, typed=[password])
    assert (ran.status, ran.out) == (2, "")
    assert "Nothing was changed" in ran.err
    assert not list(tmp_path.rglob("web-users.json"))


def test_a_user_is_kept_with_a_salted_hash(run: Run, tmp_path: Path) -> None:
    for name in ("sam", "ana"):
        assert run("web-user", name, typed=["correct horse"]).status == 0
    [file] = tmp_path.rglob("web-users.json")
    kept = json.loads(file.read_text())
    assert kept["sam"]["hash"] != kept["ana"]["hash"]
    assert "correct horse" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
