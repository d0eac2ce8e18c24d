"""What a person may decide about a paused write, and that as the graph takes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubspot_agent.chat.edits import edited, proposed_changes
from hubspot_agent.texts import Language, text

Decision = dict[str, Any]


def allowed_decisions(pause: Mapping[str, Any], index: int) -> list[str]:
    """Return what may be decided about one request of a pause.

    A contact whose e-mail address another has cannot be approved: HubSpot refuses a second one anyway.
    """
    request = pause["action_requests"][index]
    by_name = {config["action_name"]: config["allowed_decisions"] for config in pause["review_configs"]}
    allowed = list(by_name.get(request["name"], ("approve", "reject")))
    duplicates = request.get("duplicates") or ()
    if any(duplicate["reason"] == "email" for duplicate in duplicates):
        allowed.remove("approve")
    return [*allowed, "update"] if duplicates else allowed


def decision_on(
    pause: Mapping[str, Any], index: int, choice: str, *, fields: Mapping[str, str], contact: str
) -> Decision | None:
    """Return a choice as the graph takes it, or `None` when it may not be chosen.

    Args:
        pause: The value of the graph's interrupt.
        index: Which of its requests is decided.
        choice: "approve", "edit", "reject", or "update" of a likely duplicate.
        fields: The values of an edit by property; one emptied is left out of the write.
        contact: The id of the likely duplicate to update.
    """
    requests: Sequence[Mapping[str, Any]] = pause["action_requests"]
    if not 0 <= index < len(requests) or choice not in allowed_decisions(pause, index):
        return None
    request = requests[index]
    if choice == "update":
        if contact not in [duplicate["id"] for duplicate in request["duplicates"]]:
            return None
        return _edit("update_contact", {**request["args"], "contact_id": contact})
    if choice == "edit":
        proposed = {change["property"]: change["new"] for change in proposed_changes(request)}
        values = {
            name: value if fields[name].strip() == value else fields[name].strip() or None
            for name, value in proposed.items()
            if name in fields
        }
        return _edit(request["name"], edited(request["args"], values))
    return {"type": choice}


def typed_choice(pause: Mapping[str, Any], words: str, language: Language) -> str | None:
    """Return the decision that typed words are: "yes" approves a write that waits alone, and no duplicate of any."""
    if len(pause["action_requests"]) != 1 or pause["action_requests"][0].get("duplicates"):
        return None
    typed = words.strip().rstrip(".!").casefold()
    for choice in ("approve", "reject"):
        if choice in allowed_decisions(pause, 0) and typed in text(f"web.{choice}_words", language).split():
            return choice
    return None


def _edit(name: str, arguments: dict[str, Any]) -> Decision:
    return {"type": "edit", "edited_action": {"name": name, "args": arguments}}
