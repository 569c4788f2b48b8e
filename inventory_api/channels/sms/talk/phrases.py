"""The small words of a text: ages, distances, times of day, statuses. Shorter than other channels have room for."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import phonenumbers

from inventory_api.domain.availability import Availability
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.geo import MILE_M
from inventory_api.domain.hours import opening_of
from inventory_api.domain.store import Store
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import Wording
from inventory_api.lookup.answer import Hit

_MORNING, _NOON, _EVENING, _NIGHT = 5, 12, 16, 20
_DAY_S = 86_400


class Phrases:
    """The phrases of one language. Latin digits always.

    Args:
        words: Of the language, for the country that is spoken of.
    """

    def __init__(self, words: Wording) -> None:
        self._words = words

    def age(self, seconds: int) -> str:
        """How long ago: ``12 min ago``, ``yesterday``."""
        pgettext = self._words.pgettext
        if seconds >= 2 * _DAY_S:
            return pgettext("sms", "{n}d ago").format(n=seconds // _DAY_S)
        if seconds >= _DAY_S:
            return pgettext("sms", "yesterday")
        if seconds >= 3600:
            return pgettext("sms", "{n}h ago").format(n=seconds // 3600)
        if seconds >= 60:
            return pgettext("sms", "{n} min ago").format(n=seconds // 60)
        return pgettext("sms", "just now")

    def distance(self, metres: float) -> str:
        """How far: ``0.4mi``, ``1.2km``; never nothing."""
        far = metres / (MILE_M if self._words.in_miles else 1000)
        return f"{max(far, 0.1):.1f}{'mi' if self._words.in_miles else 'km'}"

    def radius(self, metres: float) -> str:
        """How far around: ``3 mi``."""
        pgettext = self._words.pgettext
        if self._words.in_miles:
            return pgettext("sms", "{n} mi").format(n=f"{metres / MILE_M:.3g}")
        return pgettext("sms", "{n} km").format(n=f"{metres / 1000:.3g}")

    def status(self, hit: Hit) -> str:
        """What a store has, and how long ago that was known: ``few left (3h ago), call first``."""
        pgettext = self._words.pgettext
        age = "" if hit.age_s is None else self.age(hit.age_s)
        match hit.availability:
            case Availability.IN_STOCK if hit.freshness is Freshness.STALE:
                return pgettext("sms", "in stock ({age}), call first").format(age=age)
            case Availability.IN_STOCK:
                return pgettext("sms", "in stock ({age})").format(age=age)
            case Availability.LOW_STOCK:
                return pgettext("sms", "few left ({age}), call first").format(age=age)
            case Availability.ON_DISPLAY_TO_ORDER:
                return pgettext("sms", "on display, order in store")
            case Availability.UNKNOWN if hit.last_known is not None:
                return pgettext("sms", "not sure, last seen {age}").format(age=age)
            case Availability.UNKNOWN:
                return pgettext("sms", "not sure")
            case Availability.NOT_CARRIED:
                return pgettext("sms", "not sold here")
            case Availability.OUT_OF_STOCK:
                return pgettext("sms", "none right now")

    def clock(self, at: dt.datetime) -> str:
        """A time of day, in the zone that ``at`` has: ``2:05pm``."""
        pgettext = self._words.pgettext
        time = f"{at.hour % 12 or 12}:{at.minute:02d}"
        told = pgettext("sms clock", "{time}am") if at.hour < _NOON else pgettext("sms clock", "{time}pm")
        return told.format(time=time)

    def seen(self, at: dt.datetime, now: dt.datetime, store: Store) -> str:
        """When something was seen, by the store's clock: ``2:05pm``, ``yesterday 11:05pm``."""
        zone = ZoneInfo(store.timezone or "UTC")
        at, now = at.astimezone(zone), now.astimezone(zone)
        days = (now.date() - at.date()).days
        if days <= 0:
            return self.clock(at)
        if days == 1:
            return self._words.pgettext("sms", "yesterday {clock}").format(clock=self.clock(at))
        return self.age(days * _DAY_S)

    def hours(self, store: Store, now: dt.datetime) -> tuple[str, str, str]:
        """Until when a store is open or closed: a word for it, a pattern with ``{hour}``, the hour; "" if unknown."""
        pgettext = self._words.pgettext
        opening = opening_of(store, now)
        if opening is None or opening.is_open is None:
            return "", "", ""
        if not opening.is_open:
            if opening.opens_at is None:
                return "closed", pgettext("sms", "Closed."), ""
            return "opens", pgettext("sms", "Closed, opens {hour}."), self._hour(opening.opens_at)
        if opening.closes_at is None:
            return "always", pgettext("sms", "Open 24 hours."), ""
        pattern, hour = pgettext("sms", "Open till {hour}."), self._hour(opening.closes_at)
        # In some languages the part of the day begins the sentence.
        return "till", pattern, hour[:1].upper() + hour[1:] if pattern.startswith("{hour}") else hour

    def price(self, hit: Hit) -> str:
        """What it costs; "" where that is not known."""
        if hit.price is None or hit.store.currency is None:
            return ""
        return self._words.price(hit.price, hit.store.currency)

    def phone(self, store: Store) -> str:
        """A store's number as it is dialed from nearby: ``415-555-0134``; "" where there is none."""
        if not store.phone:
            return ""
        try:
            number = phonenumbers.parse(store.phone, store.country)
        except phonenumbers.NumberParseException:
            return re.sub(r"[^0-9+-]", "", store.phone)
        national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        dialed = national.replace("(", "").replace(") ", "-").replace(" ", "")
        # Between letters of another direction a hyphen turns digits around.
        is_script = self._words.language in (Language.URDU, Language.TELUGU)
        return dialed.replace("-", "") if is_script else dialed

    def choices(self, count: int) -> str:
        """What may be replied: ``1``, ``1 or 2``, ``1-3``."""
        if count == 2:
            return self._words.pgettext("sms", "1 or 2")
        return "1" if count == 1 else f"1-{count}"

    def _hour(self, at: dt.datetime) -> str:
        """When doors open or close: ``9pm``; Urdu and Telugu say which part of the day."""
        pgettext = self._words.pgettext
        time = f"{at.hour % 12 or 12}" + (f":{at.minute:02d}" if at.minute else "")
        if _MORNING <= at.hour < _NOON:
            told = pgettext("sms morning", "{time}am")
        elif _NOON <= at.hour < _EVENING:
            told = pgettext("sms afternoon", "{time}pm")
        elif _EVENING <= at.hour < _NIGHT:
            told = pgettext("sms evening", "{time}pm")
        elif at.hour >= _NIGHT:
            told = pgettext("sms night", "{time}pm")
        else:
            told = pgettext("sms night", "{time}am")
        return told.format(time=time)
