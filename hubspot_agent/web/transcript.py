"""A conversation's messages as what the page shows, one item after the other.

An item has an `id`, by which the page knows it again, and a `kind`: what the "user" or the "assistant" said
comes as `text` and is shown as text; a "card" comes as `html`, made here with every value escaped.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from hubspot_agent.contacts import Contact
from hubspot_agent.texts import Language
from hubspot_agent.texts.sanitizing import screen_text
from hubspot_agent.tools.results import result_in
from hubspot_agent.web.cards import contacts_card, receipt_card

Item = dict[str, Any]


def items_of(
    messages: Iterable[BaseMessage],
    language: Language,
    *,
    record_page: str | None,
    undoable: BaseMessage | None = None,
) -> Iterator[Item]:
    """Yield what the page shows of `messages`.

    Args:
        messages: A conversation's, oldest first.
        language: The language of the cards' own words.
        record_page: The address of a record's page without the id at its end; `None` shows no links.
        undoable: The answer whose last write can be taken back.
    """
    for message in messages:
        name = key_of(message)
        if isinstance(message, HumanMessage):
            yield {"id": name, "kind": "user", "text": screen_text(message.text)}
        elif isinstance(message, ToolMessage) and message.name == "search_contacts":
            result = result_in(message)
            contacts = [Contact(each["id"], each["properties"]) for each in result["contacts"]] if result else []
            if result and contacts and "total" in result:
                card = contacts_card(contacts, result["total"], language, record_page=record_page)
                yield {"id": name, "kind": "card", "html": card}
        elif isinstance(message, AIMessage):
            if said := message.text.strip():
                yield {"id": name, "kind": "assistant", "text": screen_text(said)}
            receipts = message.additional_kwargs.get("receipts", ())
            for number, receipt in enumerate(receipts):
                undo = message is undoable and number == len(receipts) - 1
                card = receipt_card(receipt, language, record_page=record_page, undo=undo)
                yield {"id": f"{name}-receipt-{number}", "kind": "card", "html": card}


def key_of(message: BaseMessage) -> str:
    """Return what tells a message from the others of its conversation, also while it is being written."""
    return f"tool-{message.tool_call_id}" if isinstance(message, ToolMessage) else str(message.id)


def record_page_in(messages: Sequence[BaseMessage]) -> str | None:
    """Return the address of a record's page without the id at its end, as HubSpot names it for a contact."""
    for message in reversed(messages):
        artifact = message.artifact if isinstance(message, ToolMessage) else None
        for record in artifact.get("contacts", ()) if isinstance(artifact, dict) else ():
            url, end = record.get("url") or "", f"/{record['id']}"
            if url.startswith(("https://", "http://")) and url.endswith(end):
                return str(url.removesuffix(record["id"]))
    return None
