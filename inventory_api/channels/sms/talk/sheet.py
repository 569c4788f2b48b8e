"""Every text that we may send, to be registered with operators who let no other pass (India's DLT)."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TextIO

from inventory_api.channels.sms.segments import is_gsm7
from inventory_api.channels.sms.talk.fitting import Draft, fit, fits
from inventory_api.channels.sms.talk.texts import Texts
from inventory_api.channels.sms.talk.voice import Sender
from inventory_api.domain.availability import Availability
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.geo import MILE_M
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.stock import Basis, to_observed
from inventory_api.domain.store import Store
from inventory_api.domain.watch import LIFE, MAX_ACTIVE
from inventory_api.locales.catalog import Language
from inventory_api.lookup.answer import Hit

NAMES = {
    Language.URDU: "اچھی اور سستی چیزوں کی بڑی دکان گلبرگ",
    Language.TELUGU: "మంచి సరుకుల పెద్ద దుకాణం అబిడ్స్ రోడ్డు",
}
LATIN_NAME = "The Neighborhood Grocery & Drugs, Main Street"
"""Longer than any name is let through: the sheet shows, and the tests see, each text at its longest."""

_NOON = dt.datetime(2026, 11, 22, 21, 45, tzinfo=dt.UTC)
_HOURS = (None, "24/7", "off", "Mo-Su 10:30-23:30", "Mo-Su 00:30-12:30")
_SHORT = 2
_PHONES = {"US": "+14155550134", "PK": "+924235550134", "IN": "+914023550134"}
_CURRENCIES = {"US": "USD", "PK": "PKR", "IN": "INR"}
_ZONES = {"US": "America/Los_Angeles", "PK": "Asia/Karachi", "IN": "Asia/Kolkata"}
_STATES = [
    (Availability.IN_STOCK, Freshness.LIVE, 59 * 60, None),
    (Availability.IN_STOCK, Freshness.STALE, 23 * 3600, None),
    (Availability.LOW_STOCK, Freshness.STALE, 23 * 3600, None),
    (Availability.ON_DISPLAY_TO_ORDER, Freshness.STALE, 23 * 3600, None),
    (Availability.OUT_OF_STOCK, Freshness.STALE, 23 * 3600, None),
    (Availability.NOT_CARRIED, Freshness.STALE, 23 * 3600, None),
    (Availability.UNKNOWN, Freshness.EXPIRED, 12 * 86_400, Availability.IN_STOCK),
    (Availability.UNKNOWN, Freshness.EXPIRED, None, None),
]
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The texts of one language at their longest, for one country.

    ``country`` is US, PK or IN: what is elsewhere is said as in the US.
    """

    language: Language
    country: str
    sender: Sender

    def drafts(self) -> Iterator[Draft]:
        """Each text once, by its key."""
        seen: set[str] = set()
        for draft in self.all():
            if draft.key not in seen:
                seen.add(draft.key)
                yield draft

    def all(self) -> Iterator[Draft]:
        """Whatever may be said of each."""
        texts, name = Texts(self.language, self.country, self.sender), NAMES.get(self.language, LATIN_NAME)
        yield from self._listings(texts, name)
        yield from self._details(texts, name)
        for wider, checked in product((None, 10 * MILE_M), (0, 1, 6_000)):
            yield texts.none(name, name, radius_m=4_828.03, wider_m=wider, checked=checked, at=_NOON)
        for wider in (None, 10 * MILE_M):
            yield texts.all_shown(name, radius_m=4_828.03, wider_m=wider)
        for count in (1, 2, 3):
            yield texts.choose(name, [name] * count)
            yield texts.which(name, [self._place(name)] * count)
        store = self._store(name, None)
        yield texts.alert(name, store, 16_000, _NOON)
        yield texts.alert(name, replace(store, phone=None), 16_000, _NOON)
        yield texts.watching(name, name, radius_m=10 * MILE_M, days=LIFE.days)
        yield from (texts.too_many(MAX_ACTIVE), texts.where_unknown(name), texts.what(name), texts.unknown(name))
        for said in (
            texts.where, texts.no_barcode, texts.alert_undone, texts.no_alert, texts.nothing_to_watch,
            texts.no_alerts_here, texts.help, texts.stopped, texts.started, texts.languages, texts.language_set,
            texts.forgotten, texts.slow_down,
        ):  # fmt: skip
            yield said()
        yield from (texts.error(keeps_search=True), texts.error(keeps_search=False))

    def _listings(self, texts: Texts, name: str) -> Iterator[Draft]:
        for named, state, has_more, count in product((name, name[:_SHORT]), _STATES, (False, True), (1, 2, 3)):
            hits = [self._hit(self._store(named, None), state, None)] * count
            for misspelt in (None, (named, named)):
                yield texts.listing(named, named, hits, has_more=has_more, misspelt=misspelt)[0]

    def _details(self, texts: Texts, name: str) -> Iterator[Draft]:
        said = product(_STATES, (1_234_550, None), _HOURS, (True, False), (True, False))
        for state, price, hours, has_phone, has_street in said:
            store = self._store(name, hours)
            store = replace(store, phone=store.phone if has_phone else None, street=name if has_street else None)
            yield texts.details(name, self._hit(store, state, price), _NOON)
            # What is said of long names leaves out some of what may be said of short ones.
            store = replace(store, name=name[:_SHORT], street=name[:_SHORT] if has_street else None)
            hit = self._hit(store, (*state[:2], state[2] and 60, state[3]), price and 100)
            yield from (each for each in texts.all_details(name[:_SHORT], hit, _NOON) if fits(each, self.language))

    def _store(self, name: str, hours: str | None) -> Store:
        return Store(
            1, "acme", "1", 1, name, country=self.country, phone=_PHONES[self.country], hours=hours,
            timezone=_ZONES[self.country], currency=_CURRENCIES[self.country],
        )  # fmt: skip

    def _place(self, name: str) -> Place:
        return Place(name, PlaceKind.CITY, self.country, 0, 0, "Khyber Pakhtunkhwa")

    @staticmethod
    def _hit(
        store: Store, state: tuple[Availability, Freshness, int | None, Availability | None], price: int | None
    ) -> Hit:
        availability, freshness, age_s, last_known = state
        observed = 0 if age_s is None else to_observed(_NOON) - age_s
        return Hit(
            store, 15_999, availability, None, "unknown", price, observed, age_s, freshness, 0.5, Basis.FEED,
            last_known, (0.0, 0.0, 1), False,
        )  # fmt: skip


def write_sheet(file: TextIO, country: str, sender: Sender) -> int:
    """Write the registration sheet of a country; one text a line, its slots as operators write them.

    Returns:
        How many texts there are.
    """
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["template", "language", "type", "text", "variables", "longest"])
    count = 0
    for language in Language:
        for draft in Sheet(language, country, sender).drafts():
            reply = fit(draft, language)
            # Who we are is the same in every text: no variable.
            own = draft.pattern.replace("{brand}", sender.brand).replace("{contact}", sender.contact)
            text = _SLOT.sub("{#var#}", own)
            kind = "text" if is_gsm7(text) else "unicode"
            longest = max(map(len, reply.slots.values()), default=0)
            rows.writerow([reply.key, language.value, kind, text, " ".join(_SLOT.findall(own)), longest])
            count += 1
    return count
