"""Phone numbers in the one spelling that says everything: E.164, with an extension behind it."""

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

from hubspot_agent.validation.errors import InvalidValueError
from hubspot_agent.validation.words import ascii_digits

_CODE = "INVALID_PHONE_NUMBER"
#: How extensions are announced; a mere sign only before a few digits, which cannot be a second number.
_EXTENSION = re.compile(
    r"\s*(?:(?:;\s*ext=|(?<![^\W\d])(?:extension|extn|ext|x|toestel|tst|int|poste|anexo|durchwahl|доб))"
    r"[\s.:]*(?P<named>\d{1,7})|[,;#]+\s*(?P<signed>\d{1,5}))\s*#?\Z",
    re.IGNORECASE,
)
#: More characters than any number is written with.
_LONGEST = 100

#: Why a number is too short.
_INCOMPLETE = (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)


def phone(value: str, default_region: str) -> str:
    """Return a phone number in E.164, such as "+31201234567", or "+31201234567 ext. 12" with its extension.

    Args:
        value: As typed, in any spelling.
        default_region: The country, as two letters, that a number without a country code belongs to.

    Raises:
        InvalidValueError: It is no phone number, or it is not certain which one.
    """
    if len(value) > _LONGEST:
        raise InvalidValueError(_CODE, "This is too long for a phone number: give one number.")
    number, extension = split_extension(value)
    if any(letter.isalpha() for letter in number):
        raise InvalidValueError(_CODE, "There are letters in the phone number: give one number alone, in digits.")
    readings = list(_readings(number, default_region))
    if reading := next(filter(phonenumbers.is_valid_number, readings), None):
        written = phonenumbers.format_number(reading, PhoneNumberFormat.E164)
        return f"{written} ext. {extension}" if extension else written
    if any(phonenumbers.is_possible_number_with_reason(reading) in _INCOMPLETE for reading in readings):
        raise InvalidValueError(
            _CODE,
            "This is too short for a phone number: ask for all of it with the area code; an internal number is "
            'written behind the main one, as "ext. 12".',
        )
    raise InvalidValueError(
        _CODE,
        "This is not one existing phone number: ask the user to check it and to give one number a property, with its "
        "country code, such as +31.",
    )


def split_extension(value: str) -> tuple[str, str]:
    """Return a phone number as typed without its extension, and the digits of the extension ("" for none)."""
    number = re.sub(r"^tel:", "", value[:_LONGEST], flags=re.IGNORECASE).strip()
    if found := _EXTENSION.search(number):
        return number[: found.start()].strip(), ascii_digits(found["named"] or found["signed"])
    return number, ""


def _readings(number: str, default_region: str) -> Iterator[PhoneNumber]:
    """Yield what a number may mean, the likeliest first.

    "00" is dialled abroad in most countries, though not in all; a "(0)" is not dialled from abroad, and not every
    country has such a digit to leave out.
    """
    spellings = [number]
    if (digits := ascii_digits(number)).startswith("00"):
        spellings.append("+" + digits[2:])
    for spelling in (*spellings, *(re.sub(r"\(\s*0\s*\)", "", each) for each in map(ascii_digits, spellings))):
        try:
            reading = phonenumbers.parse(spelling, default_region)
        except phonenumbers.NumberParseException:
            continue
        if not reading.extension:  # One that was not announced may be a second number.
            yield reading
