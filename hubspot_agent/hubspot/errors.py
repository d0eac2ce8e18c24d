"""What can go wrong with HubSpot: one small family of exceptions.

No message contains a token or anything of a contact but its record id, so an error may be logged and shown
as it is.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from hubspot_agent.contacts import Contact

#: Whether the write an error belongs to took place; reads always say "no".
Written = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class InvalidProperty:
    """One refused value.

    Attributes:
        property: HubSpot's property name.
        code: HubSpot's error code, such as INVALID_OPTION.
        message: What is wrong, in our own words and without the value.
    """

    property: str
    code: str
    message: str


class HubSpotError(Exception):
    """Something between us and HubSpot failed.

    Attributes:
        code: A stable name of the kind of failure, in snake_case.
        written: Whether the write took place.
        fix: One sentence: what to do about it.
        transient: Whether the same call may succeed when made again later.
        retry_after: Seconds HubSpot asked to wait, if it did.
        correlation_id: HubSpot's own reference of the failed call, for its support, or "".
        outage: Whether HubSpot gave no answer of its own, as when it is away.
    """

    code: ClassVar[str] = "hubspot"
    outage: bool = False
    fix: str = "Try again; if it keeps failing, look at the application's log."
    transient: bool = False

    def __init__(
        self,
        message: str,
        *,
        fix: str | None = None,
        written: Written = "no",
        retry_after: float | None = None,
        correlation_id: str = "",
    ) -> None:
        super().__init__(message)
        self.written: Written = written
        self.retry_after = retry_after
        self.correlation_id = correlation_id
        if fix is not None:
            self.fix = fix


class NotConfiguredError(HubSpotError):
    """A setting is missing or cannot be right, found before any call was made."""

    code = "not_configured"


class AuthenticationError(HubSpotError):
    """HubSpot does not accept the access token (401)."""

    code = "authentication"
    fix = (
        "Set HUBSPOT_ACCESS_TOKEN to a valid token of this account "
        "(HubSpot: Development > Keys > Service keys, or Legacy apps)."
    )


class MissingScopesError(HubSpotError):
    """The access token may not do this (403).

    Attributes:
        scopes: The scopes of which HubSpot wants at least one.
    """

    code = "missing_scopes"

    def __init__(self, scopes: tuple[str, ...], *, correlation_id: str = "") -> None:
        self.scopes = scopes
        wanted = ", ".join(scopes) or "crm.objects.contacts.read, crm.objects.contacts.write"
        super().__init__(
            "The HubSpot access token is not allowed to do this.",
            fix=f"Add a missing scope to the key or app in HubSpot: {wanted}.",
            correlation_id=correlation_id,
        )


class InvalidContactError(HubSpotError):
    """HubSpot refuses one or more values (400); nothing was written.

    Attributes:
        properties: Every refused value that HubSpot named.
    """

    code = "invalid_contact"
    fix = "Correct these values and try again."

    def __init__(self, properties: tuple[InvalidProperty, ...], *, correlation_id: str = "") -> None:
        self.properties = properties
        listed = "; ".join(f"{invalid.property}: {invalid.message}" for invalid in properties)
        super().__init__(
            f"HubSpot refused the values ({listed})." if listed else "HubSpot refused the values.",
            correlation_id=correlation_id,
        )


class InvalidRequestError(HubSpotError):
    """HubSpot does not understand the call, or we know beforehand that it would not."""

    code = "invalid_request"
    fix = "Ask for something simpler, or check the property names and operators."


class ContactNotFoundError(HubSpotError):
    """No contact with this id (404): it never existed, was archived or is hidden from the token."""

    code = "not_found"
    fix = "Search for the contact again; it may have been archived."

    def __init__(self, message: str = "There is no such contact.", *, correlation_id: str = "") -> None:
        super().__init__(message, correlation_id=correlation_id)


class CompanyNotFoundError(HubSpotError):
    """No company with this id (404): it never existed, was archived or is hidden from the token."""

    code = "company_not_found"
    fix = "Search for the company again; it may have been archived."

    def __init__(self, message: str = "There is no such company.", *, correlation_id: str = "") -> None:
        super().__init__(message, correlation_id=correlation_id)


class CompanyExistsError(HubSpotError):
    """Another company already has this domain (409), where the account allows one only; nothing was written.

    Attributes:
        existing_id: The id of the company that has it, or "" where HubSpot does not say.
    """

    code = "company_exists"
    fix = "Link to the company that has this domain."

    def __init__(self, existing_id: str, *, correlation_id: str = "") -> None:
        self.existing_id = existing_id
        super().__init__(
            f"A company with this domain already exists (id {existing_id}).", correlation_id=correlation_id
        )


class ContactExistsError(HubSpotError):
    """Another contact already has this e-mail address (409); nothing was written.

    Attributes:
        existing: The contact that has it.
    """

    code = "contact_exists"
    fix = "Use another e-mail address, or update the contact that has this one, if it is the one that is meant."

    def __init__(self, existing: Contact, *, correlation_id: str = "") -> None:
        self.existing = existing
        super().__init__(
            f"A contact with this e-mail address already exists (id {existing.id}).",
            correlation_id=correlation_id,
        )


class ConflictError(HubSpotError):
    """HubSpot reports a conflict (409), and it is not about the e-mail address of another contact.

    Attributes:
        existing_id: The id of the record that HubSpot named, or "".
    """

    code = "conflict"
    fix = "Try again in a moment; if it stays, look at the contact in HubSpot."

    def __init__(self, existing_id: str = "", *, correlation_id: str = "") -> None:
        self.existing_id = existing_id
        super().__init__("HubSpot reports a conflict with another change or record.", correlation_id=correlation_id)


class RateLimitedError(HubSpotError):
    """More calls than HubSpot allows in a short time (429), and waiting did not help in time.

    Attributes:
        ten_secondly: Whether the limit is that of ten seconds rather than that of one second.
    """

    code = "rate_limited"
    fix = "Wait a minute and try again."
    transient = True
    ten_secondly: bool = False


class DailyLimitError(HubSpotError):
    """The account has used up its calls of today (429)."""

    code = "daily_limit"
    fix = "Try again after midnight in the account's time zone, or raise the account's API limit in HubSpot."


class UnavailableError(HubSpotError):
    """HubSpot cannot be reached, or answers that it cannot serve now."""

    code = "unavailable"
    fix = "Check the network connection and HubSpot's status page, and try again in a few minutes."
    transient = True


class UnreachableError(UnavailableError):
    """No connection could be made: nothing was sent, and waiting long will hardly help."""


class RequestTimeoutError(HubSpotError):
    """HubSpot did not answer in time."""

    code = "timeout"
    fix = "Try again in a few minutes."
    transient = True


class UnexpectedAnswerError(HubSpotError):
    """An answer that is not HubSpot's: not JSON, cut off, or without what was asked for."""

    code = "unexpected_answer"
    fix = "Check that the host is HubSpot's and that no proxy answers in its place, and try again."
    transient = True


class SearchLimitError(HubSpotError):
    """The search is larger than HubSpot allows."""

    code = "search_limit"
    fix = "Narrow the search."


class UnknownOutcomeError(HubSpotError):
    """A write was sent and no answer came, so nobody knows whether it took place."""

    code = "unknown_outcome"
    fix = "Wait a minute, look in HubSpot whether the change is there, and only repeat it if it is not."

    def __init__(self, message: str, *, fix: str | None = None, correlation_id: str = "") -> None:
        super().__init__(message, fix=fix, written="unknown", correlation_id=correlation_id)
