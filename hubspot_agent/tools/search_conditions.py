"""From what a search is asked for to what HubSpot's search takes: record addresses, and dates."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hubspot_agent.hubspot import SearchFilter
from hubspot_agent.hubspot.property_definitions import PropertyDefinition
from hubspot_agent.tools.schemas import Condition
from hubspot_agent.validation.dates_and_numbers import calendar_date, moment

#: A contact's id, or the address of its page: ".../record/0-1/101" or ".../contact/101" (0-1 is the type of contacts).
_RECORD = re.compile(r"\s*(?:https?://\S*/(?:record/0-1|contact)/)?(\d{1,20})(?:[/?#]\S*)?\s*", re.ASCII)

_HAS_TIME = re.compile(r"\d[T ]\d?\d:", re.IGNORECASE)

_ONE_DAY = timedelta(days=1)


def record_id(text: str) -> str | None:
    """Return the id in a contact's id or the address of its page in HubSpot; `None` where there is none."""
    found = _RECORD.fullmatch(text)
    return found[1] if found else None


def search_filter(condition: Condition, definitions: Mapping[str, PropertyDefinition]) -> SearchFilter:
    """Return a condition as HubSpot's search takes it: dates as milliseconds since 1970 (HubSpot's search guide).

    A day stands for the whole of it in UTC: EQ holds at any moment of that day, GT after it.

    Raises:
        InvalidValueError: The value is no date, of a property that holds one.
    """
    operator, value = condition.operator.upper(), condition.value or ""
    definition = definitions.get(condition.property)
    if not value or definition is None or definition.type not in ("date", "datetime"):
        return SearchFilter(condition.property, operator, value or None)
    if definition.type == "date":
        return SearchFilter(condition.property, operator, _milliseconds(_midnight(value)))
    if _HAS_TIME.search(value):
        return SearchFilter(condition.property, operator, _milliseconds(datetime.fromisoformat(moment(value))))
    begin = _midnight(value)
    end = begin + _ONE_DAY - timedelta(milliseconds=1)
    if operator == "EQ":
        return SearchFilter(condition.property, "BETWEEN", [_milliseconds(begin), _milliseconds(end)])
    return SearchFilter(condition.property, operator, _milliseconds(end if operator in ("GT", "LTE") else begin))


def _midnight(value: str) -> datetime:
    return datetime.fromisoformat(calendar_date(value)).replace(tzinfo=UTC)


def _milliseconds(when: datetime) -> str:
    return str(int(when.timestamp() * 1000))
