"""What an answer says again that the table above it shows."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_LIST_ITEM = re.compile(r"\s*(?:[-*•]|\d+[.)])\s+(.*)")


def without_repetition(answer: str, contacts: Iterable[Mapping[str, Any]]) -> str:
    """Return an answer without the list items that hold nothing but values of the contacts shown.

    Args:
        answer: What the assistant says.
        contacts: The contacts of the tables of the same turn, as `Contact.as_dict` gives them.
    """
    values = [[each.casefold() for each in contact["properties"].values() if each] for contact in contacts]
    if not values:
        return answer
    kept = [line for line in answer.splitlines() if not _repeats(line, values)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _repeats(line: str, contacts: Iterable[Iterable[str]]) -> bool:
    item = _LIST_ITEM.fullmatch(line)
    if not item:
        return False
    return any(_nothing_left(item[1].casefold(), values) for values in contacts)


def _nothing_left(said: str, values: Iterable[str]) -> bool:
    before = said
    for value in sorted(values, key=len, reverse=True):
        said = said.replace(value, " ")
    return said != before and not re.search(r"\w", said)
