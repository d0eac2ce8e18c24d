"""No valid phone number is altered, and no other passes unnoticed: hundreds of spellings from forty countries."""

import re
from collections.abc import Callable

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from hubspot_agent.texts.sanitizing import plain
from hubspot_agent.validation.properties import Cleaned, clean

COUNTRIES_LISTED = """
AE AR AT AU BE BG BR CA CH CL CN CZ DE DK ES FI FR GB GR HK HU IE IL IN IT JP KE KR LT MX
NG NL NO NZ PL PT RO RU SE SG TR UA US ZA
"""
COUNTRIES = COUNTRIES_LISTED.split()

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FULL_WIDTH = str.maketrans("0123456789+", "０１２３４５６７８９＋")  # noqa: RUF001


def in_pairs(digits: str, separator: str) -> str:
    return separator.join(re.findall("..?", digits))


#: Ways in which a number of country code and national digits is written so that anyone abroad understands it.
INTERNATIONAL: list[Callable[[str, str], str]] = [
    lambda code, digits: f"+{code}{digits}",
    lambda code, digits: f"  + {code} {digits}\n",
    lambda code, digits: f"00{code}{digits}",
    lambda code, digits: f"00 {code} {in_pairs(digits, ' ')}",
    lambda code, digits: f"+{code} {in_pairs(digits, '-')}",
    lambda code, digits: f"+{code}.{in_pairs(digits, '.')}",
    lambda code, digits: f"+({code}) {digits[:2]}/{digits[2:]}",
    lambda code, digits: f"(+{code}) ({digits[:2]}) {in_pairs(digits[2:], ' ')}",
    lambda code, digits: f"+{code}\xa0{in_pairs(digits, chr(0x2011))}",
    lambda code, digits: f"\u202a+{code} {digits}\u202c",
    lambda code, digits: f"+{code}{digits}".translate(ARABIC),
    lambda code, digits: f"+{code} {digits}".translate(FULL_WIDTH),
    lambda code, digits: f"tel:+{code}-{in_pairs(digits, '-')}",
]

#: Numbers by their countries' own numbering plans: as people there write them, and what they are abroad.
WRITTEN = [
    *(("020 123 4567", "NL", "+31201234567"), ("(020) 123 45 67", "NL", "+31201234567")),
    *(("06-12345678", "NL", "+31612345678"), ("06 12 34 56 78", "NL", "+31612345678")),
    *(("0900-8844", "NL", "+319008844"), ("0800 1234", "NL", "+318001234"), ("085 123 4567", "NL", "+31851234567")),
    ("31612345678", "NL", "+31612345678"),
    *(("+31 (0)20 123 4567", "US", "+31201234567"), ("+31(0)6-12345678", "NL", "+31612345678")),
    *(("0031 (0)6 1234 5678", "NL", "+31612345678"), ("+31 06 12345678", "NL", "+31612345678")),
    *(("011 31 20 123 4567", "US", "+31201234567"), ("0031201234567", "US", "+31201234567")),
    *(("0011 31 20 123 4567", "AU", "+31201234567"), ("010 31 20 123 4567", "JP", "+31201234567")),
    *(("(202) 456-1111", "US", "+12024561111"), ("1-202-456-1111", "US", "+12024561111")),
    *(("202.456.1111", "CA", "+12024561111"), ("+1 202 456 1111", "NL", "+12024561111")),
    *(("020 7946 0123", "GB", "+442079460123"), ("+44 (0) 20 7946 0123", "NL", "+442079460123")),
    *(("07400 123456", "GB", "+447400123456"), ("(0131) 496 0123", "GB", "+441314960123")),
    *(("01 42 92 81 00", "FR", "+33142928100"), ("+33 (0)6 12 34 56 78", "FR", "+33612345678")),
    *(("030 227-0", "DE", "+49302270"), ("0151 23456789", "DE", "+4915123456789"), ("030/901820", "DE", "+4930901820")),
    *(("06 6982 1234", "IT", "+390669821234"), ("+39 02 5550 1234", "NL", "+390255501234")),
    *(("+39 (0)2 5550 1234", "NL", "+390255501234"), ("347 555 0199", "IT", "+393475550199")),
    *(("8 (495) 123-45-67", "RU", "+74951234567"), ("+7 495 123-45-67", "NL", "+74951234567")),
    *(("32 12 34 56", "DK", "+4532123456"), ("+45 (0)32 12 34 56", "NL", "+4532123456")),
    *(("02 555 12 34", "BE", "+3225551234"), ("0470 12 34 56", "BE", "+32470123456")),
    *(("044 668 18 00", "CH", "+41446681800"), ("08 12 34 56 78", "SE", "+46812345678")),
    *(("03-1234-5678", "JP", "+81312345678"), ("090-1234-5678", "JP", "+819012345678")),
    *(("010 8888 8888", "CN", "+861088888888"), ("138 0013 8000", "CN", "+8613800138000")),
    *(("(11) 96123-4567", "BR", "+5511961234567"), ("0 15 11 96123-4567", "BR", "+5511961234567")),
    *(("011 15 2345-6789", "AR", "+5491123456789"), ("55 1234 5678", "MX", "+525512345678")),
    *(("098765 43210", "IN", "+919876543210"), ("0412 345 678", "AU", "+61412345678")),
    *(("050-234-5678", "IL", "+972502345678"), ("082 123 4567", "ZA", "+27821234567")),
]

EXTENDED = [
    *("+31201234567 ext. 12", "020-1234567 ext 12", "020 1234567 x12", "0201234567x 12", "020 1234567 extension 12"),
    *("020 1234567 toestel 12", "020-1234567 tst. 12", "020 1234567 int. 12", "020 1234567 #12", "020 1234567,12"),
    *("020 1234567,,12#", "020 1234567;12", "tel:+31-20-123-4567;ext=12", "+31 (0)20 1234567 Durchwahl 12"),
    *("020 1234567 доб. 12", "020 1234567 poste 12", "020 1234567 EXT: 12", "020 1234567 x١٢"),  # noqa: RUF001
]

INVALID = [
    *("x", "-", "+", "n/a", "none", "unknown", "call me", "ana@acme.example", "https://acme.example", "???", "++", "0"),
    *("1", "12", "112", "911", "1234", "12345", "ext. 12", "x12", "#12", "*100#", "*#06#", "0000000000", "0612"),
    *("06 1234567", "06 123456789", "020 123456", "020 12345678", "+31 6 1234567", "+31 6 123456789", "0123456789"),
    *("+999 123 456 789", "+0 612345678", "+31", "+3", "0031", "00", "+000612345678", "+31 31 20 1234567 8"),
    *("(415) 555-0199", "415-555-0199", "555-0199", "+1 (123) 456-7890", "+1 415 555 019", "+1 415 555 01999"),
    *("020 1234567 (home)", "020 1234567 thuis", "home: 020 1234567", "tel. 020 1234567", "020 1234567 ask for Ana"),
    *("o20 1234567", "020 l234567", "06 12345G78", "06 12 34 56 7O", "zero six 12345678", "020 123 four"),
    *("06-FLOWERS", "1-800-FLOWERS", "+1 800 FLOWERS", "+43664123456 HOME", "+43664123456 or so"),
    *("06 12345678 / 020 1234567", "06 12345678, 020 1234567", "06 12345678 or 020 1234567", "0612345678 0201234567"),
    *("0612345678;0201234567", "0612345678\n0201234567", "+31612345678+31201234567", "06 12345678 & 020 1234567"),
    *("06_12345678", "06=12345678", "06 123$45678", "06:12345678", "06|12345678"),
    *("2026-04-03", "2026-04-03T12:30:00Z", "192.168.1.1", "1012 AB", "NL91ABNA0417164300", "1e10", "-612345678901"),
    *(
        "6" * 20,
        "+31" + "6" * 30,
        "9" * 5_000,
        "0" * 300,
        "+31201234567 ext.",
        "+31201234567 x",
        "0201234567 x12345678",
    ),
]

BROKEN: list[Callable[[str], str]] = [
    lambda number: number[:4],
    lambda number: number + "0123456",
    lambda number: number + " or so",
    lambda number: number + " / " + number,
    lambda number: f"call {number}",
    lambda number: number.replace("+", "+0"),
]


def cleaned(number: str, region: str = "NL") -> Cleaned:
    return clean({"phone": number}, {}, default_region=region)


def example(country: str, kind: int) -> phonenumbers.PhoneNumber:
    number = phonenumbers.example_number_for_type(country, kind)
    assert number is not None
    return number


def national_digits(number: phonenumbers.PhoneNumber) -> str:
    zeros = (number.number_of_leading_zeros or 1) if number.italian_leading_zero else 0
    return "0" * zeros + str(number.national_number)


@pytest.mark.parametrize("kind", [PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE])
@pytest.mark.parametrize("country", COUNTRIES)
def test_a_number_of_any_country_is_kept_however_it_is_written(country, kind):
    number = example(country, kind)
    code, digits = str(number.country_code), national_digits(number)

    for written in INTERNATIONAL:
        spelling = written(code, digits)
        assert cleaned(spelling) == Cleaned({"phone": f"+{code}{digits}"}, ()), spelling


@pytest.mark.parametrize("kind", [PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE])
@pytest.mark.parametrize("country", COUNTRIES)
def test_a_number_as_written_at_home_is_kept_in_its_own_region(country, kind):
    number = example(country, kind)
    at_home = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)

    assert cleaned(at_home, country).values == {"phone": f"+{number.country_code}{national_digits(number)}"}


@pytest.mark.parametrize(("written", "region", "stored"), WRITTEN)
def test_a_number_means_what_it_means_where_it_is_written(written, region, stored):
    assert cleaned(written, region) == Cleaned({"phone": stored}, ())


@pytest.mark.parametrize("written", EXTENDED)
def test_an_extension_is_kept(written):
    assert cleaned(written) == Cleaned({"phone": "+31201234567 ext. 12"}, ())


@pytest.mark.parametrize("number", INVALID)
def test_what_is_no_number_is_kept_as_typed_and_doubted(number):
    doubted(number)


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("country", COUNTRIES)
def test_a_broken_number_is_kept_as_typed_and_doubted(country, broken):
    number = phonenumbers.format_number(example(country, PhoneNumberType.MOBILE), PhoneNumberFormat.E164)

    doubted(broken(number))


def doubted(number: str) -> None:
    result = cleaned(number)
    assert result.problems == ()
    visible = re.sub(r"[^\w+]", "", plain(number))
    assert re.sub(r"[^\w+]", "", result.values["phone"]) == visible
    assert result.phone_doubts["phone"].doubt


@pytest.mark.parametrize(
    ("typed", "stored", "known", "doubt"),
    [
        ("1234", {}, None, "phone_too_short"),
        ("ask for Ana", {}, None, "phone_letters"),
        ("06 98 76 54 32", {}, None, "phone_not_valid"),
        ("06 98 76 54 32", {"country": "France"}, "+33698765432", None),
        ("06 98 76 54 32", {"country": "Frankrijk"}, "+33698765432", None),
        ("06 98 76 54 32", {"mobilephone": "+33612345678"}, "+33698765432", None),
        ("06 98 76 54 32 (FR)", {}, "+33698765432", None),
        ("(03) 574 23 84", {}, None, "phone_not_valid"),
        ("(03) 574 23 84", {"country": "Belgium"}, "+3235742384", None),
        ("+1 987 654 3210", {}, None, "phone_not_valid"),
        ("555-0199-22 (US)", {}, None, "phone_too_short"),
        ("555-0199-22", {}, None, "phone_country_unknown"),
        ("020 123 4567", {"country": "Germany"}, "+49201234567", None),
        ("020 123 4567", {"country": "Nederland"}, "+31201234567", None),
        ("1" * 101, {}, None, "phone_too_long"),
    ],
)
def test_the_country_comes_from_the_number_or_the_contact(typed, stored, known, doubt):
    result = clean({"phone": typed}, {}, default_region="NL", stored=stored)
    assert result.values["phone"] == (known or typed)
    assert (result.phone_doubts["phone"].doubt if result.phone_doubts else None) == doubt
    given = clean({"phone": typed, **stored}, {}, default_region="NL")
    assert given.values["phone"] == result.values["phone"]


@pytest.mark.parametrize("name", ["phone", "mobilephone", "fax"])
def test_every_phone_property_is_cleaned(name):
    assert clean({name: "06 12345678"}, {}, default_region="NL").values == {name: "+31612345678"}


@given(st.lists(st.sampled_from(["", " ", "-", ".", "/", "  ", "\u2011", "\xa0"]), min_size=11, max_size=11))
def test_what_stands_between_the_digits_does_not_matter(separators):
    digits = "+31612345678"

    spelling = digits[0] + "".join(digit + mark for digit, mark in zip(digits[1:], separators, strict=True))

    assert cleaned(spelling).values == {"phone": digits}


@given(st.from_regex(r"(\+31|\+44|\+1|\+49|00|0)?[0-9 ()/.-]{1,14}( ?(ext|x|toestel|,) ?[0-9]{1,4})?", fullmatch=True))
def test_no_digit_is_made_up_or_lost(written):
    """What is stored are the digits as typed, but for those that say "abroad" or "at home"."""
    typed = re.sub(r"\D", "", written)
    result = cleaned(written)
    for stored in () if result.phone_doubts else result.values.values():
        number, _, extension = stored.partition(" ext. ")
        national = str(phonenumbers.parse(number).national_number)
        assert typed.endswith(national + extension)
        assert set(typed.removesuffix(national + extension)) <= set("0" + number)
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))


def test_there_are_two_hundred_spellings_and_more():
    assert len(COUNTRIES) * len(INTERNATIONAL) * 2 > 200
    assert len(set(INVALID)) + len(COUNTRIES) * len(BROKEN) > 200
