"""Languages, which of them somebody reads, and their texts.

The ``.po`` files are read as they are, once a process: nothing has to be compiled before a change is seen.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations


class Language(StrEnum):
    """A language as it is written, by its BCP 47 tag. People who text write Urdu and Telugu in Latin letters, too."""

    ENGLISH = "en"
    URDU = "ur"
    TELUGU = "te"
    ROMAN_URDU = "ur-Latn"
    ROMAN_TELUGU = "te-Latn"

    @property
    def is_right_to_left(self) -> bool:
        """Whether its lines begin at the right."""
        return self is Language.URDU


_SCRIPTS = (
    (Language.URDU, re.compile("[\u0620-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")),
    (Language.TELUGU, re.compile("[\u0c05-\u0c61]")),
)
_KNOWN = {language.value.lower(): language for language in Language}


def language_of_tag(tag: str) -> Language | None:
    """The language that a BCP 47 tag asks for, by RFC 4647 lookup: ``ur-PK`` is Urdu. None: one that we lack."""
    tag = tag.strip().lower()
    while tag:
        if tag in _KNOWN:
            return _KNOWN[tag]
        tag = tag.rpartition("-")[0]
    return None


@lru_cache(maxsize=512)
def language_of_header(accept_language: bytes | None) -> Language:
    """The language that an ``Accept-Language`` header likes best of those that we have; English where it has none."""
    if accept_language is None:
        return Language.ENGLISH
    wanted: list[tuple[float, int, Language]] = []
    for part in accept_language.decode("latin-1").split(",")[:20]:
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        language = language_of_tag(tag)
        if language is not None and quality > 0:
            wanted.append((-quality, len(wanted), language))
    return min(wanted, default=(0, 0, Language.ENGLISH))[2]


def language_of_script(text: str) -> Language | None:
    """The language that the letters of a text tell; None for Latin ones, which several are written in."""
    return next((language for language, letter in _SCRIPTS if letter.search(text)), None)


@lru_cache(maxsize=len(Language))
def texts_of(language: Language) -> NullTranslations:
    """The texts of a language, by their English. 20 ms the first time, then kept."""
    if language is Language.ENGLISH:
        return NullTranslations()
    source = files(__package__).joinpath(f"{language.replace('-', '_')}.po")
    with source.open("rb") as po:
        catalog = read_po(po, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
