"""Whether two names are one person's, and two companies one company, however they are spelled."""

import re
from collections.abc import Iterator

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from hubspot_agent.validation.words import folded, split

_PARTICLES_LISTED = """
van vd v de den der d het t te ten ter op in aan bij s von zu zum zur vom am di da del della dello dos das do du la le
les lo el al bin ibn ben af av y e
"""
_LEGAL_FORMS_LISTED = """
ab ad ag ao aps as asa bhd bv bvba co company corp corporation cv dd doo eg ev gmbh inc incorporated jsc kft kg kgaa kk
limited llc llp lp ltd mbh nv oo oy oyj ohg pjsc plc pte pty pvt rt sa sarl sas sasu sdn se sl slu snc sp spa spzoo srl
sro ug vof z zrt ооо оао зао пао
"""  # noqa: RUF001 (the Russian ones)

#: Words that belong to a family name in many languages and are often left out, abbreviated or put elsewhere.
_PARTICLES = frozenset(_PARTICLES_LISTED.split())
#: Legal forms of companies, without points.
_LEGAL_FORMS = frozenset(_LEGAL_FORMS_LISTED.split())
_LEGAL_SIGNS = re.compile("股份有限公司|有限责任公司|有限公司|株式会社|合同会社|주식회사|㈜|㈱")

#: How alike two companies' names must be, 0 to 100, and how long, to be taken for one.
_SAME_COMPANY = 90
_LONG_ENOUGH = 6
#: Characters of a name that are compared.
_COMPARED = 200


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two full names are the same but for order, particles, case, accents and spaces.

    A single word is nobody's full name.
    """
    mine, theirs = _words(one), _words(other)
    if len(mine) < 2 or len(theirs) < 2:
        return False
    return _is_joined_alike(mine, theirs) or sorted(_without_particles(mine)) == sorted(_without_particles(theirs))


def is_similar_name(one: str, other: str) -> bool:
    """Tell whether two names may be one person's.

    Every word of the shorter name must be in the longer one: the same, an initial of it, or with a slip of the
    pen; and one of them, more than an initial or a particle, must be the same.
    """
    mine, theirs = _words(one), _words(other)
    return (
        _is_within(mine, theirs)
        or _is_within(_without_particles(mine), _without_particles(theirs))
        or _is_joined_alike(mine, theirs)
    )


def name_likeness(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 100."""
    return fuzz.token_sort_ratio(" ".join(_words(one)), " ".join(_words(other)))


def is_same_company(one: str, other: str) -> bool:
    """Tell whether two names are of one company; its legal form does not count, nor what follows the whole name."""
    mine, theirs = company_words(one), company_words(other)
    if not mine or not theirs:
        return False
    shorter, longer = sorted((mine, theirs), key=len)
    if longer[: len(shorter)] == shorter:
        return True
    joined, joined_other = "".join(mine), "".join(theirs)
    if joined == joined_other:
        return True
    return min(len(joined), len(joined_other)) >= _LONG_ENOUGH and fuzz.ratio(joined, joined_other) >= _SAME_COMPANY


def telling(words: list[str]) -> list[str]:
    """Return the words of a name without particles, unless none would be left."""
    return [word for word in words if _key(word) not in _PARTICLES] or words


def company_words(company: str) -> list[str]:
    """Return the words of a company's name without its legal form."""
    words = _words(re.sub("[./]", "", _LEGAL_SIGNS.sub(" ", company)))
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    while len(words) > 1 and words[0] in _LEGAL_FORMS and not words[0].isascii():
        words.pop(0)
    return words


def company_keywords(company: str) -> list[str]:
    """Return the words of a company's name as typed, without its legal form and signs: what to search it by."""
    words = (word.strip('()[],;."') for word in _LEGAL_SIGNS.sub(" ", company[:_COMPARED]).split())
    return [word for word in words if (key := _key(word)) and key not in _LEGAL_FORMS]


def _words(text: str) -> list[str]:
    return split(folded(text[:_COMPARED]))


def _key(word: str) -> str:
    return "".join(split(folded(word)))


def _without_particles(words: list[str]) -> list[str]:
    """Return the words without particles, unless too little would be left to know anyone by."""
    left = telling(words)
    return left if len(left) > 1 else words


def _is_within(one: list[str], other: list[str]) -> bool:
    shorter, longer = sorted((one, other), key=len)
    left = list(longer)
    same = False
    for word in sorted(shorter, key=len, reverse=True):
        match = next(_matches(word, left), None)
        if match is None:
            return False
        same = same or (match == word and not _is_initial(word) and word not in _PARTICLES)
        left.remove(match)
    return same


def _matches(word: str, words: list[str]) -> Iterator[str]:
    """Yield the words that a word may stand for, the same one first."""
    yield from (each for each in words if each == word)
    yield from (each for each in words if each != word and (_is_slip(word, each) or _is_initial_of(word, each)))


def _is_slip(one: str, other: str) -> bool:
    """Tell whether two words differ by a slip of the pen: none in a short word, two in a long one."""
    longest = max(len(one), len(other))
    allowed = 0 if longest < 4 else 1 if longest < 8 else 2
    return OSA.distance(one, other) <= allowed


def _is_initial_of(one: str, other: str) -> bool:
    return (_is_initial(one) or _is_initial(other)) and one[0] == other[0]


def _is_initial(word: str) -> bool:
    """Tell whether a word is one letter of a script with capitals; one Chinese character is a name."""
    return len(word) == 1 and word.upper() != word


def _is_joined_alike(mine: list[str], theirs: list[str]) -> bool:
    """Tell whether two names are the same without their spaces, either part first."""
    turns = {"".join(mine[turn:] + mine[:turn]) for turn in range(len(mine))}
    return "".join(theirs) in turns
