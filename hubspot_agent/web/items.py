"""The messages of a conversation as items of its transcript.

The kinds are "user" and "assistant" (with a `text`), "contacts" (what a search found), "receipt" (what became of a
write), "approval" (a write that waits or waited for a decision) and "note" (what the page itself says).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from hubspot_agent.state import REOPENED
from hubspot_agent.tools.results import ToolResult, result_in
from hubspot_agent.web.transcript import ItemData


def items_of(message: BaseMessage, arguments: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ItemData]]:
    """Yield what the page shows of a message: an id and an item's data each.

    Args:
        message: One of the conversation's, or of the agent's own steps.
        arguments: Those of the searches of the turn, by the id of the tool call.
    """
    if isinstance(message, HumanMessage):
        if REOPENED in message.additional_kwargs:
            return  # The card says it.
        yield str(message.id), {"kind": "user", "text": message.text}
    elif isinstance(message, ToolMessage):
        result = result_in(message)
        if message.name == "search_contacts" and result and result["contacts"] and "total" in result:
            yield f"tool-{message.tool_call_id}", contacts_item(result, arguments.get(message.tool_call_id))
    elif isinstance(message, AIMessage):
        receipts = message.additional_kwargs.get("receipts", ())
        buttons = message.additional_kwargs.get("buttons", ())
        if message.text.strip():
            yield str(message.id), {"kind": "assistant", "text": message.text.strip(), "buttons": list(buttons)}
        undoable = any(button["action"] == "undo" for button in buttons)
        for number, receipt in enumerate(receipts, 1):
            undo = undoable and number == len(receipts) and receipt["tool"] != "undo"
            yield f"{message.id}-receipt-{number}", {"kind": "receipt", "receipt": dict(receipt), "undo": undo}


def contacts_item(result: ToolResult, arguments: Mapping[str, Any] | None) -> ItemData:
    """Return a search's result as an item; `arguments` are what it was called with, where that is known."""
    return {
        "kind": "contacts",
        "contacts": result["contacts"],
        "total": result["total"],
        "after": result.get("after"),
        "arguments": dict(arguments) if arguments is not None else None,
    }


def record_page_in(message: BaseMessage) -> str | None:
    """Return the address of a record's page without the id at its end, as HubSpot names it for a contact."""
    result = result_in(message)
    for record in result["contacts"] if result else ():
        url, end = record.get("url") or "", f"/{record['id']}"
        if url.startswith(("https://", "http://")) and url.endswith(end):
            return str(url.removesuffix(record["id"]))
    return None
