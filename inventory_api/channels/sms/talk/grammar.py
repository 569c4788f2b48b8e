"""From a shopper's words to what they want: free text, no verbs to learn.

In this order: opt-out (before menus and everything else), commands, a digit while a menu is open, a barcode, a
place, and what is left is the product.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from inventory_api.channels.sms.session import Menu
from inventory_api.channels.sms.talk import commands
from inventory_api.channels.sms.talk.quest import Choices
from inventory_api.channels.sms.talk.surroundings import COURTESY, FILLERS, PLACE_ENDINGS
from inventory_api.channels.sms.talk.vocabulary import (
    ABOUT_LANGUAGE,
    ABOUT_TEXTS,
    ACKNOWLEDGED,
    ARRIVES,
    BACK_AGAIN,
    BESIDE_CHOICES,
    BESIDE_COMMANDS,
    COMMAND_OF,
    IF,
    LANGUAGE_NAMES,
    NOT,
    NOT_ENDINGS,
    ORDINALS,
    SERVICE,
    STOP_AND_SHOP,
    STOP_PHRASES,
    STOPS,
    STOPS_FIRST,
    TELL,
    TEXTS,
    THUMBS,
    WHEN,
    WHEN_ENDINGS,
    Act,
)
from inventory_api.channels.sms.talk.wanted import is_about_us, wanted, without_courtesy
from inventory_api.channels.sms.talk.whereabouts import POINT, PlaceReader
from inventory_api.channels.sms.talk.wordset import WordSet
from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.identifiers import GTIN_LENGTHS, parse_gtin
from inventory_api.domain.text import fold

_LANGUAGE_TAG = 2
"""Letters: "ur" alone is no name of a language."""

_POSTCODE = re.compile(r"\d{5,6}")
_LINK = re.compile(r"https?://\S*")
_MAX_CHARS = 400
"""Beyond is no question; a text of three segments has 459."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a message asks for.

    ``product`` are words, empty where ``gtin`` is told or none is. ``place`` is as the shopper named it; None: they
    named none, "": where they are. ``choice`` counts from 1; ``language`` is what LANG was told. ``wants_alert``: if
    nobody has it, tell me when somebody has.
    """

    act: Act
    product: str = ""
    gtin: int | None = None
    place: str | None = None
    choice: int = 0
    language: str | None = None
    wants_alert: bool = False


class Grammar:
    """Reads messages. Synchronous; a quarter of a millisecond, 17 at most, for the gazetteer's sake."""

    def __init__(self, places: PlaceReader) -> None:
        self._places = places

    def read(self, text: str, *, country: str | None, menu: Menu | None = None) -> Intent:
        """What a message asks for.

        Args:
            text: As it came.
            country: ISO 3166 code of the sender's number.
            menu: What is open.
        """
        text = text[:_MAX_CHARS]
        words = fold(text).split()
        if is_opt_out(text):
            return Intent(Act.OPT_OUT)
        if not words:
            return Intent(Act.NOTHING if THUMBS.intersection(text) else Act.HELP)
        command = _command(words) or _choice(words, menu) or _sentence(words)
        if command is not None:
            return command
        if COMMAND_OF.get(words[-1]) is Act.ALERT:
            asked = self._search(words[:-1], text.rstrip().rpartition(" ")[0], country)
            if asked.act is Act.SEARCH and asked.place is not None:
                return replace(asked, wants_alert=True)
        awaited = _awaited(words)
        if awaited is not None:
            return replace(self._search(awaited, text, country), wants_alert=True) if awaited else Intent(Act.ALERT)
        awaits_place = menu is not None and menu.kind == Choices.WHERE
        return self._place(words, text, country) if awaits_place else self._search(words, text, country)

    def _place(self, words: Sequence[str], text: str, country: str | None) -> Intent:
        """An answer to "where are you?", or a new question after all."""
        if POINT.search(text) is None and self._places.is_place(words, country):
            return Intent(Act.PLACE, place=" ".join(words))
        found = self._search(words, text, country)
        # Neither a place nor a question with one: a place that we do not know.
        return found if found.place is not None or found.gtin else Intent(Act.PLACE, place=" ".join(words))

    def _search(self, words: Sequence[str], text: str, country: str | None) -> Intent:
        point = POINT.search(text)
        if point is not None:
            words = fold(_LINK.sub(" ", f"{text[: point.start()]} {text[point.end() :]}")).split()
            place: str | None = f"{point[1]},{point[2]}"
            gtin, rest = _barcode(words, country)
        else:
            gtin, rest = _barcode(without_courtesy(words), country)
            split = self._places.split(rest, country) if rest else None
            rest, place = (rest, None) if split is None else (split.product, split.place)
        rest = () if is_about_us(rest) else wanted(rest)
        if gtin is None and not rest:
            return Intent(Act.HELP if place is None else Act.PLACE, place=place)
        spelled = _spellings(text)
        return Intent(Act.SEARCH, "" if gtin else " ".join(spelled.get(word, word) for word in rest), gtin, place)


def _spellings(text: str) -> dict[str, str]:
    """How words were written that folding changes for the eye: Urdu has letters that only it tells apart."""
    words = (re.sub(r"^\W+|\W+$", "", word) for word in text.split())
    return {fold(word): word for word in words if not word.isascii() and not any(map(str.isdecimal, word))}


def is_opt_out(text: str) -> bool:
    """Whether a message wants no more texts, in any language and any reasonable words."""
    words = fold(text[:_MAX_CHARS]).split()
    told = f" {' '.join(words)} "
    if any(f" {phrase} " in told for phrase in STOP_PHRASES):
        return True
    is_name = STOP_AND_SHOP.match(text) is not None and not any(word in TEXTS for word in words)
    if not (is_name or STOPS_FIRST.isdisjoint(words[:1]) or any(map(_POSTCODE.fullmatch, words))):
        return True
    if any(word in SERVICE for word in words) and any(word in NOT or word.endswith(NOT_ENDINGS) for word in words):
        others = [word for word in words if not (word.endswith(NOT_ENDINGS) or word in ABOUT_TEXTS)]
        return _are_all(others, SERVICE, NOT)
    around = (STOPS, ABOUT_TEXTS, COURTESY)
    others = [word for word in words if not any(word in kind for kind in around)]
    # Who speaks of texts may use a word that we do not know: in doubt it costs nothing.
    most = 1 if any(word in TEXTS for word in words) else 0
    return any(word in STOPS for word in words) and len(others) <= most


def _command(words: Sequence[str]) -> Intent | None:
    told, bare = " ".join(words), " ".join(word for word in words if word not in BESIDE_COMMANDS)
    if told in ACKNOWLEDGED or bare in ACKNOWLEDGED:
        return Intent(Act.NOTHING)
    act = COMMAND_OF.get(told) or COMMAND_OF.get(bare)
    if act is not None:
        return Intent(act)
    if COMMAND_OF.get(words[0]) is Act.LANG and " ".join(words[1:]) in LANGUAGE_NAMES:
        return Intent(Act.LANG, language=LANGUAGE_NAMES[" ".join(words[1:])])
    asks = {word for word in words if COMMAND_OF.get(word) is Act.LANG}
    around = (ABOUT_LANGUAGE, BESIDE_COMMANDS, FILLERS, asks)
    name = " ".join(word for word in words if not any(word in kind for kind in around))
    name = next((name.removesuffix(ending) for ending in PLACE_ENDINGS if name.endswith(ending)), name)
    if name in LANGUAGE_NAMES and len(name) > _LANGUAGE_TAG:
        return Intent(Act.LANG, language=LANGUAGE_NAMES[name])
    return Intent(Act.LANG) if asks and not name else None


def _sentence(words: Sequence[str]) -> Intent | None:
    act = commands.told(words)
    return None if act is None else Intent(act)


def _are_all(words: Sequence[str], *kinds: WordSet) -> bool:
    """Whether words are of these kinds, and else only around what is meant."""
    return all(any(word in kind for kind in (FILLERS, BESIDE_COMMANDS, *kinds)) for word in words)


def _awaited(words: Sequence[str]) -> Sequence[str] | None:
    """Of "tell me when it is back" what else is said, nothing perhaps; None where it is no such sentence."""
    whens = {word for word in words if word in WHEN or word.endswith(WHEN_ENDINGS)}
    if not whens and any(word in ARRIVES for word in words):
        whens = {word for word in words if word in IF}
    if not whens or not any(word in TELL for word in words):
        return None
    others = [word for word in words if not (word in whens or word in TELL or word in BACK_AGAIN)]
    return () if _are_all(others) else others


def _choice(words: Sequence[str], menu: Menu | None) -> Intent | None:
    """A number of an open menu, told in digits or words; a bare digit without one is a riddle."""
    lefts = ([word for word in words if word not in beside] for beside in BESIDE_CHOICES)
    told = next(filter(None, lefts), [])
    if len(told) != 1:
        return None
    digit = int(told[0]) if re.fullmatch("[1-9]", told[0]) else ORDINALS.get(told[0]) if menu is not None else None
    if digit is None:
        return None
    return Intent(Act.CHOICE, choice=digit) if menu is not None and digit <= len(menu.ids) else Intent(Act.HELP)


def _barcode(words: Sequence[str], country: str | None) -> tuple[int | None, Sequence[str]]:
    """A GTIN among the words, and the others; the digits of one may be written in groups."""
    whole = _gtin("".join(words))
    if whole is not None and not _is_rather_postcode("".join(words), country):
        return whole, ()
    for at, word in enumerate(words):
        gtin = _gtin(word)
        if gtin is not None and not (len(words) > 1 and _is_rather_postcode(word, country)):
            return gtin, [*words[:at], *words[at + 1 :]]
    return None, words


def _gtin(digits: str) -> int | None:
    if len(digits) not in GTIN_LENGTHS:
        return None
    try:
        return parse_gtin(digits)
    except InvalidGtin:
        return None


def _is_rather_postcode(digits: str, country: str | None) -> bool:
    """Brazil's postal codes have eight digits, as short barcodes do."""
    return country == "BR" and len(digits) == 8
