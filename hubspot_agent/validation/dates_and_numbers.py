"""Numbers, dates and moments, out of the ways in which people write them. What could mean two things is refused."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from hubspot_agent.validation.errors import InvalidValueError
from hubspot_agent.validation.words import ascii_digits, folded

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_MILLISECONDS = re.compile(r"\d{12,14}")

#: The beginnings by which a month is recognised, English and Dutch; January first.
_MONTHS = (
    ("january", "januari"),
    ("february", "februari"),
    ("march", "maart", "mrt"),
    ("april",),
    ("may", "mei"),
    ("june", "juni"),
    ("july", "juli"),
    ("august", "augustus"),
    ("september", "sept"),
    ("october", "oktober"),
    ("november",),
    ("december",),
)
_MONTH_NUMBERS = {
    name: number
    for number, names in enumerate(_MONTHS, start=1)
    for name in chain(names, (full[:3] for full in names if full != "maart"))
}

_YEAR_FIRST = re.compile(r"(?P<year>\d{4})([-/. ])(?P<month>\d{1,2})\2(?P<day>\d{1,2})")
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_YEAR_LAST = re.compile(r"(?P<one>\d{1,2})([-/. ])(?P<other>\d{1,2})\2(?P<year>\d{4})")
_DAY_AND_NAME = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|e)?[\s.-]{0,3}(?:of\s)?(?P<name>[a-z]{3,9})[\s.,-]{0,3}(?P<year>\d{4})"
)
_NAME_AND_DAY = re.compile(r"(?P<name>[a-z]{3,9})[\s.-]{0,3}(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s,-]{1,3}(?P<year>\d{4})")
_AT_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0{1,6})?)?(?:Z|\+00:00)?$", re.IGNORECASE)


def number(value: str) -> str:
    """Return a number with "." before its decimals and nothing between its thousands.

    Raises:
        InvalidValueError: It is no number, or its only separator may stand for thousands as well as for decimals.
    """
    text = ascii_digits(value).replace("−", "-").removeprefix("+")  # noqa: RUF001 (the sign of word processors)
    text = re.sub(r"(?<=\d)[\s'’](?=\d{3}(?!\d))", "", text)  # noqa: RUF001 (a thousands separator in Switzerland)
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    for decimal_sign, thousands in ((".", ","), (",", ".")):
        whole, _, decimals = digits.partition(decimal_sign)
        grouped = re.fullmatch(rf"[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+", whole)
        if grouped and (decimals or whole.count(thousands) > 1) and re.fullmatch(r"\d*", decimals):
            return _joined(sign, whole.replace(thousands, ""), decimals)
    found = re.fullmatch(r"(\d*)(?:[.,](\d+))?", digits)
    if not found or not digits:
        raise InvalidValueError(
            "INVALID_NUMBER", "This is not a number: give digits only, with a point before decimals."
        )
    whole, decimals = (found[1].lstrip("0") or "0"), found[2] or ""
    if whole != "0" and len(whole) <= 3 and len(decimals) == 3:
        raise InvalidValueError(
            "INVALID_NUMBER",
            "The separator in this number may stand for thousands or for decimals: write thousands without a "
            'separator ("2500") and decimals with a zero behind them ("2.5000").',
        )
    return _joined(sign, whole, decimals)


def calendar_date(value: str) -> str:
    """Return a date as YYYY-MM-DD.

    Raises:
        InvalidValueError: It is no date, it may be two dates, or it is a moment rather than a day.
    """
    text = _AT_MIDNIGHT.sub("", ascii_digits(value))
    if _EPOCH_MILLISECONDS.fullmatch(text) and int(text) % 86_400_000 == 0:
        return _since_epoch(text).date().isoformat()
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(found["year"], found["month"], found["day"])
    if found := _YEAR_LAST.fullmatch(text):
        one, other = int(found["one"]), int(found["other"])
        if one != other and max(one, other) <= 12:
            raise InvalidValueError(
                "INVALID_DATE", "It is not certain which is the day and which the month: give the date as YYYY-MM-DD."
            )
        return _day(found["year"], min(one, other), max(one, other))
    name = folded(text)
    if (found := _DAY_AND_NAME.fullmatch(name) or _NAME_AND_DAY.fullmatch(name)) and found["name"] in _MONTH_NUMBERS:
        return _day(found["year"], _MONTH_NUMBERS[found["name"]], found["day"])
    raise InvalidValueError("INVALID_DATE", "This is not a complete date: give it as YYYY-MM-DD.")


def moment(value: str) -> str:
    """Return a date with a time as HubSpot writes it, in UTC: "2026-04-03T12:30:00.000Z".

    Raises:
        InvalidValueError: It is none, or its time zone is not known.
    """
    text = ascii_digits(value)
    try:
        if _EPOCH_MILLISECONDS.fullmatch(text):
            when = _since_epoch(text)
        else:
            when = datetime.fromisoformat(text.upper())
            if when.tzinfo is None:
                raise InvalidValueError(
                    "INVALID_DATE",
                    "The time or its time zone is missing: give both, as in 2030-12-31T17:00:00+01:00.",
                )
        return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError) as error:
        if isinstance(error, InvalidValueError):
            raise
        raise InvalidValueError(
            "INVALID_DATE", "This is not a date with a time: give it as in 2030-12-31T17:00:00+01:00."
        ) from None


def _joined(sign: str, whole: str, decimals: str) -> str:
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def _since_epoch(milliseconds: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(milliseconds))


def _day(year: str, month: str | int, day: str | int) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise InvalidValueError("INVALID_DATE", "There is no such day: ask the user for the date.") from None
