"""How a word sounds: in Latin letters, alike whatever the script and however people spell."""

from __future__ import annotations

import re

from inventory_api.domain.text import consonants, fold, reading, with_letters

_VOWELS = str.maketrans("eyvo", "iiuu")
_FIRST_VOWEL = re.compile("^[eiou]")
_Z_FOR_J = str.maketrans("j\u0c1c\u091c", "zzz")
_DOUBLED = re.compile(r"(.)\1+")


def words_of(text: str) -> list[str]:
    """The words of a text as they are looked for: folded, letters that are spelled by their names one word."""
    return with_letters(fold(text)).split()


def with_vowels(word: str) -> str:
    """A word in Latin letters; the vowels that scripts and people confuse are one."""
    return _DOUBLED.sub(r"\1", reading(word).translate(_VOWELS))


def without_vowels(word: str) -> str:
    """Its consonants; Urdu begins every vowel with the same letter, so all first vowels are one."""
    return _FIRST_VOWEL.sub("a", consonants(word))


def ways_to_say(word: str) -> list[str]:
    """A word, and what else it may be: Telugu and Hindi have no z, and write j."""
    with_z = word.translate(_Z_FOR_J)
    return [word] if with_z == word else [word, with_z]


def has_digit(word: str) -> bool:
    """Sizes and codes (``500ml``) have no other spelling, and no sound."""
    return any(char.isdigit() for char in word)
