"""The operators of a search filter."""

import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

from hubspot_agent.sandbox import times
from hubspot_agent.sandbox.bodies import Filter
from hubspot_agent.sandbox.errors import ApiError, validation
from hubspot_agent.sandbox.index import Index
from hubspot_agent.sandbox.properties import Comparable, Property
from hubspot_agent.sandbox.words import MAX_INDEXED_CHARACTERS

#: The positive operator behind each negative one.
NEGATIONS: Final = {
    "NEQ": "EQ",
    "NOT_IN": "IN",
    "NOT_CONTAINS_TOKEN": "CONTAINS_TOKEN",
    "NOT_HAS_PROPERTY": "HAS_PROPERTY",
}

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "LT": operator.lt,
    "LTE": operator.le,
    "GT": operator.gt,
    "GTE": operator.ge,
}


def matching(condition: Filter, definition: Property, index: Index) -> set[int]:
    """Return the ids of the contacts that fulfil a condition with a positive operator.

    Raises:
        ApiError: 400 for an operand that is missing or of the wrong type.
    """
    column = index.column(definition)
    match condition.operator:
        case "HAS_PROPERTY":
            return _united(column.values())
        case "CONTAINS_TOKEN":
            return _containing(_required(condition.value, condition), definition, index)
        case "IN":
            values = _required(condition.values, condition)
            return _united(column.get(_listed(value, definition), set()) for value in values)
    operand = _operand(_required(condition.value, condition), definition)
    match condition.operator:
        case "EQ":
            return set(column.get(operand, ()))
        case "BETWEEN":
            maximum: Any = _operand(_required(condition.high_value, condition), definition)
            minimum: Any = operand
            return _united(holders for value, holders in column.items() if minimum <= value <= maximum)
    compare = _COMPARISONS[condition.operator]
    return _united(holders for value, holders in column.items() if compare(value, operand))


def _containing(value: str, definition: Property, index: Index) -> set[int]:
    if "*" not in value:
        return index.words(definition.name).holding(index.analysis.words(value))
    pattern, folded = index.analysis.pattern(value), index.analysis.folded
    return _united(
        holders
        for text, holders in index.column(definition).items()
        if pattern.search(folded(str(text)[:MAX_INDEXED_CHARACTERS]))
    )


def _listed(value: str, definition: Property) -> Comparable:
    """Return a value of IN; text is taken as it is, so that only lower case finds anything, as in HubSpot."""
    return value if definition.type in ("string", "phone_number") else _operand(value, definition)


def _operand(value: str, definition: Property) -> Comparable:
    operand: Comparable | None
    try:
        match definition.type:
            case "datetime":
                operand = times.parse_datetime(value)
            case "date":
                operand = times.parse_date(value)
            case _:
                operand = definition.comparable(value)
    except ValueError:
        operand = None
    if operand is None:
        raise _invalid(f"{value[:200]} is not a valid {definition.type} for property {definition.name}")
    return operand


def _required(value: Any, condition: Filter) -> Any:
    if value is None or value == []:
        raise _invalid(f"operator {condition.operator} requires a value for property {condition.property_name}")
    return value


def _invalid(message: str) -> ApiError:
    return validation(f"There was a problem with the request. {message[:500]}")


def _united(sets: Iterable[Iterable[int]]) -> set[int]:
    return set().union(*sets)
