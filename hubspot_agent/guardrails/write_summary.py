"""A planned write in the words a person decides by."""

from hubspot_agent.contacts import Contact
from hubspot_agent.guardrails.write_plan import Plan
from hubspot_agent.texts import Language, text, text_or_none
from hubspot_agent.texts.sanitizing import shortened


def field_name(property_name: str, language: Language) -> str:
    """Return what people call a property; HubSpot's own name when it is none of the common ones."""
    return text_or_none(f"fields.{property_name}", language) or property_name


def described(plan: Plan, language: Language) -> str:
    """Return the contact, each field old → new, what was not said, and likely duplicates, a line each."""
    lines = []
    if plan["contact"]:
        contact = Contact(plan["contact"]["id"], plan["contact"]["properties"])
        lines.append(text("writes.update", language, whom=_whom(contact)))
    else:
        lines.append(text("writes.create", language))
    nothing = text("writes.nothing", language)
    for change in plan["changes"]:
        name = field_name(change["property"], language)
        note = text("writes.unsaid", language) if change["property"] in plan["unsaid"] else ""
        old, new = (shortened(change[when]) or nothing for when in ("old", "new"))
        lines.append(f"- {name}: {old} → {new}{note}" if plan["contact"] else f"- {name}: {new}{note}")
    for duplicate in plan["duplicates"]:
        contact = Contact(duplicate["id"], duplicate["properties"])
        lines.append(text(f"writes.duplicate_{duplicate['reason']}", language, whom=_whom(contact)))
        for one in duplicate["differs"]:
            old, new = (shortened(one[when]) or nothing for when in ("old", "new"))
            lines.append(f"  - {field_name(one['property'], language)}: {old} → {new}")
    return "\n".join(lines)


def _whom(contact: Contact) -> str:
    """Return a contact's name and e-mail address."""
    name = shortened(contact.name)
    return f"{name} ({contact.email})" if contact.email and contact.email != name else name
