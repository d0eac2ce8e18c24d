"""Which company record a text means: by domain, else by name."""

import re

from typing_extensions import TypedDict

from hubspot_agent.hubspot import Company, HubSpotContacts
from hubspot_agent.hubspot.company_records import as_domain, email_domain
from hubspot_agent.tools.schemas import COMPANY
from hubspot_agent.tools.unsettled import UnsettledError, in_parentheses, turned_off
from hubspot_agent.validation.words import folded, words


class RelatedCompany(TypedDict):
    """The company record that a contact is to be linked to.

    Attributes:
        id: HubSpot's record id; `None` of one that is to be created.
        name: Its name.
        domain: Its domain, or "".
        label: What people are shown of it.
        former: The companies that the contact is linked to already, as people are shown them, or "".
    """

    id: str | None
    name: str
    domain: str
    label: str
    former: str


def find_company(port: HubSpotContacts, text: str, email: str = "") -> Company:
    """Return the one company record that `text` names.

    Args:
        port: The account.
        text: A domain, an e-mail address in it, or a name.
        email: The contact's e-mail address: of companies of one name it is the one with this domain.

    Raises:
        UnsettledError: There is none, or there are several.
        HubSpotError: The companies could not be read.
    """
    with turned_off(COMPANY, "companies_unavailable", "Company records cannot be used"):
        found = _matching(port, in_parentheses(text), email)
    if len(found) == 1:
        return found[0]
    if found:
        raise UnsettledError(
            COMPANY,
            "ambiguous_company",
            "several company records fit that. Ask the user which one is meant, and give its domain.",
            [each.label for each in found],
        )
    raise UnsettledError(
        COMPANY,
        "unknown_company",
        "there is no company record like that. Tell the user; leave the link out, or ask for the company's domain.",
    )


def _matching(port: HubSpotContacts, name: str, email: str) -> list[Company]:
    if "@" in name:
        return port.companies.for_email(name)
    domain = as_domain(name)
    of_email = port.companies.for_email(email) if email and not domain else []
    return [each for each in of_email if is_called(each, name)] or port.companies.matching(domain or name)


def new_company(text: str, email: str = "") -> RelatedCompany | None:
    """Return the company record that may be created for `text`: its name, its domain, or an e-mail address in that.

    The domain of the contact's e-mail address is taken for the company's own only if it begins with its name. For an
    address of a mail provider there is none.
    """
    name, domain = text.strip(), as_domain(text)
    if "@" in name:
        name = domain = email_domain(name)
    elif not domain and (of_email := email_domain(email)):
        compact = _letters(name)
        domain = of_email if compact and of_email.replace("-", "").startswith(f"{compact}.") else ""
    if not name:
        return None
    label = f"{name} ({domain})" if domain and domain != name else name
    return RelatedCompany(id=None, name=name, domain=domain, label=label, former="")


def related_company(company: Company) -> RelatedCompany:
    """Return a company record as plain data."""
    return RelatedCompany(
        id=company.id, name=company.name or company.domain, domain=company.domain, label=company.label, former=""
    )


def is_called(company: Company, text: str) -> bool:
    """Tell whether a text names a company, in short or in full; words that its words merely begin with do not.

    Args:
        company: The company.
        text: A domain, an e-mail address in it, or a name.
    """
    text = in_parentheses(text)
    if "@" in text or as_domain(text) in company.domains or _letters(text) == _letters(company.name):
        return True
    asked, own = words(text), words(company.name)
    of_domains = {part for domain in company.domains for part in domain.split(".")[:-1]}
    return bool(asked) and (asked <= own | of_domains or (bool(own) and own <= asked))


def _letters(name: str) -> str:
    """Return a name without what "B.V." and "BV" differ in."""
    return re.sub(r"[\W_]", "", folded(name))
