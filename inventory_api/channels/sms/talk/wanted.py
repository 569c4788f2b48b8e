"""What is wanted, out of all that is said about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inventory_api.channels.sms.talk.surroundings import (
    AFTER_PLACE,
    ASKED,
    BEFORE_PLACE,
    BEFORE_WANTED,
    FILLERS,
    FOR,
    HERE,
    HERE_ALONE,
    IS,
    IS_FOR,
    MEASURES,
    NUMBERS,
    OR,
)
from inventory_api.channels.sms.talk.wordset import WordSet
from inventory_api.domain.text import fold

Words = Sequence[str]
_VERBS = ASKED | IS
_FOR = "for"
_NEAR_PLACE = BEFORE_PLACE | AFTER_PLACE | HERE | HERE_ALONE


def without_courtesy(words: Words) -> Words:
    """A message without the words around it, but for those that may say where, and those that ask."""
    return _peeled(words, lambda phrase: phrase in FILLERS and phrase not in _NEAR_PLACE and phrase not in _VERBS)


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
    begin, asked, told = 0, None, list[Words]()
    for at in range(len(words)):
        length = _length_at(words, at, _VERBS)
        if length:
            before = without_fillers(words[begin:at])
            if without_measures(before):
                told.append(before)
                asked = before if " ".join(words[at : at + length]) in ASKED else asked
            begin = at + length
    if asked is None and len(told) == 1 and not _goes_on(words[begin:]):
        return told[0]
    return asked or without_fillers(words)


def _goes_on(words: Words) -> bool:
    """Whether something else is told then, not the same otherwise: "is there milk or is it gone"."""
    return bool(without_fillers(words)) and words[0] not in OR


def without_measures(words: Words) -> Words:
    """The words of a thing without how much of it: "2 kg", "2kg" and a last "two" go, the 650 of a "Dolo 650" stays."""
    folded = [*map(fold, words), ""]
    return [
        written
        for written, word, after in zip(words, folded, folded[1:], strict=False)
        if not (
            _is_measure(word)
            or (word.isdigit() and (_is_measure(after) or after.isdigit()))
            or (word in NUMBERS and (_is_measure(after) or not after))
        )
    ]


def readings(words: Words) -> list[Words]:
    """What of the words may name a thing, to be tried in turn: not how much of it, not what it is for."""
    whole = without_fillers(words)
    found = [_telling(_without_purpose(whole)), _telling(whole)]
    return [found[0]] if found[0] == found[1] else found


def _telling(words: Words) -> Words:
    return [word for word in without_measures(words) if fold(word) not in FILLERS]


def _without_purpose(words: Words) -> Words:
    """English tells what a thing is for behind it, Urdu and Telugu in a word before theirs for "for"."""
    for at in range(1, len(words)):
        length = _length_at(words, at, FOR)
        if length:
            rest = words[:at] if words[at] == _FOR else [*words[: at - 1], *words[at + length :]]
            if without_fillers(rest):
                return rest
    rest = [word for word in words if not IS_FOR.search(word)]
    return rest or words


def _is_measure(word: str) -> bool:
    return word.lstrip("0123456789") in MEASURES


def _length_at(words: Words, at: int, phrases: WordSet) -> int:
    """How many words the longest phrase that begins here has; 0: none does."""
    lengths = range(min(phrases.longest, len(words) - at), 0, -1)
    return next((length for length in lengths if " ".join(words[at : at + length]) in phrases), 0)
