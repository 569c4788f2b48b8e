"""From a shopper's words to what they want: free text, no verbs to learn.

In this order: opt-out (before menus and everything else), commands by their names, a digit while a menu is open, a
position, a barcode, and then what was learned from examples; of what asks for a thing the place is taken, and what is
left is the product.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inventory_api.channels.sms.session import Menu
from inventory_api.channels.sms.talk.farewell import is_opt_out
from inventory_api.channels.sms.talk.learned import Meaning, the_learned
from inventory_api.channels.sms.talk.quest import Choices
from inventory_api.channels.sms.talk.surroundings import FILLERS, PLACE_ENDINGS
from inventory_api.channels.sms.talk.vocabulary import (
    AWAITING,
    COMMAND_OF,
    LANGUAGE_NAMES,
    THUMBS,
    WHEN_ENDINGS,
    Act,
)
from inventory_api.channels.sms.talk.wanted import wanted, without_courtesy
from inventory_api.channels.sms.talk.whereabouts import PlaceReader
from inventory_api.domain.errors import InvalidGtin
from inventory_api.domain.identifiers import GTIN_LENGTHS, parse_gtin
from inventory_api.domain.text import fold
from inventory_api.lookup.coordinates import find_point

_LANGUAGE_TAG = 2
"""Letters: "ur" alone is no name of a language."""

_ONE = "one"
"""As in "the large one"."""

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


@dataclass(frozen=True, slots=True)
class _Request:
    """A message in parts, if it asks for stock: a barcode, a place as in ``Intent``, and the other words.

    ``is_exact``: it has a barcode or a position, and so asks for stock.
    """

    gtin: int | None
    place: str | None
    words: Sequence[str]
    is_exact: bool


class Grammar:
    """Reads messages. Synchronous; a millisecond, 17 at most, for the gazetteer's sake."""

    def __init__(self, places: PlaceReader) -> None:
        self._places = places
        self._learned = the_learned()

    def read(self, text: str, *, country: str | None, menu: Menu | None = None) -> Intent:
        """What a message asks for.

        Args:
            text: As it came.
            country: ISO 3166 code of the sender's number.
            menu: What is open.
        """
        text = text[:_MAX_CHARS]
        if self.is_opt_out(text):
            return Intent(Act.OPT_OUT)
        text, point = _without_point(text)
        words = fold(text).split()
        if not words:
            if point is not None:
                return Intent(Act.PLACE, place=point)
            return Intent(Act.NOTHING if THUMBS.intersection(text) else Act.HELP)
        command = _command(words, menu)
        if command is not None:
            return command
        named = _named(words, menu)
        if named is not None:
            return named
        awaits_place = menu is not None and menu.kind == Choices.WHERE
        if awaits_place and point is None and self._places.is_place(words, country):
            return Intent(Act.PLACE, place=" ".join(words))
        request = self._request(words, point, country)
        meaning = self._meaning(words, request, menu)
        match meaning.act:
            case Act.SEARCH if awaits_place and request.place is None and not request.is_exact:
                # Neither a place nor a question with one: a place that we do not know.
                return Intent(Act.PLACE, place=" ".join(words))
            case Act.SEARCH:
                return _search(request, text, wants_alert=meaning.wants_alert)
            case Act.PLACE if request.place is None:
                return Intent(Act.PLACE, place=" ".join(without_courtesy(words)))
            case Act.PLACE:
                return Intent(Act.PLACE, place=request.place)
            case Act.CHOICE:
                return _choice(next((int(word) for word in words if word.isdecimal()), meaning.choice), menu)
            case Act.LANG:
                return Intent(Act.LANG, language=_language(words))
            case act:
                return Intent(act)

    def is_opt_out(self, text: str) -> bool:
        """Whether a message wants no more texts, by the rules or as it was learned."""
        text = text[:_MAX_CHARS]
        words = fold(text).split()
        # Our own "no alert" has words of an opt-out.
        is_command = " ".join(words) in COMMAND_OF
        return not is_command and (is_opt_out(text) or self._learned.read(words).act is Act.OPT_OUT)

    def _meaning(self, words: Sequence[str], request: _Request, menu: Menu | None) -> Meaning:
        if request.place and request.words and COMMAND_OF.get(words[-1]) is Act.ALERT:
            return Meaning(Act.SEARCH, wants_alert=True)
        if request.is_exact:
            return Meaning(Act.SEARCH)
        rest = None if request.place is None else request.words
        offered = Act.CHOICE if menu is not None and menu.ids else None
        expected = Act.PLACE if menu is not None and menu.kind == Choices.WHERE else offered
        return self._learned.read(words, rest, expected=expected)

    def _request(self, words: Sequence[str], point: str | None, country: str | None) -> _Request:
        gtin, others = _barcode(without_courtesy(words), country)
        rest = words if gtin is None else others
        if point is not None:
            return _Request(gtin, point, rest, is_exact=True)
        split = self._places.split(rest, country) if rest else None
        place, rest = (None, rest) if split is None else (split.place, split.product)
        return _Request(gtin, place, rest, is_exact=gtin is not None)


def _search(request: _Request, text: str, *, wants_alert: bool) -> Intent:
    words = wanted([word for word in request.words if not (wants_alert and _is_of_wish(word))])
    if request.gtin is None and not words:
        return Intent(
            Act.ALERT if wants_alert else Act.HELP if request.place is None else Act.PLACE, place=request.place
        )
    spelled = _spellings(text)
    product = "" if request.gtin else " ".join(spelled.get(word, word) for word in words)
    return Intent(Act.SEARCH, product, request.gtin, request.place, wants_alert=wants_alert)


def _without_point(text: str) -> tuple[str, str | None]:
    """A text without the position that it shares, and that."""
    point = find_point(text)
    if point is None:
        return text, None
    return _LINK.sub(" ", f"{text[: point.begin]} {text[point.end :]}"), f"{point.latitude:f},{point.longitude:f}"


def _spellings(text: str) -> dict[str, str]:
    """How words were written that folding changes for the eye: Urdu has letters that only it tells apart."""
    words = (re.sub(r"^\W+|\W+$", "", word) for word in text.split())
    return {fold(word): word for word in words if not word.isascii() and not any(map(str.isdecimal, word))}


def _command(words: Sequence[str], menu: Menu | None) -> Intent | None:
    """A command by its name, or a digit; None: it is no such thing."""
    act = COMMAND_OF.get(" ".join(words))
    if act is not None:
        return Intent(act)
    if COMMAND_OF.get(words[0]) is Act.LANG and " ".join(words[1:]) in LANGUAGE_NAMES:
        return Intent(Act.LANG, language=LANGUAGE_NAMES[" ".join(words[1:])])
    return _choice(int(words[0]), menu) if len(words) == 1 and re.fullmatch("[1-9]", words[0]) else None


def _named(words: Sequence[str], menu: Menu | None) -> Intent | None:
    """The choice of what alone has all the words in its name, of what is offered; None: nothing, or several have."""
    told = {word for word in words if word not in FILLERS} - {_ONE}
    if menu is None or not told:
        return None
    having = [number for number, name in enumerate(menu.names, start=1) if told.issubset(fold(name).split())]
    return Intent(Act.CHOICE, choice=having[0]) if len(having) == 1 else None


def _language(words: Sequence[str]) -> str | None:
    """The language that words name, the longest name first: "roman urdu" is not "urdu"."""
    stems = [next((word.removesuffix(end) for end in PLACE_ENDINGS if word.endswith(end)), word) for word in words]
    for said in (words, stems):
        for length in (2, 1):
            for begin in range(len(said) - length + 1):
                name = " ".join(said[begin : begin + length])
                if name in LANGUAGE_NAMES and len(name) > _LANGUAGE_TAG:
                    return LANGUAGE_NAMES[name]
    return None


def _is_of_wish(word: str) -> bool:
    """Whether a word belongs to "tell me when it is back", rather than to what is awaited."""
    return word in AWAITING or word.endswith(WHEN_ENDINGS)


def _choice(number: int, menu: Menu | None) -> Intent:
    """A number of an open menu; one without it is a riddle."""
    is_offered = menu is not None and number <= len(menu.ids)
    return Intent(Act.CHOICE, choice=number) if is_offered else Intent(Act.HELP)


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
