"""HubSpot's contacts, behind one port. Nothing outside this folder imports HubSpot's own client."""

from hubspot_agent.hubspot.client import HubSpotContacts
from hubspot_agent.hubspot.company_records import Company
from hubspot_agent.hubspot.errors import (
    AuthenticationError,
    CompanyExistsError,
    CompanyNotFoundError,
    ConflictError,
    ContactExistsError,
    ContactNotFoundError,
    DailyLimitError,
    HubSpotError,
    InvalidContactError,
    InvalidProperty,
    InvalidRequestError,
    MissingScopesError,
    NotConfiguredError,
    RateLimitedError,
    RequestTimeoutError,
    SearchLimitError,
    UnavailableError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.notes import Note
from hubspot_agent.hubspot.owners import Owner
from hubspot_agent.hubspot.property_definitions import PropertyDefinition
from hubspot_agent.hubspot.retry import RetryPolicy
from hubspot_agent.hubspot.search_request import SearchResult
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.hubspot.turn_time import turn_time
from hubspot_agent.hubspot.waiting import WaitNotice, on_wait

__all__ = [
    "AuthenticationError",
    "Company",
    "CompanyExistsError",
    "CompanyNotFoundError",
    "ConflictError",
    "ContactExistsError",
    "ContactNotFoundError",
    "DailyLimitError",
    "HubSpotContacts",
    "HubSpotError",
    "InvalidContactError",
    "InvalidProperty",
    "InvalidRequestError",
    "MissingScopesError",
    "NotConfiguredError",
    "Note",
    "Owner",
    "PropertyDefinition",
    "RateLimitedError",
    "RequestTimeoutError",
    "RetryPolicy",
    "SearchFilter",
    "SearchLimitError",
    "SearchResult",
    "UnavailableError",
    "UnexpectedAnswerError",
    "UnknownOutcomeError",
    "WaitNotice",
    "in_thread",
    "on_wait",
    "turn_time",
]
