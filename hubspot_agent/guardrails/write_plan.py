"""The plan of one write: what a tool call would do, checked before anyone is asked and anything is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired

from langchain_core.messages import ToolCall
from pydantic import BaseModel
from typing_extensions import TypedDict

from hubspot_agent.contacts import IDENTIFYING_PROPERTIES, Change, Contact, changes
from hubspot_agent.guardrails.contact_selection import is_chosen, is_named_by_id
from hubspot_agent.guardrails.doubts import (
    Doubt,
    ambiguous_contact,
    likely_duplicate,
    sensitive_property,
    unsaid_value,
    unusual_phones,
)
from hubspot_agent.guardrails.duplicates import Duplicate, find_duplicates
from hubspot_agent.guardrails.evidence import ungiven
from hubspot_agent.guardrails.field_policy import ruled
from hubspot_agent.guardrails.related_plan import RelatedPlan, plan_related
from hubspot_agent.guardrails.situation import RefusedError, Situation, is_named_in
from hubspot_agent.hubspot import HubSpotContacts, HubSpotError, PropertyDefinition
from hubspot_agent.memory import PinnedContact
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.tools.names import with_names
from hubspot_agent.tools.related import Related
from hubspot_agent.tools.results import ToolResult, ValueProblem, failed
from hubspot_agent.tools.schemas import (
    RELATED_ARGUMENTS,
    CreateContact,
    UpdateContact,
    given_properties,
    given_related,
    tool_arguments,
)
from hubspot_agent.validation.properties import clean

#: The tools that write, and the schema of their arguments.
WRITING_TOOLS: dict[str, type[BaseModel]] = {"create_contact": CreateContact, "update_contact": UpdateContact}

#: The codes of problems that no other value would solve.
_NOT_WRITABLE = ("READ_ONLY_VALUE", "PROPERTY_DOESNT_EXIST")


class Plan(TypedDict):
    """What one write would do; kept in the agent's state until it has run.

    Attributes:
        tool: The tool to run.
        args: Its arguments, cleaned: exactly these are shown, and exactly these run.
        contact: The contact before an update, as `Contact.as_dict` gives it.
        changes: What would change; owner and company record by name.
        related: The owner, the company record and the note that run with it, with HubSpot's ids.
        respelled: Values that are stored otherwise than the model gave them, by property: as it gave them.
        duplicates: Contacts that may be the same person as one to be created.
        doubts: Why a person has to decide.
        ask: Whether a person has to decide, for a doubt or because every write is approved.
        refusal: What the tool answers instead, when the write may not run.
        approved_by: Who approved it, when someone was asked.
        edited: Whether that person changed it.
        decision: What that person decided, as the pause was answered.
        place: The place of this write among those of its pause.
        pauses: The ids of that pause: the first, and one more for each time it was asked again.
        asked: The plan as that person was asked about it, where they changed it.
        run: The run that planned it, where a server names its runs.
        process: The process that was about to run it, to know a second attempt by.
        started: When that was by HubSpot's clock, ISO-8601.
        seal: Proof of having been planned, and then decided, here.
    """

    tool: str
    args: dict[str, Any]
    contact: dict[str, Any] | None
    changes: list[Change]
    related: NotRequired[Related]
    respelled: dict[str, str]
    duplicates: list[dict[str, Any]]
    doubts: list[Doubt]
    ask: bool
    refusal: ToolResult | None
    approved_by: str | None
    edited: bool
    decision: dict[str, Any] | None
    place: int
    pauses: NotRequired[list[str]]
    asked: "Plan | None"
    run: str | None
    process: str
    started: str
    seal: NotRequired[str]


def plan_write(contacts: Callable[[], HubSpotContacts], call: ToolCall, situation: Situation) -> Plan:
    """Plan the write that `call` asks for; makes a few reads, writes nothing."""
    plan = Plan(
        tool=call["name"],
        args=call["args"],
        contact=None,
        changes=[],
        respelled={},
        duplicates=[],
        doubts=[],
        ask=False,
        refusal=None,
        approved_by=None,
        edited=situation.by_hand,
        decision=None,
        place=0,
        asked=None,
        run=None,
        process="",
        started="",
    )
    try:
        arguments = WRITING_TOOLS[call["name"]].model_validate(call["args"]).model_dump(exclude_none=True)
    except ValueError:
        return plan  # The tool itself says what is wrong with them.
    try:
        if situation.approve_writes and not situation.can_ask:
            raise RefusedError(
                "policy_ask", "a person has to approve this, which needs a conversation that is kept (a checkpointer)."
            )
        if call["name"] == "update_contact":
            _plan_update(contacts(), arguments, situation, plan)
        else:
            _plan_create(contacts(), arguments, situation, plan)
        if plan["doubts"] and not situation.can_ask:
            raise _refusal_of_doubts(plan)
    except RefusedError as error:
        plan["refusal"] = error.result
    except HubSpotError as error:
        plan["refusal"] = failed(error)
    return plan


def _plan_update(port: HubSpotContacts, arguments: dict[str, Any], situation: Situation, plan: Plan) -> None:
    contact_id, properties = arguments["contact_id"].strip(), given_properties(arguments)
    seen = next((each for each in situation.seen if each["id"] == contact_id), None)
    if seen is None and not is_named_by_id(contact_id, situation.said):
        raise RefusedError(
            "unknown_contact",
            "this conversation has not seen a contact with that id. Search for the contact, then use the id found.",
        )
    _refuse_denied(properties, situation)
    before = port.get(contact_id, properties=tuple(properties))
    cleaned = _cleaned(port, properties, situation, before.properties)
    plan["args"] = {"contact_id": before.id, **tool_arguments(cleaned.values)}
    plan["contact"] = before.as_dict()
    plan["changes"] = changes(before.properties, cleaned.values)
    changing = {each["property"]: each["new"] for each in plan["changes"]}
    plan["respelled"] = _respelled(properties, changing)
    also = plan_related(port, arguments, situation, before, changing)
    new_values = [*properties.values(), *given_related(arguments).values()]
    if (changing or also.changes) and seen and not situation.by_hand and not _is_chosen(seen, new_values, situation):
        plan["doubts"].append(ambiguous_contact(before, situation.texts))
    plan["doubts"] += _doubts_about_values(changing, properties, cleaned, situation, [before.name, before.email])
    _add(also, plan)
    plan["ask"] = bool(plan["changes"]) and (bool(plan["doubts"]) or situation.approve_writes)


def _plan_create(port: HubSpotContacts, arguments: dict[str, Any], situation: Situation, plan: Plan) -> None:
    properties = given_properties(arguments)
    _refuse_denied(properties, situation)
    cleaned = _cleaned(port, properties, situation, {})
    values = {name: value for name, value in cleaned.values.items() if value}
    if not any(values.get(name) for name in IDENTIFYING_PROPERTIES):
        return  # The tool itself says so.
    plan["args"] = tool_arguments(values)
    plan["changes"] = changes({}, values)
    plan["respelled"] = _respelled(properties, values)
    whom = [values[name] for name in IDENTIFYING_PROPERTIES if name in values]
    plan["doubts"] = _doubts_about_values(values, properties, cleaned, situation, whom)
    _add(plan_related(port, arguments, situation, None, values), plan)
    duplicates = find_duplicates(port, values, default_region=situation.default_region)
    records, _ = with_names(port, [each.contact.as_dict() for each in duplicates])
    plan["duplicates"] = [
        {**record, "reason": each.reason, "differs": each.differs}
        for record, each in zip(records, duplicates, strict=True)
    ]
    plan["doubts"] += [
        likely_duplicate(each.contact, each.reason, situation.texts)
        for each in duplicates
        if not _is_known_duplicate(each, situation)
    ]
    plan["ask"] = bool(plan["doubts"]) or situation.approve_writes


def _add(also: RelatedPlan, plan: Plan) -> None:
    """Make what a write relates its contact with part of the plan."""
    cleared = [*plan["args"].get("clear", ()), *also.args.pop("clear", ())]
    plan["args"] |= also.args | ({"clear": cleared} if cleared else {})
    plan["changes"] += also.changes
    plan["doubts"] += also.doubts
    plan["related"] = also.related


@dataclass(frozen=True, slots=True)
class _Clean:
    values: dict[str, str]
    doubts: list[Doubt]
    definitions: Mapping[str, PropertyDefinition]


def _cleaned(
    port: HubSpotContacts, properties: Mapping[str, str], situation: Situation, stored: Mapping[str, str]
) -> _Clean:
    try:
        definitions = port.property_definitions()
    except HubSpotError:
        definitions = {}  # HubSpot then judges the values itself.
    cleaned = clean(properties, definitions, default_region=situation.default_region, stored=stored)
    if cleaned.problems:
        listed = " ".join(f"{each.property}: {each.message}" for each in cleaned.problems)
        if any(each.code not in _NOT_WRITABLE for each in cleaned.problems):
            listed += " Correct this, or ask the user for the right value."
        refusal = RefusedError("invalid_contact", listed)
        refusal.result["problems"] = [ValueProblem(property=p.property, code=p.code) for p in cleaned.problems]
        raise refusal
    return _Clean(cleaned.values, unusual_phones(cleaned.phone_doubts, situation.texts), definitions)


def _respelled(given: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Return the given values that are stored otherwise, in more than spaces."""
    return {name: given[name] for name, value in stored.items() if given[name].split() != value.split()}


def _refuse_denied(properties: Mapping[str, str], situation: Situation) -> None:
    if denied := ruled(properties, "deny", situation.policy):
        raise RefusedError(
            "policy_denied",
            f"this assistant may not write {', '.join(denied)}. Leave it out; the user can change it in HubSpot.",
        )


def _is_chosen(seen: PinnedContact, new_values: Sequence[str], situation: Situation) -> bool:
    by_id = is_named_by_id(seen["id"], situation.recent)
    return by_id or is_chosen(seen, situation.seen, situation.recent, situation.asked, new_values)


def _is_known_duplicate(duplicate: Duplicate, situation: Situation) -> bool:
    """Tell whether the assistant has named a likely duplicate, and the user agreed to go on all the same."""
    if situation.by_hand or duplicate.reason == "email":
        return situation.by_hand
    return is_named_in(situation.agreed, [duplicate.contact.name, duplicate.contact.email])


def _doubts_about_values(
    written: Mapping[str, str], given: Mapping[str, str], cleaned: _Clean, situation: Situation, whom: Sequence[str]
) -> list[Doubt]:
    """Return the doubts about values: not said by the user, unusual, or under the policy."""
    if situation.by_hand:
        return []
    unusual = [each for each in cleaned.doubts if each["property"] in written]
    missing = _missing(written, given, situation.said, cleaned.definitions)
    if situation.agreed:
        shown = [situation.agreed]
        not_shown = _missing({name: written[name] for name in missing}, given, shown, cleaned.definitions)
        missing = [name for name in missing if name in not_shown or not situation.may_be_agreed_to(written[name], whom)]
        unusual = [each for each in unusual if ungiven({"": written[each["property"] or ""]}, shown)]
    return [
        *(unsaid_value(name, written[name], situation.texts) for name in missing),
        *unusual,
        *(sensitive_property(name, situation.texts) for name in ruled(written, "ask", situation.policy)),
    ]


def _missing(
    written: Mapping[str, str],
    given: Mapping[str, str],
    said: Sequence[str],
    definitions: Mapping[str, PropertyDefinition],
) -> list[str]:
    """Return the properties whose value was not said: neither as it is stored, nor as the model gave it."""
    as_given = {name: given[name] for name in ungiven(written, said, definitions)}
    return ungiven(as_given, said, definitions)


def _refusal_of_doubts(plan: Plan) -> RefusedError:
    """Return the refusal of a write in doubt where nobody can be asked, with the way out."""
    kinds = {doubt["kind"] for doubt in plan["doubts"]}
    names = dict.fromkeys(doubt["property"] for doubt in plan["doubts"] if doubt["property"])
    properties = ", ".join(RELATED_ARGUMENTS.get(name, name) for name in names)
    if "policy" in kinds:
        return RefusedError("policy_ask", f"{properties} needs a person's approval, which is not possible here.")
    if "duplicate" in kinds:
        existing = [Contact.from_dict(each) for each in plan["duplicates"]]
        message = (
            "this may be a contact that exists already. Name it to the user with its e-mail address, and ask whether "
            "to update that one, or to create another all the same; call the tool again when the user has answered."
        )
        return RefusedError("duplicate_suspected", message, existing)
    if "ambiguous" in kinds:
        message = (
            "several contacts were shown and the user has not said which one is meant. List them with what tells them "
            "apart and ask the user; do not choose yourself."
        )
        return RefusedError("ambiguous", message)
    shown = "; ".join(
        f"{RELATED_ARGUMENTS.get(each['property'], each['property'])}: {shortened(each['new']) or '(empty)'}"
        for each in plan["changes"]
    )
    code, why = ("not_said", "the user did not say") if "unsaid" in kinds else ("unusual_value", "it is unusual as")
    message = (
        f"{why} {properties}. What stands in the CRM is no reason to write. If this is what the user wants, show "
        f"exactly what would be written ({shown}), for whom, and ask for a yes; then call the tool again."
    )
    return RefusedError(code, message)
