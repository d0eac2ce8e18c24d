"""No invalid e-mail address is stored, and no valid one is altered: hundreds of spellings."""

from collections.abc import Callable
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import quote

import pytest

from hubspot_agent import HubSpotContacts
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.validation.properties import Cleaned, clean

LONG_LOCAL = "a" * 64 + "@acme.example"
LONG_LABEL = "ana@" + "b" * 63 + ".example"
LONGEST = "ana@" + ".".join(["c" * 61] * 4) + ".nl"

#: Addresses that exist by the rules of RFC 5322 and RFC 5890, in lower case as HubSpot keeps them.
VALID = [
    "ana@acme.example",
    "ana.silva@acme.example",
    "ana.maria.silva@mail.acme.example",
    "ana+newsletter@acme.example",
    "ana_silva@acme.example",
    "ana-silva@acme.example",
    "-ana-@acme.example",
    "_______@acme.example",
    "1234567890@acme.example",
    "a@acme.example",
    "o'brien@acme.example",
    "ana=silva@acme.example",
    "ana&bob@acme.example",
    "user%relay@acme.example",
    "mailhost!ana@acme.example",
    "customer/department@acme.example",
    "!#$%&'*+-/=?^_`{|}~@acme.example",
    "{ana}@acme.example",
    "ana@acme-bakery.example",
    "ana@3m.com",
    "ana@123.com",
    "ana@a.b.c.d.acme.example",
    "ana@acme.test",
    "ana@acme.amsterdam",
    "ana@acme.photography",
    "ana@acme.co.uk",
    "ana@x.nl",
    "ana@münchen.de",
    "info@пример.рф",
    "info@例え.jp",
    "info@παράδειγμα.ελ",
    LONG_LOCAL,
    LONG_LABEL,
    LONGEST,
]

#: Ways in which one address is typed, copied or passed on; each still says exactly that address.
WRITTEN: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.title,
    lambda address: f"  {address} ",
    lambda address: f"\t{address}\r\n",
    lambda address: f"\u200e{address}\u200b",
    lambda address: f"\xa0{address}\ufeff",
    lambda address: f"<{address}>",
    lambda address: f"Ana Silva <{address}>",
    lambda address: f'"Silva, A. (Ana)" < {address} >',
    lambda address: f"{address} <{address}>",
    lambda address: f"mailto:{quote(address, safe='@')}",
    lambda address: f"MAILTO:{quote(address, safe='@')}?subject=Hello&body=Hi%20Ana",
    lambda address: f"<mailto:{quote(address, safe='@')}>",
]

INVALID = [
    *("ana", "@", "@acme.example", "ana@", "ana@acme", "ana@localhost", "ana.acme.example", "n/a", "none", "-", "?"),
    *("ana@@acme.example", "ana@acme@example.com", "ana@acme.example@", "@ana@acme.example"),
    *(".ana@acme.example", "ana.@acme.example", "ana..silva@acme.example", "ana@.acme.example", "ana@acme..example"),
    *("ana@acme.example.", "ana@-acme.example", "ana@acme-.example", "ana@acme_bakery.example", "ana@acme.e"),
    *("ana@acme.123", "ana@10.0.0.1", "ana@[10.0.0.1]", "ana@[IPv6:::1]", "ana@acme.example:25", "ana@acme.example/x"),
    *('"ana silva"@acme.example', '"ana@home"@acme.example', 'ana"silva@acme.example', "ana\\silva@acme.example"),
    *("ana(work)@acme.example", "ana@acme.example (work)", "ana@(work)acme.example", "ana[1]@acme.example"),
    *("ana silva@acme.example", "ana @acme.example", "ana@ acme.example", "ana@acme .example", "ana@acme. example"),
    *("ana,silva@acme.example", "ana;silva@acme.example", "ana:silva@acme.example", "ana<silva@acme.example"),
    *("ana@acme,example", "ana@acme.example,", "ana@acme.example;", "ana@acme.example>", "<ana@acme.example", "<>"),
    *("Ana <ana@acme.example", "Ana ana@acme.example", "Ana <ana>", "Ana <>", "ana@acme.example <Ana>"),
    *(
        "'ana@acme.example'",
        '"ana@acme.example"',
        "(ana@acme.example)",
        "[ana@acme.example]",
        "e-mail: ana@acme.example",
    ),
    *("[ana@acme.example](mailto:ana@acme.example)", "https://acme.example", "https://ana@acme.example?x", "@ana"),
    *(
        "ana at acme.example",
        "ana[at]acme.example",
        "ana@acme dot example",
        "ana(at)acme(dot)example",
        "ana#acme.example",
    ),
    *("ana＠acme.example", "ana﹫acme.example", "ana@acme․example", "ana@acme.example\u3000x"),  # noqa: RUF001
    *("ana@acme.local", "ana@acme.invalid", "ana@acme.localhost", "ana@acme.onion", "ana@acme.arpa", "ana@test"),
    *(
        "jørn@acme.example",
        "andré@acme.example",
        "用户@例子.广告",
        "иван@пример.рф",
        "😀@acme.example",
        "ana@xn--a.com",
    ),
    *("аna@acme.example", "ana\u0301@acme.example", "ﬁ@acme.example", "ｉnfo@acme.example"),  # noqa: RUF001
    *("ana\x00@acme.example", "ana@acme\x00.example", "a\tna@acme.example", "ana@acme.example\nbcc: bob@acme.example"),
    *("ana\u200b@acme.example", "ana@acme\u202e.example", "ana\u2028@acme.example", "ana\x7f@acme.example"),
    *("ana@acme.example, bob@acme.example", "ana@acme.example;bob@acme.example", "ana@acme.example bob@acme.example"),
    *(
        "ana@acme.example/bob@acme.example",
        "ana@acme.example or bob@acme.example",
        "ana@acme.example\nbob@acme.example",
    ),
    *("ana@acme.example\nbob@acme.example", "bob@acme.example <ana@acme.example>"),
    *("<ana@acme.example><bob@acme.example>", "<ana@acme.example> bob"),
    *("mailto:", "mailto:ana", "mailto:?to=ana@acme.example", "mailto:ana@acme.example?cc=bob@acme.example"),
    *("mailto:ana@acme.example,bob@acme.example", "mailto:ana@acme.example?bcc=bob%40acme.example", "tel:+31201234567"),
    *("a" + LONG_LOCAL, "ana@b" + LONG_LABEL[4:], "a" * 9 + LONGEST, "ana@" + "a." * 130 + "nl", "a@" * 3_000),
]

#: What turns any address into something that is none.
BROKEN: list[Callable[[str], str]] = [
    lambda address: address.replace("@", ""),
    lambda address: address.replace("@", " @ "),
    lambda address: address.replace("@", "@@"),
    lambda address: address.replace("@", ".@"),
    lambda address: address.replace("@", "@."),
    lambda address: address.rpartition(".")[0] + "..nl",
    lambda address: address + ".",
    lambda address: address + "\x00x",
    lambda address: address + " please",
    lambda address: address + " and bob@acme.example",
]


def cleaned(address: str) -> Cleaned:
    return clean({"email": address}, {}, default_region="NL")


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("address", VALID)
def test_a_valid_address_is_kept_however_it_is_written(address, written):
    assert cleaned(written(address)) == Cleaned({"email": address}, ())


@pytest.mark.parametrize("address", [address for address in VALID if address.isascii()])
def test_the_standard_library_reads_the_same_mailbox(address):
    stored = cleaned(f"Ana <{address.upper()}>").values["email"]

    assert parseaddr(f"Ana <{address.upper()}>")[1].lower() == stored
    assert str(Address(addr_spec=stored)) == stored


@pytest.mark.parametrize("address", INVALID)
def test_an_invalid_address_is_never_stored(address):
    refused(address)


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("address", VALID[:12])
def test_a_broken_address_is_never_stored(address, broken):
    refused(broken(address))


def refused(address: str) -> None:
    result = cleaned(address)
    assert result.values == {}
    [problem] = result.problems
    assert (problem.property, problem.code) == ("email", "INVALID_EMAIL")
    assert len(address) < 5 or address.strip().lower() not in problem.message.lower()


def test_there_are_three_hundred_spellings_and_more():
    spellings = {written(address) for written in WRITTEN for address in VALID}

    assert len(spellings) > 300
    assert len(set(INVALID) | {broken(address) for broken in BROKEN for address in VALID[:12]}) > 200


@pytest.mark.parametrize("spelling", ["ana@xn--mnchen-3ya.de", "ANA@MÜNCHEN.DE", "ana@mu\u0308nchen.de"])
def test_an_international_domain_has_one_spelling(spelling):
    assert cleaned(spelling).values == {"email": "ana@münchen.de"}


def test_hubspot_takes_every_stored_address_as_it_is():
    with (
        Sandbox(contacts=[]) as crm,
        HubSpotContacts(crm.token, host=crm.url, searches_per_second=None, calls_per_ten_seconds=None) as port,
    ):
        for address in VALID:
            port.create(cleaned(address.upper()).values)

        assert [contact["properties"]["email"] for contact in crm.contacts()] == VALID


@pytest.mark.parametrize("name", ["work_email", "email"])
def test_every_address_property_is_cleaned(name):
    result = clean({name: " ANA@acme.example "}, {}, default_region="NL")

    assert result.values == {name: "ana@acme.example"}


def test_several_further_addresses_are_cleaned_one_by_one():
    listed = clean({"hs_additional_emails": " A@x.example;B@x.example, a@x.example; "}, {}, default_region="NL")
    wrong = clean({"hs_additional_emails": "a@x.example;b@"}, {}, default_region="NL")

    assert listed.values == {"hs_additional_emails": "a@x.example;b@x.example"}
    assert [problem.code for problem in wrong.problems] == ["INVALID_EMAIL"]
