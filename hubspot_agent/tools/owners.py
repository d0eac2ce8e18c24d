"""Whom a name means: the owners of an account, by address, by name, or as "me"."""

import re

from hubspot_agent.hubspot import HubSpotContacts, HubSpotError, Owner
from hubspot_agent.texts.words import phrases
from hubspot_agent.tools.schemas import OWNER
from hubspot_agent.tools.unsettled import UnsettledError, in_parentheses, turned_off
from hubspot_agent.validation.words import folded

#: What stands for somebody whose name cannot be read.
UNNAMED = "?"

_ADDRESS = re.compile(r"[^\s@()]+@[^\s@()]+")


def is_me(text: str) -> bool:
    """Tell whether a text is a word for the user, such as "me"."""
    return folded(text) in phrases("me")


def find_owner(port: HubSpotContacts, text: str, user: str | None, *, left: bool = False) -> Owner:
    """Return the one owner that `text` names.

    Args:
        port: The account.
        text: An e-mail address, a name, a first name, or "me".
        user: Who is chatting; "me" is the owner with this e-mail address.
        left: Whether it may be someone who has left, whose contacts can be found, if no active owner is called that.

    Raises:
        UnsettledError: It names nobody, or several.
        HubSpotError: The owners could not be read.
    """
    with turned_off(OWNER, "owners_unavailable", "Owners cannot be used"):
        if is_me(text):
            return owner_of_user(port, user)
        name = in_parentheses(text)
        found = port.owners.matching(name)
        if not found and name.isdecimal() and (owner := port.owners.by_id(name)) and not owner.archived:
            found = [owner]
        if not found and left:
            found = [each for each in port.owners.all(archived=True) if folded(name) in _names(each)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnsettledError(
                OWNER,
                "ambiguous_owner",
                "several owners are called that. Ask the user which one is meant, and give the e-mail address.",
                [owner_label(each) for each in found],
            )
        nearest = [owner_label(each) for each in port.owners.nearest(name)]
        ask = "Tell the user who comes nearest, and ask." if nearest else "Tell the user, and ask who is meant."
        message = f"no active owner in this HubSpot account is called that. {ask}"
        raise UnsettledError(OWNER, "unknown_owner", message, nearest)


def owner_of_user(port: HubSpotContacts, user: str | None) -> Owner:
    """Return the owner that the user is, by the e-mail address; errors as for `find_owner`."""
    address = user if user and _ADDRESS.fullmatch(user) else None
    found = port.owners.matching(address) if address else []
    if len(found) == 1:
        return found[0]
    why = "no owner in HubSpot has the user's e-mail address" if address else "this chat does not know who the user is"
    raise UnsettledError(OWNER, "unknown_me", f"{why}. Ask for the name or the e-mail address of the owner.")


def owner_label(owner: Owner) -> str:
    """Return an owner's name, and the e-mail address in parentheses when it is not the name."""
    return f"{owner.name} ({owner.email})" if owner.email and owner.email != owner.name else owner.name


def _names(owner: Owner) -> set[str]:
    return {folded(each) for each in (owner.email, owner.name, owner.first_name, owner.last_name)}


def owner_name(port: HubSpotContacts, owner_id: str) -> str:
    """Return what people call an owner, active or not; `UNNAMED` where that cannot be read, "" of no id."""
    if not owner_id:
        return ""
    try:
        owner = port.owners.by_id(owner_id)
    except HubSpotError:
        owner = None
    return owner.name if owner else UNNAMED
