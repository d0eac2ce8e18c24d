"""Reads back the data that a prompt and a tool's answer were made from, for a demo model behind OpenAI's API."""

import json
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

from hubspot_agent.contacts import Change, Contact, changes
from hubspot_agent.prompts import APPROVED
from hubspot_agent.tools.results import ToolResult, written

_LANGUAGE = re.compile(r"Answer in \w+ \((\w\w)\)\.")
_FAILURE = re.compile(r"(Not done|Outcome unknown) \((\w+)\): (.*)")
_PAGE = re.compile(r"(\d+) contacts? match(?:es)?(?:\.|; showing (\d+) to \d+\.)(?:.*after=\"([^\"]*)\")?")


def with_data(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    names = {call["id"]: call["name"] for each in messages if isinstance(each, AIMessage) for call in each.tool_calls}
    read: list[BaseMessage] = []
    for message in messages:
        if isinstance(message, SystemMessage):
            message.additional_kwargs["turn"] = _turn(message.text)
        elif isinstance(message, ToolMessage):
            message.name = names[message.tool_call_id]
            message.artifact = _result(message.name, message.text)
        read.append(message)
    return read


def _turn(prompt: str) -> dict[str, Any]:
    language = _LANGUAGE.search(prompt)
    pinned = _block(prompt, "contacts_seen")
    return {"language": language and language[1], "approve_writes": APPROVED in prompt, "pinned": pinned}


def _result(tool: str, text: str) -> ToolResult:
    records = _block(text, "crm_data")
    contacts = [{"id": each["id"], "properties": {k: v for k, v in each.items() if k != "id"}} for each in records]
    if failure := _FAILURE.match(text):
        outcome = "unknown" if failure[1] == "Outcome unknown" else "failed"
        return ToolResult(outcome=outcome, code=failure[2], message=failure[3], contacts=contacts)
    if text.startswith("Nothing to change"):
        return ToolResult(outcome="unchanged", contacts=contacts)
    if tool == "search_contacts":
        page = _PAGE.match(text)
        total, first, after = (int(page[1]), int(page[2] or 1), page[3]) if page else (0, 1, None)
        return ToolResult(outcome="done", contacts=contacts, total=total, first=first, after=after)
    if tool == "create_contact":
        given = contacts[0]["properties"]
        filled_in = given.pop("filled_in_by_hubspot", {})
        return written(tool, Contact(contacts[0]["id"], {**filled_in, **given}), changes({}, given))
    [updated] = records
    firstname, _, lastname = updated["name"].partition(" ")
    changed = [Change(property=name, **values) for name, values in updated["changed"].items()]
    properties = {"firstname": firstname, "lastname": lastname, **{each["property"]: each["new"] for each in changed}}
    return written(tool, Contact(updated["id"], properties), changed)


def _block(text: str, tag: str) -> list[dict[str, Any]]:
    _, _, rest = text.partition(f"<{tag}>\n")
    return [json.loads(line) for line in rest.partition(f"\n</{tag}>")[0].splitlines()]
