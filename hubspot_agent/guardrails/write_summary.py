"""A planned write in the words a person decides by."""

from hubspot_agent.contacts import Contact
from hubspot_agent.guardrails.write_plan import Plan
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import shortened


def described(plan: Plan, texts: Texts) -> str:
    """Return the contact, each field old → new, what was not said, and likely duplicates, a line each."""
    lines = []
    if plan["contact"]:
        contact = Contact(plan["contact"]["id"], plan["contact"]["properties"])
        lines.append(texts("writes.update", whom=_whom(contact)))
    else:
        lines.append(texts("writes.create"))
    nothing = texts("writes.nothing")
    for change in plan["changes"]:
        name = texts.field(change["property"])
        note = texts("writes.unsaid") if change["property"] in plan["unsaid"] else ""
        old, new = (shortened(change[when]) or nothing for when in ("old", "new"))
        lines.append(f"- {name}: {old} → {new}{note}" if plan["contact"] else f"- {name}: {new}{note}")
    for duplicate in plan["duplicates"]:
        contact = Contact(duplicate["id"], duplicate["properties"])
        lines.append(texts(f"writes.duplicate_{duplicate['reason']}", whom=_whom(contact)))
        for one in duplicate["differs"]:
            old, new = (shortened(one[when]) or nothing for when in ("old", "new"))
            lines.append(f"  - {texts.field(one['property'])}: {old} → {new}")
    return "\n".join(lines)


def _whom(contact: Contact) -> str:
    """Return a contact's name and e-mail address."""
    name = shortened(contact.name)
    return f"{name} ({contact.email})" if contact.email and contact.email != name else name
