"""The request bodies the API takes. Anything else is refused as invalid JSON, never with an exception."""

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from hubspot_agent.sandbox.errors import ApiError, invalid_json

Operator = Literal[
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
]


def _as_text(value: object) -> object:
    """HubSpot stores every value as text: numbers and booleans are accepted, null clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    return value


Text = Annotated[str, BeforeValidator(_as_text)]


class Body(BaseModel):
    """A JSON object; fields it does not know are ignored, as HubSpot does."""

    model_config = ConfigDict(alias_generator=to_camel)


class Reference(Body):
    """One record by id."""

    id: Text


class AssociationType(Body):
    """What links two records: one of HubSpot's own types, by its id."""

    association_category: str = "HUBSPOT_DEFINED"
    association_type_id: int


class AssociationInput(Body):
    """A record that a new one is to be linked to."""

    to: Reference
    types: list[AssociationType]


class RecordInput(Body):
    """A record to create or update."""

    properties: dict[str, Text] = Field(default_factory=dict)
    associations: list[AssociationInput] | None = None


class ContactInput(RecordInput):
    """A contact to create or update; in a batch also which one."""

    id: Text = ""
    id_property: str | None = None
    object_write_trace_id: str | None = None


class ContactBatch(Body):
    """Contacts to create, update or upsert."""

    inputs: list[ContactInput]


class ReferenceBatch(Body):
    """Records by id, or by `id_property`, and the properties wanted of them."""

    inputs: list[Reference]
    id_property: str | None = None
    properties: list[str] | None = None


class MergeBody(Body):
    """Two contacts to be one."""

    primary_object_id: Text
    object_id_to_merge: Text


class PurgeBody(Body):
    """A contact to delete for good."""

    object_id: Text
    id_property: str | None = None


class Filter(Body):
    """One condition of a search."""

    property_name: str
    operator: Operator
    value: Text | None = None
    values: list[Text] | None = None
    high_value: Text | None = None


class FilterGroup(Body):
    """Conditions that must all hold."""

    filters: list[Filter] = Field(default_factory=list)


class Sort(Body):
    """The order of the results."""

    property_name: str
    direction: Literal["ASCENDING", "DESCENDING"] = "ASCENDING"


class SearchBody(Body):
    """A search: any of the groups, and the query."""

    query: str | None = None
    filter_groups: list[FilterGroup] | None = None
    filters: list[Filter] | None = None
    sorts: list[Sort | str] | None = None
    properties: list[str] | None = None
    limit: int | None = None
    after: Text | None = None


class PropertyOption(Body):
    """One option of an enumeration."""

    label: str = ""
    value: str


class PropertyInput(Body):
    """A custom property to create."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")
    label: str = ""
    group_name: str = "contactinformation"
    type: Literal["string", "number", "date", "datetime", "enumeration", "bool", "phone_number"] = "string"
    field_type: str = "text"
    description: str = ""
    options: list[PropertyOption] | None = None
    has_unique_value: bool = False


def whole_number(text: str) -> int | None:
    """Return the number that plain digits write, or None; none is longer than a record id can be."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


Model = TypeVar("Model", bound=BaseModel)
Parsed = TypeVar("Parsed")


def parse(model: type[Model], raw: bytes) -> Model:
    """Return `raw` as a `model`.

    Raises:
        ApiError: 400 with the first fault, if `raw` is no JSON or not of that shape.
    """
    return parse_with(model.model_validate_json, raw)


def parse_with(read: Callable[[bytes], Parsed], raw: bytes) -> Parsed:
    """Return what pydantic's `read` makes of `raw`; raises as `parse` does."""
    try:
        return read(raw)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False)[0]) from None


def _refusal(fault: Any) -> ApiError:
    where = ".".join(str(step) for step in fault["loc"]) or "the body"
    position = re.search(r"^Invalid JSON: (.*) at line (\d+) column (\d+)$", fault["msg"])
    if position:
        return invalid_json(position[1], int(position[2]), int(position[3]))
    return invalid_json(f"{where[:200]}: {fault['msg'][:500]}")
