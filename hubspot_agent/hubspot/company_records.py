"""What a company is, and how a text names one: by its domain, by its name, by someone's address."""

import re
from dataclasses import dataclass

from hubspot_agent.hubspot.errors import CompanyNotFoundError, UnexpectedAnswerError
from hubspot_agent.hubspot.free_mail import FREE_MAIL_DOMAINS
from hubspot_agent.hubspot.names import folded_name
from hubspot_agent.hubspot.records import as_object

COMPANY_PROPERTIES = ("name", "domain", "hs_additional_domains")

_DOMAIN = re.compile(
    r"(?:https?://)?(?:www\.)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62})(?:[/?#]\S*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Company:
    """One company as HubSpot holds it.

    Attributes:
        id: HubSpot's record id, digits as text.
        name: May be "".
        domain: Its primary domain, or "".
        domains: All its domains, the primary one first.
    """

    id: str
    name: str = ""
    domain: str = ""
    domains: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name, and the domain in parentheses when it is not the name; without either the id."""
        if self.name and self.domain and self.name.lower() != self.domain:
            return f"{self.name} ({self.domain})"
        return self.name or self.domain or self.id


def company_from_record(record: object) -> Company:
    """Return the company in one of HubSpot's records.

    Raises:
        UnexpectedAnswerError: It is no record.
    """
    if not isinstance(record, dict) or not record.get("id"):
        raise UnexpectedAnswerError("The answer is not HubSpot's (no company in it).", written="unknown")
    properties = {name: str(value or "").strip() for name, value in as_object(record.get("properties")).items()}
    domain = properties.get("domain", "").lower()
    others = (one.strip().lower() for one in properties.get("hs_additional_domains", "").split(";"))
    domains = tuple(dict.fromkeys(filter(None, (domain, *others))))
    return Company(str(record["id"]), properties.get("name", ""), domain, domains)


def checked_company_id(company_id: str) -> str:
    """Return a record id that is one.

    Raises:
        CompanyNotFoundError: No company can have it.
    """
    company_id = company_id.strip()
    if not re.fullmatch(r"[0-9]{1,20}", company_id):
        raise CompanyNotFoundError("That is not the id of a company; an id has digits only.")
    return company_id


def as_domain(text: str) -> str:
    """Return the domain that a text or an address of a page is, in lower case; "" if it is none."""
    found = _DOMAIN.fullmatch(text.strip())
    return found[1].lower() if found else ""


def email_domain(address: str) -> str:
    """Return the domain by which an e-mail address says where someone works; "" for a mail provider's."""
    domain = as_domain(address.rpartition("@")[2])
    return "" if domain in FREE_MAIL_DOMAINS else domain


def name_words(name: str) -> list[str]:
    """Return the words of a name, as names are compared."""
    return re.findall(r"[^\W_]+", folded_name(name))
