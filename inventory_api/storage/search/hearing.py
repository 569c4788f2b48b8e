"""How a word sounds: in Latin letters, alike whatever the script and however people spell."""

from __future__ import annotations

import re

from inventory_api.domain.text import consonants, reading

_VOWELS = str.maketrans("eyvo", "iiuu")
_FIRST_VOWEL = re.compile("^[eiou]")
# The dot of Telugu and Devanagari is an n but before p, b and m.
_ANUSVARA = re.compile("[\u0c02\u0902](?![\u0c2a-\u0c2e\u092a-\u092e])")
# Alef is a vowel, cheh no soft c.
_LETTERS = str.maketrans({"\u0627": "a", "\u0622": "a", "\u0686": "ch", "\u0c1a": "ch", "\u091a": "ch"})
_Z_FOR_J = str.maketrans("j\u0c1c\u091c", "zzz")
_DOUBLED = re.compile(r"(.)\1+")


def with_vowels(word: str) -> str:
    """A word in Latin letters; the vowels that scripts and people confuse are one."""
    return _DOUBLED.sub(r"\1", reading(_told_apart(word)).translate(_VOWELS))


def without_vowels(word: str) -> str:
    """Its consonants; Urdu begins every vowel with the same letter, so all first vowels are one."""
    return _FIRST_VOWEL.sub("a", consonants(_told_apart(word)))


def ways_to_say(word: str) -> list[str]:
    """A word, and what else it may be: Telugu and Hindi have no z, and write j."""
    with_z = word.translate(_Z_FOR_J)
    return [word] if with_z == word else [word, with_z]


def _told_apart(word: str) -> str:
    """Letters that a transliteration letter by letter loses or confuses."""
    return word if word.isascii() else _ANUSVARA.sub("n", word).translate(_LETTERS)


def has_digit(word: str) -> bool:
    """Sizes and codes (``500ml``) have no other spelling, and no sound."""
    return any(char.isdigit() for char in word)
