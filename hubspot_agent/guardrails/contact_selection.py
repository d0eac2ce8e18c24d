"""Whom the user means, when several contacts were shown: never simply the first."""

import re
from collections.abc import Sequence
from functools import lru_cache

from hubspot_agent.memory import PinnedContact
from hubspot_agent.texts.words import ordinals, phrases
from hubspot_agent.validation.words import folded, has_phrase, words


def is_affirmative(message: str) -> bool:
    """Tell whether `message` says yes, whatever else it says."""
    text = folded(message)
    return has_phrase(text, phrases("yes")) and not has_phrase(text, phrases("not"))


def is_plain_yes(message: str) -> bool:
    """Tell whether `message` says yes and nothing else."""
    known = {word for phrase in (*phrases("yes"), *phrases("yes_fillers")) for word in words(phrase)}
    return is_affirmative(message) and words(message) <= known


def is_named_by_id(contact_id: str, said: Sequence[str]) -> bool:
    """Tell whether the user typed a contact's id, alone or as the address of its page in HubSpot."""
    return any(re.search(rf"(?<![\w+.-]){re.escape(contact_id)}(?![\w@-])", text) for text in said)


def is_chosen(
    contact: PinnedContact,
    seen: Sequence[PinnedContact],
    said: Sequence[str],
    asked: str,
    new_values: Sequence[str] = (),
) -> bool:
    """Tell whether the user singled out `contact` among those it was listed with, or meant all of these.

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
    spoken_to = _without(latest, new_values)
    if has_phrase(spoken_to, phrases("everyone")) and not has_phrase(spoken_to, phrases("not")):
        return True
    if _addressed(listed, said, new_values) == contact["id"]:
        return True
    if has_phrase(latest, phrases("not")):
        return False
    if (place := _place(spoken_to, listed)) is not None:
        return place == contact["place"]
    if is_affirmative(latest) and _best(listed, words(asked), distinctive=True) == contact["id"]:
        return True
    if contact["of"] > len(listed):
        return False  # Namesakes may stand on a page not shown: of words only an address tells for certain.
    spoken = {word for each in said for word in words(_without(folded(each), new_values))}
    return _best(listed, spoken) == contact["id"]


def _without(text: str, new_values: Sequence[str]) -> str:
    """Return `text` with each new value taken out once, where it was said last."""
    for value in filter(None, map(folded, new_values)):
        before, found, after = text.rpartition(value)
        text = f"{before} {after}" if found else text
    return text


def _addressed(listed: Sequence[PinnedContact], said: Sequence[str], new_values: Sequence[str]) -> str | None:
    """Return the id of the one listed contact whose whole e-mail address, or whose id, the user wrote."""
    texts = [_without(folded(each), new_values) for each in said]
    found = [
        each["id"]
        for each in listed
        if is_named_by_id(each["id"], texts)
        or (each["email"] and re.search(rf"(?<![\w.+-]){re.escape(folded(each['email']))}(?![\w-])", " ".join(texts)))
    ]
    return found[0] if len(found) == 1 else None


def _place(latest: str, listed: Sequence[PinnedContact]) -> int | None:
    """Return the place in the list that `latest` names, counted from 0; -1 when it names several."""
    latest = re.sub(r"https?://\S+", " ", latest)  # The number of an account is no place.
    for field in phrases("ordinal_fields"):  # "first name" is a field, not a place.
        latest = re.sub(rf"(?<!\w){re.escape(field)}(?!\w)", " ", latest)
    spoken = words(latest)
    places = {place for place, names in enumerate(ordinals()) if names & spoken}
    if phrases("last") & spoken:
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
    return {word for value in own for word in _words_of(value)}


@lru_cache(maxsize=512)
def _words_of(value: str) -> set[str]:
    return words(value)  # Each contact is compared with each other one, in every turn.
