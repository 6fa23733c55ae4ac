"""Whose name is like the one that a terminal shows: without case, accents and order, and as far as it was cut.

Terminals hold 8 or 24 bytes of a name. What is like it is a suggestion for a person, never a mapping.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Generic, TypeAlias, TypeVar

Key = TypeVar("Key", bound=Hashable)
Words: TypeAlias = tuple[str, ...]
CUTS = frozenset({7, 8, 23, 24})
"""A name of so many letters or bytes may be the beginning of a longer one; the last letter may have been a blank."""
LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)
"""What is no letter with an accent for Unicode, and is one for whoever types it in."""
LEAST = 0.6
"""Below this a name is not like the other."""
LEAST_WORD = 0.7
LONE_WORD = 0.8
"""A first name alone says no more, however well it fits."""
ANOTHER_ORDER = 0.99
"""Two names of the same words are nearly one: the order is that of a passport, or of a list."""
INITIAL, BEGINNING, CUT = 0.8, 0.75, 0.95
UNSEEN, UNSEEN_IF_CUT = 0.35, 0.15
"""How much it counts against it that a word of the name is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSimilarity(Generic[Key]):
    """Somebody whose name is like it."""

    key: Key
    score: float
    """0 to 1."""

    @property
    def per_cent(self) -> int:
        """Rounded down: what is not the same never reads as the same."""
        return int(100 * self.score)


def words_of(name: str) -> Words:
    """The words of a name without case, accents, signs and numbers: ``PriyaNair`` has two."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", name)
    plain = unicodedata.normalize("NFKD", apart).casefold().translate(LETTERS)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(re.findall(r"[^\W\d_]+", bare))


def name_similarity(shown: str, name: str) -> float:
    """How like `name` is what a terminal shows, 0 to 1."""
    words, others, is_cut = words_of(shown), words_of(name), may_be_cut(shown)
    tables = [_table(word, others, is_cut=is_last) for word, is_last in _in_order(words, is_cut=is_cut)]
    return _likeness(words, others, tables, is_cut=is_cut)


def may_be_cut(shown: str) -> bool:
    """Is it as long as the names that a terminal cuts?"""
    return bool({len(shown), len(shown.encode())} & CUTS)


class NameIndex(Generic[Key]):
    """The names of many people, ready to be compared with some: only who shares a piece of a word is looked at."""

    def __init__(self, people: Mapping[Key, Iterable[str]]) -> None:
        """:param people: whoever it is -> the names the person goes by."""
        self._people: dict[Words, list[Key]] = {}
        # In their order among equals, so that of many namesakes the first are enough.
        for key, names in sorted(people.items(), key=lambda one: str(one[0])):
            for words in {words for name in names if (words := words_of(name))}:
                self._people.setdefault(words, []).append(key)
        self._names: dict[str, list[Words]] = {}
        for words in self._people:
            for word in set(words):
                self._names.setdefault(word, []).append(words)
        self._by_piece: dict[str, list[str]] = {}
        for word in self._names:
            for piece in _pieces(word):
                self._by_piece.setdefault(piece, []).append(word)
        self._told: dict[tuple[str, int], Sequence[NameSimilarity[Key]]] = {}

    def like(self, shown: str, most: int = 3) -> Sequence[NameSimilarity[Key]]:
        """The people whose names are most like it, the best first; none is below `LEAST`. Remembered."""
        if (shown, most) not in self._told:
            self._told[shown, most] = self._compared(shown, most)
        return self._told[shown, most]

    def _compared(self, shown: str, most: int) -> Sequence[NameSimilarity[Key]]:
        words, is_cut = words_of(shown), may_be_cut(shown)
        nearby = {word: self._near(word) for word in words}
        tables = [_table(word, nearby[word], is_cut=is_last) for word, is_last in _in_order(words, is_cut=is_cut)]
        best: dict[Key, float] = {}
        for name in {name for known in nearby.values() for word in known for name in self._names[word]}:
            score = _likeness(words, name, tables, is_cut=is_cut)
            if score >= LEAST:
                best.update({key: max(score, best.get(key, 0.0)) for key in self._people[name][:most]})
        found = [NameSimilarity(key=key, score=score) for key, score in best.items()]
        return tuple(sorted(found, key=lambda one: (-one.score, str(one.key)))[:most])

    def _near(self, word: str) -> Iterable[str]:
        """Known words that share at least a third of its pieces."""
        pieces = _pieces(word)
        shared = Counter(known for piece in pieces for known in self._by_piece.get(piece, ()))
        return [known for known, count in shared.items() if 3 * count >= len(pieces)]


def _pieces(word: str) -> set[str]:
    """Each two letters beside one another, and the first by itself."""
    padded = f"^{word}"
    return {padded[start : start + 2] for start in range(len(word))}


def _in_order(words: Words, *, is_cut: bool) -> list[tuple[str, bool]]:
    """Each word, and whether it may be the beginning of a longer one."""
    return [(word, is_cut and number == len(words) - 1) for number, word in enumerate(words)]


def _table(word: str, others: Iterable[str], *, is_cut: bool) -> Mapping[str, float]:
    """Those of the others that are like the word, and how much."""
    scores = {other: _word(word, other, is_cut=is_cut) for other in others}
    return {other: score for other, score in scores.items() if score}


def _likeness(shown: Words, name: Words, tables: Sequence[Mapping[str, float]], *, is_cut: bool) -> float:
    """:param tables: for each word that is shown, the words that are like it."""
    if not shown or not name:
        return 0.0
    if shown == name:
        return 1.0
    if len(shown) == len(name) and sorted(shown) == sorted(name):
        return ANOTHER_ORDER
    return max(_word_by_word(shown, name, tables, is_cut=is_cut), _joined(shown, name, is_cut=is_cut))


def _word_by_word(shown: Words, name: Words, tables: Sequence[Mapping[str, float]], *, is_cut: bool) -> float:
    """Each word that is shown takes the word of the name that is most like it and still free."""
    free, gained, length = list(name), 0.0, 0
    for word, table in zip(shown, tables, strict=True):
        length += len(word)
        best = max(free, key=lambda one: table.get(one, 0.0), default="")
        score = table.get(best, 0.0)
        if score:
            free.remove(best)
            gained += score * len(word)
    unseen = (UNSEEN_IF_CUT if is_cut else UNSEEN) * sum(map(len, free))
    found = gained / (length + unseen)
    return min(found, LONE_WORD) if len(shown) == 1 < len(name) else found


def _joined(shown: Words, name: Words, *, is_cut: bool) -> float:
    """Written without blanks, or cut behind the first word: ``priyanai`` begins like ``priyanair``."""
    text = "".join(shown)
    for order in (name, name[::-1]) if name[0][0] == text[0] or name[-1][0] == text[0] else ():
        whole = "".join(order)
        if text == whole:
            return ANOTHER_ORDER
        if is_cut and whole.startswith(text) and len(text) > len(order[0]):
            return CUT
    return 0.0


@lru_cache(maxsize=20_000)
def _word(shown: str, word: str, *, is_cut: bool) -> float:
    """How like one word is another, 0 to 1; 0 for too little."""
    if shown == word:
        return 1.0
    if is_cut and word.startswith(shown):
        return CUT
    if len(shown) == 1 or len(word) == 1:
        return INITIAL if shown[0] == word[0] else 0.0
    ratio = SequenceMatcher(None, shown, word, autojunk=False).ratio()
    if min(len(shown), len(word)) >= 3 and (word.startswith(shown) or shown.startswith(word)):
        return max(BEGINNING, ratio)
    return ratio if ratio >= LEAST_WORD else 0.0
