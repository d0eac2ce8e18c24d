"""Text from outside, made safe: for the model recognisable as data, for a screen without escape codes or reordering.

What stands in the CRM was typed by anyone, a web form's visitor included. It reaches the model only
as JSON inside a ``<crm_data>`` block that it cannot close.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

#: How many characters of one value the model is shown.
MAX_MODEL_CHARACTERS = 200
#: How many characters of one value a screen shows: enough for what someone is asked to approve.
MAX_SCREEN_CHARACTERS = 1000

#: Unicode's embeddings, overrides and directed isolates, which can make a line read other than it is.
_REORDERING = dict.fromkeys([*range(0x202A, 0x202F), 0x2066, 0x2067])
#: Unicode's isolate that takes its direction from what it holds, and its end.
_ISOLATE, _END = "\u2068", "\u2069"


def plain(text: str) -> str:
    """Return `text` without control characters (line breaks and tabs stay) and lone surrogates."""
    return "".join(
        character for character in text if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
    )


def is_blank(text: str) -> bool:
    """Tell whether nothing of `text` can be seen."""
    return all(unicodedata.category(character)[0] in "CZ" for character in text)


def shortened(text: str, limit: int = MAX_MODEL_CHARACTERS) -> str:
    """Return `text` on one line, cut to `limit` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def data_block(records: Iterable[Mapping[str, Any]], tag: str = "crm_data") -> str:
    """Return `records` as one JSON object a line between `tag`s.

    Angle brackets are escaped, so that no value can close the block.
    """
    lines = (json.dumps(_shortened(record), ensure_ascii=False) for record in records)
    body = "\n".join(line.replace("<", "\\u003c").replace(">", "\\u003e") for line in lines)
    return f"<{tag}>\n{body}\n</{tag}>"


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return shortened(value)
    if isinstance(value, Mapping):
        return {str(key): _shortened(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shortened(item) for item in value]
    return value


def screen_text(message: str) -> str:
    """Return a message fit for the screen; its line breaks and tabs stay."""
    return plain(message).translate(_REORDERING)


def screen_value(stored: str, limit: int = MAX_SCREEN_CHARACTERS) -> str:
    """Return a value fit for a line: cut to `limit` characters, and a right-to-left one kept to itself."""
    line = screen_text(shortened(stored, limit)).replace(_ISOLATE, "").replace(_END, "")
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in line):
        return f"{_ISOLATE}{line}{_END}"
    return line
