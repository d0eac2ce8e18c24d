"""A pause of the graph: writes that wait for a person, shown as cards in the transcript."""

from collections.abc import Mapping
from typing import Any

from langgraph.types import Interrupt

from hubspot_agent.chat.decisions import Decision, allowed_decisions, decision_on, proposed_changes
from hubspot_agent.chat.presentation import in_reading_order
from hubspot_agent.contacts import Contact
from hubspot_agent.texts import Language, Texts, text
from hubspot_agent.web.transcript import Item, ItemData, Transcript

Request = Mapping[str, Any]


class PausedWrites:
    """The writes of one pause, each with the decision made about it so far.

    A card's `state` in the transcript is "waiting", a decision ("approve", "edit", "reject", "update"), "set_aside"
    when something else was typed, or "reopened".
    """

    def __init__(self, interrupt: Interrupt, cards: list[ItemData], items: list[str]) -> None:
        self.id = interrupt.id
        self._value: Mapping[str, Any] = interrupt.value
        self._cards = cards
        self._items = items

    @classmethod
    async def shown(cls, interrupt: Interrupt, transcript: Transcript) -> "PausedWrites":
        """Return the pause of an interrupt, and show its cards.

        What was decided and typed before stays: after the process ended meanwhile, and when the graph asks once more
        about some of the writes because of a value that cannot be (`problems`).
        """
        value = interrupt.value
        problems = value.get("problems") or []
        known = _former_items(interrupt, transcript)
        cards = []
        for index, request in enumerate(value["action_requests"]):
            former = known[index].data if index in known else {}
            own = [problem for problem in problems if problem["request"] == index]
            decided = former.get("decision") and not own and not value.get("error")
            cards.append(
                {
                    "kind": "approval",
                    "pause": interrupt.id,
                    "index": index,
                    "request": request,
                    "allowed": allowed_decisions(value, index),
                    "state": former["state"] if decided else "waiting",
                    "decision": former["decision"] if decided else None,
                    "typed": former.get("typed") or {},
                    "problems": own,
                }
            )
        if all(card["decision"] for card in cards):
            for card in cards:
                card.update(state="waiting", decision=None)
        items = [known[index].id if index in known else f"{interrupt.id}-{index}" for index in range(len(cards))]
        pause = cls(interrupt, cards, items)
        await pause.show(transcript)
        return pause

    async def show(self, transcript: Transcript) -> None:
        """Store the cards as they are now."""
        for card, item_id in zip(self._cards, self._items, strict=True):
            await transcript.put(item_id, dict(card))

    async def set_aside(self, transcript: Transcript) -> None:
        """Show that none of the writes is carried out: something else was typed."""
        for card in self._cards:
            card.update(state="set_aside", decision=None)
        await self.show(transcript)

    def ask_again(self, transcript: Transcript) -> None:
        """Let every write wait again: what was decided or typed could not be stored."""
        for card, item_id in zip(self._cards, self._items, strict=True):
            card.update(state="waiting", decision=None)
            transcript.show(item_id, dict(card))

    def decide(self, index: int, choice: str, *, fields: Mapping[str, str], contact: str) -> bool:
        """Take the decision about one write; arguments as `decision_on` has them. Tell whether it was taken."""
        decision = decision_on(self._value, index, choice, fields=fields, contact=contact)
        if decision is None or self._cards[index]["decision"]:
            return False
        self._cards[index].update(state=choice, decision=decision, typed=dict(fields))
        return True

    def decide_all(self, choice: str) -> bool:
        """Take one decision about every write that waits, unless one of them leaves more than yes and no to choose."""
        waiting = [card for card in self._cards if not card["decision"]]
        if choice == "approve" and any(card["request"].get("duplicates") for card in waiting):
            return False
        decisions = [decision_on(self._value, card["index"], choice, fields={}, contact="") for card in waiting]
        if None in decisions:
            return False
        for card, decision in zip(waiting, decisions, strict=True):
            card.update(state=choice, decision=decision)
        return True

    def decisions(self) -> list[Decision] | None:
        """Return the decisions as the graph takes them; `None` while some are awaited."""
        decisions = [card["decision"] for card in self._cards]
        return decisions if all(decisions) else None

    @staticmethod
    def contact_name(request: Request) -> str:
        """Return what people call the contact that a request writes."""
        if contact := request.get("contact"):
            return Contact.from_dict(contact).name
        return Contact("", {change["property"]: change["new"] for change in proposed_changes(request)}).name

    @staticmethod
    def request_in_words(request: Request, language: Language) -> str:
        """Return a request as its owner would type it."""
        values = [
            f"{Texts(language).field(change['property'])} {change['new']}".strip()
            for change in in_reading_order(proposed_changes(request))
        ]
        contact = request.get("contact")
        if contact is None:
            return text("web.reopen_create", language, fields=", ".join(values))
        known = Contact.from_dict(contact)
        return text("web.reopen_update", language, contact=known.email or known.name, fields=", ".join(values))


def _former_items(interrupt: Interrupt, transcript: Transcript) -> dict[int, Item]:
    """Return the cards that show a pause already, by their index.

    A pause that asks again because of a value that cannot be has another id than the one it follows.
    """
    cards = [item for item in transcript.latest if item.data["kind"] == "approval"]
    own = {item.data["index"]: item for item in cards if item.data["pause"] == interrupt.id}
    if own or not interrupt.value.get("problems") or not cards:
        return own
    return {item.data["index"]: item for item in cards if item.data["pause"] == cards[-1].data["pause"]}
