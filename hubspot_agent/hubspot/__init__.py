"""HubSpot's contacts, behind one port. Nothing outside this folder imports HubSpot's own client."""

from hubspot_agent.hubspot.errors import (
    AuthenticationError,
    ContactExistsError,
    ContactNotFoundError,
    DailyLimitError,
    HubSpotError,
    InvalidContactError,
    InvalidRequestError,
    MissingScopesError,
    NotConfiguredError,
    Problem,
    RateLimitedError,
    RequestTimeoutError,
    SearchLimitError,
    UnavailableError,
    UnexpectedAnswerError,
    UnknownOutcomeError,
)
from hubspot_agent.hubspot.filters import SearchFilter
from hubspot_agent.hubspot.port import HubSpotContacts
from hubspot_agent.hubspot.property_definitions import PropertyDefinition
from hubspot_agent.hubspot.retry import RetryPolicy
from hubspot_agent.hubspot.search_query import SearchResult
from hubspot_agent.hubspot.waiting import Waiting, listening

__all__ = [
    "AuthenticationError",
    "ContactExistsError",
    "ContactNotFoundError",
    "DailyLimitError",
    "HubSpotContacts",
    "HubSpotError",
    "InvalidContactError",
    "InvalidRequestError",
    "MissingScopesError",
    "NotConfiguredError",
    "Problem",
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
    "Waiting",
    "listening",
]
