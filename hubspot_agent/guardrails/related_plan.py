"""What a write relates a contact with, an owner, a company record, a note: planned and doubted like its values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubspot_agent.contacts import Change, Contact
from hubspot_agent.guardrails.contact_selection import is_plain_yes
from hubspot_agent.guardrails.doubts import (
    Doubt,
    ambiguous_name,
    new_company,
    sensitive_property,
    unsaid_note,
    unsaid_value,
)
from hubspot_agent.guardrails.evidence import ungiven
from hubspot_agent.guardrails.field_policy import ruled
from hubspot_agent.guardrails.note_evidence import is_own_note
from hubspot_agent.guardrails.situation import RefusedError, Situation
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.texts.words import phrases
from hubspot_agent.tools.companies import find_company, is_called, related_company
from hubspot_agent.tools.companies import new_company as company_to_create
from hubspot_agent.tools.operations import related_rows
from hubspot_agent.tools.owners import is_me
from hubspot_agent.tools.related import Related, RelatedOwner, linked_with, note_by, owner_change
from hubspot_agent.tools.schemas import COMPANY, NOTE, OWNER, RELATED_ARGUMENTS, given_related
from hubspot_agent.tools.unsettled import UnsettledError
from hubspot_agent.validation.words import folded, has_phrase

_ADDRESS = re.compile(r"\S+@\S+")


@dataclass(slots=True)
class RelatedPlan:
    """What a write would relate a contact with.

    Attributes:
        related: What runs; without a name that means several, which is to be chosen first.
        args: The arguments that say it, as they are shown and as they would be understood again.
        changes: What would change, by name.
        doubts: Why a person has to decide.
    """

    related: Related = field(default_factory=Related)
    args: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def plan_related(
    port: HubSpotContacts,
    arguments: Mapping[str, Any],
    situation: Situation,
    contact: Contact | None,
    values: Mapping[str, str],
) -> RelatedPlan:
    """Plan the owner, the company record and the note of a write; makes a few reads, writes nothing.

    Args:
        port: The account.
        arguments: The tool call's.
        situation: What the write is judged by.
        contact: The contact before an update.
        values: What the contact is given, cleaned.

    Raises:
        RefusedError: A name means nobody, or something may not be written.
        HubSpotError: HubSpot could not be asked.
    """
    given, plan = given_related(arguments), RelatedPlan()
    former: Mapping[str, str] = contact.properties if contact else {}
    whom = [value for each in ("firstname", "lastname", "email") if (value := {**former, **values}.get(each))]
    named = [contact.name, contact.email] if contact else whom
    if OWNER in given:
        _plan_owner(port, given[OWNER], situation, contact, named, plan)
    if COMPANY in given:
        email = values.get("email") or former.get("email", "")
        _plan_company(port, given[COMPANY], situation, contact, email, named, plan)
    if NOTE in given:
        plan.related = {**plan.related, **note_by(port, given[NOTE], situation.user)}
        plan.args[RELATED_ARGUMENTS[NOTE]] = given[NOTE]
        # Notes that earlier turns read out are not kept: any may stand in the CRM.
        agreed = _is_agreed_to(NOTE, given[NOTE], situation, named) and is_plain_yes(situation.recent[-1])
        if not (situation.by_hand or agreed or is_own_note(given[NOTE], situation.said, whom)):
            plan.doubts.append(unsaid_note(situation.texts))
    settled = [each for each in related_rows(plan.related) if each["property"] not in _properties(plan.changes)]
    plan.changes += settled
    return plan


def _is_agreed_to(name: str, text: str, situation: Situation, named: Sequence[str]) -> bool:
    """Tell whether the assistant showed this text, and the user agreed to it for the contact called so."""
    shown = bool(situation.agreed) and not ungiven({name: text}, [situation.agreed])
    return shown and situation.may_be_agreed_to(text, named)


def _plan_owner(
    port: HubSpotContacts,
    text: str,
    situation: Situation,
    contact: Contact | None,
    named: Sequence[str],
    plan: RelatedPlan,
) -> None:
    if ruled([OWNER], "deny", situation.policy):
        raise RefusedError(
            "policy_denied", "this assistant may not write the owner. Leave it out; the user can change it in HubSpot."
        )
    try:
        change = owner_change(port, text, situation.user, contact)
    except UnsettledError as error:
        _doubt_name(error, text, situation, plan)
        plan.args[RELATED_ARGUMENTS[OWNER]] = text
        return
    owner = change["owner"]
    if owner["id"] == (contact.properties.get(OWNER, "") if contact else ""):
        return
    plan.related = {**plan.related, **change}
    # By the address, for names may be several people's.
    plan.args |= {RELATED_ARGUMENTS[OWNER]: owner["email"]} if owner["id"] else {"clear": [OWNER]}
    plan.changes.append(Change(property=OWNER, old=change.get("former_owner", ""), new=owner["name"]))
    if situation.by_hand:
        return
    if not _is_owner_said(port, text, owner, situation, named):
        plan.doubts.append(unsaid_value(OWNER, owner["name"], situation.texts))
    if ruled([OWNER], "ask", situation.policy):
        plan.doubts.append(sensitive_property(OWNER, situation.texts))


def _is_owner_said(
    port: HubSpotContacts, text: str, owner: RelatedOwner, situation: Situation, named: Sequence[str]
) -> bool:
    """Tell whether the user named this owner: as the model did, or in another way that means nobody else."""
    if is_me(text):
        return any(has_phrase(folded(each), phrases("me")) for each in situation.said)

    def is_said(name: str) -> bool:
        return not ungiven({OWNER: name}, situation.said) or _is_agreed_to(OWNER, name, situation, named)

    if is_said(text):
        return True
    others = (owner["email"], owner["name"], owner["name"].partition(" ")[0])
    return any(
        is_said(name) and [each.id for each in port.owners.matching(name)] == [owner["id"]] for name in others if name
    )


def _plan_company(
    port: HubSpotContacts,
    text: str,
    situation: Situation,
    contact: Contact | None,
    email: str,
    named: Sequence[str],
    plan: RelatedPlan,
) -> None:
    argument = RELATED_ARGUMENTS[COMPANY]
    shown = situation.shown_company if text == situation.shown_company_text else None
    is_meant = True
    if situation.by_hand and shown:
        company = shown  # What the person saw, who left it as it was.
    else:
        try:
            found = find_company(port, text, email)
            company, is_meant = related_company(found), is_called(found, text)
        except UnsettledError as error:
            may_create = error.code == "unknown_company" and situation.can_ask and not situation.by_hand
            new = company_to_create(text, email) if may_create else None
            if new is None:
                _doubt_name(error, text, situation, plan)
                plan.args[argument] = text
                return
            company = new
            plan.doubts.append(new_company(company["label"], situation.texts))
    linked = linked_with(port, {**company, "former": ""}, contact)
    if linked is None:
        return
    plan.related["company"] = linked
    plan.args[argument] = linked["domain"] or linked["name"]
    if not situation.by_hand and not (is_meant and _is_link_asked(text, situation, named)):
        plan.doubts.append(unsaid_value(COMPANY, linked["label"], situation.texts))


def _is_link_asked(text: str, situation: Situation, named: Sequence[str]) -> bool:
    """Tell whether the user asked to link this company: who names it, or has it in an address, may mean anything."""
    if _is_agreed_to(COMPANY, text, situation, named):
        return True
    asked = any(has_phrase(folded(each), phrases("link")) for each in situation.recent)
    said = situation.said if "@" in text else [_ADDRESS.sub(" ", each) for each in situation.said]
    return asked and not ungiven({COMPANY: text}, said)


def _doubt_name(error: UnsettledError, text: str, situation: Situation, plan: RelatedPlan) -> None:
    """Have a person choose among several; nobody, or nobody to ask, is an answer to the model."""
    if not error.code.startswith("ambiguous") or situation.by_hand or not situation.can_ask:
        refusal = RefusedError(error.code, "")
        refusal.result = error.result
        raise refusal
    plan.changes.append(Change(property=error.property, old="", new=text))
    plan.doubts.append(ambiguous_name(error.property, text, error.choices, situation.texts))


def _properties(changes: Sequence[Change]) -> set[str]:
    return {each["property"] for each in changes}
