"""What a tool answers: data for programs, and made from it the text for the model.

Nothing reads that text back: front ends, the audit trail, metrics and the demo model take the data.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired

from langchain_core.messages import BaseMessage, ToolCall, ToolMessage
from pydantic import ValidationError
from typing_extensions import TypedDict

from hubspot_agent.contacts import SHOWN_PROPERTIES, Change, Contact
from hubspot_agent.hubspot import ContactExistsError, HubSpotError
from hubspot_agent.texts.sanitizing import data_block
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER

#: "done": HubSpot did it; "unchanged": there was nothing to do; "refused": it was not tried; "failed": HubSpot did
#: not do it; "unknown": nobody knows whether HubSpot did it.
Outcome = Literal["done", "unchanged", "refused", "failed", "unknown"]


#: What the model is shown owner, company record and note as.
_MODEL_NAMES = {OWNER: "owner", COMPANY: "linked_company", NOTE: "note"}


class NotDone(TypedDict):
    """A part of a write that did not come about.

    Attributes:
        property: HubSpot's name of what was to be written.
        new: Its value, as people are shown it.
        outcome: "failed", "unknown", or "not_tried" after another part failed.
        code: Why, as a stable name; "" of what was not tried. With "company_not_linked" the company record was created.
    """

    property: str
    new: str
    outcome: Literal["failed", "unknown", "not_tried"]
    code: str


class Receipt(TypedDict):
    """What became of a write, as HubSpot answered it.

    Attributes:
        tool: The tool, or "undo".
        contact_id: HubSpot's record id; `None` where no contact came of it.
        name: What people call the contact.
        outcome: "done", "failed" or "unknown".
        changes: Each property before and after; owner and company record by name.
        url: The record's page in HubSpot, where known.
        not_done: Of a write of several parts, those that did not come about although the outcome is "done"; or that
            were not tried because it is not, and a company record that was created all the same.
    """

    tool: str
    contact_id: str | None
    name: str
    outcome: Outcome
    changes: list[Change]
    url: str | None
    not_done: NotRequired[list[NotDone]]


class ValueProblem(TypedDict):
    """A value that cannot be stored: HubSpot's property name, and HubSpot's code of what is wrong."""

    property: str
    code: str


class UnknownCreation(TypedDict):
    """A creation of which nobody knows whether it took place.

    Attributes:
        properties: What was sent.
        key: As for `HubSpotContacts.create`.
        since: When it was sent, by HubSpot's clock, ISO-8601.
        known: The ids of the contacts like it that were there before.
        approved_by: Who approved it, when someone was asked.
    """

    properties: dict[str, str]
    key: str
    since: str
    known: list[str]
    approved_by: str | None


class ToolResult(TypedDict):
    """What a tool answers; the artifact of its `ToolMessage`.

    Attributes:
        outcome: What came of the call.
        code: Of what is refused, failed or unknown: why, as a stable name.
        message: The same in a sentence for the model, with what to do about it.
        contacts: The contacts it is about, as `Contact.as_dict` gives them.
        problems: Of a write that is refused for its values: which.
        choices: Of a name that means several or nobody: who or what may be meant.
        receipt: Of a write that was sent: what became of it.
        written_ids: Of such a write: HubSpot's ids, for undo, of the "owner" and the "former_owner", of the "company"
            that was linked, of the "note"; and what a "new_company" is called.
        unknown_creation: Of a creation whose outcome is unknown: by what to find out later.
        notes: Sentences for the model about what was done.
        fields: Of a search: the properties that are shown besides the usual ones, with a value or without.
        total: Of a search: how many contacts match in all.
        first: Of a search: the place of the first contact shown, counted from 1.
        after: Of a search: where the next page begins; `None` on the last.
        asked: Of a search: whether it was for the user's own words.
        seal: Of a write that can be undone: proof of having been made here.
    """

    outcome: Outcome
    code: NotRequired[str]
    message: NotRequired[str]
    contacts: list[dict[str, Any]]
    problems: NotRequired[list[ValueProblem]]
    choices: NotRequired[list[str]]
    written_ids: NotRequired[dict[str, str]]
    receipt: NotRequired[Receipt]
    unknown_creation: NotRequired[UnknownCreation]
    notes: NotRequired[list[str]]
    fields: NotRequired[list[str]]
    total: NotRequired[int]
    first: NotRequired[int]
    after: NotRequired[str | None]
    asked: NotRequired[bool]
    seal: NotRequired[str]


def refused(code: str, message: str, contacts: Sequence[Contact] = ()) -> ToolResult:
    """Return the result of a call that is not tried.

    Args:
        code: Why, as a stable name.
        message: Why and what to do instead, in a sentence for the model.
        contacts: The contacts that it is about.
    """
    return ToolResult(outcome="refused", code=code, message=message, contacts=[each.as_dict() for each in contacts])


def failed(error: HubSpotError) -> ToolResult:
    """Return the result of a call that HubSpot did not carry out, or that nobody knows the outcome of."""
    return ToolResult(
        outcome="unknown" if error.written == "unknown" else "failed",
        code=error.code,
        message=f"{error} {error.fix}".rstrip(),
        contacts=[error.existing.as_dict()] if isinstance(error, ContactExistsError) else [],
    )


def invalid_arguments(error: ValidationError) -> ToolResult:
    """Return the result of a call whose arguments do not fit the tool's schema."""
    problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    return refused("invalid_arguments", f"{'; '.join(problems)}. Call the tool again with corrected arguments.")


def receipt_of(tool: str, contact: Contact | None, changes: list[Change], *, outcome: Outcome = "done") -> Receipt:
    """Return the receipt of a write; `contact` is the one that came of it, if one did."""
    return Receipt(
        tool=tool,
        contact_id=contact.id if contact else None,
        name=contact.name if contact else "",
        outcome=outcome,
        changes=changes,
        url=contact.url if contact else None,
    )


def written(tool: str, contact: Contact, changes: list[Change]) -> ToolResult:
    """Return the result of a write that HubSpot carried out, with its receipt."""
    return ToolResult(outcome="done", contacts=[contact.as_dict()], receipt=receipt_of(tool, contact, changes))


def result_in(message: BaseMessage) -> ToolResult | None:
    """Return the result that a message brings; `None` of any other message, and of tools that are not ours."""
    artifact = message.artifact if isinstance(message, ToolMessage) else None
    return artifact if isinstance(artifact, dict) and "outcome" in artifact else None  # type: ignore[return-value]


def tool_message(call: ToolCall, result: ToolResult) -> ToolMessage:
    """Return the message that answers a tool call with `result`."""
    return ToolMessage(
        model_text(call["name"], result),
        artifact=result,
        name=call["name"],
        tool_call_id=call["id"],
        status="success" if result["outcome"] in ("done", "unchanged") else "error",
    )


def model_text(tool: str, result: ToolResult, shown_properties: Sequence[str] = ()) -> str:
    """Return the text that the model reads of a result, with CRM values as a ``<crm_data>`` block.

    Args:
        tool: The tool's name.
        result: What it answers.
        shown_properties: What a search shows of a contact besides `SHOWN_PROPERTIES`.
    """
    fields = result.get("fields", [])
    records: Sequence[Mapping[str, Any]] = [
        {**contact_line(Contact.from_dict(each), shown_properties, fields), **_logged_notes(each)}
        for each in result["contacts"]
    ]
    partly = bool(result.get("receipt", {}).get("not_done"))
    match result["outcome"]:
        case "refused" | "failed":
            head = f"Not done ({result['code']}): {result['message']}"
        case "unknown":
            head = f"Outcome unknown ({result['code']}): {result['message']}"
        case "unchanged":
            head = "Nothing to change: the contact already has these values."
        case "done" if tool == "search_contacts":
            head = _count(result)
        case "done" if tool == "create_contact":
            head, records = "Created, but not all of it was done." if partly else "Created.", [_created(result)]
        case "done":
            head, records = "Only partly done." if partly else "Updated.", [receipt_line(result["receipt"])]
    choices = [{"choice": each} for each in result.get("choices", ())]
    blocks = [data_block(each) for each in (records, choices) if each]
    lines = [head, *blocks, *_parts_not_done(result), *result.get("notes", ())]
    return "\n".join(lines)


def contact_line(contact: Contact, shown_properties: Sequence[str] = (), fields: Sequence[str] = ()) -> dict[str, str]:
    """Return what the model is shown of a contact.

    Args:
        contact: The contact.
        shown_properties: What is shown besides the `SHOWN_PROPERTIES`, where it has a value.
        fields: What is shown in any case, empty where it has no value.
    """
    names = dict.fromkeys((*SHOWN_PROPERTIES, OWNER, COMPANY, *shown_properties))
    shown = {name: contact.properties[name] for name in names if contact.properties.get(name)}
    shown |= {name: contact.properties.get(name, "") for name in fields}
    return {"id": contact.id, **_for_model(shown)}


def _for_model(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values, those of owner, company record and note by what the tools call them, and never as an id."""
    named = {name: value for name, value in values.items() if not (name in (OWNER, COMPANY) and value.isdecimal())}
    return {_MODEL_NAMES.get(name, name): value for name, value in named.items()}


def _count(result: ToolResult) -> str:
    shown, total = len(result["contacts"]), result["total"]
    if not shown:
        return f"{total} contacts match, and none stands on this page." if total else "No contact matches."
    if shown == total:
        return "1 contact matches." if total == 1 else f"{total} contacts match."
    first, after = result["first"], result["after"]
    more = f' For the next, search again with after="{after}".' if after else ""
    return f"{total} contacts match; showing {first} to {first + shown - 1}.{more}"


def _logged_notes(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"notes": record["notes"]} if "notes" in record else {}


def _parts_not_done(result: ToolResult) -> list[str]:
    """Return what the model is told of the parts of a write that did not come about."""
    said = {
        "failed": "Not done ({code}): {what}.",
        "unknown": "Not known whether it was done ({code}): {what}. The user should look in HubSpot.",
        "not_tried": "Not tried: {what}.",
    }
    parts = result.get("receipt", {}).get("not_done", ())
    return [
        said[each["outcome"]].format(code=each["code"], what=_MODEL_NAMES.get(each["property"], each["property"]))
        for each in parts
    ]


def _created(result: ToolResult) -> dict[str, Any]:
    """Return what the model is shown of a new contact: what was given, apart from what HubSpot filled in itself."""
    [contact] = result["contacts"]
    given = {each["property"]: each["new"] for each in result["receipt"]["changes"]}
    values = {name: value for name, value in contact["properties"].items() if value}
    by_hubspot = _for_model({name: value for name, value in values.items() if name not in given})
    own = _for_model({name: given[name] if name in _MODEL_NAMES else values.get(name, given[name]) for name in given})
    return {"id": contact["id"], **own, **({"filled_in_by_hubspot": by_hubspot} if by_hubspot else {})}


def receipt_line(receipt: Receipt) -> dict[str, Any]:
    """Return what the model is shown of a write: the contact, and each property old and new."""
    changed = {
        _MODEL_NAMES.get(each["property"], each["property"]): {"old": each["old"], "new": each["new"]}
        for each in receipt["changes"]
    }
    return {"id": receipt["contact_id"], "name": receipt["name"], "changed": changed}
