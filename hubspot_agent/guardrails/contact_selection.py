"""Whom the user means, when several contacts were shown: never simply the first."""

import re
from collections.abc import Sequence

from hubspot_agent.memory import PinnedContact
from hubspot_agent.validation.wording import folded, words

# How people name a place in a list, in the languages they are likely to write.
_ORDINALS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "1 1st first eerste 1e premier premiere erste",
        "2 2nd second tweede 2e deuxieme zweite",
        "3 3rd third derde 3e troisieme dritte",
        "4 4th fourth vierde 4e quatrieme vierte",
        "5 5th fifth vijfde 5e cinquieme funfte",
        "6 6th sixth zesde 6e sixieme sechste",
        "7 7th seventh zevende 7e septieme siebte",
        "8 8th eighth achtste 8e huitieme achte",
        "9 9th ninth negende 9e neuvieme neunte",
        "10 10th tenth tiende 10e dixieme zehnte",
    )
)
_LAST = frozenset({"last", "laatste", "dernier", "derniere", "letzte"})
_YES = frozenset(
    "yes yep yeah ja jawel oui si ok oke okay sure correct right klopt prima goed inderdaad exactly genau".split()
)
# "first name" is a field, not a place.
_NAME_FIELDS = re.compile(r"\b(first|last|second|middle|given|eerste|laatste|tweede)[ -]?(name|names|naam)\b")
_EVERYONE = re.compile(r"\b(all|both) (of )?(them|these|contacts|two|three)\b|\b(allebei|beiden?|alle (twee|drie))\b")
_NOT = re.compile(r"\b(not|except|but not|niet|behalve|pas|nicht)\b")


def is_affirmative(message: str) -> bool:
    """Tell whether `message` says yes."""
    return bool(_YES & words(message)) and not _NOT.search(folded(message))


def is_chosen(
    contact: PinnedContact,
    seen: Sequence[PinnedContact],
    said: Sequence[str],
    asked: str,
    new_values: Sequence[str] = (),
) -> bool:
    """Tell whether the user singled out `contact` among those it was listed with.

    Args:
        contact: The contact that is to be changed.
        seen: The contacts this conversation has seen, in the order they were shown.
        said: What the user typed of late, oldest first, the message just typed last.
        asked: What the assistant said before that message.
        new_values: What is to be written; words of it single out nobody.
    """
    if contact["listing"] is None:
        return True
    listed = [each for each in seen if each["listing"] == contact["listing"]]
    latest = folded(said[-1]) if said else ""
    if _EVERYONE.search(latest) or _addressed(listed, said, new_values) == contact["id"]:
        return True
    if _NOT.search(latest):
        return False
    places = _NAME_FIELDS.sub(" ", _without(latest, new_values))
    if (place := _place(places, listed)) is not None:
        return place == contact["place"]
    if is_affirmative(latest) and _best(listed, words(asked), distinctive=True) == contact["id"]:
        return True
    if contact["of"] > len(listed):
        return False  # Namesakes may stand on a page not shown: of words only an address tells for certain.
    spoken = {word for each in said for word in words(_without(folded(each), new_values))}
    return _best(listed, spoken) == contact["id"]


def _without(text: str, new_values: Sequence[str]) -> str:
    """Return `text` with each new value taken out once, where it was said last."""
    for value in new_values:
        before, found, after = text.rpartition(folded(value))
        text = f"{before} {after}" if found and value.strip() else text
    return text


def _addressed(listed: Sequence[PinnedContact], said: Sequence[str], new_values: Sequence[str]) -> str | None:
    """Return the id of the one listed contact whose whole e-mail address the user wrote."""
    text = " ".join(_without(folded(each), new_values) for each in said)
    found = [
        each["id"]
        for each in listed
        if each["email"] and re.search(rf"(?<![\w.+-]){re.escape(folded(each['email']))}(?![\w-])", text)
    ]
    return found[0] if len(found) == 1 else None


def _place(latest: str, listed: Sequence[PinnedContact]) -> int | None:
    """Return the place in the list that `latest` names, counted from 0; -1 when it names several."""
    spoken = words(latest)
    places = {place for place, names in enumerate(_ORDINALS) if names & spoken}
    if _LAST & spoken:
        places.add(max(each["place"] for each in listed))
    return None if not places else (places.pop() if len(places) == 1 else -1)


def _best(listed: Sequence[PinnedContact], spoken: set[str], *, distinctive: bool = False) -> str | None:
    """Return the id of the contact that `spoken` words fit better than every other one listed.

    Args:
        listed: The contacts to tell apart.
        spoken: The words that describe one.
        distinctive: Whether no word may fit any other one in a way that the first does not share.
    """
    described = {each["id"]: spoken & _described(each) for each in listed}
    for contact_id, own in described.items():
        others = [fits for other, fits in described.items() if other != contact_id]
        if distinctive and any(fits - own for fits in others):
            continue
        if len(own) > max(map(len, others), default=0):
            return contact_id
    return None


def _described(contact: PinnedContact) -> set[str]:
    own = (contact["id"], contact["name"], contact["email"], *contact["properties"].values())
    return {word for value in own for word in words(value)}
