"""Which of the five written languages somebody texts in. Texts are too short for a language model."""

from __future__ import annotations

from inventory_api.channels.sms.talk.surroundings import ROMAN_TELUGU, ROMAN_URDU
from inventory_api.channels.sms.talk.vocabulary import TELUGU_WORDS, URDU_WORDS
from inventory_api.channels.sms.talk.wordset import by_ear
from inventory_api.domain.text import fold
from inventory_api.locales.catalog import Language, language_of_script

_OF_COUNTRY = {"PK": Language.URDU}
"""Where most read one language; in India nobody can tell from the number."""


def language_of(text: str, *, stored: str | None, country: str | None, is_chosen: bool = False) -> Language:
    """The language to answer in.

    Args:
        text: What was written.
        stored: The tag of the language that this shopper used or chose last.
        is_chosen: Whether they chose it: then words in Latin letters do not change it. A script does: who writes it
            reads it.
        country: ISO 3166 code of the sender's number; counts where there is not even a letter to go by.
    """
    script = language_of_script(text)
    if script is not None:
        return script
    if stored is not None and is_chosen:
        return Language(stored)
    words = set(fold(text).split())
    urdu = sum(word in URDU_WORDS or by_ear(word) in ROMAN_URDU for word in words)
    telugu = sum(word in TELUGU_WORDS or by_ear(word) in ROMAN_TELUGU for word in words)
    if urdu != telugu:
        return Language.ROMAN_URDU if urdu > telugu else Language.ROMAN_TELUGU
    if stored is not None:
        return Language(stored)
    if any(char.isalpha() for char in text):
        return Language.ENGLISH
    return _OF_COUNTRY.get(country or "", Language.ENGLISH)
