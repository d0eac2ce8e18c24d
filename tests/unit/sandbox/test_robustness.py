"""Whatever is thrown at the sandbox: an answer, never one of 500, never a hang."""

import http.client
import json
import socket
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_agent.sandbox import Property, Sandbox
from support.sandbox_http import CONTACTS, call, read

CUSTOM = [
    Property("score", type="number"),
    Property("birthday", type="date"),
    Property("vip", type="bool"),
    Property("key", unique=True),
]
PROPERTIES = ["email", "firstname", "phone", "lifecyclestage", "hs_buying_role", "createdate", "hs_object_id"]
PROPERTIES += [one.name for one in CUSTOM]
ENDPOINTS = [
    ("POST", CONTACTS),
    ("PATCH", f"{CONTACTS}/101"),
    ("POST", f"{CONTACTS}/search"),
    ("POST", f"{CONTACTS}/merge"),
    ("POST", f"{CONTACTS}/gdpr-delete"),
    ("POST", "/crm/v3/properties/contacts"),
    ("POST", "/sandbox/faults"),
    *(("POST", f"{CONTACTS}/batch/{action}") for action in ("read", "create", "update", "upsert", "archive")),
]

# `with`: one sandbox for all examples of a test; each example checks only its own answer.
checked = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

names = st.sampled_from(PROPERTIES) | st.text(max_size=8)
values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values |= st.sampled_from(["", ";", "lead", "CHAMPION", "2026-01-01", "1e999", "9" * 400, "*", "a*b*", "101", "\0"])
json_values = st.recursive(
    values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
contacts = st.fixed_dictionaries(
    {"properties": st.dictionaries(names, values, max_size=5)},
    optional={"id": values, "idProperty": st.none() | names, "objectWriteTraceId": st.none() | st.text(max_size=3)},
)
operators = ["EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY"]
operators += ["NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"]
filters = st.fixed_dictionaries(
    {"propertyName": names, "operator": st.sampled_from(operators)},
    optional={"value": values, "highValue": values, "values": st.lists(values, max_size=3)},
)
searches = st.fixed_dictionaries(
    {},
    optional={
        "query": values,
        "filters": st.lists(filters, max_size=3),
        "filterGroups": st.lists(st.fixed_dictionaries({"filters": st.lists(filters, max_size=3)}), max_size=3),
        "sorts": st.lists(names | st.fixed_dictionaries({"propertyName": names}), max_size=2),
        "properties": st.lists(names, max_size=3),
        "limit": values,
        "after": values,
    },
)
batches = st.fixed_dictionaries({"inputs": st.lists(contacts, max_size=4)})
bodies = json_values | contacts | searches | batches


@pytest.fixture(scope="module")
def crm():
    with Sandbox(contacts=[{"firstname": "Ana"}, {"firstname": "Jan"}], properties=CUSTOM) as crm:
        yield crm
        assert call(crm, "GET", CONTACTS).status == 200


def check(answer):
    assert 200 <= answer.status < 500, answer.raw
    if answer.status >= 400:
        assert answer.body["status"] == "error"
        assert answer.body["correlationId"] == answer.headers["X-HubSpot-Correlation-Id"]


@checked
@given(endpoint=st.sampled_from(ENDPOINTS), body=bodies)
def test_any_json(crm, endpoint, body):
    check(call(crm, *endpoint, json.dumps(body).encode()))


@checked
@given(endpoint=st.sampled_from(ENDPOINTS[:4]), body=st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_any_bytes(crm, endpoint, body):
    check(call(crm, *endpoint, body))


@checked
@given(request=searches)
def test_any_search(crm, request):
    check(call(crm, "POST", f"{CONTACTS}/search", request))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[" * 100_000,
        b'{"properties":' * 10_000,
        b'{"properties":{"firstname":"\\ud800"}}',
        b'{"properties":{"firstname":NaN,"lastname":1e999}}',
        b'{"properties":{"firstname":' + b"9" * 5_000 + b"}}",
        b'\xef\xbb\xbf{"properties":{}}',
        b'{"properties":{"firstname":"\xff"}}',
        b'{"properties":{"firstname":{"a":1}}}',
        b'{"properties":["firstname"]}',
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_contact_is_invalid_json_without_a_category(crm, body):
    answer = call(crm, "POST", CONTACTS, body)
    check(answer)
    assert answer.status == 400
    if answer.body.get("category") != "VALIDATION_ERROR":
        assert answer.body["message"].startswith("Invalid input JSON on line 1, column ")


segments = st.text(max_size=12).map(lambda text: quote(text, safe=""))
paths = st.lists(
    segments | st.sampled_from(["crm", "v3", "objects", "contacts", "batch", "search", "101", "..", "%ff", "%00"]),
    max_size=7,
).map(lambda parts: "/" + "/".join(parts))
queries = st.lists(
    st.tuples(st.sampled_from(["limit", "after", "idProperty", "archived", "properties"]), segments), max_size=3
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))


@checked
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "QUERY"]),
    path=paths | segments.map(lambda text: f"{CONTACTS}/{text}"),
    query=queries,
)
def test_any_address(crm, method, path, query):
    check(call(crm, method, f"{path}?{query}", {"properties": {}}))


header_values = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)


@checked
@given(
    headers=st.dictionaries(
        st.sampled_from(["Authorization", "Content-Type", "Accept", "Host", "X-Anything", "Cookie", "Range"]),
        header_values | st.sampled_from(["Bearer \xe9", "gzip", "deflate", "application/json; charset=nonsense"]),
        max_size=3,
    )
)
def test_any_headers(crm, headers):
    try:
        answer = call(crm, "POST", f"{CONTACTS}/search", {}, headers=headers)
    except http.client.HTTPException:
        return  # the server does not speak HTTP with those who do not
    assert 200 <= answer.status < 500


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "nonsense"])
def test_a_body_that_is_not_encoded_as_it_says(crm, encoding):
    for body in (b"", b"\x00", b"\x78\x9c", b"nonsense"):
        assert call(crm, "POST", CONTACTS, body, headers={"Content-Encoding": encoding}).status == 400


def exchange(crm, raw):
    """Send raw bytes and nothing more; return all that comes back."""
    host, port = urlsplit(crm.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(raw)
        try:
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionError:
            return b""


@checked
@given(
    raw=st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda junk: b"GET " + junk + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    | st.binary(max_size=60).map(
        lambda junk: b"POST /crm/v3/objects/contacts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + junk + b"\r\n\r\n"
    )
)
def test_any_bytes_on_the_wire(crm, raw):
    answer = exchange(crm, raw)
    if answer:
        assert answer.startswith(b"HTTP/1.")
        assert int(answer.split()[1]) < 500


@pytest.mark.parametrize(
    "framing",
    [
        b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nab\r\n0\r\n\r\n",
        b"Content-Length: 10\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n{}",
        b"Content-Length: x\r\n\r\n{}",
        b"Expect: nonsense\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_a_body_that_is_framed_wrong(crm, framing):
    head = f"POST {CONTACTS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {crm.token}\r\n"
    answer = exchange(crm, head.encode() + framing)
    assert not answer or int(answer.split()[1]) < 500
    assert read(crm, 101)["hs_object_id"] == "101"


def test_a_huge_body_is_refused(crm):
    answer = call(crm, "POST", CONTACTS, b" " * (33 * 1024 * 1024))
    assert answer.status == 413
