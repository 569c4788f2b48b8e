"""Names in Latin letters, for readers who asked in those, where a feed has them in Urdu's or Telugu's alone."""

# ruff: noqa: RUF001 - Urdu's letters are themselves

from __future__ import annotations

import re

from anyascii import anyascii

from inventory_api.domain.identifiers import format_product_id
from inventory_api.domain.product import Product
from inventory_api.domain.text import fold, script_of, skeleton
from inventory_api.locales.catalog import Language

SCRIPTED = frozenset({Language.URDU, Language.TELUGU})
"""Languages that have letters of their own; the others are read in Latin ones."""

# A Telugu consonant without a vowel sign has an "a", and one sign stands for the nasal of whatever follows.
_BARE = re.compile("([\u0c15-\u0c39\u0c58-\u0c5a])(?![\u0c3e-\u0c4d\u0c55\u0c56\u0c62\u0c63])")
_NASAL = re.compile("\u0c02(?=[\u0c15-\u0c28])")
_TELUGU = str.maketrans({"ఈ": "ee", "ీ": "ee", "ఊ": "oo", "ూ": "oo", "చ": "ch", "ఛ": "ch", "శ": "sh", "ష": "sh"})

# Urdu's long vowels are consonants elsewhere; short ones are hardly ever written. Arabic keyboards have another yeh.
_BEGIN = r"(?<![\w\u064b-\u0652])"
_BY_PLACE = tuple(
    (re.compile(pattern), latin)
    for pattern, latin in (
        ("[\u064a\u0649]", "\u06cc"),
        (rf"{_BEGIN}[اع]و", "o"),
        (rf"{_BEGIN}[اع]ی", "e"),
        (rf"{_BEGIN}و|و(?=[اآیے])|(?<=[اآ])و", "w"),
        (rf"{_BEGIN}ی|ی(?=[اآ])", "y"),
        (r"ئ(?=[یے])|ء", ""),
        (r"یہ\b", "ia"),
        (r"(?<![اآویے])ہ\b", "a"),
        (r"ی\b|ئ", "i"),
    )
)
_URDU = str.maketrans({"ا": "a", "آ": "a", "ع": "a", "و": "o", "ؤ": "o", "ی": "e", "ے": "ay"})


def romanized(word: str) -> str:
    """A word as it sounds, roughly, in small letters of ASCII: with Telugu's vowels, and the long ones of Urdu.

    [measured, ``tests/unit/sms/test_roman.py``:] 83 of 100 like the usual spelling in Urdu, 90 in Telugu, where
    ``anyascii`` alone has 66 and 84.
    """
    word = _NASAL.sub("\u0c28\u0c4d", _BARE.sub("\\1\u0c05", word)).translate(_TELUGU)
    for pattern, latin in _BY_PLACE:
        word = pattern.sub(latin, word)
    return anyascii(word.translate(_URDU)).lower()


def name_of(product: Product, language: Language) -> str:
    """What a product is called; by its number where no feed names it.

    In Latin letters a word is spelled as it is in the brand or among the aliases, where one there sounds like it.
    """
    title = product.title or format_product_id(product.id).lstrip("0")
    if language in SCRIPTED or script_of(title) == "latin":
        return title
    words = [word.strip(",;|") for word in f"{product.aliases or ''} {product.brand or ''}".split()]
    known = {skeleton(fold(word)): word[0].upper() + word[1:] for word in words if word.isascii() and fold(word)}
    return " ".join(
        word if script_of(word) == "latin" else known.get(skeleton(romanized(word)), word) for word in title.split()
    )
