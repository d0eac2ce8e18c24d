"""Who is let in, without a server: signed tokens, their keys, and what an open server asks."""

import json
import os
import time
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hubspot_agent import Context, build_graph
from hubspot_agent.cli.main import main
from hubspot_agent.server.auth import signed_in
from hubspot_agent.server.auth.door import door
from hubspot_agent.server.auth.refusal import RefusedError
from hubspot_agent.settings import Settings
from hubspot_agent.state import ANONYMOUS
from support.chat import ANA
from support.scripted import ScriptedModel
from support.signing import AUDIENCE, ISSUER, Signer, key_set

LISTED, STRANGER = Signer("first"), Signer("first")
LOCAL = {"host": "127.0.0.1:2024"}


def entering(keys, **more):
    """Return what lets tokens in that are signed for `keys`."""
    enter = door(Settings(jwt_keys=keys, **{"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, **more}))
    return lambda token: enter({"authorization": f"Bearer {token}"}, None)


def refusal(enter, *arguments):
    with pytest.raises(RefusedError) as refused:
        enter(*arguments)
    return refused.value.reason


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
def test_a_token_names_its_user(algorithm):
    signer = Signer("k", algorithm)
    assert entering(key_set(LISTED, signer))(signer.token("ana@acme.example")) == "ana@acme.example"


BAD_TOKENS = {
    "expired": (partial(LISTED.token, exp=time.time() - 60), "expired"),
    "without expiry": (partial(LISTED.token, exp=None), "claim_missing"),
    "expiry that is no time": (partial(LISTED.token, exp="never"), "malformed"),
    "not yet valid": (partial(LISTED.token, nbf=time.time() + 600), "not_yet_valid"),
    "issued in the future": (partial(LISTED.token, iat=time.time() + 600), "not_yet_valid"),
    "for nobody": (partial(LISTED.token, None), "claim_missing"),
    "for an empty name": (partial(LISTED.token, " "), "subject"),
    "for a name of two lines": (partial(LISTED.token, "ana\nbob"), "subject"),
    "for anonymous": (partial(LISTED.token, ANONYMOUS), "subject"),
    "by another issuer": (partial(LISTED.token, iss="https://other.example"), "issuer"),
    "by no issuer": (partial(LISTED.token, iss=None), "claim_missing"),
    "for another audience": (partial(LISTED.token, aud="billing"), "audience"),
    "for no audience": (partial(LISTED.token, aud=None), "claim_missing"),
    "with another key": (STRANGER.token, "signature"),
    "with an unlisted key": (Signer("other").token, "unknown_key"),
    "with no key named": (partial(LISTED.token, header={"kid": None}), "key_id_missing"),
    "unsigned": (LISTED.unsigned, "algorithm"),
    "with the public key as secret": (LISTED.signed_with_the_public_key, "algorithm"),
    "with another algorithm": (Signer("first", "ES256").token, "algorithm"),
    "tampered with": (LISTED.tampered, "signature"),
    "with a rule unknown here": (partial(LISTED.token, header={"crit": ["new"], "new": 1}), "malformed"),
    "with a key of its own": (partial(STRANGER.token, header={"jwk": STRANGER.public}), "signature"),
    "nothing": (lambda: "", "no_token"),
    "no token": (lambda: "sesame", "malformed"),
}


@pytest.mark.parametrize(("token", "reason"), BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_bad_token_is_refused_with_its_reason(token, reason):
    assert refusal(entering(key_set(LISTED)), token()) == reason


@settings(max_examples=200)
@given(some.text(max_size=80) | some.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}"))
def test_whatever_is_sent_is_refused(sent):
    assert refusal(entering(key_set(LISTED)), sent)


def test_a_token_for_some_audience_is_refused_where_none_is_named():
    enter = entering(key_set(LISTED), jwt_audience=None)
    assert refusal(enter, LISTED.token()) == "audience"
    assert enter(LISTED.token(aud=None)) == "ana"


def test_clocks_may_differ_a_little():
    assert entering(key_set(LISTED))(LISTED.token(exp=time.time() - 5, iat=time.time() + 5)) == "ana"


@pytest.mark.parametrize(
    "keys",
    [
        "{",
        "[]",
        '{"keys": []}',
        '{"keys": [1]}',
        json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "first", "alg": "HS256"}]}),
        json.dumps({"keys": [{**LISTED.public, "kid": ""}]}),
        json.dumps({"keys": [{**LISTED.public, "d": "private"}]}),
        json.dumps({"keys": [{**LISTED.public, "use": "enc"}]}),
        "no/such/file.json",
        "http://login.example/keys",
        "ftp://login.example/keys",
    ],
)
def test_keys_that_cannot_be_used_let_nobody_in(keys):
    assert refusal(entering(keys), LISTED.token()) in ("keys_unusable", "malformed")


def test_keys_are_rotated_in_their_file(tmp_path):
    file, new = tmp_path / "keys.json", Signer("second")
    enter = entering(str(file))
    assert refusal(enter, LISTED.token()) == "keys_unusable"
    file.write_text(key_set(LISTED))
    assert enter(LISTED.token()) == "ana"
    assert refusal(enter, new.token()) == "unknown_key"
    file.write_text(key_set(LISTED, new))
    assert (enter(LISTED.token()), enter(new.token("bob"))) == ("ana", "bob")
    file.write_text(key_set(new))
    assert refusal(enter, LISTED.token()) == "unknown_key"
    file.write_text("half a fi")
    assert refusal(enter, new.token()) == "keys_unusable"


@contextmanager
def issuer(*signers):
    """Serve the keys of `signers`, and tell how often they were asked for."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(key_set(*signers).encode())

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/keys", asked
        server.shutdown()


def test_keys_are_asked_of_their_issuer_and_kept():
    with issuer(LISTED) as (url, asked):
        enter = entering(url)
        assert not asked
        assert [enter(LISTED.token()) for _ in range(3)] == ["ana"] * 3
        # Whoever makes up key ids does not make this server ask and ask.
        assert {refusal(enter, Signer(str(number)).token()) for number in range(3)} == {"unknown_key"}
        assert len(asked) == 1
    assert refusal(entering(url), LISTED.token()) == "keys_unusable"


@pytest.mark.parametrize(
    ("headers", "peer", "let_in"),
    [
        (LOCAL, "127.0.0.1", True),
        ({"host": "[::1]:2024"}, "::1", True),
        ({**LOCAL, "origin": "http://localhost:3000"}, "127.0.0.1", True),
        ({**LOCAL, "origin": "https://smith.langchain.com"}, "127.0.0.1", True),
        ({**LOCAL, "origin": "https://evil.example"}, "127.0.0.1", False),
        ({**LOCAL, "origin": "https://smith.langchain.com.evil.example"}, "127.0.0.1", False),
        ({**LOCAL, "origin": "null"}, "127.0.0.1", False),
        ({**LOCAL, "origin": "http://[x"}, "127.0.0.1", False),
        ({"host": "[::1"}, "127.0.0.1", False),
        ({"host": "evil.example:2024"}, "127.0.0.1", False),
        ({}, "127.0.0.1", False),
        (LOCAL, "192.0.2.7", False),
        (LOCAL, None, False),
        ({**LOCAL, "x-forwarded-for": "127.0.0.1"}, "127.0.0.1", False),
        ({**LOCAL, "cf-connecting-ip": "192.0.2.7"}, "127.0.0.1", False),
    ],
)
def test_without_keys_studio_on_this_machine_comes_in(monkeypatch, headers, peer, let_in):
    monkeypatch.setenv("LANGSMITH_LANGGRAPH_API_VARIANT", "local_dev")
    enter = door(Settings())
    if let_in:
        assert enter(headers, peer) == ANONYMOUS
    else:
        assert refusal(enter, headers, peer) == "not_this_machine"


@pytest.mark.parametrize(
    ("variant", "more", "said"),
    [
        ("local_dev", {}, "Open to Studio"),
        ("local_dev", {"jwt_keys": key_set(LISTED)}, "needs a signed token"),
        ("", {"jwt_keys": key_set(LISTED), "open": True}, "needs a signed token"),
        ("", {"open": True}, "Open to everybody"),
        ("", {}, "Closed to everybody"),
    ],
)
def test_who_is_let_in_is_said_at_the_start(monkeypatch, caplog, variant, more, said):
    monkeypatch.setenv("LANGSMITH_LANGGRAPH_API_VARIANT", variant)
    caplog.set_level("INFO", "hubspot_agent.access")
    enter = door(Settings(**more))
    assert said in caplog.text
    if said.startswith("Open"):
        assert enter(LOCAL, "127.0.0.1") == ANONYMOUS
    else:
        assert refusal(enter, LOCAL, "127.0.0.1") in ("no_token", "no_keys")


async def test_the_operator_is_told_why_and_nobody_the_token(caplog):
    token = LISTED.token("ana", exp=time.time() - 60)
    auth = signed_in(Settings(jwt_keys=key_set(LISTED), jwt_issuer=ISSUER, jwt_audience=AUDIENCE))
    for headers in ({b"authorization": f"Bearer {token}".encode()}, {"Authorization": f"bearer {token}"}):
        caplog.clear()
        with pytest.raises(Exception, match="A valid token is needed") as refused:
            await auth._authenticate_handler(headers)
        assert refused.value.status_code == 401
        assert "expired" in caplog.text
        assert "expired" not in refused.value.detail
        assert not any(part in caplog.text + refused.value.detail for part in token.split("."))


@pytest.mark.parametrize(("known_to_server", "user"), [("ana", "ana"), (ANONYMOUS, "mallory"), (None, "mallory")])
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_servers_user_stands_before_the_requests(port, caplog, known_to_server, user, asynchronous):
    caplog.set_level("INFO", "hubspot_agent.audit")
    asked = []

    def choose(context):
        asked.append(context.user)
        return port

    model = ScriptedModel(
        replies=[
            [("search_contacts", {"email": ANA["email"]})],
            [("update_contact", {"contact_id": "101", "city": "Porto"})],
            "Done.",
        ]
    )
    graph = build_graph(model=model, contacts=choose)
    server = (
        {"configurable": {"langgraph_auth_user": SimpleNamespace(identity=known_to_server)}} if known_to_server else {}
    )
    turn = {"messages": [("user", "set the city of ana@acme.example to Porto")]}
    if asynchronous:
        await graph.ainvoke(turn, server, context=Context(user="mallory"))
    else:
        graph.invoke(turn, server, context=Context(user="mallory"))
    assert set(asked) == {user}
    assert [record.audit["user"] for record in caplog.records] == [user]


def test_the_command_makes_keys_and_tokens(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("HUBSPOT_AGENT_JWT_ISSUER", raising=False)

    def made(*arguments):
        assert main(["token", *arguments, "--state-dir", str(tmp_path)]) == 0
        printed = capsys.readouterr()
        assert str(tmp_path / "keys.json") in printed.err
        return printed.out.strip()

    first, second = made("ana"), made("bob", "--new-key")
    enter = entering(str(tmp_path / "keys.json"), jwt_issuer=None, jwt_audience=None)
    assert (enter(first), enter(second)) == ("ana", "bob")
    claims = jwt.decode(made("ana", "--hours", "1.5"), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 5400
    assert '"d"' not in (tmp_path / "keys.json").read_text()
    if os.name == "posix":
        assert (tmp_path / "signing-key.json").stat().st_mode & 0o077 == 0
    (tmp_path / "signing-key.json").write_text("{")
    assert main(["token", "ana", "--state-dir", str(tmp_path)]) == 2


@pytest.mark.parametrize("name", ["", " ", ANONYMOUS, "ana\nbob", "a" * 256])
def test_the_command_makes_no_token_that_a_server_refuses(tmp_path, capsys, name):
    assert main(["token", name, "--language", "en", "--state-dir", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert (printed.out, list(tmp_path.iterdir())) == ("", [])
    assert "A user name is 1 to 255 printable characters" in printed.err


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "inf", "1e12", "soon"])
def test_a_token_is_valid_for_a_time_that_can_be_told(tmp_path, capsys, hours):
    with pytest.raises(SystemExit) as ended:
        main(["token", "ana", "--hours", hours, "--state-dir", str(tmp_path)])
    assert ended.value.code == 2
    assert "argument --hours: more than 0 and at most 8760 hours" in capsys.readouterr().err
