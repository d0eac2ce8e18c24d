"""What a person may decide about a paused write, and each decision in the form in which the graph takes it."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from langgraph.types import Command, Interrupt, StateSnapshot

from hubspot_agent.texts import languages, text
from hubspot_agent.tools.schemas import RELATED_ARGUMENTS, RelatedFields, given_properties

#: One decision as `HumanInTheLoopMiddleware` takes it.
Decision = dict[str, Any]

#: The properties that are arguments of their own; the others are under `other_properties`.
_ARGUMENT_PROPERTIES = RelatedFields.model_fields.keys() - {"other_properties"}


def waiting_pause(state: StateSnapshot) -> Interrupt | None:
    """Return the pause that a conversation waits in, if it does.

    The conversation itself still names the pause while what was decided in it is carried out. The agent within it
    does not, so what the agent says counts.

    Args:
        state: The conversation's state, read with ``subgraphs=True``.
    """
    for task in state.tasks:
        interrupts = task.state.interrupts if isinstance(task.state, StateSnapshot) else task.interrupts
        if interrupts:
            return interrupts[0]
    return None


def resumed(pause_id: str, decisions: Sequence[Decision]) -> Command[Any]:
    """Return the input that goes on with a pause.

    It names the pause: LangGraph keeps an answer that names none, and would give it to the next pause of the turn
    when a process takes over from one that was killed.

    Args:
        pause_id: The id of the interrupt.
        decisions: One for each of its requests, in their order.
    """
    return Command(resume={pause_id: {"decisions": [*decisions]}})


def allowed_decisions(pause: Mapping[str, Any], index: int) -> list[str]:
    """Return what may be decided about one request of a pause: "approve", "edit", "reject", "update".

    "update" means to update a likely duplicate instead.

    Args:
        pause: The value of the graph's interrupt.
        index: Which of its requests is decided.
    """
    allowed = list(pause["review_configs"][index]["allowed_decisions"])
    return [*allowed, "update"] if pause["action_requests"][index].get("duplicates") else allowed


def decision_on(
    pause: Mapping[str, Any],
    index: int,
    choice: str,
    *,
    fields: Mapping[str, str | None] | None = None,
    contact: str = "",
) -> Decision | None:
    """Return a choice in the form in which the graph takes it, or `None` when it may not be chosen.

    Args:
        pause: The value of the graph's interrupt.
        index: Which of its requests is decided.
        choice: "approve", "edit", "reject", or "update" of a likely duplicate.
        fields: The values of an edit by property; one that is emptied, or `None`, is left out of the write.
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
        return _edit(request["name"], _edited_arguments(request, fields or {}))
    return {"type": choice}


def typed_decision(words: str) -> str | None:
    """Return the decision that typed words are: "approve" for a yes in its usual wordings, "reject" for a no.

    `None` when they say anything else besides, or both.
    """
    typed = " ".join(re.sub(r"[^\w\s'👍👎✅❌👌🆗]", " ", words.casefold().replace("\u2019", "'")).split())
    return next((choice for choice in ("approve", "reject") if _pattern(choice).fullmatch(typed)), None)


@cache
def _pattern(choice: str) -> re.Pattern[str]:
    """Return what matches the wordings of a decision in any language, with words of courtesy around them."""
    phrases, courtesies = (_phrases(key) for key in (f"{choice}_words", "courtesy_words"))
    return re.compile(rf"(?:(?:{courtesies}) )*(?:{phrases})(?: (?:{phrases}|{courtesies}))*")


def _phrases(key: str) -> str:
    phrases = [phrase.strip() for language in languages() for phrase in text(f"decisions.{key}", language).split("|")]
    return "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))


def proposed_changes(request: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what a paused write would change, as the graph found it, or else as the model asked for it."""
    if request.get("changes"):
        return list(request["changes"])
    return [{"property": name, "old": "", "new": value} for name, value in given_properties(request["args"]).items()]


def _edited_arguments(request: Mapping[str, Any], fields: Mapping[str, str | None]) -> dict[str, Any]:
    """Return a request's arguments with the values of an edit, as `decision_on` takes them."""
    proposed = {change["property"]: change["new"] for change in proposed_changes(request)}
    values = {name: _edited_value(value, fields[name]) for name, value in proposed.items() if name in fields}
    # Owner and company record are shown by names; what is left as it was stays what the argument says.
    kept = [name for name, value in values.items() if name in RELATED_ARGUMENTS and value == proposed[name]]
    values = {RELATED_ARGUMENTS.get(name, name): value for name, value in values.items() if name not in kept}
    arguments = {name: value for name, value in request["args"].items() if name not in values}
    others = [pair for pair in arguments.pop("other_properties", None) or () if pair["property"] not in values]
    cleared = [name for name in arguments.pop("clear", None) or () if name not in values]
    for name, value in values.items():
        if value == "":
            cleared.append(name)
        elif value is not None and name in _ARGUMENT_PROPERTIES:
            arguments[name] = value
        elif value is not None:
            others.append({"property": name, "value": value})
    if others:
        arguments["other_properties"] = others
    if cleared:
        arguments["clear"] = cleared
    return arguments


def _edited_value(proposed: str, typed: str | None) -> str | None:
    """Return the value that a property shall have: "" clears it, `None` leaves it as it is."""
    if typed is None:
        return None
    return proposed if typed == proposed else typed.strip() or (None if proposed else "")


def _edit(name: str, arguments: dict[str, Any]) -> Decision:
    return {"type": "edit", "edited_action": {"name": name, "args": arguments}}
