"""The plan of one write: what a tool call would do, checked before anyone is asked and anything is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import ToolCall
from pydantic import BaseModel
from typing_extensions import TypedDict

from hubspot_agent.contacts import IDENTIFYING_PROPERTIES, Change, Contact, changes
from hubspot_agent.guardrails.contact_selection import is_affirmative, is_chosen
from hubspot_agent.guardrails.duplicates import find_duplicates
from hubspot_agent.guardrails.evidence import unsaid
from hubspot_agent.guardrails.field_policy import ruled
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError
from hubspot_agent.memory import PinnedContact
from hubspot_agent.settings import Rule
from hubspot_agent.tools.results import ToolResult, failed, refused
from hubspot_agent.tools.schemas import CreateContact, UpdateContact, given_properties, tool_arguments
from hubspot_agent.validation.properties import clean

#: The tools that write, and the schema of their arguments.
WRITING_TOOLS: dict[str, type[BaseModel]] = {"create_contact": CreateContact, "update_contact": UpdateContact}


class Plan(TypedDict):
    """What one write would do; kept in the agent's state until it has run.

    Attributes:
        tool: The tool to run.
        args: Its arguments, cleaned: exactly these are shown, and exactly these run.
        contact: The contact before an update, as `Contact.as_dict` gives it.
        changes: What would change.
        duplicates: Contacts that may be the same person as one to be created.
        unsaid: Properties whose value the user did not say.
        ask: Whether a person has to decide.
        refusal: What the tool answers instead, when the write may not run.
        approved_by: Who approved it, when someone was asked.
        edited: Whether that person changed it.
        process: The process that was about to run it, to know a second attempt by.
        started: When that was, ISO-8601.
    """

    tool: str
    args: dict[str, Any]
    contact: dict[str, Any] | None
    changes: list[Change]
    duplicates: list[dict[str, Any]]
    unsaid: list[str]
    ask: bool
    refusal: ToolResult | None
    approved_by: str | None
    edited: bool
    process: str
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a write is judged by, besides its arguments.

    Attributes:
        seen: The contacts this conversation has seen.
        said: What the user typed in this conversation, oldest first.
        recent: Of that, what the model was shown, the message just typed last.
        asked: What the assistant said before that message.
        crm_text: Whether the model has read text out of the CRM, which may hold anyone's instructions.
        approve_writes: Whether every write is put before a person.
        can_ask: Whether the conversation can pause for a person.
        policy: Rules by property, see `policy.ruled`.
        default_region: The country of phone numbers without a country code.
        by_hand: Whether a person wrote these arguments, and so chose contact and values.
    """

    seen: Sequence[PinnedContact]
    said: Sequence[str]
    recent: Sequence[str]
    asked: str
    crm_text: bool
    approve_writes: bool
    can_ask: bool
    policy: Mapping[str, Rule] = field(default_factory=dict)
    default_region: str = "NL"
    by_hand: bool = False


class RefusedError(Exception):
    """A write may not run; arguments as for `hubspot_agent.tools.results.refused`."""

    def __init__(self, code: str, message: str, contacts: Sequence[Contact] = ()) -> None:
        self.result = refused(code, message, contacts)
        super().__init__(code)


def plan_write(contacts: Callable[[], HubSpotContacts], call: ToolCall, situation: Situation) -> Plan:
    """Plan the write that `call` asks for; makes a few reads, writes nothing."""
    plan = Plan(
        tool=call["name"],
        args=call["args"],
        contact=None,
        changes=[],
        duplicates=[],
        unsaid=[],
        ask=False,
        refusal=None,
        approved_by=None,
        edited=situation.by_hand,
        process="",
        started="",
    )
    try:
        arguments = WRITING_TOOLS[call["name"]].model_validate(call["args"]).model_dump(exclude_none=True)
    except ValueError:
        return plan  # The tool itself says what is wrong with them.
    try:
        if call["name"] == "update_contact":
            _plan_update(contacts(), arguments, situation, plan)
        else:
            _plan_create(contacts(), arguments, situation, plan)
    except RefusedError as error:
        plan["refusal"] = error.result
    except HubSpotError as error:
        plan["refusal"] = failed(error)
    return plan


def _plan_update(port: HubSpotContacts, arguments: dict[str, Any], situation: Situation, plan: Plan) -> None:
    contact_id = arguments["contact_id"].strip()
    properties = given_properties(arguments)
    seen = next((each for each in situation.seen if each["id"] == contact_id), None)
    if seen is None:
        raise RefusedError(
            "unknown_contact",
            "this conversation has not seen a contact with that id. Search for the contact, then use the id found.",
        )
    if not situation.by_hand and not is_chosen(
        seen, situation.seen, situation.recent, situation.asked, list(properties.values())
    ):
        raise RefusedError(
            "ambiguous",
            "several contacts were shown and the user has not said which one is meant. List them with what tells "
            "them apart and ask the user; do not choose yourself.",
        )
    _obey_policy(properties, situation, plan)
    before = port.get(contact_id, properties=tuple(properties))
    cleaned = _cleaned(port, properties, situation)
    plan["args"] = {"contact_id": before.id, **tool_arguments(cleaned)}
    plan["contact"] = before.as_dict()
    plan["changes"] = changes(before.properties, cleaned)
    _check_said({each["property"]: each["new"] for each in plan["changes"]}, properties, situation, plan)
    plan["ask"] = bool(plan["changes"]) and (plan["ask"] or situation.approve_writes)


def _plan_create(port: HubSpotContacts, arguments: dict[str, Any], situation: Situation, plan: Plan) -> None:
    properties = given_properties(arguments)
    _obey_policy(properties, situation, plan)
    cleaned = {name: value for name, value in _cleaned(port, properties, situation).items() if value}
    if not any(cleaned.get(name) for name in IDENTIFYING_PROPERTIES):
        return  # The tool itself says so.
    plan["args"] = tool_arguments(cleaned)
    plan["changes"] = changes({}, cleaned)
    _check_said(cleaned, properties, situation, plan)
    duplicates = find_duplicates(port, cleaned, default_region=situation.default_region)
    plan["duplicates"] = [
        {**each.contact.as_dict(), "reason": each.reason, "differs": each.differs} for each in duplicates
    ]
    if duplicates and not situation.can_ask:
        raise RefusedError(
            "duplicate_suspected",
            "this may be a contact that exists already. Show it to the user and ask whether to update that one.",
            [each.contact for each in duplicates],
        )
    plan["ask"] = plan["ask"] or bool(duplicates) or situation.approve_writes


def _obey_policy(properties: Mapping[str, str], situation: Situation, plan: Plan) -> None:
    if situation.approve_writes and not situation.can_ask:
        raise RefusedError(
            "policy_ask", "a person has to approve this, which needs a conversation that is kept (a checkpointer)."
        )
    if denied := ruled(properties, "deny", situation.policy):
        raise RefusedError(
            "policy_denied",
            f"this assistant may not write {', '.join(denied)}. Leave it out; the user can change it in HubSpot.",
        )
    if asking := ruled(properties, "ask", situation.policy):
        if not situation.can_ask:
            raise RefusedError(
                "policy_ask", f"{', '.join(asking)} needs a person's approval, which is not possible here."
            )
        plan["ask"] = True


def _cleaned(port: HubSpotContacts, properties: Mapping[str, str], situation: Situation) -> dict[str, str]:
    try:
        definitions = port.property_definitions()
    except HubSpotError:
        definitions = {}  # HubSpot then judges the values itself.
    cleaned = clean(properties, definitions, default_region=situation.default_region)
    if cleaned.problems:
        listed = " ".join(f"{each.property}: {each.message}" for each in cleaned.problems)
        raise RefusedError("invalid_contact", f"{listed} Correct this, or ask the user for the right value.")
    return cleaned.values


def _check_said(written: Mapping[str, str], given: Mapping[str, str], situation: Situation, plan: Plan) -> None:
    """Find values that the user did not say, and refuse them where nobody would be asked.

    When the model has read nothing out of the CRM and none of its values was said, they cannot be told
    from what another program knows; when some were said, the others were made up.
    """
    if situation.by_hand:
        return
    missing = [name for name in unsaid(written, situation.said) if name in unsaid(given, situation.said)]
    plan["unsaid"] = missing
    latest = situation.recent[-1] if situation.recent else ""
    if missing and situation.can_ask and is_affirmative(latest):
        proposed = [*situation.said, situation.asked]
        if not set(unsaid(written, proposed)) & set(unsaid(given, proposed)):
            plan["ask"] = True  # The assistant proposed it and the user said yes: a person decides on the exact values.
            return
    tells = situation.crm_text or len(missing) < len(written)
    if missing and tells and not situation.approve_writes:
        raise RefusedError(
            "not_said",
            f"the user did not say a value for {', '.join(missing)}. Leave that out, or ask the user for it; "
            "what stands in the CRM is no reason to write.",
        )
