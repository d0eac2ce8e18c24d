"""Which properties the assistant may write: allow, ask or deny, whatever the model sends."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from hubspot_agent.settings import Rule

#: Whom a contact belongs to is for a person to confirm; what it consented to and whether it is marketed to are not a
#: chat's to decide.
DEFAULT_POLICY: Mapping[str, Rule] = {
    "hubspot_owner_id": "ask",
    "hubspot_team_id": "deny",
    "hs_all_owner_ids": "deny",
    "hs_legal_basis": "deny",
    "hs_email_optout*": "deny",
    "hs_*consent*": "deny",
    "hs_marketable*": "deny",
}


def ruled(properties: Iterable[str], rule: Rule, policy: Mapping[str, Rule]) -> list[str]:
    """Return those of `properties` that fall under `rule`.

    Args:
        properties: HubSpot's property names.
        rule: ``"allow"``, ``"ask"`` or ``"deny"``.
        policy: Rules by property name or pattern (``*`` for anything), before `DEFAULT_POLICY`; an
            exact name goes before a pattern. What has no rule is allowed.
    """
    return [name for name in properties if _rule_of(name.strip().lower(), policy) == rule]


def _rule_of(name: str, policy: Mapping[str, Rule]) -> Rule:
    for rules in (policy, DEFAULT_POLICY):
        if name in rules:
            return rules[name]
        for pattern, rule in rules.items():
            if fnmatchcase(name, pattern):
                return rule
    return "allow"
