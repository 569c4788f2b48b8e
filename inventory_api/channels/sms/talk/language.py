"""Which of the five written languages somebody texts in. Texts are too short for a language model."""

from __future__ import annotations

from inventory_api.channels.sms.talk.surroundings import ROMAN_TELUGU, ROMAN_URDU, by_ear
from inventory_api.channels.sms.talk.vocabulary import TELUGU_WORDS, URDU_WORDS
from inventory_api.domain.text import fold
from inventory_api.locales.catalog import Language, language_of_script

_OF_COUNTRY = {"PK": Language.URDU}
"""Where most read one language; in India nobody can tell from the number."""


def language_of(text: str, *, stored: str | None, country: str | None) -> Language:
    """The language to answer in.

    Args:
        text: What was written.
        stored: The tag of the language that this shopper used or chose last.
        country: ISO 3166 code of the sender's number; counts where there is not even a letter to go by.
    """
    script = language_of_script(text)
    if script is not None:
        return script
    words = set(fold(text).split())
    heard = set(map(by_ear, words))
    urdu, telugu = len(words & URDU_WORDS | heard & ROMAN_URDU), len(words & TELUGU_WORDS | heard & ROMAN_TELUGU)
    if urdu != telugu:
        return Language.ROMAN_URDU if urdu > telugu else Language.ROMAN_TELUGU
    if stored is not None:
        return Language(stored)
    if any(char.isalpha() for char in text):
        return Language.ENGLISH
    return _OF_COUNTRY.get(country or "", Language.ENGLISH)
