"""One condition of a search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_agent.hubspot.errors import InvalidRequestError

#: What HubSpot's search calls the companies that a contact is linked to.
LINKED_COMPANY = "associations.company"

_VALUELESS = {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}
_SEVERAL = {"IN", "NOT_IN"}
_OPERATORS = {
    *_VALUELESS, *_SEVERAL, "BETWEEN", "LT", "LTE", "GT", "GTE", "EQ", "NEQ", "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """One condition of a search.

    Attributes:
        property: HubSpot's property name.
        operator: EQ, NEQ, LT, LTE, GT, GTE, BETWEEN, IN, NOT_IN, HAS_PROPERTY, NOT_HAS_PROPERTY,
            CONTAINS_TOKEN or NOT_CONTAINS_TOKEN.
        value: A text; several for IN and NOT_IN; the two ends for BETWEEN; None for HAS_PROPERTY and
            NOT_HAS_PROPERTY.
    """

    property: str
    operator: str
    value: str | Sequence[str] | None = None

    def read_from(self) -> str:
        """Return the property of a contact that tells whether it holds; of links that is the primary company alone."""
        return "associatedcompanyid" if self.property == LINKED_COMPANY else self.property

    def values(self) -> list[str]:
        """Return the value or values, as a list."""
        return [self.value] if isinstance(self.value, str) else list(self.value or ())

    def takes_list(self) -> bool:
        """Tell whether the operator compares with a list of values."""
        return self.operator.upper() in _SEVERAL

    def body(self) -> dict[str, Any]:
        """Return the filter as HubSpot wants it.

        Raises:
            InvalidRequestError: The operator does not exist or does not go with the value.
        """
        operator = self.operator.upper()
        if operator not in _OPERATORS:
            raise InvalidRequestError(
                "There is no such search operator.", fix=f"Use one of {', '.join(sorted(_OPERATORS))}."
            )
        body: dict[str, Any] = {"propertyName": self.property, "operator": operator}
        values = self.values()
        if operator in _SEVERAL:
            body["values"] = values
        elif operator == "BETWEEN":
            if len(values) != 2:
                raise InvalidRequestError("BETWEEN needs two values.", fix="Give the lower and the upper end.")
            body["value"], body["highValue"] = values
        elif operator not in _VALUELESS:
            if len(values) != 1 or not values[0]:
                raise InvalidRequestError(f"{operator} needs one value.", fix="Give the value to compare with.")
            body["value"] = values[0]
        return body
