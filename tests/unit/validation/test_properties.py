"""Values are brought into the form in which HubSpot should keep them; what cannot be is refused with its remedy."""

import time
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspot_agent import HubSpotContacts
from hubspot_agent.hubspot import PropertyDefinition
from hubspot_agent.sandbox import Property as Custom
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.validation.properties import MAX_CHARACTERS, Cleaned, clean

COLOURS = {"rd": "Red, dark", "g": "Green", "bl-1": "Blue", "zh": "Zürich"}
SIZES = {"1-5": "1-5", "15": "15", "c_": "C", "cpp": "C++"}
CUSTOM = [
    Custom("visits", "Visits", "number"),
    Custom("birthday", "Birthday", "date"),
    Custom("seen_at", "Seen at", "datetime"),
    Custom("vip", "VIP", "bool", "booleancheckbox", options={"true": "Yes", "false": "No"}),
    Custom("colours", "Favourite colours", "enumeration", "checkbox", options=COLOURS),
    Custom("size", "Size", "enumeration", "select", options=SIZES),
    Custom("direct_line", "Direct line", "phone_number", "phonenumber"),
    Custom("notes", "Notes", "string", "textarea"),
]

Definitions = dict[str, PropertyDefinition]


@pytest.fixture(scope="module")
def definitions() -> Iterator[Definitions]:
    """The properties of an account, as HubSpot's API gives them."""
    with Sandbox(contacts=[], properties=CUSTOM) as crm, HubSpotContacts(crm.token, host=crm.url) as port:
        yield port.property_definitions()


def cleaned(definitions: Definitions, name: str, value: str) -> str | None:
    """Return the stored value; None for one that is refused, of which only code and remedy remain."""
    result = clean({name: value}, definitions, default_region="NL")
    assert bool(result.values) != bool(result.problems)
    for problem in result.problems:
        assert problem.property == name
        assert problem.message.endswith((".", "?"))
        assert len(value) < 5 or value not in problem.message
    return result.values.get(name)


def refusal(definitions: Definitions, name: str, value: str) -> str:
    """Return the code and the message of a refused value."""
    result = clean({name: value}, definitions, default_region="NL")
    assert result.values == {}
    [problem] = result.problems
    return f"{problem.code}: {problem.message}"


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("firstname", "  Jan\t de\n Vries ", "Jan de Vries"),
        ("firstname", "Jose\u0301", "José"),
        ("lastname", "O'Brien-van 't HOF", "O'Brien-van 't HOF"),
        ("lastname", "McDONALD", "McDONALD"),
        ("lastname", "Ng\u00a0\u3000Thi", "Ng Thi"),
        ("lastname", "Sil\x00va\x1b[2J", "Silva[2J"),
        ("lastname", "\u202eavliS\u202c", "avliS"),
        ("lastname", "محمد\u200cرضا", "محمد\u200cرضا"),  # noqa: RUF001
        ("lastname", "王芳", "王芳"),
        ("company", "Acme   B.V.\n", "Acme B.V."),
        ("address", "Dam 1\r\n1012 JS", "Dam 1 1012 JS"),
        ("address", "\tDam  1", "Dam  1"),
        ("notes", "one\r\ntwo\u2028three\tfour\x07", "one\ntwo\nthree\tfour"),
        ("website", " https://acme.example/?a=1&b=2#c ", "https://acme.example/?a=1&b=2#c"),
        ("notes", "x" * MAX_CHARACTERS, "x" * MAX_CHARACTERS),
        ("notes", "👩‍👩‍👧 <b>&amp;</b> {{name}}", "👩‍👩‍👧 <b>&amp;</b> {{name}}"),
        ("direct_line", "020 123 4567", "+31201234567"),
    ],
)
def test_text_is_kept_as_typed_but_for_what_cannot_be_seen(definitions, name, value, stored):
    assert cleaned(definitions, name, value) == stored


@pytest.mark.parametrize("name", ["firstname", "email", "phone", "notes", "visits", "birthday", "size", "vip"])
def test_an_empty_value_clears_and_one_that_only_looks_empty_does_not(definitions, name):
    assert cleaned(definitions, name, "") == ""
    for value in (" ", "\n\t", "\u200b", "\x00", "\ufeff \u202e"):
        assert refusal(definitions, name, value).startswith("EMPTY_VALUE")


@pytest.mark.parametrize("name", ["notes", "firstname", "phone", "visits", "colours"])
def test_a_value_is_refused_rather_than_cut(definitions, name):
    assert refusal(definitions, name, "1" * (MAX_CHARACTERS + 1)).startswith("PROPERTY_VALUE_TOO_LONG")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        *(("12", "12"), ("-5", "-5"), ("−5", "-5"), ("+5", "5"), ("007", "7"), ("0", "0"), ("٣٤", "34")),  # noqa: RUF001
        *(("1.5", "1.5"), ("1,5", "1.5"), (".5", "0.5"), ("0.125", "0.125"), ("0,125", "0.125"), ("1.5000", "1.5000")),
        *(("1500", "1500"), ("1 500", "1500"), ("1'500", "1500"), ("1\u202f234\u202f567", "1234567")),
        *(("1.234.567", "1234567"), ("1,234,567", "1234567"), ("1234.567", "1234.567")),
        *(("1.500,00", "1500.00"), ("1,500.00", "1500.00"), ("-1,234,567.5", "-1234567.5")),
        *((value, None) for value in ("1.500", "1,500", "250.000", "-12,345")),
        *((value, None) for value in ("x", "-", ".", "5.", "1.2.3", "12 34", "1,50,000", "1.500.00", "--5", "- 5")),
        *((value, None) for value in ("1e5", "10k", "€5", "5%", "five", "NaN", "inf", "0x1F", "1_000", "1/2", "5 6")),
    ],
)
def test_a_number_is_stored_unless_it_may_be_another(definitions, value, stored):
    assert cleaned(definitions, "visits", value) == stored


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        *((value, "2026-04-03") for value in ("2026-04-03", "2026-4-3", "2026/04/03", "2026.04.03", "20260403")),
        *((value, "2026-04-03") for value in ("3 April 2026", "April 3, 2026", "3 apr. 2026", "3rd of April 2026")),
        *((value, "2026-04-03") for value in ("3-apr-2026", "APRIL 3RD 2026", "٢٠٢٦-٠٤-٠٣", "1775174400000")),
        *((value, "2026-04-03") for value in ("2026-04-03T00:00:00Z", "2026-04-03 00:00", "2026-04-03T00:00:00.000Z")),
        *((value, "2026-03-03") for value in ("3 maart 2026", "3 mrt 2026", "3 Mar 2026", "03/03/2026")),
        *((value, "2026-04-13") for value in ("13/04/2026", "04/13/2026", "13-4-2026", "13.4.2026")),
        *((("1 mei 2026"), "2026-05-01"), ("1 okt 2026", "2026-10-01"), ("29-02-2028", "2028-02-29")),
        *((value, None) for value in ("03/04/2026", "3-4-2026", "03.04.2026", "12/11/2026")),
        *(
            (value, None)
            for value in ("3-4-26", "03/04/26", "April 2026", "2026", "tomorrow", "3 April", "spring 2026")
        ),
        *(
            (value, None)
            for value in ("31-02-2026", "29-02-2026", "2026-13-01", "2026-00-10", "32/13/2026", "0000-01-01")
        ),
        *(
            (value, None)
            for value in ("2026-04-03T12:00:00Z", "2026-04-03T00:00:00+02:00", "3 Foo 2026", "1775174400001")
        ),
    ],
)
def test_a_date_is_stored_unless_it_may_be_another(definitions, value, stored):
    assert cleaned(definitions, "birthday", value) == stored


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("2026-04-03T12:30:00+02:00", "2026-04-03T10:30:00.000Z"),
        ("2026-04-03 12:30Z", "2026-04-03T12:30:00.000Z"),
        ("2026-04-03t12:30:00.123456z", "2026-04-03T12:30:00.123Z"),
        ("1775174400000", "2026-04-03T00:00:00.000Z"),
        *((value, None) for value in ("2026-04-03T12:30", "2026-04-03", "12:30", "now", "0001-01-01T00:00:00+02:00")),
    ],
)
def test_a_moment_needs_its_time_zone(definitions, value, stored):
    assert cleaned(definitions, "seen_at", value) == stored


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        *(("lifecyclestage", value, "customer") for value in ("customer", "Customer", " CUSTOMER ")),
        *(("lifecyclestage", value, "marketingqualifiedlead") for value in ("Marketing qualified-lead",)),
        *(("hs_lead_status", value, "IN_PROGRESS") for value in ("IN_PROGRESS", "in progress", "In-Progress")),
        *(("size", "1-5", "1-5"), ("size", "15", "15"), ("size", "c", "c_"), ("size", "c++", "cpp")),
        *(("colours", "Red, dark", "rd"), ("colours", "red, dark; GREEN", "rd;g"), ("colours", "zurich", "zh")),
        *(("colours", "green, blue", "g;bl-1"), ("colours", "g;g;Green", "g"), ("colours", ";blue", ";bl-1")),
        *(("vip", value, "true") for value in ("true", "Yes", "ja", "1", "ON")),
        *(("vip", value, "false") for value in ("FALSE", "no", "Nee", "0")),
        *(("hubspot_owner_id", value, value) for value in ("12345", "any owner at all")),
        *(("lifecyclestage", value, None) for value in ("MQL", "custmer", "customer;lead", "c")),
        *(("size", value, None) for value in ("C#", "1 to 5", "51")),
        *(("colours", value, None) for value in ("purple", "green;purple", ";", "Green, Red, dark")),
        *(("vip", value, None) for value in ("maybe", "2", "yes and no")),
    ],
)
def test_an_option_is_found_by_value_or_label_and_never_guessed(definitions, name, value, stored):
    assert cleaned(definitions, name, value) == stored


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("lifecyclestage", "custmer", 'did you mean "Customer"?'),
        ("lifecyclestage", "xyz", "the allowed ones are: Subscriber, Lead, Marketing Qualified Lead,"),
        ("hs_lead_status", "atempted to contact", 'did you mean "Attempted to Contact"?'),
        ("birthday", "03/04/2026", "YYYY-MM-DD"),
        ("visits", "1.500", '"2500"'),
        ("fristname", "Ana", "did you mean firstname (First Name)?"),
        ("Job Title", "CEO", "did you mean jobtitle (Job Title)?"),
        ("postal_code", "1012", "did you mean zip (Postal Code)?"),
        ("mobile", "0612345678", "did you mean mobilephone (Mobile Phone Number)?"),
        ("favourite_colour", "Green", "did you mean colours (Favourite colours)?"),
        ("zzzz", "x", "use the internal name of one it has"),
        ("hs_email_domain", "acme.example", "what can be written is email (Email)"),
        ("hs_searchable_calculated_mobile_number", "6", "what can be written is mobilephone (Mobile Phone Number)"),
        ("hs_lifecyclestage_lead_date", "2026-04-03", "what can be written is lifecyclestage (Lifecycle Stage)"),
        ("hs_additional_emails", "ana@x.example", "only email, the main one, can be written"),
        ("createdate", "2026-04-03", "leave it out"),
        ("hs_object_id", "", "leave it out"),
    ],
)
def test_a_refusal_names_the_remedy(definitions, name, value, named):
    assert named in refusal(definitions, name, value)


def test_all_problems_of_a_request_come_together_beside_what_can_be_stored(definitions):
    wrong = {"email": "ana@", "zip": "\u200b", "frstname": "Ana", "birthday": "3-4-26", "createdate": "", "size": "XL"}

    result = clean({**wrong, "lastname": " Silva "}, definitions, default_region="NL")

    assert result.values == {"lastname": "Silva"}
    assert [problem.property for problem in result.problems] == list(wrong)


def test_without_definitions_only_what_is_always_true_is_checked():
    given = {"email": "ANA@x.example", "phone": "06 12345678", "invented": " a\nb ", "lifecyclestage": "MQL", "zip": ""}

    result = clean({**given, "work_email": "1"}, {}, default_region="NL")

    assert result.values == {
        "email": "ana@x.example",
        "phone": "+31612345678",
        "invented": "a\nb",
        "lifecyclestage": "MQL",
        "zip": "",
    }
    assert [problem.property for problem in result.problems] == ["work_email"]


SPELLED = st.one_of(
    st.text(max_size=40),
    st.text("0123456789+-., ()/'xT:Z;", max_size=25),
    st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}", fullmatch=True),
    st.from_regex(r"[+-]?[0-9]{1,4}([., ][0-9]{1,3}){0,3}", fullmatch=True),
    st.from_regex(r"[a-zA-Z.+]{1,8}@[a-zA-Z.ü-]{1,8}\.(nl|example|рф)", fullmatch=True),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.dates().map(lambda date: f"{date:%d %B %Y}"),
    st.lists(st.sampled_from([*COLOURS, *COLOURS.values(), "?"]), max_size=4).map(";".join),
)
NAMES = st.sampled_from(
    [*(each.name for each in CUSTOM), "email", "phone", "firstname", "address", "vip", "hubspot_owner_id"]
)


@settings(max_examples=300)
@given(properties=st.dictionaries(NAMES, SPELLED, max_size=6), defined=st.booleans())
def test_cleaning_again_changes_nothing(definitions, properties, defined):
    known = definitions if defined else {}

    once = clean(properties, known, default_region="NL")

    assert clean(once.values, known, default_region="NL") == Cleaned(once.values, (), once.phone_doubts)
    assert once.values.keys() | {problem.property for problem in once.problems} == properties.keys()
    for value in once.values.values():
        assert value == value.strip()
        assert unicodedata.is_normalized("NFC", value)
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in value.replace("\n", "").replace("\t", ""))


def test_the_longest_and_oddest_values_take_no_time(definitions):
    names = [
        "email",
        "phone",
        "visits",
        "birthday",
        "seen_at",
        "vip",
        "colours",
        "size",
        "notes",
        "firstname",
        "unknown",
    ]
    parts = [" ", "<", "3 ", "1,", "a@", "((", "\u202e", "\n", "0", "ext", ";", "e\u0301", "T00:00", "<  "]
    started = time.monotonic()

    for part in parts:
        odd = f"1{part * (60_000 // len(part))}x"
        clean(dict.fromkeys(names, odd) | {odd: odd}, definitions, default_region="NL")

    assert time.monotonic() - started < 20
