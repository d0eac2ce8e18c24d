"""A name that stands for an owner or a company record, and what it leaves open."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hubspot_agent.hubspot import MissingScopesError
from hubspot_agent.tools.results import ToolResult, ValueProblem, refused

#: What a label has in parentheses after the name: "Raj Patel (raj@us.example)".
_IN_PARENTHESES = re.compile(r".*\(([^()\s]+[@.][^()\s]+)\)", re.DOTALL)


class UnsettledError(Exception):
    """A name means nobody or several.

    Attributes:
        property: `OWNER` or `COMPANY`.
        code: Why, as a stable name.
        choices: Who or what may be meant, as people are shown them.
        result: What a tool answers that cannot go on.
    """

    def __init__(self, property_name: str, code: str, message: str, choices: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.property = property_name
        self.code = code
        self.choices = list(choices)
        self.result: ToolResult = refused(code, message)
        self.result["problems"] = [ValueProblem(property=property_name, code=code.upper())]
        if choices:
            self.result["choices"] = self.choices


@contextmanager
def turned_off(property_name: str, code: str, what: str) -> Iterator[None]:
    """Say of a missing scope that what needs it cannot be used, and how it can."""
    try:
        yield
    except MissingScopesError as error:
        message = f"{what} with this access token. {error.fix} Tell the user; everything else works without."
        raise UnsettledError(property_name, code, message) from error


def in_parentheses(text: str) -> str:
    """Return the address or domain that a label has in parentheses, or the whole text without one."""
    found = _IN_PARENTHESES.fullmatch(text.strip())
    return found[1] if found else text.strip()
