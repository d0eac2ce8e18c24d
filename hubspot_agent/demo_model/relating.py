"""Read who gets a contact and which company record it is linked to: "assign Ana to Raj", "link her to Acme"."""

from hubspot_agent.demo_model.fields import field_at, named_value
from hubspot_agent.demo_model.lexer import (
    Tokens,
    folded_words,
    meaning_at,
    without_closers,
    without_end,
    without_openers,
)
from hubspot_agent.demo_model.words import (
    ARTICLES,
    LINKS,
    OWNERS,
    OWNERSHIP,
    PRONOUNS,
    RECEIVING,
)
from hubspot_agent.tools.schemas import COMPANY, OWNER

#: What the verbs of such requests write.
RELATING = {"assign": OWNER, "link": COMPANY}


def receiver(prop: str, piece: Tokens) -> tuple[Tokens, str, Tokens]:
    """Cut "Ana Silva to Raj, who knows her" into whom it is about, who or what gets the contact, and the rest.

    Args:
        prop: What is written, `OWNER` or `COMPANY`; a comma may belong to a company's name.
        piece: The words after the verb.
    """
    words = folded_words(piece)
    start = next((place for place, word in enumerate(words) if place and word in RECEIVING), len(piece))
    value = piece[start + 1 :]
    marks = [place for place, token in enumerate(value) if token.kind == "mark"]
    end = next((place for place in marks if prop == OWNER or begins_field(value[place + 1 :])), len(value))
    return piece[:start], named_value(prop, without_closers(value[:end])), without_closers(value[end + 1 :])


def begins_field(piece: Tokens) -> bool:
    """Tell whether `piece` goes on with another property: "owner Raj"."""
    return bool(piece) and field_at(piece, 0) is not None


def new_owner(piece: Tokens) -> tuple[str, Tokens] | None:
    """Cut "Raj the owner of Ana Silva" into the owner and whose; `None` when it says something else."""
    for place in range(1, len(piece)):
        hit = field_at(piece, place)
        if hit is None or hit[0] != OWNER:
            continue
        head, tail = without_end(piece[:place], ARTICLES | PRONOUNS | LINKS), piece[place + hit[1] :]
        rest = without_closers(tail)
        if not head or head[-1].kind == "possessive" or (rest and rest[0].folded not in OWNERS):
            return None
        return named_value(OWNER, head), rest[1:]
    return None


def asks_owner(message: Tokens) -> Tokens | None:
    """Return whose owner a message asks for, as in "who owns Ana?"; `None` when it asks for something else."""
    words = without_openers(message)
    hit = meaning_at(words, 0, OWNERSHIP)
    return words[hit[1] :] if hit and hit[0] == "whose" else None


def means_own_contacts(message: Tokens) -> bool:
    """Tell whether a message is about the contacts of who is chatting."""
    hits = (meaning_at(message, place, OWNERSHIP) for place in range(len(message)))
    return any(hit and hit[0] == "mine" for hit in hits)
