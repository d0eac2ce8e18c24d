"""Compares the companies that a contact is linked to, and its notes, with what they must be."""

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hubspot_agent.evals.cases import Accepted

_TAG = re.compile(r"<[^>]*>")


def is_company(label: str, company: Mapping[str, Any]) -> bool:
    """Tell whether `label`, a domain or a name, is that of a company."""
    known = (each for name in ("domain", "name") for each in labels(company.get(name)))
    return label.casefold() in (each.casefold() for each in known)


def wrong_links(
    before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]], wanted: Sequence[str]
) -> tuple[bool, bool]:
    """Return whether a contact is linked otherwise than it must be, and whether that is more than left undone.

    Args:
        before: The properties of the companies it was linked to.
        after: Those of the companies it is linked to.
        wanted: All that it must be linked to, by domain or name.
    """
    added, removed = [each for each in after if each not in before], [each for each in before if each not in after]
    wrongly = [each for each in added if not _is_one(each, wanted)] + [
        each for each in removed if _is_one(each, wanted)
    ]
    done = len(after) == len(wanted) and all(any(is_company(label, each) for each in after) for label in wanted)
    return not done, bool(wrongly)


def wrong_notes(before: Sequence[str], after: Sequence[str], wanted: Sequence[str]) -> tuple[bool, bool]:
    """Return whether a contact has other notes than it must have, and whether that is more than left undone.

    Args:
        before: The bodies of its notes at first.
        after: Those it has now.
        wanted: What its new notes must say, see `says`.
    """
    new, gone = Counter(after) - Counter(before), Counter(before) - Counter(after)
    missing = list(wanted)
    for body in new.elements():
        said = next((each for each in missing if says(body, each)), None)
        if said is None:
            return True, True
        missing.remove(said)
    return bool(missing or gone), bool(gone)


def says(body: str, wanted: str) -> bool:
    """Tell whether each of the `wanted` words stands in a note; a word may be alternatives ("called|rang")."""
    text = plain_note(body).casefold()
    return all(any(part in text for part in word.split("|")) for word in wanted.casefold().split())


def plain_note(body: str) -> str:
    """Return the text of a note's HTML."""
    return html.unescape(_TAG.sub(" ", body))


def labels(accepted: Accepted) -> list[str]:
    """Return the companies or notes that an expectation names; `None` is none."""
    return [each for each in (accepted if isinstance(accepted, list) else [accepted]) if each]


def _is_one(company: Mapping[str, str], wanted: Sequence[str]) -> bool:
    return any(is_company(label, company) for label in wanted)
