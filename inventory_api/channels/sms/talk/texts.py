"""Everything that is said by text message, as drafts: patterns in the reader's language, with slots.

The English patterns are the keys of the catalogs, in the context ``sms``. A translation may leave slots out, and may
use any that its draft has: what fits in 134 letters differs from language to language.
"""

from __future__ import annotations

from collections.abc import Sequence

from inventory_api.channels.sms.segments import is_gsm7, measure
from inventory_api.channels.sms.talk.answers import Answers
from inventory_api.channels.sms.talk.fitting import Draft, distinct, fits
from inventory_api.channels.sms.talk.notices import Notices
from inventory_api.channels.sms.talk.regions import country_name, region_name
from inventory_api.channels.sms.talk.voice import Sender
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.place import Place
from inventory_api.locales.catalog import Language

MAX_BRAND_UNITS = 20


class Texts(Answers, Notices):
    """All texts; those that ask back are here."""

    def choose(self, place: str | None, titles: Sequence[str]) -> Draft:
        """Which of these products is meant."""
        pgettext = self._words.pgettext
        head = pgettext("sms", "Which one?") if place is None else pgettext("sms", "Which one near {place}?")
        foot = pgettext("sms", "Reply {choices}, or add words")
        slots = {"place": place or ""}
        key = f"choose{'' if place is None else '_near'}"
        return self._menu(key, head, foot, titles, slots, {"place"})

    def which(self, name: str, places: Sequence[Place]) -> Draft:
        """Which of the places of a name is meant."""
        pgettext = self._words.pgettext
        lines = [
            pgettext("sms", "{name}, {region}").format(
                name=place.name,
                region=region_name(self._words, place.parent or place.region or place.country),
                country=country_name(self._words, place.country),
            )
            for place in places
        ]
        head = pgettext("sms", "Which {name}?")
        foot = pgettext("sms", "Reply {choices} or send a ZIP code")
        slots = {"name": name}
        return self._menu("which", head, foot, lines, slots, {"name"})

    def _menu(
        self, key: str, head: str, foot: str, lines: Sequence[str], slots: dict[str, str], names: set[str]
    ) -> Draft:
        patterns = [f"{number} {{item_{number}}}" for number in range(1, len(lines) + 1)]
        foot = foot.replace("{choices}", self.phrases.choices(len(lines)))
        items = {f"item_{number}": line for number, line in enumerate(lines, start=1)}
        # A language may do without the last line.
        pattern = "\n".join([head, *patterns, *filter(str.strip, [foot])])
        draft = Draft(f"{key}_{len(lines)}", pattern, slots | items, frozenset(names | items.keys()))
        return distinct(draft, self.language, items)

    def where(self) -> Draft:
        """Where somebody is."""
        pgettext = self._words.pgettext
        pattern = pgettext(
            "sms",
            "Where are you? Reply with a ZIP, area or city, e.g. {example}. We remember it for next time. FORGET "
            "deletes it.",
        )
        return Draft("where", pattern, {"example": self._example})

    def where_unknown(self, place: str) -> Draft:
        """That place is nowhere."""
        pgettext = self._words.pgettext
        pattern = pgettext("sms", 'We do not know the place "{place}". Reply with a ZIP, area or city, e.g. {example}.')
        return Draft("where_unknown", pattern, {"place": place, "example": self._example}, frozenset({"place"}))

    def what(self, place: str) -> Draft:
        """What somebody looks for, whose place we know."""
        pgettext = self._words.pgettext
        pattern = pgettext("sms", "What do you need near {place}? Send an item, e.g. milk, or the barcode number.")
        return Draft("what", pattern, {"place": place}, frozenset({"place"}))

    def unknown(self, written: str) -> Draft:
        """Nobody knows this product."""
        pgettext = self._words.pgettext
        pattern = pgettext(
            "sms",
            'We do not know "{written}". Try a brand and size (Panadol 500mg) or the barcode number under the bars.',
        )
        return Draft("unknown", pattern, {"written": written}, frozenset({"written"}))

    def no_barcode(self) -> Draft:
        """A photo without a barcode."""
        return Draft(
            "no_barcode", self._words.pgettext("sms", "No barcode found. Type the numbers under the bars."), {}
        )


def sender_of(brand: str, contact: str) -> Sender:
    """Who we are, where every text that must name us still fits in one segment.

    Raises:
        InvalidInput: It would not.
    """
    if not brand or not is_gsm7(brand) or measure(brand).units > MAX_BRAND_UNITS:
        raise InvalidInput(
            f"{brand!r} cannot be the name that texts begin with: it must have 1 to {MAX_BRAND_UNITS} units of the "
            "GSM 7-bit alphabet",
            parameter="INVENTORY_BRAND_NAME",
        )
    sender = Sender(brand, contact)
    if not fits(Texts(Language.ENGLISH, "IN", sender).help(), Language.ENGLISH):
        raise InvalidInput(
            f"{contact!r} is too long: the help text must name it and fit in one text message",
            parameter="INVENTORY_HELP_CONTACT",
        )
    return sender
