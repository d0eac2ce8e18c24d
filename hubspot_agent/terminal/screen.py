"""What the chat prints, on a terminal or into a pipe."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from hubspot_agent.chat.presentation import in_reading_order, notes_of, parts_not_done, table_cell, table_columns
from hubspot_agent.contacts import Contact
from hubspot_agent.terminal.console import console
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import screen_text, screen_value
from hubspot_agent.tools.schemas import NOTE

#: How many characters a cell of the table shows.
MAX_CELL_CHARACTERS = 40

_MARKS = {"done": ("✔", "green"), "failed": ("✘", "red"), "refused": ("✘", "yellow"), "unknown": ("?", "yellow")}


class Screen:
    """Prints the chat, and never lets text from outside be anything but text.

    Args:
        links: Whether receipts name the record's page, which a sandbox has none of.
    """

    def __init__(self, *, links: bool) -> None:
        self._links = links
        self._console = console(sys.stdout)
        self._streaming: str | None = None

    def say(self, sentence: str, style: str = "") -> None:
        """Print a sentence on lines of its own."""
        self.end_stream()
        self._console.print(Text(screen_text(sentence), style))

    def note(self, sentence: str) -> None:
        """Print what is not part of the conversation, such as what the assistant is doing."""
        self.say(sentence, "dim")

    def stream(self, message_id: str, piece: str) -> None:
        """Print the next piece of the message called `message_id`, on new lines when it is another message."""
        if self._streaming != message_id:
            self.end_stream()
            self._streaming = message_id
        self._console.print(Text(screen_text(piece)), end="", soft_wrap=True)

    def end_stream(self) -> None:
        """End the line of the message that was streamed last."""
        if self._streaming is not None:
            self._console.print()
            self._streaming = None

    def buttons(self, labels: Mapping[int, str]) -> None:
        """Print the buttons with the numbers that press them."""
        self.end_stream()
        line = Text("   ").join(
            Text.assemble((f"[{number}]", "cyan"), f" {screen_value(label)}") for number, label in labels.items()
        )
        self._console.print(line)

    def contacts(self, result: Mapping[str, Any], texts: Texts) -> None:
        """Print the contacts of a search as a table, with the columns that have a value.

        Args:
            result: A search's artifact: `contacts` and their `total`.
            texts: The language of the headings.
        """
        contacts = [Contact.from_dict(record) for record in result["contacts"]]
        columns = table_columns(contacts, texts)
        table = Table(box=box.ROUNDED, header_style="bold")
        for heading in (texts("terminal.contact"), *(texts.field(name) for name in columns)):
            table.add_column(Text(heading), overflow="fold")
        for contact in contacts:
            cells = [contact.name, *(table_cell(contact, name, texts) for name in columns)]
            table.add_row(*(Text(screen_value(cell, MAX_CELL_CHARACTERS)) for cell in cells))
        total = result.get("total", len(contacts))
        key = "terminal.found" if total == len(contacts) else "terminal.found_part"
        self.note(texts(key, shown=len(contacts), total=total))
        self._console.print(table, soft_wrap=False)
        for contact, record in zip(contacts, result["contacts"], strict=True):
            if notes := notes_of(record, texts):
                self.note(texts("terminal.notes_on", contact=screen_value(contact.name)))
                for heading, body in notes:
                    self._print_block(f"{heading}: ", body)

    def changes(
        self,
        changes: Iterable[Mapping[str, str]],
        texts: Texts,
        *,
        new: bool = False,
    ) -> None:
        """Print each field old → new, or of a `new` contact what it is given.

        Args:
            changes: `{"property": ..., "old": ..., "new": ...}` each.
            texts: The language of the fields' names.
            new: Whether the contact is new.
        """
        self.end_stream()
        nothing = texts("writes.nothing")
        lines = []
        for change in in_reading_order(changes):
            name = screen_value(texts.field(change["property"]))
            if change["property"] == NOTE and not change["old"]:
                lines.append((name, screen_text(change["new"]) or nothing))
                continue
            old, given = (screen_value(change.get(when) or "") or nothing for when in ("old", "new"))
            lines.append((name, given if new else f"{old} → {given}"))
        width = max((len(name) for name, _ in lines), default=0)
        for name, values in lines:
            self._print_block(f"{name:<{width}}  ", values)

    def receipt(self, receipt: Mapping[str, Any], texts: Texts) -> None:
        """Print the result of a write, as HubSpot answered it.

        Args:
            receipt: tool, contact_id, name, outcome, changes and url.
            texts: The language of the sentence.
        """
        outcome = receipt["outcome"] if receipt["outcome"] in _MARKS else "unknown"
        mark, style = _MARKS[outcome]
        key = f"terminal.done_{receipt['tool']}" if outcome == "done" else f"terminal.outcome_{outcome}"
        contact = receipt["name"] or receipt["contact_id"] or texts("terminal.the_contact")
        self.say(f"{mark} {texts(key, contact=screen_value(contact))}", style)
        if outcome == "done":
            self.changes(receipt["changes"], texts, new=receipt["tool"] == "create_contact")
            if receipt["url"] and self._links:
                self.note(f"    {screen_value(receipt['url'])}")
        for sentence in parts_not_done(receipt, texts):
            self.say(f"✘ {sentence}", "red")

    def _print_block(self, head: str, text: str) -> None:
        """Print `text` after `head`, its further lines below the first."""
        first, *others = text.split("\n")
        indent = " " * len(head)
        for line in (f"{head}{first}", *(f"{indent}{other}" for other in others)):
            self._console.print(Text(f"    {line}"), soft_wrap=True)
