"""A planned write in the words a person decides by."""

from hubspot_agent.contacts import Contact
from hubspot_agent.guardrails.write_plan import Plan
from hubspot_agent.hubspot.note_text import MAX_NOTE_CHARACTERS
from hubspot_agent.texts import Texts
from hubspot_agent.texts.sanitizing import MAX_MODEL_CHARACTERS, shortened
from hubspot_agent.tools.schemas import NOTE


def described(plan: Plan, texts: Texts) -> str:
    """Return the contact, each field old → new, the doubts, and where likely duplicates differ, a line each."""
    contact = plan["contact"]
    if contact:
        lines = [texts("writes.update", whom=shortened(Contact.from_dict(contact).label))]
    else:
        lines = [texts("writes.create")]
    nothing = texts("writes.nothing")
    for change in plan["changes"]:
        limit = MAX_NOTE_CHARACTERS if change["property"] == NOTE else MAX_MODEL_CHARACTERS
        old, new = (shortened(each, limit) or nothing for each in (change["old"], change["new"]))
        lines.append(f"- {texts.field(change['property'])}: {f'{old} → {new}' if contact else new}")
    lines += [each["message"] for each in plan["doubts"] if each["kind"] != "duplicate"]
    for duplicate in plan["duplicates"]:
        whom = shortened(Contact.from_dict(duplicate).label)
        lines.append(texts(f"writes.duplicate_{duplicate['reason']}", whom=whom))
        for one in duplicate["differs"]:
            old, new = (shortened(each) or nothing for each in (one["old"], one["new"]))
            lines.append(f"  - {texts.field(one['property'])}: {old} → {new}")
    return "\n".join(lines)
