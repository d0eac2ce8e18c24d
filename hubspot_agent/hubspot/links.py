"""Reading what a contact is linked to."""

from typing import Any

from hubspot_agent.hubspot.records import as_objects, next_page
from hubspot_agent.hubspot.retry import Deadline
from hubspot_agent.hubspot.transport import Transport

#: Links that HubSpot gives at once.
_PAGE_SIZE = 500


def read_links(transport: Transport, contact_id: str, records: str, deadline: Deadline) -> list[dict[str, Any]]:
    """Return the links of a contact to records of a kind, as HubSpot's associations API gives them.

    Args:
        transport: Sends the requests.
        contact_id: The contact's record id.
        records: "companies" or "notes".
        deadline: The end of the operation.

    Raises:
        ContactNotFoundError: There is no such contact.
    """
    links: list[dict[str, Any]] = []
    page: dict[str, str] = {}
    while True:
        response = transport.read(
            f"GET contacts/{{id}}/associations/{records}",
            transport.sdk.associations.get_page,
            "contacts",
            contact_id,
            records,
            limit=_PAGE_SIZE,
            deadline=deadline,
            **page,
        )
        links += as_objects(response.data.get("results"))
        after = next_page(response.data)
        if after is None or page.get("after") == after:
            return links
        page = {"after": after}
