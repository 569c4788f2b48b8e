"""Every word of the index, found by a misspelt word, by how it sounds, or by how it begins.

Arrays in files that every process maps into memory, so that opening them costs nothing. A word is found by
one edit because two words one edit apart have a form in common from which at most one letter is missing;
the hashes of all these forms are one sorted array.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from inventory_api.storage.search.hearing import has_digit, ways_to_say, with_vowels, without_vowels

MAX_WORD_BYTES = 96
"""Longer words are not found: Thai puts no spaces between its words, and has three bytes a letter."""

SHORTEST_MISSPELT, LONGEST_MISSPELT = 3, 24
SHORT_SOUND = 2
"""Consonants up to which all must be the same: too many words have others."""

ALIKE = 60.0
"""Of 100: how alike two words of one sound must be in Latin letters."""

MUCH_ALIKE = 70.0
"""The same of two words in Latin letters that differ in a consonant."""

SHORT_ALIKE = 80.0
"""The same of words in Latin letters of up to ``FEW_SOUNDS`` consonants: who asks for cola wants no claw hammer."""

FEW_SOUNDS = 3

BEHIND = 25.0
"""A word so much less like it than the likest is not what was meant."""

ANOTHER_SOUND = -20.0
"""What a consonant that differs counts in their likeness."""

MAX_COMPARED = 2_000
"""Words looked at one by one; of more the commonest."""

MAX_REMEMBERED = 20_000
"""Words whose counts are remembered: those of a lexicon are asked for again and again."""

COMMON_BONUS = 4.0
"""What ten times more products count in the likeness of two words of one sound."""

_FILES = (
    "words", "counts", "sounds", "heard", "by_sound", "sorted_sounds", "forms", "form_of", "sound_forms",
    "sound_form_of",
)  # fmt: skip
_SOUND_BYTES, _HEARD_BYTES = 16, 24
_BASE = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1
_INVERSE = pow(_BASE, -1, 2**64)

Words = NDArray[np.bytes_]
Ints = NDArray[np.uint32]
Hashes = NDArray[np.uint64]


class Vocabulary:
    """Words in byte order with the number of products that have each.

    Args:
        words: UTF-8, ascending.
        counts: Products of each.
        sounds: The consonants of each; empty for words that are no words (``500ml``).
        heard: Each in Latin letters with its vowels.
        by_sound: Positions of the words in the order of their sounds.
        sorted_sounds: The sounds in that order.
        forms: Hashes of each word and of its forms with a letter left out, ascending.
        form_of: The word of each form.
        sound_forms: The same of the sounds.
        sound_form_of: The word of each of them.
    """

    def __init__(
        self,
        words: Words,
        counts: Ints,
        sounds: Words,
        heard: Words,
        by_sound: Ints,
        sorted_sounds: Words,
        forms: Hashes,
        form_of: Ints,
        sound_forms: Hashes,
        sound_form_of: Ints,
    ) -> None:
        self._words = words
        self._counts = counts
        self._sounds = sounds
        self._heard = heard
        self._by_sound = by_sound
        self._sorted_sounds = sorted_sounds
        self._forms = forms
        self._form_of = form_of
        self._sound_forms = sound_forms
        self._sound_form_of = sound_form_of
        self._counted: dict[str, int] = {}

    @classmethod
    def build(cls, counted: Iterable[tuple[str, int]], before: Vocabulary | None = None) -> Vocabulary:
        """From words with their numbers of products; about 2 s for 400,000 words, less with the one before."""
        pairs = sorted((word.encode(), count) for word, count in counted if len(word.encode()) <= MAX_WORD_BYTES)
        words = np.array([word for word, _ in pairs], dtype=f"S{MAX_WORD_BYTES}")
        counts = np.array([count for _, count in pairs], dtype=np.uint32)
        sounds, heard = _sounds(words, before)
        by_sound = np.argsort(sounds, kind="stable").astype(np.uint32)
        forms = _forms([word.decode() for word, _ in pairs])
        sound_forms = _forms([sound.decode() for sound in sounds.tolist()])
        return cls(words, counts, sounds, heard, by_sound, sounds[by_sound], *forms, *sound_forms)

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder, which is made."""
        folder.mkdir(parents=True)
        for name in _FILES:
            with (folder / f"{name}.npy").open("wb") as file:
                np.save(file, getattr(self, f"_{name}"))
                file.flush()
                os.fsync(file.fileno())

    @classmethod
    def open(cls, folder: Path) -> Vocabulary:
        """Map the arrays of a folder into memory.

        Raises:
            FileNotFoundError: The folder is gone.
        """
        # Plain arrays on the maps: np.memmap itself makes every look-up dearer.
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in _FILES))

    def __len__(self) -> int:
        return len(self._words)

    def count(self, word: str) -> int:
        """Products with this word; 0 where there is none."""
        count = self._counted.get(word)
        if count is None:
            at = self._position(word)
            count = 0 if at is None else int(self._counts[at])
            if len(self._counted) < MAX_REMEMBERED:
                self._counted[word] = count
        return count

    def one_edit(self, word: str, limit: int) -> list[str]:
        """Words one letter away (left out, added, another, or two swapped), the commonest first."""
        if not SHORTEST_MISSPELT <= len(word) <= LONGEST_MISSPELT or has_digit(word):
            return []
        near = self._commonest(self._near(self._forms, self._form_of, word)).tolist()
        close = [at for at in near if OSA.distance(word, self._word(at), score_cutoff=1) == 1]
        close.sort(key=lambda at: -int(self._counts[at]))
        return [self._word(at) for at in close[:limit]]

    def sounding(self, word: str, limit: int, least: float = ALIKE) -> list[str]:
        """Words of the same consonants but one, whatever the script, the likest first.

        Args:
            word: Folded.
            limit: At most so many.
            least: Of 100: how alike they must be with their vowels.
        """
        spoken = [] if has_digit(word) else ways_to_say(word)
        sounds = {sound: np.bytes_(sound.encode()[:_SOUND_BYTES]) for sound in map(without_vowels, spoken) if sound}
        if not sounds:
            return []
        fewest = min(map(len, sounds))
        positions = self._commonest(np.unique(np.concatenate([*map(self._alike, *zip(*sounds.items(), strict=True))])))
        others = self._heard[positions].astype(str).tolist()
        likeness = process.cdist([with_vowels(way) for way in spoken], others, scorer=fuzz.ratio).max(axis=0)
        is_same = np.isin(self._sounds[positions], [*sounds.values()])
        score = likeness + np.log10(1 + self._counts[positions]) * COMMON_BONUS + np.where(is_same, 0.0, ANOTHER_SOUND)
        found: dict[str, None] = {}
        least_of_another = least
        if word.isascii():
            # One script has one spelling for each sound: what differs in a consonant must else be much alike.
            least_of_another = max(least, MUCH_ALIKE)
            least = max(least, SHORT_ALIKE) if fewest <= FEW_SOUNDS else least
        if fewest <= FEW_SOUNDS:
            least_of_another = least - ANOTHER_SOUND
        is_unlike = ~is_same & (likeness < least_of_another)
        score[is_unlike] = likeness[is_unlike] = 0.0
        order = np.argsort(-score, kind="stable").tolist()
        for at in order:
            if len(found) == limit or likeness[at] < least or score[at] < score[order[0]] - BEHIND:
                break
            other = self._word(int(positions[at]))
            if other != word:
                found[other] = None
        return list(found)

    def starting(self, prefix: str, limit: int) -> list[str]:
        """Words that begin so, the commonest first; the prefix itself before all where it is one."""
        encoded = prefix.encode()
        if len(encoded) >= MAX_WORD_BYTES:
            return []
        begin = int(np.searchsorted(self._words, np.bytes_(encoded)))
        end = int(np.searchsorted(self._words, np.bytes_(encoded + b"\xff")))
        counts = self._counts[begin:end].astype(np.int64)
        most = np.argpartition(-counts, limit)[:limit] if len(counts) > limit else np.arange(len(counts))
        order = most[np.argsort(-counts[most], kind="stable")]
        words = [self._word(begin + at) for at in order.tolist()]
        if self._position(prefix) is not None:
            words = [prefix, *(word for word in words if word != prefix)][:limit]
        return words

    def _alike(self, sound: str, key: np.bytes_) -> Ints:
        """Positions of the words of a sound; of a longer one also of those that differ in a consonant."""
        begin, end = np.searchsorted(self._sorted_sounds, key), np.searchsorted(self._sorted_sounds, key, side="right")
        same = self._by_sound[begin:end]
        if len(sound) <= SHORT_SOUND:
            return same
        return np.concatenate((same, self._near(self._sound_forms, self._sound_form_of, sound)))

    @staticmethod
    def _near(forms: Hashes, form_of: Ints, word: str) -> Ints:
        """Positions of what has a form in common with a word."""
        hashes, _ = _forms([word])
        begin, end = np.searchsorted(forms, hashes), np.searchsorted(forms, hashes, side="right")
        found = [form_of[first:last] for first, last in zip(begin.tolist(), end.tolist(), strict=True)]
        return np.unique(np.concatenate(found)) if found else form_of[:0]

    def _commonest(self, positions: Ints) -> Ints:
        if len(positions) <= MAX_COMPARED:
            return positions
        return positions[np.argpartition(-self._counts[positions].astype(np.int64), MAX_COMPARED)[:MAX_COMPARED]]

    def _position(self, word: str) -> int | None:
        encoded = word.encode()
        at = int(np.searchsorted(self._words, np.bytes_(encoded)))
        return at if at < len(self._words) and bytes(self._words[at]) == encoded else None

    def _word(self, at: int) -> str:
        return bytes(self._words[at]).decode()


def _sounds(words: Words, before: Vocabulary | None) -> tuple[Words, Words]:
    sounds = np.zeros(len(words), dtype=f"S{_SOUND_BYTES}")
    heard = np.zeros(len(words), dtype=f"S{_HEARD_BYTES}")
    unknown = np.arange(len(words))
    if before is not None and len(before):
        at = np.minimum(np.searchsorted(before._words, words), len(before) - 1)
        known = before._words[at] == words
        sounds[known] = before._sounds[at[known]]
        heard[known] = before._heard[at[known]]
        unknown = np.flatnonzero(~known)
    for position in unknown.tolist():
        word = bytes(words[position]).decode()
        if not has_digit(word):
            sounds[position] = without_vowels(word).encode()[:_SOUND_BYTES]
            heard[position] = with_vowels(word).encode()[:_HEARD_BYTES]
    return sounds, heard


def _forms(words: Sequence[str]) -> tuple[Hashes, Ints]:
    """Hashes of the words and of their forms with one letter left out, ascending, and whose each is.

    The hash of a word is a sum over its letters, so that those of all its forms are two sums and a product.
    """
    hashes: list[Hashes] = []
    owners: list[Ints] = []
    lengths = np.array([0 if has_digit(word) else len(word) for word in words])
    for length in sorted({*lengths.tolist()} & {*range(2, LONGEST_MISSPELT + 2)}):
        of_length = np.flatnonzero(lengths == length)
        letters = np.array([words[at] for at in of_length.tolist()]).view(np.uint32).reshape(-1, length)
        powers = np.array([pow(_BASE, place + 1, 2**64) for place in range(length)], dtype=np.uint64)
        sums = np.zeros((len(of_length), length + 1), dtype=np.uint64)
        np.cumsum(letters.astype(np.uint64) * powers, axis=1, out=sums[:, 1:])
        whole = sums[:, -1:]
        without = sums[:, :-1] + (whole - sums[:, 1:]) * np.uint64(_INVERSE & _MASK)
        hashes.append(np.concatenate((whole, without), axis=1).ravel())
        owners.append(np.repeat(of_length.astype(np.uint32), length + 1))
    if not hashes:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    all_hashes, all_owners = np.concatenate(hashes), np.concatenate(owners)
    order = np.argsort(all_hashes, kind="stable")
    return all_hashes[order], all_owners[order]
