"""Links a contact to a company record."""

from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.transport import Transport


def put_link(transport: Transport, contact_id: str, company_id: str, deadline: Deadline) -> None:
    """Link a contact to a company; once more changes nothing.

    Args:
        transport: Sends the request.
        contact_id: The contact's record id.
        company_id: The company's record id.
        deadline: Until when it is tried.

    Raises:
        HubSpotError: HubSpot refused, or did not answer.
    """
    transport.write(
        "PUT contacts/{id}/associations/default/companies/{id}",
        transport.sdk.associations.create_default,
        "contacts",
        contact_id,
        "companies",
        company_id,
        deadline=deadline,
        done="linked to the company",
    )
