"""How searches take text apart, and which contacts hold which words.

Our model of HubSpot's undocumented analysis: text is split at everything that is no letter or digit; letters
of scripts written without spaces are words of their own; each word of a query must begin a word of a contact.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

#: Longer text is found by its beginning only, so that no value can slow a search down.
MAX_INDEXED_CHARACTERS: Final = 1_000

_UNSPACED: Final = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
_WORD: Final = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


class Analysis:
    """Takes text apart; with `fold_accents`, accents and other marks do not count."""

    def __init__(self, *, fold_accents: bool = True):
        self._fold_accents = fold_accents

    def words(self, text: str) -> list[str]:
        """Return the words of a text as they are compared."""
        return _WORD.findall(self.folded(text[:MAX_INDEXED_CHARACTERS]))

    def folded(self, text: str) -> str:
        """Return a text in the form in which words are compared."""
        if text.isascii():
            return text.lower()
        if self._fold_accents:
            text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not _is_mark(letter))
        return unicodedata.normalize("NFC", text).casefold()

    def pattern(self, wildcards: str) -> re.Pattern[str]:
        """Return an expression for folded text: `*` is anything but space, an end without it a word's end."""
        first, *middle, last = [re.escape(part) for part in self.folded(wildcards).split("*")]
        beginning, end = rf"(?<!\w){first}" if first else "", rf"{last}(?!\w)" if last else ""
        parts = list(filter(None, [beginning, *middle, end]))
        # Atomic groups: the first place where a part fits is as good as any, and no pattern takes forever.
        return re.compile("".join(parts[:1] + [rf"(?>\S*?{part})" for part in parts[1:]]))


class Words:
    """Which contacts hold which words."""

    def __init__(self) -> None:
        self._holders: dict[str, set[int]] = {}
        self._vocabulary: list[str] = []
        self._sorted = True

    def add(self, words: Iterable[str], contact_id: int) -> None:
        """Note that a contact holds these words."""
        for word in words:
            if word not in self._holders:
                self._holders[word] = set()
                self._vocabulary.append(word)
                self._sorted = False
            self._holders[word].add(contact_id)

    def discard(self, words: Iterable[str], contact_id: int) -> None:
        """Note that a contact no longer holds these words."""
        for word in words:
            self._holders[word].discard(contact_id)

    def holding(self, words: Iterable[str]) -> set[int]:
        """Return the ids of the contacts that hold all these words."""
        holders = [self._holders.get(word, set()) for word in words]
        return set.intersection(*holders) if holders else set()

    def beginning_with(self, prefix: str) -> set[int]:
        """Return the ids of the contacts that hold a word with this beginning."""
        if not self._sorted:
            self._vocabulary.sort()
            self._sorted = True
        found: set[int] = set()
        for position in range(bisect_left(self._vocabulary, prefix), len(self._vocabulary)):
            word = self._vocabulary[position]
            if not word.startswith(prefix):
                break
            found |= self._holders[word]
        return found


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) == "Mn"
