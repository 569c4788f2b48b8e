"""Who speaks, and in which language: what all texts have in common."""

from __future__ import annotations

from dataclasses import dataclass

from inventory_api.channels.sms.talk.phrases import Phrases
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import wording_of

_EXAMPLES = {"US": "94103", "PK": "54000", "IN": "500001"}
_SPOKEN_IN = {Language.URDU: "PK", Language.ROMAN_URDU: "PK", Language.TELUGU: "IN", Language.ROMAN_TELUGU: "IN"}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who we are: our name, and where people get help, "" for nowhere. ``texts.sender_of`` checks that both fit."""

    brand: str
    contact: str


class Voice:
    """One language, for a reader who asks about one country.

    Args:
        language: To speak.
        country: ISO 3166 code of the place that is spoken of; decides miles and money.
        sender: Who we are.
    """

    def __init__(self, language: Language, country: str | None, sender: Sender) -> None:
        self.language = language
        self._words = wording_of(language, country)
        self.phrases = Phrases(self._words)
        self._sender = sender
        home = country if country in _EXAMPLES else _SPOKEN_IN.get(language, "US")
        self._example = _EXAMPLES[home]
