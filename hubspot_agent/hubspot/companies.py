"""Company records, and which contacts are linked to them."""

from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any

from hubspot_agent.hubspot.company_creator import CompanyCreator
from hubspot_agent.hubspot.company_records import Company, checked_company_id
from hubspot_agent.hubspot.company_search import CompanySearch
from hubspot_agent.hubspot.errors import ContactNotFoundError, InvalidRequestError
from hubspot_agent.hubspot.links import read_links
from hubspot_agent.hubspot.read import checked_id, read_by_id
from hubspot_agent.hubspot.recent_writes import RecentWrites
from hubspot_agent.hubspot.records import as_objects
from hubspot_agent.hubspot.scopes import COMPANIES_READ_SCOPE, COMPANIES_WRITE_SCOPE, needing
from hubspot_agent.hubspot.transport import Transport

__all__ = ["Companies", "Company"]

#: The id of the type of link from a contact to its primary company (HubSpot's associations guide).
_PRIMARY = 1


class Companies(CompanySearch):
    """The companies of one account. Every method raises `MissingScopesError` where the token may not do it.

    Args:
        transport: Sends the requests.
        recent_writes: Is told of contacts whose links change.
        index_delay: Seconds after which HubSpot's search is taken to know a new company.

    Attributes:
        creating: Held from the look whether a company is there to the end of its creation, so that two at once do not
            both miss it.
    """

    def __init__(self, transport: Transport, recent_writes: RecentWrites, index_delay: float) -> None:
        super().__init__(transport)
        self._recent_writes = recent_writes
        self._creator = CompanyCreator(transport, self, index_delay)
        self.creating = Lock()

    def linked_to(self, contact_id: str) -> list[Company]:
        """Return the companies that a contact is linked to, the primary one first; knows every link at once.

        Raises:
            ContactNotFoundError: There is no such contact.
        """
        with needing(COMPANIES_READ_SCOPE):
            links = read_links(self._transport, checked_id(contact_id), "companies", self._transport.deadline())
        links.sort(key=lambda link: not _is_primary(link))
        return list(self.of(str(link.get("toObjectId")) for link in links).values())

    def link(self, contact_id: str, company_id: str) -> None:
        """Link a contact to a company; linking again changes nothing.

        Raises:
            ContactNotFoundError: There is no such contact.
            CompanyNotFoundError: There is no such company.
            UnknownOutcomeError: HubSpot did not answer.
        """
        contact_id, company_id = checked_id(contact_id), checked_company_id(company_id)
        deadline = self._transport.deadline()
        try:
            with needing(COMPANIES_WRITE_SCOPE):
                self._transport.write(
                    "PUT contacts/{id}/associations/default/companies/{id}",
                    self._transport.sdk.associations.create_default,
                    "contacts",
                    contact_id,
                    "companies",
                    company_id,
                    deadline=deadline,
                    done="linked to the company",
                )
        except (ContactNotFoundError, InvalidRequestError):
            read_by_id(self._transport, contact_id, (), deadline)  # which of the two is not there
            self.get(company_id)
            raise
        self._recent_writes.links_changed(contact_id)

    def unlink(self, contact_id: str, company_id: str) -> None:
        """Take the link between a contact and a company away; where there is none, nothing changes.

        Raises:
            UnknownOutcomeError: HubSpot did not answer.
        """
        try:
            with needing(COMPANIES_WRITE_SCOPE):
                self._transport.write(
                    "DELETE contacts/{id}/associations/companies/{id}",
                    self._transport.sdk.associations.archive,
                    "contacts",
                    checked_id(contact_id),
                    "companies",
                    checked_company_id(company_id),
                    deadline=self._transport.deadline(),
                    done="unlinked from the company",
                )
        except ContactNotFoundError:
            return  # Without a contact, or without a company, there is no link.
        self._recent_writes.links_changed(contact_id)

    def create(
        self, name: str, domain: str | None = None, *, key: str | None = None, since: datetime | None = None
    ) -> Company:
        """Create a company, at most once, whatever the network does.

        Args:
            name: Its name.
            domain: Its domain, if that is known.
            key: What tells this create from every other, such as the tool call's id. Called again with the same key,
                this object looks for what the earlier call may have left before it creates.
            since: When an earlier, interrupted call of the same company began, as `HubSpotContacts.now` gave it; what
                that left is then looked for first, once HubSpot's search may be taken to know it.

        Raises:
            CompanyExistsError: The account allows one company for a domain, and there is one.
            InvalidContactError: HubSpot refuses values.
            UnknownOutcomeError: HubSpot did not answer, and the company cannot be found.
        """
        return self._creator.create(name, domain, key, since)


def _is_primary(link: Mapping[str, Any]) -> bool:
    return any(spec.get("typeId") == _PRIMARY for spec in as_objects(link.get("associationTypes")))
