"""What may stand in a request to OpenAI's chat completions, and what one tells of the conversation."""

import json
from collections.abc import Iterator
from typing import Any

#: The keys that OpenAI knows in a message of each role, as far as this package has a use for them.
_KEYS = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls"},
    "tool": {"role", "content", "tool_call_id"},
}
_SCHEMA_KEYS = {"type", "properties", "required", "items", "anyOf", "enum", "description", "default", "title"}
_SCHEMA_KEYS |= {"additionalProperties", "minimum", "maximum"}


def faults(sent: dict[str, Any]) -> list[str]:
    """Return what OpenAI, or a server like it, would refuse in a request, and what has no business there."""
    found = [f"key {key}" for key in sent.keys() - {"model", "messages", "tools", "stream"}]
    messages = sent["messages"]
    for message in messages:
        found += [f"{message['role']} with {key}" for key in message.keys() - _KEYS[message["role"]]]
        if not isinstance(message["content"], str) and not message.get("tool_calls"):
            found.append(f"{message['role']} without text")
    if [message["role"] for message in messages].index("system") or messages[-1]["role"] == "assistant":
        found.append("system is not first, or there is nothing to answer")
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if not waiting or message["tool_call_id"] != waiting.pop(0):
                found.append("a tool's result that nobody asked for here")
        elif waiting:
            found.append("a tool call without result")
        waiting = waiting or [call["id"] for call in message.get("tool_calls", ())]
    calls = [call for message in messages for call in message.get("tool_calls", ())]
    if waiting or len({call["id"] for call in calls}) < len(calls):
        found.append("a tool call without result, or without an id of its own")
    for call in calls:
        if call.keys() != {"id", "type", "function"} or not isinstance(json.loads(call["function"]["arguments"]), dict):
            found.append("a tool call of another shape")
    for tool in sent["tools"]:
        function = tool["function"]
        if tool.keys() != {"type", "function"} or function.keys() != {"name", "description", "parameters"}:
            found.append("a tool of another shape")
        if len(function["description"]) > 1024 or function["parameters"]["type"] != "object":
            found.append(f"{function['name']}: a description too long, or parameters that are no object")
        found += [f"{function['name']}: {fault}" for fault in _schema_faults(function["parameters"])]
    return found


def _schema_faults(schema: dict[str, Any]) -> Iterator[str]:
    yield from (f"schema key {key}" for key in schema.keys() - _SCHEMA_KEYS)
    if not schema.keys() & {"type", "anyOf"}:
        yield "a value of any type"
    if set(schema.get("required", ())) - schema.get("properties", {}).keys():
        yield "something required that is not there"
    if schema.get("type") == "array" and "items" not in schema:
        yield "an array of anything"
    for part in (
        *schema.get("properties", {}).values(),
        *schema.get("anyOf", ()),
        *filter(None, [schema.get("items")]),
    ):
        yield from _schema_faults(part)


def window(sent: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a request tells of the conversation: role and text of each message up to the one just typed."""
    told = [(message["role"], message["content"]) for message in sent["messages"][1:]]
    last = max(number for number, (role, _) in enumerate(told) if role == "user")
    return told[: last + 1]
