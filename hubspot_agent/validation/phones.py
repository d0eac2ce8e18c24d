"""Phone numbers in the one spelling that says everything: E.164, with an extension behind it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

from hubspot_agent.validation.localized_names import country_code
from hubspot_agent.validation.words import ascii_digits

#: How extensions are announced; a mere sign only before a few digits, which cannot be a second number.
_EXTENSION = re.compile(
    r"\s*(?:(?:;\s*ext=|(?<![^\W\d])(?:extension|extn|ext|x|toestel|tst|int|poste|anexo|durchwahl|доб))"
    r"[\s.:]*(?P<named>\d{1,7})|[,;#]+\s*(?P<signed>\d{1,5}))\s*#?\Z",
    re.IGNORECASE,
)
#: A country written beside a number: "555-0199-22 (US)", "Belgium 03 574 23 84".
_NAMED_COUNTRY = re.compile(r"\A(?P<before>[^\W\d][^\d+]*?)?[\s(,:]*(?P<number>[+\d(].*\d)[\s),]*?(?P<after>[^\d]*)\Z")
#: More characters than any number is written with.
_MAX_CHARACTERS = 100

#: Why a number is too short.
_INCOMPLETE = (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)

#: Why a number is kept as it was typed.
PhoneDoubt = Literal["phone_letters", "phone_too_long", "phone_too_short", "phone_not_valid", "phone_country_unknown"]


@dataclass(frozen=True, slots=True)
class CleanPhone:
    """A phone number as it should be stored.

    Attributes:
        value: In E.164, such as "+31201234567" or "+31201234567 ext. 12"; as typed where there is a doubt.
        doubt: Why a person should look at it; `None` for a valid number whose country is known.
        region: The country, as two letters, in which it was looked up; "" where the number itself says it.
    """

    value: str
    doubt: PhoneDoubt | None = None
    region: str = ""


def phone(value: str, regions: Sequence[str], default_region: str) -> CleanPhone:
    """Return a phone number in E.164, or as typed with the doubt about it.

    The country comes from the number itself, else from what stands beside it ("(US)"), else from `regions`, else it is
    `default_region`; a number of the latter is certain only when it begins as numbers are dialled there.

    Args:
        value: As typed, in any spelling.
        regions: The countries, as two letters, that the contact's other data name.
        default_region: The country, as two letters, where nothing names one.
    """
    typed = " ".join(value.split())
    if len(value) > _MAX_CHARACTERS:
        return CleanPhone(typed, "phone_too_long")
    number, extension = split_extension(value)
    number, named = _without_country(number)
    if any(letter.isalpha() for letter in number):
        return CleanPhone(typed, "phone_letters")
    looked_up = [named] if named else [*regions] or [default_region]
    readings = [(reading, region) for region in looked_up for reading in _readings(number, region)]
    for reading, region in readings:
        if not phonenumbers.is_valid_number(reading):
            continue
        if not (named or regions) and not _dialled_there(number, reading, region):
            return CleanPhone(typed, "phone_country_unknown", region)
        written = phonenumbers.format_number(reading, PhoneNumberFormat.E164)
        return CleanPhone(f"{written} ext. {extension}" if extension else written)
    region = "" if _is_international(number) else looked_up[0]
    if any(phonenumbers.is_possible_number_with_reason(reading) in _INCOMPLETE for reading, _ in readings):
        return CleanPhone(typed, "phone_too_short", region)
    return CleanPhone(typed, "phone_not_valid", region)


def region_of(number: str) -> str:
    """Return the country, as two letters, of a number that says it ("+32 ..."); "" of any other."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def split_extension(value: str) -> tuple[str, str]:
    """Return a phone number as typed without its extension, and the digits of the extension ("" for none)."""
    number = re.sub(r"^tel:", "", value[:_MAX_CHARACTERS], flags=re.IGNORECASE).strip()
    if found := _EXTENSION.search(number):
        return number[: found.start()].strip(), ascii_digits(found["named"] or found["signed"])
    return number, ""


def _without_country(number: str) -> tuple[str, str]:
    """Return a number without the country written beside it, and that country's code."""
    found = _NAMED_COUNTRY.fullmatch(number)
    for beside in (found["after"], found["before"]) if found else ():
        if code := country_code((beside or "").strip(" ()[],.:")):
            return (found["number"] if found else number), code
    return number, ""


def _is_international(number: str) -> bool:
    return ascii_digits(number).lstrip("( ").startswith(("+", "00", "＋"))  # noqa: RUF001 (the plus of CJK keyboards)


def _dialled_there(number: str, reading: PhoneNumber, region: str) -> bool:
    """Tell whether a number is written as numbers of a country are: as it is dialled there, or with its code."""
    if _is_international(number) or reading.country_code != phonenumbers.country_code_for_region(region):
        return True
    digits = re.sub(r"\D", "", ascii_digits(number))
    national = re.sub(r"\D", "", phonenumbers.format_number(reading, PhoneNumberFormat.NATIONAL))
    with_code = f"{reading.country_code}{phonenumbers.national_significant_number(reading)}"
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
    return digits in (national, with_code) or digits.startswith(trunk)


def _readings(number: str, region: str) -> Iterator[PhoneNumber]:
    """Yield what a number may mean, the likeliest first.

    "00" is dialled abroad in most countries, though not in all; a "(0)" is not dialled from abroad, and not every
    country has such a digit to leave out.
    """
    spellings = [number]
    if (digits := ascii_digits(number)).startswith("00"):
        spellings.append("+" + digits[2:])
    for spelling in (*spellings, *(re.sub(r"\(\s*0\s*\)", "", each) for each in map(ascii_digits, spellings))):
        try:
            reading = phonenumbers.parse(spelling, region)
        except phonenumbers.NumberParseException:
            continue
        if not reading.extension:  # One that was not announced may be a second number.
            yield reading
