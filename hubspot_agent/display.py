"""Text from outside, made fit for a screen: no escape sequences, no reordering, and values on one line."""

import unicodedata
from collections.abc import Iterable, Mapping

from hubspot_agent.contacts import SHOWN_PROPERTIES
from hubspot_agent.untrusted import plain, shortened

#: How many characters of a value are shown: enough for what someone is asked to approve.
MAX_VALUE = 1000

#: Unicode's embeddings, overrides and directed isolates, which can make a line read other than it is.
_REORDERING = dict.fromkeys([*range(0x202A, 0x202F), 0x2066, 0x2067])
#: Unicode's isolate that takes its direction from what it holds, and its end.
_ISOLATE, _END = "\u2068", "\u2069"


def words(said: str) -> str:
    """Return a message fit for the screen; its line breaks and tabs stay."""
    return plain(said).translate(_REORDERING)


def value(stored: str, limit: int = MAX_VALUE) -> str:
    """Return a value fit for a line: cut to `limit` characters, and a right-to-left one kept to itself."""
    line = words(shortened(stored, limit)).replace(_ISOLATE, "").replace(_END, "")
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in line):
        return f"{_ISOLATE}{line}{_END}"
    return line


def ordered(changes: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return `changes` in the order in which people read their properties; uncommon ones last."""
    places = {name: place for place, name in enumerate(SHOWN_PROPERTIES)}
    return sorted(changes, key=lambda change: places.get(change["property"], len(places)))
