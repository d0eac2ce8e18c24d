"""Every refusal of HubSpot's and every fault of the network becomes one of our errors, without personal data."""

import json
import logging
import socket
import traceback
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspot_agent.hubspot import (
    AuthenticationError,
    ContactExistsError,
    ContactNotFoundError,
    DailyLimitError,
    HubSpotContacts,
    HubSpotError,
    InvalidContactError,
    InvalidRequestError,
    MissingScopesError,
    RateLimitedError,
    RequestTimeoutError,
    RetryPolicy,
    UnavailableError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from hubspot_agent.sandbox import Fault, Sandbox
from support.port_stub import Stub, stub

TOKEN = "pat-eu1-0123456789-secret"
EMAIL = "ana.silva@private.example"
PHONE = "+31612345678"
NAME = "Silva"
PERSONAL = (TOKEN, EMAIL, "ana.silva", "private.example", PHONE, "612345678", NAME)
ONCE = RetryPolicy(attempts=1)
CORRELATION = "8b6e1f0a-5a54-4d3c-9d54-3d8a4e6f0001"


def port_on(host: str, **kwargs: object) -> HubSpotContacts:
    return HubSpotContacts(TOKEN, host=host, **{"retry": ONCE, "timeout": (1.0, 1.0), **kwargs})


def error_of(call: Callable[[], object]) -> HubSpotError:
    with pytest.raises(HubSpotError) as caught:
        call()
    return caught.value


def assert_says_nothing_personal(error: BaseException) -> None:
    """Look into everything that a log, a screen or a crash report could show of an error."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    shown = "".join(f"{one!r} {one} {getattr(one, 'fix', '')} {one.args}" for one in chain)
    shown += "".join(traceback.format_exception(error))
    for secret in PERSONAL:
        assert secret not in shown


def refused_values(*problems: dict[str, object]) -> dict[str, object]:
    return {
        "status": "error",
        "message": f"Property values were not valid: {json.dumps(problems)}",
        "correlationId": CORRELATION,
        "category": "VALIDATION_ERROR",
    }


def value_problem(name: str, code: str, message: str) -> dict[str, object]:
    return {
        "isValid": False,
        "message": message,
        "error": code,
        "name": name,
        "localizedErrorMessage": message,
        "portalId": 1,
        "propertyValue": EMAIL,
    }


SCOPES = {
    "status": "error",
    "message": "This app hasn't been granted all required scopes to make this call.",
    "correlationId": CORRELATION,
    "errors": [
        {
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": ["crm.objects.contacts.write"]},
        }
    ],
    "category": "MISSING_SCOPES",
}
LIMIT = {"status": "error", "errorType": "RATE_LIMIT", "correlationId": CORRELATION}
REFUSALS = {
    "401": (401, {"message": "Authentication credentials not found.", "category": "INVALID_AUTHENTICATION"}),
    "401 expired": (401, {"message": "The OAuth token used to make this call expired 5 minute(s) ago."}),
    "403": (403, SCOPES),
    "404": (404, {"status": "error", "message": "resource not found", "correlationId": CORRELATION}),
    "404 text": (404, {"message": "Object not found.  objectId are usually numeric.", "context": {"id": ["abc"]}}),
    "400 email": (400, refused_values(value_problem("email", "INVALID_EMAIL", f"Email address {EMAIL} is invalid"))),
    "400 json": (400, {"status": "error", "message": f"Invalid input JSON on line 1, column 5: {EMAIL}"}),
    "414": (414, b"URI too long"),
    "423": (423, {"message": "locked"}),
    "477": (477, {"message": "migration"}),
    "429 burst": (429, {**LIMIT, "policyName": "TEN_SECONDLY_ROLLING", "message": "ten_secondly_rolling limit."}),
    "429 daily": (429, {**LIMIT, "policyName": "DAILY", "message": "You have reached your daily limit."}),
    "429 search": (429, {"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}),
    "429 html": (429, b"<html>slow down</html>"),
    "500": (500, {"message": f"internal error about {EMAIL}"}),
    "502 latin-1": (502, "<html>Pas trouv\u00e9".encode("latin-1")),
    "524": (524, b""),
}
EXPECTED = {
    "401": AuthenticationError,
    "401 expired": AuthenticationError,
    "403": MissingScopesError,
    "404": ContactNotFoundError,
    "404 text": ContactNotFoundError,
    "400 email": InvalidContactError,
    "400 json": InvalidRequestError,
    "414": InvalidRequestError,
    "423": UnavailableError,
    "477": UnavailableError,
    "429 burst": RateLimitedError,
    "429 daily": DailyLimitError,
    "429 search": RateLimitedError,
    "429 html": RateLimitedError,
    "500": UnavailableError,
    "502 latin-1": UnavailableError,
    "524": UnavailableError,
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_one_of_our_errors_with_a_way_out(case):
    with stub(*REFUSALS[case]) as server, port_on(server.url) as port:
        with pytest.raises(EXPECTED[case]) as reading:
            port.get("1")
        with pytest.raises(HubSpotError) as writing:
            port.update("1", {"firstname": NAME, "email": EMAIL})

    uncertain = case in ("500", "502 latin-1", "524")
    assert reading.value.written == "no"
    assert writing.value.written == ("unknown" if uncertain else "no")
    assert isinstance(writing.value, UnknownOutcomeError if uncertain else EXPECTED[case])
    for error in (reading.value, writing.value):
        assert str(error).endswith(".")
        assert error.fix.endswith((".", ")."))
        assert_says_nothing_personal(error)
    if CORRELATION in str(REFUSALS[case][1]):
        assert reading.value.correlation_id == CORRELATION


def test_missing_scopes_are_named():
    with stub(403, SCOPES) as server, port_on(server.url) as port, pytest.raises(MissingScopesError) as caught:
        port.create({"email": EMAIL})

    assert caught.value.scopes == ("crm.objects.contacts.write",)
    assert "crm.objects.contacts.write" in caught.value.fix


OPTIONS = [
    "Silva was not one of the allowed options: [a, b]",
    'Silva was not one of the allowed options: [label: "A b"\nvalue: "a"\ndisplay_order: 0\nhidden: false\n, '
    'label: "B"\nvalue: "b"\ndisplay_order: 1\n]',
]


@pytest.mark.parametrize("listed", OPTIONS, ids=["plain", "described"])
def test_all_refused_values_are_named_with_their_options_and_never_repeated(listed):
    body = refused_values(
        value_problem("nope", "PROPERTY_DOESNT_EXIST", 'Property "nope" does not exist'),
        value_problem("email", "INVALID_EMAIL", f"Email address {EMAIL} is invalid"),
        value_problem("lifecyclestage", "INVALID_OPTION", listed),
        value_problem(
            "createdate", "READ_ONLY_VALUE", '"createdate" is a read only property; its value cannot be set.'
        ),
        value_problem("numemployees", "SOMETHING_NEW", f"{EMAIL} is odd"),
    )
    with stub(400, body) as server, port_on(server.url) as port, pytest.raises(InvalidContactError) as caught:
        port.create({"email": EMAIL})

    refused = {each.property: each for each in caught.value.properties}
    assert {name: each.code for name, each in refused.items()} == {
        "nope": "PROPERTY_DOESNT_EXIST",
        "email": "INVALID_EMAIL",
        "lifecyclestage": "INVALID_OPTION",
        "createdate": "READ_ONLY_VALUE",
        "numemployees": "SOMETHING_NEW",
    }
    assert refused["lifecyclestage"].message.endswith(": a, b")
    assert all(name in str(caught.value) for name in refused)
    assert_says_nothing_personal(caught.value)
    assert not any(secret in each.message for each in refused.values() for secret in PERSONAL)


def test_refused_values_are_also_read_from_the_newer_list():
    body = {
        "category": "VALIDATION_ERROR",
        "message": f"bad {EMAIL}",
        "errors": [{"message": EMAIL, "code": "INVALID_INTEGER", "context": {"propertyName": ["numemployees"]}}],
    }
    with stub(400, body) as server, port_on(server.url) as port, pytest.raises(InvalidContactError) as caught:
        port.create({"email": EMAIL})

    assert [(one.property, one.code) for one in caught.value.properties] == [("numemployees", "INVALID_INTEGER")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome to the hotel's Wi-Fi</html>",
        b"null",
        b"[]",
        b'{"id":""}',
        b'{"results":[{}],"total":1}',
        b"\xff\xfe",
    ],
)
def test_a_success_that_is_not_hubspots_is_no_success(body):
    with stub(200, body) as server, port_on(server.url) as port:
        for read in (lambda: port.get("1"), lambda: port.get_by_email(EMAIL), lambda: port.search(query=NAME)):
            with pytest.raises(UnexpectedAnswerError) as caught:
                read()
            assert caught.value.written == "no"
            assert_says_nothing_personal(caught.value)
        with pytest.raises(HubSpotError) as caught:
            port.create({"firstname": NAME})
        assert (caught.value.code, caught.value.written) == ("unknown_outcome", "unknown")
        assert_says_nothing_personal(caught.value)


def test_a_redirection_is_not_followed_with_the_token():
    with stub() as elsewhere, stub(302, b"", {"Location": elsewhere.url}) as server, port_on(server.url) as port:
        for call in (lambda: port.get("1"), lambda: port.create({"email": EMAIL})):
            assert_says_nothing_personal(error_of(call))
        assert elsewhere.connections == 0


def test_an_answer_that_is_cut_off_is_no_answer():
    body = json.dumps({"id": "1", "properties": {"email": EMAIL}}).encode()
    with stub(200, body, {"Content-Length": "500"}) as server, port_on(server.url) as port:
        error = error_of(lambda: port.get("1"))
    assert error.transient
    assert_says_nothing_personal(error)


def closed_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        (closed_address(), UnavailableError),
        ("http://no-such-host.invalid", UnavailableError),
        ("https", UnavailableError),
        ("silent", RequestTimeoutError),
    ],
    ids=["refused", "unknown name", "no TLS", "silent"],
)
def test_a_fault_of_the_network_is_one_of_our_errors(host, kind):
    with socket.create_server(("127.0.0.1", 0)) as silent, Sandbox(contacts=[]) as crm:
        named = {"silent": f"http://127.0.0.1:{silent.getsockname()[1]}", "https": crm.url.replace("http", "https")}
        with port_on(named.get(host, host), timeout=(0.5, 0.5)) as port:
            with pytest.raises(kind) as reading:
                port.get_by_email(EMAIL)
            with pytest.raises(HubSpotError) as writing:
                port.create({"firstname": NAME, "phone": PHONE})

    assert reading.value.written == "no"
    # Where no connection was made, nothing was written, and that is said.
    assert writing.value.written == ("unknown" if host == "silent" else "no")
    for error in (reading.value, writing.value):
        assert_says_nothing_personal(error)


@pytest.mark.parametrize("fault", [Fault("reset", applied=True), Fault("truncated"), Fault("slow", seconds=30)])
def test_a_lost_answer_to_a_read_is_said_in_time(fault):
    with Sandbox(contacts=[{"email": EMAIL}]) as crm:
        crm.faults.add(fault)
        with HubSpotContacts(crm.token, host=crm.url, retry=ONCE, timeout=(0.3, 0.3)) as port:
            error = error_of(lambda: port.get_by_email(EMAIL))
    assert error.transient
    assert error.written == "no"
    assert_says_nothing_personal(error)


def test_a_conflict_names_the_contact_only_in_its_data():
    contacts = [{"email": EMAIL, "lastname": NAME}]
    with Sandbox(contacts=contacts, token=TOKEN) as crm, port_on(crm.url) as port:
        error = error_of(lambda: port.create({"email": EMAIL}))
    assert isinstance(error, ContactExistsError)
    assert error.existing.email == EMAIL
    assert_says_nothing_personal(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message", "errors", "context", "propertyName", "category", "correlationId", "code", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def answering() -> Iterator[tuple[Stub, HubSpotContacts]]:
    with stub() as server, port_on(server.url, searches_per_second=None, calls_per_ten_seconds=None) as port:
        yield server, port


@settings(max_examples=150, deadline=None)
@given(
    status=st.sampled_from([200, 201, 207, 400, 401, 403, 404, 409, 418, 429, 500, 503, 524]),
    body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "X-HubSpot-Correlation-Id", "Date", "Content-Type"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    ),
)
def test_whatever_comes_back_nothing_but_our_errors_leaves_the_port(answering, status, body, headers):
    server, port = answering
    server.answer = (status, headers, body)
    for call in (
        lambda: port.get("1"),
        lambda: port.get_by_email(EMAIL),
        lambda: port.search(query="x"),
        lambda: port.create({"email": EMAIL}),
        lambda: port.update("1", {"city": "x"}),
        lambda: port.archive("1"),
        lambda: port.property_definitions(),
    ):
        try:
            call()
        except HubSpotError as error:
            assert_says_nothing_personal(error)


def test_no_log_at_debug_holds_a_token_an_address_or_a_number(caplog):
    contacts = [{"email": "bo@x.example", "phone": "+31201234567"}]
    retry = RetryPolicy(attempts=3, server_wait=0.01)
    with Sandbox(contacts=contacts, token=TOKEN) as crm, port_on(crm.url, retry=retry) as port:
        # The client silences urllib3 when it is made; somebody may turn it up afterwards.
        for name in ("", "urllib3", "urllib3.connectionpool", "hubspot", "hubspot_agent"):
            caplog.set_level(logging.DEBUG, name)
        crm.faults.add(Fault("reset", times=1), Fault("error", times=1, path="contacts"))
        made = port.create({"email": EMAIL, "firstname": "Ana", "lastname": "Silva", "phone": PHONE})
        port.get_by_email(EMAIL)
        port.search(email=EMAIL)
        port.search(phone=PHONE)
        port.search(query="ana.silva")
        port.update(made.id, {"mobilephone": PHONE})
        for wrong in (
            lambda: port.create({"email": EMAIL}),
            lambda: port.update(made.id, {"email": "no address", "nope": EMAIL}),
            lambda: port.get_by_email("nobody@private.example"),
        ):
            try:
                wrong()
            except HubSpotError:
                logging.getLogger().exception("refused")

    logged = caplog.text
    assert "POST contacts" in logged
    assert "urllib3.connectionpool" in logged
    for secret in (*PERSONAL, "nobody", "%40"):
        assert secret not in logged
