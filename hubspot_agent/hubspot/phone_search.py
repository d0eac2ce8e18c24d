"""Finding a phone number however it is spelled.

HubSpot's search does not compare phone numbers as typed but keeps calculated properties with area code and
local number only. So a number is looked for there by its national digits, and what comes back is compared
here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import digit

import phonenumbers
from phonenumbers import PhoneNumberFormat

from hubspot_agent.hubspot.filters import SearchFilter

PHONE_PROPERTIES = ("phone", "mobilephone")

#: Where HubSpot keeps area code and local number for its search.
_SEARCHABLE_PROPERTIES = ("hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number")
#: Digits; fewer are looked for as typed only, for they end many numbers.
_MIN_NATIONAL_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number as typed, and what it means.

    Attributes:
        typed: As typed, without spaces at its ends.
        digits: Its digits without leading zeros.
        national: Area code and local number without leading zeros; equal to `digits` where nothing better
            is known.
        country: The country code that the number says ("+" or "00"), or that of the default region where the
            number is valid there; else 0.
        spellings: Other ways in which the same number is commonly written.
    """

    typed: str
    digits: str
    national: str
    country: int = 0
    spellings: tuple[str, ...] = ()

    @classmethod
    def parse(cls, typed: str, default_region: str | None) -> "Phone":
        """Read a phone number.

        Args:
            typed: In any spelling.
            default_region: ISO 3166 code of the country whose national numbers are meant, such as "NL".
        """
        typed = typed.strip()
        digits = "".join(str(digit(char)) for char in typed if char.isdecimal())
        international = typed.startswith(("+", "＋", "00"))  # noqa: RUF001 (the plus sign of CJK keyboards)
        dialled = f"+{typed[2:]}" if typed.startswith("00") else typed
        try:
            number = phonenumbers.parse(dialled, default_region)
        except phonenumbers.NumberParseException:
            return cls(typed, digits.lstrip("0"), digits.lstrip("0"))
        says_country = international or phonenumbers.is_valid_number(number)
        formats = (PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
        return cls(
            typed,
            digits.lstrip("0"),
            str(number.national_number),
            (number.country_code or 0) if says_country else 0,
            tuple(phonenumbers.format_number(number, form) for form in formats),
        )

    def filters(self) -> list[SearchFilter]:
        """Return alternative conditions that find every contact which may have this number."""
        by_digits, as_typed = phone_filters([self])
        return by_digits + as_typed

    def is_same_as(self, other: "Phone") -> bool:
        """Tell whether both are one number; where one says no country, the national digits decide."""
        if not self.digits or not other.digits:
            return False
        if self.country and other.country and self.country != other.country:
            return False
        return bool({self.digits, self.national} & {other.digits, other.national})


def phone_filters(phones: Sequence[Phone]) -> tuple[list[SearchFilter], list[SearchFilter]]:
    """Return alternative conditions that find every contact which may have one of these numbers.

    Returns:
        Those that look for the digits, and those that look for numbers as they are commonly written.
    """
    national = [phone.national for phone in phones if len(phone.national) >= _MIN_NATIONAL_DIGITS]
    typed = tuple(dict.fromkeys(text for phone in phones for text in (phone.typed.lower(), *phone.spellings)))
    as_typed = [SearchFilter(name, "IN", typed) for name in PHONE_PROPERTIES] if typed else []
    if len(national) == 1:
        return [SearchFilter(name, "CONTAINS_TOKEN", f"*{national[0]}") for name in _SEARCHABLE_PROPERTIES], as_typed
    return [SearchFilter(name, "IN", tuple(national)) for name in _SEARCHABLE_PROPERTIES if national], as_typed
