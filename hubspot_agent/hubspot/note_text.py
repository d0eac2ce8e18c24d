"""From what people type to the HTML that a note of HubSpot's is, and back."""

import re
from html import escape
from html.parser import HTMLParser

from hubspot_agent.hubspot.errors import InvalidContactError, InvalidProperty

#: Characters of a note's body, markup included (HubSpot's notes guide).
MAX_NOTE_CHARACTERS = 65_536

_BREAKS = frozenset({"br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "tr"})
_HIDDEN = frozenset({"script", "style"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def note_body(text: str) -> str:
    """Return a text as the body of a note, which shows it exactly as it was typed.

    Raises:
        InvalidContactError: There is nothing in it, or it is longer than HubSpot allows.
    """
    typed = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    body = escape(typed, quote=False).replace("\n", "<br>")
    if not body:
        raise _refused("REQUIRED_FIELD", "a note needs a text")
    if len(body) > MAX_NOTE_CHARACTERS:
        raise _refused(
            "PROPERTY_VALUE_TOO_LONG",
            f"a note has at most {MAX_NOTE_CHARACTERS:,} characters; this one has {len(body):,} "
            "as HubSpot counts them (line breaks and & < > count several)",
        )
    return body


def plain_text(body: str) -> str:
    """Return what a note's HTML says, without its markup."""
    reader = _Reader()
    reader.feed(body)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def same_text(one: str, other: str) -> bool:
    """Tell whether two plain texts say the same; HubSpot may change the white space."""
    return one.split() == other.split()


class _Reader(HTMLParser):
    """Collects the text; what only a browser would use is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in _BREAKS - {"br"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _refused(code: str, message: str) -> InvalidContactError:
    return InvalidContactError((InvalidProperty("hs_note_body", code, message),))
