"""What every channel says in the same words: how old, how far, how much, and the sentence of an answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import cast

from babel import Locale
from babel.dates import format_time
from babel.localedata import exists
from babel.numbers import format_currency

from inventory_api.domain.availability import Availability
from inventory_api.domain.geo import MILE_M
from inventory_api.domain.money import format_minor
from inventory_api.locales.catalog import Language, texts_of

MILES = frozenset({"US", "GB", "LR", "MM"})
"""Countries that measure roads in miles; CLDR's data on it is not in Babel."""

_HOME = {Language.URDU: "ur_PK", Language.ROMAN_URDU: "en_PK", Language.TELUGU: "te_IN", Language.ROMAN_TELUGU: "en_IN"}
_LETTER_THEN_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")
_BLANKS = str.maketrans({"\u202f": " ", "\xa0": " "})


class Wording:
    """The words of one language, for a reader in one country. Get one by ``wording_of``.

    Args:
        language: To speak.
        country: ISO 3166 alpha-2 of the place that is spoken of; decides miles and how money is written.
        in_miles: Overrides the country's measure.
    """

    def __init__(self, language: Language, country: str | None, in_miles: bool | None) -> None:
        self.language = language
        self.country = country
        self.in_miles = country in MILES if in_miles is None else in_miles
        texts = texts_of(language)
        self.gettext = texts.gettext
        self.ngettext = texts.ngettext
        # Babel's own annotations say that these may give any object.
        self.pgettext = cast(Callable[[str, str], str], texts.pgettext)
        self.npgettext = cast(Callable[[str, str, str, int], str], texts.npgettext)
        self._locale = _locale_of(language, country)
        self._call_first = self.gettext("Call first.")
        self._caveat = self.gettext("Stock can change and is not held.")
        self._km, self._m, self._mi = map(_around, self._distances())
        # Remembered, because nearly every answer says one of them.
        self._aged = lru_cache(maxsize=4096)(self._say_age)
        self._found = lru_cache(maxsize=8)(self._found_pattern)

    def age(self, seconds: int) -> str:
        """An age in its largest unit: ``6 minutes ago``."""
        if seconds < 3_600:
            return self._aged(0, 0, seconds // 60)
        return self._aged(0, seconds // 3_600, 0) if seconds < 86_400 else self._aged(seconds // 86_400, 0, 0)

    def distance(self, metres: float) -> str:
        """A distance as people say it: ``1.4 km``, ``350 m``, ``0.4 mi``."""
        if self.in_miles:
            return f"{metres / MILE_M:.1f}".join(self._mi)
        if metres >= 1000:
            return f"{metres / 1000:.1f}".join(self._km)
        return f"{round(metres / 10) * 10}".join(self._m)

    def radius(self, metres: float) -> str:
        """A radius as it was asked, without a needless decimal: ``16 km``, ``10 mi``."""
        if self.in_miles:
            return f"{round(metres / MILE_M, 1):g}".join(self._mi)
        return f"{metres / 1000:g}".join(self._km)

    def clock(self, at: dt.datetime) -> str:
        """A time of day, in the zone that ``at`` has: ``2:05 pm``."""
        return format_time(at, "h:mm a", locale=self._locale).translate(_BLANKS).lower()

    def price(self, amount: int, currency: str) -> str:
        """An amount in minor units as this country writes it: ``$12.99``, ``Rs 280``."""
        written = format_currency(
            Decimal(format_minor(amount, currency)), currency, locale=self._locale, numbering_system="latn"
        )
        # CLDR parts letters from digits by a blank, which Babel leaves out.
        return _LETTER_THEN_DIGIT.sub(" ", written.translate(_BLANKS)).removesuffix(".00")

    def availability(self, status: Availability) -> str:
        """A status in a few words: ``in stock``."""
        return self.gettext(_STATUS[status])

    def say_found(self, store: str, *, age_s: int, distance_m: float | None, is_low: bool, calls_first: bool) -> str:
        """The answer when a store is likely to have it."""
        pattern = self._found(distance_m is not None, is_low, calls_first)
        if distance_m is None:
            return pattern.format(store=store, age=self.age(age_s))
        return pattern.format(store=store, age=self.age(age_s), distance=self.distance(distance_m))

    def say_unsure(self, store: str, *, age_s: int, distance_m: float | None) -> str:
        """The answer when the best that is known is too old to rely on."""
        age = self.age(age_s)
        if distance_m is None:
            told = self.gettext("Not sure: {store} was last heard of {age}.").format(store=store, age=age)
        else:
            told = self.gettext("Not sure: {store}, {distance} away, was last heard of {age}.").format(
                store=store, age=age, distance=self.distance(distance_m)
            )
        return f"{told} {self._call_first}"

    def say_none(self, *, checked: int, radius_m: float | None) -> str:
        """The answer when all that is known is that so many have none; ``radius_m`` None where stores were named."""
        if radius_m is None:
            if checked == 0:
                return self.gettext("None of the stores asked has told us about it.")
            return self.ngettext(
                "The one store asked that sells it has none right now.",
                "None of the {n} stores asked that sell it has it right now.",
                checked,
            ).format(n=checked)
        radius = self.radius(radius_m)
        if checked == 0:
            return self.gettext("No store within {radius} has told us about it.").format(radius=radius)
        return self.ngettext(
            "The one store within {radius} that sells it has none right now.",
            "None of the {n} stores within {radius} that sell it has it right now.",
            checked,
        ).format(n=checked, radius=radius)

    def say_basket(
        self,
        visits: Sequence[tuple[str, float | None]],
        *,
        served: int,
        wanted: int,
        is_any: bool,
        calls_first: bool,
    ) -> str:
        """The answer to a shopping list: one or two stores, nearest first, and how much of the list they give."""
        named = [name if m is None else f"{name} ({self.distance(m)})" for name, m in visits]
        if len(named) == 1:
            stores = named[0]
        else:
            stores = self.gettext("{first} and {second} together").format(first=named[0], second=named[1])
        if wanted == 1:
            told = self.gettext("{stores} had it.").format(stores=stores)
        elif served == wanted and not is_any:
            told = self.gettext("{stores} had all {wanted} items.").format(stores=stores, wanted=wanted)
        else:
            told = self.gettext("{stores} had {served} of {wanted} items.").format(
                stores=stores, served=served, wanted=wanted
            )
        return " ".join((told, *([self._call_first] if calls_first else []), self._caveat))

    def say_where(self, store: str, distance_m: float) -> str:
        """Where a store is."""
        return self.gettext("{store} is {distance} away.").format(store=store, distance=self.distance(distance_m))

    def say_not_carried(self, checked: int) -> str:
        """The answer when no store that was named sells it."""
        return self.ngettext(
            "The store asked does not sell it.", "None of the {n} stores asked sells it.", checked
        ).format(n=checked)

    def say_nowhere(self, radius_m: float | None) -> str:
        """No store is as it was asked for; ``radius_m`` None where stores were named."""
        if radius_m is None:
            return self.gettext("None of the stores asked fits what was asked.")
        return self.gettext("No store within {radius} fits what was asked.").format(radius=self.radius(radius_m))

    def _say_age(self, days: int, hours: int, minutes: int) -> str:
        if days:
            return self.ngettext("{n} day ago", "{n} days ago", days).format(n=days)
        if hours:
            return self.ngettext("{n} hour ago", "{n} hours ago", hours).format(n=hours)
        if minutes:
            return self.ngettext("{n} minute ago", "{n} minutes ago", minutes).format(n=minutes)
        return self.gettext("just now")

    def _distances(self) -> tuple[str, str, str]:
        return self.gettext("{n} km"), self.gettext("{n} m"), self.gettext("{n} mi")

    def _found_pattern(self, has_distance: bool, is_low: bool, calls_first: bool) -> str:
        if has_distance:
            if is_low:
                told = self.gettext("{store} had a few {age}, {distance} away.")
            else:
                told = self.gettext("{store} had it {age}, {distance} away.")
        else:
            told = self.gettext("{store} had a few {age}.") if is_low else self.gettext("{store} had it {age}.")
        return " ".join((told, *([self._call_first] if calls_first else []), self._caveat))


def _around(pattern: str) -> tuple[str, str]:
    """What stands before and after the number, which fills it by ``join``."""
    before, _, after = pattern.partition("{n}")
    return before, after


def _(message: str) -> str:
    """Marks a text for the catalogs."""
    return message


_STATUS = {
    Availability.IN_STOCK: _("in stock"),
    Availability.LOW_STOCK: _("few left"),
    Availability.OUT_OF_STOCK: _("none right now"),
    Availability.ON_DISPLAY_TO_ORDER: _("on display, order in store"),
    Availability.NOT_CARRIED: _("not sold here"),
    Availability.UNKNOWN: _("not sure"),
}


def _locale_of(language: Language, country: str | None) -> Locale:
    at_home = _HOME.get(language, f"en_{country}")
    return Locale.parse(at_home if exists(at_home) else "en")


@lru_cache(maxsize=1024)
def wording_of(language: Language, country: str | None = None, in_miles: bool | None = None) -> Wording:
    """The words for one reader."""
    return Wording(language, country, in_miles)


ENGLISH = wording_of(Language.ENGLISH)
"""What nobody asked to be otherwise."""
