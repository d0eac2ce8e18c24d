"""How the sandbox behaves: profiles, and what we assume where HubSpot's documents are silent."""

from dataclasses import dataclass
from typing import Final, Literal

from hubspot_agent.sandbox.limits import Limits

ProfileName = Literal["instant", "realistic"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The delays and limits of the sandbox.

    Attributes:
        search_delay: Seconds until a search sees a write.
        latency: Shortest and longest extra seconds before an answer.
        limits: The account's rate limits.
    """

    search_delay: float
    latency: tuple[float, float]
    limits: Limits


#: `instant` for tests. `realistic` for people: 5 s index delay (reports say a few seconds, HubSpot gives no
#: bound), 30 to 120 ms an answer, and the limits of a Starter account (HubSpot's usage guidelines, 2026).
PROFILES: Final[dict[ProfileName, Profile]] = {
    "instant": Profile(search_delay=0.0, latency=(0.0, 0.0), limits=Limits()),
    "realistic": Profile(search_delay=5.0, latency=(0.03, 0.12), limits=Limits(burst=100, search=5, daily=250_000)),
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What HubSpot's documents and recordings leave open; each default is our best guess.

    Attributes:
        default_lifecyclestage: Stage of a new contact that is given none; "" for none. Accounts differ.
        lifecycle_backward: What a move to an earlier stage does: `ignore` (200, value unchanged) or `error`.
        lowercase_emails: Whether e-mail addresses are stored in lower case.
        find_by_secondary_email: Whether reading by e-mail also finds a secondary address.
        createdate_writable: Whether `createdate` may be set.
        repeated_delete: Status of deleting what is already archived, 204 or 404.
        fold_accents: Whether "jose" finds "José" in `query` and `CONTAINS_TOKEN`.
        negation_matches_empty: Whether NEQ, NOT_IN and NOT_CONTAINS_TOKEN match a contact without the value.
        options_described: Whether INVALID_OPTION lists options with label and order; else plain values.
        company_domains_unique: Whether a second company of one domain is refused (409). HubSpot keeps people from
            making one, but not, it is said, its API.
        search_policy_named: Whether a 429 on search carries `errorType` and `policyName`; recordings do not.
    """

    default_lifecyclestage: str = "lead"
    lifecycle_backward: Literal["ignore", "error"] = "ignore"
    lowercase_emails: bool = True
    find_by_secondary_email: bool = True
    createdate_writable: bool = False
    repeated_delete: Literal[204, 404] = 204
    fold_accents: bool = True
    negation_matches_empty: bool = True
    options_described: bool = False
    company_domains_unique: bool = False
    search_policy_named: bool = False
