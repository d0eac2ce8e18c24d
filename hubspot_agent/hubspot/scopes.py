"""Which scope a call lacks, also where HubSpot's refusal does not say so."""

from collections.abc import Iterator
from contextlib import contextmanager

from hubspot_agent.hubspot.errors import MissingScopesError

OWNERS_SCOPE = "crm.objects.owners.read"
COMPANIES_READ_SCOPE = "crm.objects.companies.read"
COMPANIES_WRITE_SCOPE = "crm.objects.companies.write"


@contextmanager
def needing(*scopes: str) -> Iterator[None]:
    """Name these scopes in a refusal that names none.

    Raises:
        MissingScopesError: The token lacks a scope; `scopes` says which.
    """
    try:
        yield
    except MissingScopesError as error:
        if error.scopes:
            raise
        raise MissingScopesError(scopes, correlation_id=error.correlation_id) from None
