"""Whom the user means, when several contacts were shown: never simply the first."""

from collections.abc import Sequence

from hubspot_agent.memory import PinnedContact
from hubspot_agent.writes.wording import words

_ORDINALS: tuple[frozenset[str], ...] = tuple(
    frozenset(words.split())
    for words in (
        "1 1st first eerste 1e",
        "2 2nd second tweede 2e",
        "3 3rd third derde 3e",
        "4 4th fourth vierde 4e",
        "5 5th fifth vijfde 5e",
        "6 6th sixth zesde 6e",
        "7 7th seventh zevende 7e",
        "8 8th eighth achtste 8e",
        "9 9th ninth negende 9e",
        "10 10th tenth tiende 10e",
    )
)
_LAST = frozenset({"last", "laatste"})
_EVERYONE = frozenset({"all", "both", "everyone", "alle", "allemaal", "allebei", "beide", "beiden", "iedereen"})
_YES = frozenset(
    [
        "yes",
        "yep",
        "yeah",
        "ja",
        "jawel",
        "ok",
        "oke",
        "okay",
        "sure",
        "correct",
        "right",
        "klopt",
        "prima",
        "goed",
        "inderdaad",
        "exactly",
    ]
)


def is_chosen(
    contact: PinnedContact, seen: Sequence[PinnedContact], said: Sequence[str], asked: str, new_values: Sequence[str]
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
    taken = {word for value in new_values for word in words(value)}
    latest = words(said[-1]) - taken if said else set()
    if _EVERYONE & latest or _chosen_by_place(contact, listed, latest):
        return True
    if _YES & latest and _only_match(contact, listed, words(asked)):
        return True
    if contact["of"] > len(listed):
        # Namesakes may stand on a page not shown: of words only an address tells for certain.
        return bool(contact["email"]) and contact["email"].casefold() in " ".join(said).casefold()
    return _only_match(contact, listed, {word for each in said for word in words(each)} - taken)


def _chosen_by_place(contact: PinnedContact, listed: Sequence[PinnedContact], latest: set[str]) -> bool:
    places = [place for place, names in enumerate(_ORDINALS[: len(listed)]) if names & latest]
    if _LAST & latest:
        places.append(len(listed) - 1)
    return len(places) == 1 and listed[places[0]]["id"] == contact["id"]


def _only_match(contact: PinnedContact, listed: Sequence[PinnedContact], spoken: set[str]) -> bool:
    """Tell whether the words `spoken` fit `contact` better than every other one listed."""
    fits = {each["id"]: len(spoken & _described(each)) for each in listed}
    own = fits.pop(contact["id"], 0)
    return own > max(fits.values(), default=0)


def _described(contact: PinnedContact) -> set[str]:
    own = (contact["id"], contact["name"], contact["email"], *contact["properties"].values())
    return {word for value in own for word in words(value)}
