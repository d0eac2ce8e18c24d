"""Who is let in, without a server: signed tokens, their issuer's keys, and what an open server asks."""

import json
import time
from functools import partial
from types import SimpleNamespace

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hubspot_agent import Context, build_graph
from hubspot_agent.server.auth import build_auth
from hubspot_agent.server.auth.authenticator import build_authenticator
from hubspot_agent.server.auth.errors import UnauthorizedError
from hubspot_agent.server.auth.token_verifier import TokenVerifier
from hubspot_agent.settings import Settings
from hubspot_agent.state import ANONYMOUS
from support.chat import ANA
from support.readme_blocks import block
from support.scripted import ScriptedModel
from support.signing import AUDIENCE, ISSUER, Signer, jwks_server, key_set

LISTED, STRANGER = Signer("first"), Signer("first")
SIGNERS = {name: Signer(name, name) for name in ("EdDSA", "ES256", "RS256")}
SHORT = Signer("short", "RS256", rsa_bits=2040)
LOCAL = {"host": "127.0.0.1:2024"}


@pytest.fixture(scope="module")
def jwks():
    with jwks_server(LISTED, SHORT, *SIGNERS.values()) as server:
        yield server


def authenticating(url, **more):
    """Return what names the user of a token whose issuer has its keys at `url`."""
    named = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, **more}
    user_of = build_authenticator(Settings(jwks_url=url, **named))
    return lambda token: user_of({"authorization": f"Bearer {token}"}, None)


@pytest.fixture(scope="module")
def user_of(jwks):
    return authenticating(jwks.url)


def refusal(user_of, *arguments):
    with pytest.raises(UnauthorizedError) as refused:
        user_of(*arguments)
    return refused.value.reason


@pytest.mark.parametrize("signer", SIGNERS.values(), ids=SIGNERS)
def test_a_token_names_its_user(user_of, signer):
    assert user_of(signer.token("ana@acme.example")) == "ana@acme.example"


BAD_TOKENS = {
    "expired": (partial(LISTED.token, exp=time.time() - 60), "expired"),
    "without expiry": (partial(LISTED.token, exp=None), "claim_missing"),
    "expiry that is no time": (partial(LISTED.token, exp="never"), "malformed"),
    "not yet valid": (partial(LISTED.token, nbf=time.time() + 86_400), "not_yet_valid"),
    "issued in the future": (partial(LISTED.token, iat=time.time() + 86_400), "not_yet_valid"),
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
    "with a short key": (SHORT.token, "key_too_short"),
    "nothing": (lambda: "", "no_token"),
    "no token": (lambda: "sesame", "malformed"),
}


@pytest.mark.parametrize(("token", "reason"), BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_bad_token_is_refused_with_its_reason(user_of, token, reason):
    assert refusal(user_of, token()) == reason


@settings(max_examples=200)
@given(some.text(max_size=80) | some.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}"))
def test_whatever_is_sent_is_refused(user_of, sent):
    assert refusal(user_of, sent)


def test_a_token_for_some_audience_is_refused_where_none_is_named(jwks):
    user_of = authenticating(jwks.url, jwt_audience=None)
    assert refusal(user_of, LISTED.token()) == "audience"
    assert user_of(LISTED.token(aud=None)) == "ana"


def test_a_short_key_is_named_to_the_operator_with_what_helps(user_of, caplog):
    assert refusal(user_of, SHORT.token()) == "key_too_short"
    assert "2,048 bits" in caplog.text


def test_clocks_may_differ_a_little(user_of):
    assert user_of(LISTED.token(exp=time.time() - 5, iat=time.time() + 5)) == "ana"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "jwks_invalid"),
        ("[]", "unknown_key"),
        ('{"keys": []}', "jwks_invalid"),
        ('{"keys": [1]}', "jwks_invalid"),
        (json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "first", "alg": "HS256"}]}), "algorithm"),
        (json.dumps({"keys": [{**LISTED.public, "kid": ""}]}), "unknown_key"),
        (json.dumps({"keys": [{**LISTED.public, "use": "enc"}]}), "unknown_key"),
    ],
)
def test_keys_that_cannot_be_used_let_nobody_in(body, reason):
    with jwks_server(body=body) as server:
        assert refusal(authenticating(server.url), LISTED.token()) == reason


def test_a_shared_secret_is_no_key():
    secret = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "kid": "first", "alg": "HS256"}
    claims = {"sub": "ana", "exp": time.time() + 60, "iss": ISSUER, "aud": AUDIENCE}
    token = jwt.encode(claims, "secret-secret-secret-secret", "HS256", headers={"kid": "first"})
    with jwks_server(body=json.dumps({"keys": [secret]})) as server:
        assert refusal(authenticating(server.url), token) == "algorithm"


@pytest.mark.parametrize("url", ["http://login.example/keys", "ftp://login.example/keys", "keys.json", "{}"])
def test_keys_come_over_https_from_elsewhere(caplog, url):
    assert refusal(authenticating(url), LISTED.token()) == "jwks_url"
    assert "https://" in caplog.text


def test_keys_are_fetched_when_a_token_comes_and_kept():
    with jwks_server(LISTED) as server:
        user_of = authenticating(server.url)
        assert server.requests == 0
        assert [user_of(LISTED.token()) for _ in range(3)] == ["ana"] * 3
        # Made-up key ids do not make this server ask and ask.
        assert {refusal(user_of, Signer(str(number)).token()) for number in range(3)} == {"unknown_key"}
        assert server.requests == 1
        url = server.url
    assert refusal(authenticating(url), LISTED.token()) == "jwks_unreachable"


def test_keys_are_rotated():
    new = Signer("second")
    with jwks_server(LISTED) as server:
        jwks = jwt.PyJWKClient(server.url, lifespan=0.01, cooldown_duration=0)
        user_of = TokenVerifier(jwks, issuer=ISSUER, audience=AUDIENCE).user_of
        assert refusal(user_of, new.token()) == "unknown_key"
        server.body = key_set(LISTED, new)
        assert (user_of(new.token("bob")), user_of(LISTED.token())) == ("bob", "ana")
        server.body = key_set(new)
        time.sleep(0.02)
        assert refusal(user_of, LISTED.token()) == "unknown_key"


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
def test_without_an_issuer_studio_on_this_machine_comes_in(monkeypatch, headers, peer, let_in):
    monkeypatch.setenv("LANGSMITH_LANGGRAPH_API_VARIANT", "local_dev")
    user_of = build_authenticator(Settings())
    if let_in:
        assert user_of(headers, peer) == ANONYMOUS
    else:
        assert refusal(user_of, headers, peer) == "not_this_machine"


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        (None, True),
        ("http://localhost:3000", True),
        ("https://agentchat.vercel.app", True),
        ("https://evil.example", False),
        ("http://assistant.example:2024", False),
        ("null", False),
    ],
)
def test_an_open_server_answers_pages_of_this_machine_and_studio(origin, let_in):
    user_of = build_authenticator(Settings(open=True))
    headers = {"host": "assistant.example:2024", **({"origin": origin} if origin else {})}
    if let_in:
        assert user_of(headers, "192.0.2.7") == ANONYMOUS
    else:
        assert refusal(user_of, headers, "192.0.2.7") == "origin"


@pytest.mark.parametrize(
    ("variant", "more", "said"),
    [
        ("local_dev", {}, "Open to Studio"),
        ("local_dev", {"jwks_url": "https://login.example/keys"}, "needs a signed token"),
        ("", {"jwks_url": "https://login.example/keys", "open": True}, "needs a signed token"),
        ("", {"open": True}, "Open to everybody"),
        ("", {}, "Closed to everybody"),
    ],
)
def test_who_is_let_in_is_said_at_the_start(monkeypatch, caplog, variant, more, said):
    monkeypatch.setenv("LANGSMITH_LANGGRAPH_API_VARIANT", variant)
    caplog.set_level("INFO", "hubspot_agent.server.auth")
    user_of = build_authenticator(Settings(**more))
    assert said in caplog.text
    if said.startswith("Open"):
        assert user_of(LOCAL, "127.0.0.1") == ANONYMOUS
    else:
        assert refusal(user_of, LOCAL, "127.0.0.1") in ("no_token", "no_issuer")


async def test_the_operator_is_told_why_and_nobody_the_token(caplog, jwks):
    token = LISTED.token("ana", exp=time.time() - 60)
    auth = build_auth(Settings(jwks_url=jwks.url, jwt_issuer=ISSUER, jwt_audience=AUDIENCE))
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
    assert [record.audit["user"] for record in caplog.records] == [user] * 2, "before and after the call"


def test_the_readmes_issuer(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    exec(compile(block("Without an identity provider", "graphs/README.md"), "graphs/README.md", "exec"), {})
    with jwks_server(body=(tmp_path / "jwks" / "keys.json").read_text()) as server:
        user_of = authenticating(server.url, jwt_issuer=None, jwt_audience=None)
        assert user_of((tmp_path / "ana.token").read_text()) == "ana"
