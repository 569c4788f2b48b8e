"""What is wanted, out of all that is said about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inventory_api.channels.sms.talk.surroundings import (
    AFTER_PLACE,
    ASKED,
    BEFORE_PLACE,
    BEFORE_WANTED,
    FILLERS,
    HERE,
    HERE_ALONE,
    IS,
    MEASURES,
    NUMBERS,
)
from inventory_api.channels.sms.talk.wordset import WordSet
from inventory_api.domain.text import fold

Words = Sequence[str]
_VERBS = ASKED | IS
_NEAR_PLACE = BEFORE_PLACE | AFTER_PLACE | HERE | HERE_ALONE


def without_courtesy(words: Words) -> Words:
    """A message without the words around it, but for those that may say where."""
    return _peeled(words, lambda phrase: phrase in FILLERS and phrase not in _NEAR_PLACE)


def without_fillers(words: Words) -> Words:
    """What is wanted, without the words around it."""
    return _peeled(words, FILLERS.__contains__)


def _peeled(words: Words, is_around: Callable[[str], bool]) -> Words:
    """Words without those at either end that are around what is meant, the longest phrases first."""
    while words:
        for length in range(min(FILLERS.longest, len(words)), 0, -1):
            if is_around(" ".join(words[:length])) and not _is_sector(words[: length + 1]):
                words = words[length:]
                break
            if is_around(" ".join(words[-length:])):
                words = words[:-length]
                break
        else:
            break
    return words


def _is_sector(words: Words) -> bool:
    """Whether two words are a part of Islamabad, such as H-8: its letter is no word."""
    return len(words) == 2 and len(words[0]) == 1 and words[1].isdigit()


def wanted(words: Words) -> Words:
    """What is wanted, out of all that is said about it."""
    for at in range(len(words) - 1, -1, -1):
        length = _length_at(words, at, BEFORE_WANTED)
        if length and without_fillers(words[at + length :]):
            words = words[at + length :]
            break
    begin, asked, told = 0, None, None
    for at in range(len(words)):
        length = _length_at(words, at, _VERBS)
        if length:
            before = without_fillers(words[begin:at])
            if without_measures(before):
                told = before
                asked = before if " ".join(words[at : at + length]) in ASKED else asked
            begin = at + length
    return without_fillers(asked or told or words)


def without_measures(words: Words) -> Words:
    """The words of a thing without how much of it: "2 kg", "2kg" and a last "two" go, the 650 of a "Dolo 650" stays."""
    folded = [*map(fold, words), ""]
    return [
        written
        for written, word, after in zip(words, folded, folded[1:], strict=False)
        if not (
            _is_measure(word)
            or (word.isdigit() and _is_measure(after))
            or (word in NUMBERS and (_is_measure(after) or not after))
        )
    ]


def _is_measure(word: str) -> bool:
    return word.lstrip("0123456789") in MEASURES


def _length_at(words: Words, at: int, phrases: WordSet) -> int:
    """How many words the longest phrase that begins here has; 0: none does."""
    lengths = range(min(phrases.longest, len(words) - at), 0, -1)
    return next((length for length in lengths if " ".join(words[at : at + length]) in phrases), 0)
