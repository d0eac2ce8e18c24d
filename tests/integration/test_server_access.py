"""Who may do what on the real servers: LangGraph's development server, and Aegra on PostgreSQL."""

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from support.forgery import FORGERIES, MARK
from support.readme_blocks import block
from support.servers import Server, aegra, langgraph_dev
from support.signing import AUDIENCE, ISSUER, Signer, jwks_server

GRAPH = "contacts_demo"
SERVERS = "graphs/README.md"
FIRST, STRANGER = Signer("first"), Signer("first")
#: What shows nothing of anybody: liveness, readiness, counts, and the description of the API.
OPEN_PATHS = {"/", "/ok", "/info", "/docs", "/openapi.json", "/metrics", "/health", "/live", "/ready"}
OPEN_PATHS |= {"/health/live", "/health/ready", "/health/metrics"}


@dataclass
class Served:
    """A server that asks for tokens."""

    kind: str
    server: Server

    def client(self, authorization: str = "") -> httpx.Client:
        headers = {"Authorization": authorization} if authorization else {}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=60)

    def user(self, name: str, **claims: Any) -> httpx.Client:
        return self.client(f"Bearer {FIRST.token(name, **claims)}")


@pytest.fixture(scope="module", params=["langgraph", pytest.param("aegra", marks=pytest.mark.slow)])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp(request.param)
    with jwks_server(FIRST) as issuer:
        environment = {
            "HUBSPOT_AGENT_JWKS_URL": issuer.url,
            "HUBSPOT_AGENT_JWT_ISSUER": ISSUER,
            "HUBSPOT_AGENT_JWT_AUDIENCE": AUDIENCE,
        }
        if request.param == "langgraph":
            running = langgraph_dev(directory, environment=environment)
        else:
            url = request.getfixturevalue("postgresql_url")
            running = aegra(directory, database_url=url, environment=environment)
        with running as server:
            yield Served(request.param, server)


@dataclass
class Conversation:
    """A conversation of Ana's that waits for her to approve that a contact is created, and what she sees of it."""

    client: httpx.Client
    thread: str
    run: str
    checkpoint: str
    email: str
    later: str
    pending: str

    def seen(self) -> list[Any]:
        """Return all that a try could have changed."""
        paths = ("", "/state", "/history", "/runs", f"/runs/{self.run}", f"/../{self.later}/runs/{self.pending}")
        return [self.client.get(f"/threads/{self.thread}{path}").raise_for_status().json() for path in paths]

    def approve(self) -> dict[str, Any]:
        resume = {"resume": {"decisions": [{"type": "approve"}]}}
        return turn(self.client, self.thread, command=resume, context={"approve_writes": True, "user": "mallory"})


def turn(client: httpx.Client, thread: str | None, **run: Any) -> dict[str, Any]:
    path = f"/threads/{thread}/runs/wait" if thread else "/runs/wait"
    answer = client.post(path, json={"assistant_id": GRAPH, **run}).raise_for_status().json()
    assert "__error__" not in answer, answer
    return answer


def says(words: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": words}]}


def begun(client: httpx.Client, served: Served) -> Conversation:
    email = f"{uuid4().hex}@quark.example"
    thread = client.post("/threads", json={"metadata": {"owner": "bob"}}).raise_for_status().json()["thread_id"]
    turn(client, thread, input=says(f"create a contact with e-mail {email}"), context={"approve_writes": True})
    state = client.get(f"/threads/{thread}/state").raise_for_status().json()
    assert state["tasks"][0]["interrupts"], state
    run = client.get(f"/threads/{thread}/runs").raise_for_status().json()[0]["run_id"]
    later = client.post("/threads", json={}).raise_for_status().json()["thread_id"]
    pending = client.post(
        f"/threads/{later}/runs", json={"assistant_id": GRAPH, "input": {}, "after_seconds": 600}
    ).json()
    if served.kind == "aegra":  # Which does not wait.
        client.get(f"/threads/{later}/runs/{pending['run_id']}/join").raise_for_status()
    return Conversation(client, thread, run, state["checkpoint"]["checkpoint_id"], email, later, pending["run_id"])


@pytest.fixture(scope="module")
def ana(served: Served) -> Iterator[Conversation]:
    with served.user("ana") as client:
        yield begun(client, served)


@dataclass(frozen=True)
class Try:
    """One request; the names in braces are those of a conversation.

    Attributes:
        on: The only server that has such a request.
        lists: Whether it is answered to everybody, with what is theirs.
        closed: Whether it is refused to everybody, whosever it is.
    """

    method: str
    path: str
    body: dict[str, Any] | None = None
    on: str | None = None
    lists: bool = False
    closed: bool = False

    def send(self, client: httpx.Client, to: Conversation) -> httpx.Response:
        path, body = self.path, json.dumps(self.body)
        for name in ("thread", "run", "checkpoint", "later", "pending"):
            path, body = (each.replace(f"{{{name}}}", getattr(to, name)) for each in (path, body))
        return client.request(self.method, path, json=json.loads(body))


RUN = {"assistant_id": GRAPH, "input": says("undo")}
APPROVAL = {"assistant_id": GRAPH, "command": {"resume": {"decisions": [{"type": "approve"}]}}}
ITEM = {"namespace": ["ana"], "key": "k", "value": {"a": 1}}

TRIES = {
    "read": Try("GET", "/threads/{thread}"),
    "read the state": Try("GET", "/threads/{thread}/state"),
    "read the state at a checkpoint": Try("GET", "/threads/{thread}/state/{checkpoint}"),
    "ask for the state at a checkpoint": Try(
        "POST", "/threads/{thread}/state/checkpoint", {"checkpoint": {"checkpoint_id": "{checkpoint}"}}
    ),
    "read the history": Try("GET", "/threads/{thread}/history"),
    "ask for the history": Try("POST", "/threads/{thread}/history", {"limit": 5}),
    "read a run": Try("GET", "/threads/{thread}/runs/{run}"),
    "join a run": Try("GET", "/threads/{thread}/runs/{run}/join"),
    "stream a run": Try("GET", "/threads/{thread}/runs/{run}/stream"),
    "list": Try("POST", "/threads/search", {"limit": 1000}, lists=True),
    "list those of a name": Try("POST", "/threads/search", {"metadata": {"owner": "ana"}, "limit": 1000}, lists=True),
    "list by id": Try("POST", "/threads/search", {"ids": ["{thread}"], "limit": 1000}, lists=True),
    "list those that wait": Try("POST", "/threads/search", {"status": "interrupted", "limit": 1000}, lists=True),
    "list all": Try("GET", "/threads", on="aegra", lists=True),
    "list the runs": Try("GET", "/threads/{thread}/runs", lists=True),
    "approve what waits": Try("POST", "/threads/{thread}/runs/wait", APPROVAL),
    "approve what waits, streaming": Try("POST", "/threads/{thread}/runs/stream", APPROVAL),
    "go on": Try("POST", "/threads/{thread}/runs", RUN),
    "go on in a new conversation of the id": Try("POST", "/threads/{thread}/runs", {**RUN, "if_not_exists": "create"}),
    "go on and take back": Try("POST", "/threads/{thread}/runs/wait", {**RUN, "multitask_strategy": "rollback"}),
    "go on by a command": Try(
        "POST",
        "/threads/{thread}/commands",
        {"id": 1, "method": "run.start", "params": {"assistant_id": GRAPH, "input": says("undo")}},
    ),
    "go on at a checkpoint": Try("POST", "/threads/{thread}/runs/wait", {**RUN, "checkpoint_id": "{checkpoint}"}),
    "write into the state": Try(
        "POST", "/threads/{thread}/state", {"values": {"messages": []}, "as_node": "agent"}, closed=True
    ),
    "cancel what is pending": Try("POST", "/threads/{later}/runs/{pending}/cancel"),
    "cancel runs": Try("POST", "/runs/cancel", {"thread_id": "{later}", "run_ids": ["{pending}"]}),
    "take over": Try("PATCH", "/threads/{thread}", {"metadata": {"owner": "bob"}}),
    "create again": Try("POST", "/threads", {"thread_id": "{thread}", "if_exists": "do_nothing"}),
    "count": Try("POST", "/threads/count", {"metadata": {"owner": "ana"}}, on="langgraph", lists=True),
    "measure": Try("GET", "/threads/{thread}/storage", on="langgraph"),
    "prune": Try("POST", "/threads/prune", {"thread_ids": ["{thread}"]}, lists=True),
    "copy": Try("POST", "/threads/{thread}/copy", on="langgraph"),
    "follow": Try("GET", "/threads/{thread}/stream", on="langgraph"),
    "follow events": Try("POST", "/threads/{thread}/stream/events", {"channels": ["values"]}),
    "schedule": Try("POST", "/threads/{thread}/runs/crons", {**RUN, "schedule": "* * * * *"}, closed=True),
    "schedule elsewhere": Try("POST", "/runs/crons", {**RUN, "schedule": "* * * * *"}, closed=True),
    "list what is scheduled": Try("POST", "/runs/crons/search", {}, closed=True),
    "store": Try("PUT", "/store/items", ITEM, closed=True),
    "read from the store": Try("GET", "/store/items?namespace=ana&key=k", closed=True),
    "search the store": Try("POST", "/store/items/search", {"namespace_prefix": []}, closed=True),
    "list the store": Try("POST", "/store/namespaces", {}, closed=True),
    "make an assistant": Try("POST", "/assistants", {"graph_id": GRAPH}, closed=True),
    "speak another protocol": Try("POST", f"/a2a/{GRAPH}", {"jsonrpc": "2.0", "id": 1, "method": "x"}, closed=True),
    "speak a third protocol": Try("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, closed=True),
    "delete what is pending": Try("DELETE", "/threads/{later}/runs/{pending}"),
    "delete a run": Try("DELETE", "/threads/{thread}/runs/{run}"),
    "delete": Try("DELETE", "/threads/{thread}"),
}


def is_refused(answer: httpx.Response) -> bool:
    """Tell whether nothing was done and shown."""
    return answer.status_code in (403, 404, 405, 409)


def is_listed(answer: httpx.Response, conversation: Conversation) -> bool:
    return answer.is_success and (conversation.thread in answer.text or (answer.text.isdigit() and answer.text != "0"))


@pytest.mark.parametrize("name", TRIES)
def test_another_user_gets_nowhere(served: Served, ana: Conversation, name: str) -> None:
    trying = TRIES[name]
    before = ana.seen()
    with served.user("bob") as bob:
        answer = trying.send(bob, ana)
    if trying.lists:
        assert not is_listed(answer, ana)
    else:
        assert is_refused(answer), answer.text
    assert ana.email not in answer.text
    assert ana.seen() == before


#: What the owner cannot do a second time, or does not end.
NOT_TRIED = {"cancel runs", "prune", "stream a run", "follow", "follow events"}


def test_the_owner_is_answered_where_others_are_not(served: Served) -> None:
    """What is refused to Bob is refused for being Bob, not for being wrong."""
    with served.user("ana") as client:
        own = begun(client, served)
        for name, trying in TRIES.items():
            if trying.closed or trying.on not in (None, served.kind) or name in NOT_TRIED:
                continue
            answer = trying.send(client, own)
            assert answer.status_code < 500, (name, answer.text)
            assert answer.status_code not in (401, 405, 422), (name, answer.text)
            assert is_listed(answer, own) if trying.lists else not is_refused(answer), (name, answer.text)


BAD = {
    "no token": lambda: "",
    "no bearer": lambda: FIRST.token(),
    "another scheme": lambda: f"Basic {FIRST.token()}",
    "not a token": lambda: "Bearer sesame",
    "expired": lambda: f"Bearer {FIRST.token(exp=time.time() - 60)}",
    "without expiry": lambda: f"Bearer {FIRST.token(exp=None)}",
    "unsigned": lambda: f"Bearer {FIRST.unsigned()}",
    "another key": lambda: f"Bearer {STRANGER.token()}",
    "an unlisted key": lambda: f"Bearer {Signer('second').token()}",
    "no key named": lambda: f"Bearer {FIRST.token(header={'kid': None})}",
    "the public key as secret": lambda: f"Bearer {FIRST.signed_with_the_public_key()}",
    "tampered with": lambda: f"Bearer {FIRST.tampered()}",
    "another audience": lambda: f"Bearer {FIRST.token(aud='billing')}",
    "another issuer": lambda: f"Bearer {FIRST.token(iss='https://other.example')}",
}
ASKED = ("read", "read the state", "list", "approve what waits", "take over", "delete")


@pytest.mark.parametrize("authorization", BAD.values(), ids=BAD)
def test_a_bad_token_gets_nowhere(served: Served, ana: Conversation, authorization: Callable[[], str]) -> None:
    before = ana.seen()
    sent = authorization()
    with served.client(sent) as client:
        client.headers["x-auth-scheme"] = "langsmith"  # Lets Studio in past all rules, unless that is off.
        answers = [TRIES[name].send(client, ana) for name in ASKED]
    assert {answer.status_code for answer in answers} == {401}
    assert not any(ana.email in answer.text for answer in answers)
    assert ana.seen() == before
    assert not any(len(part) > 20 and part in served.server.log() for part in sent.split("."))


def test_no_route_answers_without_a_token(served: Served) -> None:
    with served.client() as client:
        routes = client.get("/openapi.json").raise_for_status().json()["paths"]
        asked = 0
        for path, methods in routes.items():
            for method in methods.keys() & {"get", "post", "put", "patch", "delete"}:
                answer = client.request(method, re.sub(r"\{\w+\}", str(uuid4()), path))
                is_open = path in OPEN_PATHS or path.startswith("/health/")
                assert is_open or answer.status_code in (401, 404, 405), (method, path, answer.text)
                asked += answer.status_code == 401
    assert asked >= 30


def test_health_and_metrics_are_there_for_strangers(served: Served, ana: Conversation) -> None:
    with served.client() as stranger:
        assert stranger.get("/health/live").json() == {"status": "alive"}
        ready = stranger.get("/health/ready")
        metrics = stranger.get("/health/metrics")
    # With a database and no keys it is not what was meant; with nothing at all it is a Studio for the demo.
    assert ready.status_code == (200 if served.kind == "langgraph" else 503)
    assert all(check["fix"] for check in ready.json()["checks"].values() if check["status"] == "failed")
    assert metrics.status_code == 200
    assert 'turn_duration_seconds_count{kind="agent",outcome="paused"}' in metrics.text
    assert "@" not in metrics.text


#: What a request may say of who it is; none of it counts.
FORGED: dict[str, Callable[[Conversation], dict[str, Any]]] = {
    "context": lambda ana: {"context": {"user": "ana"}},
    "configurable": lambda ana: {"config": {"configurable": {"user": "ana", "user_id": "ana"}}},
    "server's own": lambda ana: {
        "config": {"configurable": {"langgraph_auth_user": {"identity": "ana"}, "langgraph_auth_user_id": "ana"}}
    },
    "metadata": lambda ana: {"metadata": {"owner": "ana"}, "config": {"metadata": {"owner": "ana"}}},
    "thread": lambda ana: {"config": {"configurable": {"thread_id": ana.thread, "checkpoint_ns": ""}}},
    "checkpoint": lambda ana: {"checkpoint": {"thread_id": ana.thread, "checkpoint_ns": ""}},
}


def test_a_run_is_its_users_whatever_it_says(served: Served, ana: Conversation) -> None:
    before = ana.seen()
    with served.user("bob") as bob, ThreadPoolExecutor() as pool:

        def tried(name: str, kept: bool) -> tuple[str, httpx.Response]:
            thread = bob.post("/threads", json={"metadata": {"owner": "ana"}}).json()["thread_id"] if kept else None
            email = f"{uuid4().hex}@forged.example"
            run = {"assistant_id": GRAPH, "input": says(f"create a contact with e-mail {email}"), **FORGED[name](ana)}
            return email, bob.post(f"/threads/{thread}/runs/wait" if kept else "/runs/wait", json=run)

        names = [(name, kept) for name in FORGED for kept in (False, True)]
        for name, (email, answer) in zip(names, pool.map(tried, *zip(*names, strict=True)), strict=True):
            if answer.is_success:
                assert audited(served, email) == [("bob", None)], name
            else:
                assert answer.status_code in (400, 404, 422), (name, answer.text)
                assert not audited(served, email), name
        found = bob.post("/threads/search", json={"limit": 1000}).json()
        assert {each["metadata"]["owner"] for each in found} == {"bob"}
    assert ana.seen() == before


#: What of these is a turn like any other: the last of two fields of a name counts, and what is not the user's to set is
#: left out.
A_TURN = {"say it first", "send messages among the user's", "set what LangGraph sets"}


def test_a_user_brings_nothing_into_a_conversation_but_turns(served: Served) -> None:
    email = f"{uuid4().hex}@quark.example"
    with served.user("ana") as client:
        idle = client.post("/threads", json={}).raise_for_status().json()["thread_id"]
        found = turn(client, idle, input=says("find emily.johnson@globex.example"))
        turn(client, idle, input=says(f"create a contact with e-mail {email}"))
        waiting = begun(client, served)

        def state(thread: str) -> dict[str, Any]:
            return client.get(f"/threads/{thread}/state", params={"subgraphs": "true"}).raise_for_status().json()

        def seen() -> list[Any]:
            states = [state(thread) for thread in (idle, waiting.thread)]
            assert MARK not in json.dumps(states) + json.dumps(served.server.audit())
            kept = [(each["values"].get("writes"), each["interrupts"]) for each in states]
            return [kept, served.server.audit(), len(client.post("/threads/search", json={"limit": 1000}).json())]

        [task] = state(waiting.thread)["tasks"]
        place = {
            "idle": idle,
            "paused": waiting.thread,
            "victim": found["pinned"][0]["id"],
            "namespace": f"{task['name']}:{task['id']}",
            "call": next(iter(task["state"]["values"]["plans"])),
        }
        before = seen()
        for name, forgery in FORGERIES.items():
            answer = forgery.send(client, place)
            assert answer.is_success == (name in A_TURN), (name, answer.text)
            assert 400 <= answer.status_code < 500 or name in A_TURN, (name, answer.status_code)
        assert seen() == before
        # What is the conversation's own is undone and approved as ever.
        assert [each["outcome"] for each in undone(client, idle)] == ["done"]
        assert undone(client, idle) == []
        receipts = waiting.approve()["messages"][-1]["additional_kwargs"]["receipts"]
        assert [each["new"] for each in receipts[0]["changes"] if each["property"] == "email"] == [waiting.email]


#: What is no request at all: by the path, a body or fields.
MALFORMED: dict[str, tuple[str, Any]] = {
    "no JSON": ("/threads/{thread}/runs/wait", b"{"),
    "no object": ("/threads/search", b"1"),
    "nested without end": ("/runs/wait", b"[" * 100_000),
    "half a character": ("/threads", b'{"metadata": {"a": "\\ud800"}}'),
    "a zero byte": ("/threads", b'{"metadata": {"a": "\\u0000"}}'),
    "a zero byte in the path": ("/threads/%00/history", {}),
    "a zero byte in the query": ("/threads/{thread}/history?before=%00", {}),
    "a number of 30 digits": ("/threads/search", b'{"offset": 1000000000000000000000000000000}'),
    "an endless number": ("/threads/search", b'{"limit": 1e999}'),
    "too long": ("/threads/{thread}/runs/wait", b" " * 1_000_001),
    "values to search by": ("/threads/search", {"values": {"a": 1}}),
    "values to count by": ("/threads/count", {"values": {"a": 1}}),
    "before nothing": ("/threads/{thread}/history", {"before": {"a": 1}}),
    "a message of nobody": ("/threads/{thread}/runs/wait", {"assistant_id": GRAPH, "input": {"messages": [{}]}}),
    "a run without an assistant": ("/threads/{thread}/runs/wait", {"input": {}}),
    "a run in the far future": ("/threads/{thread}/runs/wait", {"assistant_id": GRAPH, "after_seconds": 10**17}),
    "a command without a method": ("/threads/{thread}/commands", {"id": 1}),
}


def test_what_is_no_request_is_refused_as_such(served: Served, ana: Conversation) -> None:
    before = ana.seen()
    for name, (path, body) in MALFORMED.items():
        content = body if isinstance(body, bytes) else json.dumps(body)
        path = path.replace("{thread}", ana.thread)
        answer = ana.client.post(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in (413, 422), (name, answer.text)
        assert answer.json()["detail"], name
    assert ana.seen() == before


def undone(client: httpx.Client, thread: str) -> list[dict[str, Any]]:
    answer = turn(client, thread, input={"action": "undo"})["messages"][-1]
    return answer["additional_kwargs"].get("receipts", [])


def audited(served: Served, email: str) -> list[tuple[str, str | None]]:
    """Return who chatted and who approved, of the writes of `email` in the audit trail, and nothing in the log."""
    assert email not in served.server.log()
    return [(each["user"], each["approved_by"]) for each in served.server.audit() if email in str(each["after"])]


def test_several_runs_at_once_are_their_users_too(served: Served, ana: Conversation) -> None:
    email = f"{uuid4().hex}@forged.example"
    run = {"assistant_id": GRAPH, "input": says(f"create a contact with e-mail {email}"), "context": {"user": "ana"}}
    before = ana.seen()
    with served.user("bob") as bob:
        answer = bob.post("/runs/batch", json=[run])
        if served.kind == "aegra":  # Which has no such request.
            assert is_refused(answer)
            return
        assert answer.is_success, answer.text
        deadline = time.monotonic() + 30
        while not audited(served, email):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert audited(served, email) == [("bob", None)]
        assert not is_listed(bob.post("/runs/batch", json=[{**run, "thread_id": ana.thread}]), ana)
    assert ana.seen() == before


def test_the_conversation_goes_on_for_its_owner(served: Served, ana: Conversation) -> None:
    """Nothing that was tried reached the CRM: the contact is created now, and once."""
    receipts = ana.approve()["messages"][-1]["additional_kwargs"]["receipts"]
    assert [each["outcome"] for each in receipts] == ["done"]
    assert audited(served, ana.email) == [("ana", "ana")]


def test_the_readmes_client(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ana.token").write_text(f"{FIRST.token('ana')}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVER_URL", served.server.url)
    exec(compile(block("Who may do what", SERVERS), "graphs/README.md", "exec"), {})
    assert "Hello!" in capsys.readouterr().out
