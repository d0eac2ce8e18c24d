"""Find a property in a message, and where its value ends."""

import re

from hubspot_agent.demo_model.lexer import Tokens, as_text, folded_words, meaning_at, without_end, without_start
from hubspot_agent.demo_model.target import inside_name, without_articles
from hubspot_agent.demo_model.words import ALSO_NAMES, BLOCKERS, COMPANY_WORDS, DOUBTS, FIELDS, LINKS, OWNERSHIP, VALUES
from hubspot_agent.tools.schemas import COMPANY, OWNER

#: What the value of a property looks like, where that can be told from any other word.
TOKEN_KINDS = {"phone": "phone", "mobilephone": "phone", "fax": "phone", "email": "email"}

#: Who is chatting, as the tools understand it.
ME = "me"

_RAW_PROPERTY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")


def field_at(piece: Tokens, position: int) -> tuple[str, int] | None:
    """Return the property that is named at `position`, and in how many words; an own name has underscores."""
    hit = meaning_at(piece, position, FIELDS)
    token = piece[position]
    if hit and token.folded in ALSO_NAMES and token.text[0].isupper():
        return hit if folded_words(piece[position + 1 : position + 2]) == [":"] else None
    if hit is None and token.kind == "word" and _RAW_PROPERTY.fullmatch(token.text):
        return token.text, 1
    return hit


def find_field(segment: Tokens) -> tuple[int, int, str] | None:
    """Return where the first property is named, in how many words, and which."""
    for position in range(len(segment)):
        hit = field_at(segment, position)
        if hit and not _is_blocked(segment, position):
            return position, hit[1], hit[0]
    return None


def cut_next_field(tail: Tokens) -> tuple[Tokens, Tokens]:
    """Cut before a second field without a comma: "phone 0612345678 e-mail ana@acme.example"."""
    for position in range(1, len(tail)):
        hit = field_at(tail, position)
        if hit and not _is_blocked(tail, position):
            after = next((token.kind for token in tail[position + hit[1] :] if token.folded not in LINKS), "")
            if tail[position - 1].kind in ("email", "phone", "quoted") or after == TOKEN_KINDS.get(hit[0], "-"):
                return tail[:position], tail[position:]
    return tail, ()


def cut_owner(prop: str, tail: Tokens) -> tuple[Tokens, Tokens]:
    """Cut "Ana Silva to 0612345678" into whose the field is and its value."""
    words = folded_words(tail)
    values = [place for place, token in enumerate(tail) if place and token.kind == TOKEN_KINDS.get(prop)]
    links = [place for place, word in enumerate(words) if place and word in LINKS and not inside_name(words, place)]
    if "from" in words[1:] and links:
        # "of Ana Silva from Buyer to CFO"
        links.insert(0, words.index("from", 1))
    cut = values[-1] if values else links[0] if links else len(tail)
    return without_end(tail[:cut], LINKS), tail[cut:]


def without_old_value(value: Tokens) -> Tokens:
    """Return what follows "to" in "from Buyer to CFO"."""
    words = folded_words(value)
    return value[words.index("to") :] if words[:1] == ["from"] and "to" in words[2:] else value


def option(prop: str, value: Tokens) -> str | None:
    """Return HubSpot's own value of an option, for the properties whose options are known."""
    return VALUES.get(prop, {}).get(tuple(folded_words(without_articles(value))))


def named_value(prop: str, value: Tokens) -> str:
    """Return what a property gets; of an owner or a company record the name without the words around it."""
    if prop == OWNER:
        value = without_articles(value)
        return ME if meaning_at(value, 0, OWNERSHIP) == ("me", len(value)) else as_text(value)
    if prop == COMPANY:
        return as_text(without_end(without_start(without_articles(value), COMPANY_WORDS), COMPANY_WORDS))
    return as_text(value)


def is_doubtful(value: Tokens) -> bool:
    """Tell whether `value` may be more than a value: half a sentence, or another field."""
    fields = (position for position in range(1, len(value)) if field_at(value, position))
    return any(token.folded in DOUBTS for token in value) or any(not _is_blocked(value, place) for place in fields)


def _is_blocked(piece: Tokens, position: int) -> bool:
    return position > 0 and piece[position - 1].folded in BLOCKERS
