"""What is said of stock: stores that have it, one of them, none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from inventory_api.channels.sms.talk.fitting import SLOT_CHARS, Draft, fits
from inventory_api.channels.sms.talk.voice import Voice
from inventory_api.domain.availability import Availability
from inventory_api.domain.freshness import Freshness
from inventory_api.lookup.answer import Hit

_ENOUGH = 2
_READABLE = 18
"""Letters that a name keeps, where fewer stores could be shown instead."""

_SLOT = re.compile(r"\{(\w+)\}")


class Answers(Voice):
    """Texts about stock."""

    def listing(
        self, product: str, place: str, hits: Sequence[Hit], *, has_more: bool, misspelt: tuple[str, str] | None = None
    ) -> tuple[Draft, int]:
        """Stores that have it, and how many of them: as many as fit whole, or two with readable names, or one.

        ``misspelt``: the product's words as understood and as written.
        """
        for count in range(len(hits), 0, -1):
            draft = self._listing(product, place, hits[:count], has_more or count < len(hits), misspelt)
            if fits(draft, self.language, _READABLE if count <= _ENOUGH else SLOT_CHARS):
                break
        return draft, count

    def _listing(
        self, product: str, place: str, hits: Sequence[Hit], has_more: bool, misspelt: tuple[str, str] | None
    ) -> Draft:
        pgettext = self._words.pgettext
        slots = {"product": product, "place": place}
        if misspelt is None:
            head = pgettext("sms", "{product} near {place}:")
        else:
            head = pgettext("sms", 'Searched "{understood}" (you wrote {written}) near {place}:')
            slots |= {"understood": misspelt[0], "written": misspelt[1]}
        lines, names = [], {"product", "place", "understood", "written"} & slots.keys()
        for number, hit in enumerate(hits, start=1):
            lines.append(_numbered(pgettext("sms", "{n} {store} {distance} - {status}"), number))
            slots |= {
                f"store_{number}": hit.store.name,
                f"distance_{number}": self.phrases.distance(hit.distance_m or 0),
                f"status_{number}": self.phrases.status(hit),
            }
            names.add(f"store_{number}")
        if misspelt is not None:
            foot = pgettext("sms", "Reply {choices} or MORE") if has_more else pgettext("sms", "Reply {choices}")
        elif has_more:
            foot = pgettext("sms", "Reply {choices} for details, MORE for more")
        else:
            foot = pgettext("sms", "Reply {choices} for details")
        foot = foot.replace("{choices}", self.phrases.choices(len(hits)))
        key = f"list_{len(hits)}{'_typo' if misspelt else ''}{'_more' if has_more else ''}"
        return Draft(key, "\n".join([head, *lines, foot]), slots, frozenset(names))

    def details(self, product: str, hit: Hit, now: dt.datetime) -> Draft:
        """One store: what it had and when, until when it is open, how to call it."""
        drafts = self.all_details(product, hit, now)
        # The first that fits: with its names whole, or else readable.
        readable = (draft for draft in drafts[1:] if fits(draft, self.language, _READABLE))
        return drafts[0] if fits(drafts[0], self.language) else next(readable, drafts[-1])

    def all_details(self, product: str, hit: Hit, now: dt.datetime) -> list[Draft]:
        """The same from all that can be said of it to the least."""
        pgettext, store = self._words.pgettext, hit.store
        open_now, hours, hour = self.phrases.hours(store, now)
        seen = "" if hit.observed_at is None else self.phrases.seen(hit.observed_at, now, store)
        slots = {
            "store": store.name,
            "street": store.street or "",
            "product": product,
            "price": self.phrases.price(hit),
            "clock": seen,
            "age": "" if hit.age_s is None else self.phrases.age(hit.age_s),
            "hour": hour,
            "phone": self.phrases.phone(store),
        }
        stock, status = self._stock(hit)
        if not slots["price"]:
            stock = stock.replace(" {price}", "")
        phone = pgettext("sms", "Tel {phone}.") if slots["phone"] else ""

        def draft(*, street: bool, is_open: bool, back: bool) -> Draft:
            # The key names all parts, and so the text: operators let no other pass under it.
            head = pgettext("sms", "{store}, {street}.") if street else pgettext("sms", "{store}.")
            caveat = pgettext("sms", "Stock can change and is not held")
            foot = pgettext("sms", "Stock can change and is not held. Reply BACK or a new item") if back else caveat
            told = {
                "price": "{price}" in stock, open_now: is_open, "tel": phone, "street": street, "back": foot != caveat,
            }  # fmt: skip
            key = "_".join(filter(None, ("details", status, *(part for part in told if told[part]))))
            pattern = " ".join(filter(None, (head, stock, hours if is_open else "", phone, foot)))
            return Draft(key, pattern, slots, frozenset({"store", "street", "product"}))

        has_street = bool(store.street)
        return [
            draft(street=has_street, is_open=True, back=True),
            *([draft(street=True, is_open=True, back=False)] if has_street else []),
            draft(street=False, is_open=True, back=False),
            draft(street=False, is_open=False, back=False),
        ]

    def _stock(self, hit: Hit) -> tuple[str, str]:
        """What a store had, as a sentence, and a word for it."""
        pgettext = self._words.pgettext
        match hit.availability:
            case Availability.IN_STOCK if hit.freshness is Freshness.STALE:
                return pgettext("sms", "{product} {price}, in stock at {clock}, call first."), "stale"
            case Availability.IN_STOCK:
                return pgettext("sms", "{product} {price}, in stock at {clock}."), "in"
            case Availability.LOW_STOCK:
                return pgettext("sms", "{product} {price}, few left at {clock}, call first."), "low"
            case Availability.ON_DISPLAY_TO_ORDER:
                return pgettext("sms", "{product} {price}, on display, order in store."), "display"
            case Availability.OUT_OF_STOCK:
                return pgettext("sms", "{product}: none right now."), "out"
            case Availability.NOT_CARRIED:
                return pgettext("sms", "{product}: not sold here."), "not_carried"
            case Availability.UNKNOWN if hit.last_known is not None:
                return pgettext("sms", "{product}: not sure, last seen {age}, call first."), "unsure"
            case Availability.UNKNOWN:
                return pgettext("sms", "{product}: not sure, call first."), "unknown"

    def none(
        self, product: str, place: str, *, radius_m: float, wider_m: float | None, checked: int, at: dt.datetime
    ) -> Draft:
        """Nobody has it; what can be done. ``wider_m`` None: this was wide; ``at``: in the place's zone."""
        pgettext, npgettext = self._words.pgettext, self._words.npgettext
        slots = {
            "product": product,
            "place": place,
            "radius": self.phrases.radius(radius_m),
            "wider": "" if wider_m is None else self.phrases.radius(wider_m),
            "n": str(checked),
            "clock": self.phrases.clock(at),
        }
        if checked == 0 and wider_m is not None:
            key = "none_unheard"
            pattern = pgettext(
                "sms",
                "No store within {radius} has told us about {product}. Reply ALERT for one text when it is there, or "
                "WIDER for {wider}.",
            )
        elif checked == 0:
            key = "none_unheard_wide"
            pattern = pgettext(
                "sms",
                "No store within {radius} has told us about {product}. Reply ALERT for one text when it is there.",
            )
        elif wider_m is not None:
            key = "none_of_one" if checked == 1 else "none"
            pattern = npgettext(
                "sms",
                "No store within {radius} shows {product} in stock (1 store checked {clock}). Reply ALERT for one text "
                "when it is back, or WIDER for {wider}.",
                "No store within {radius} shows {product} in stock ({n} stores checked {clock}). Reply ALERT for one "
                "text when it is back, or WIDER for {wider}.",
                checked,
            )
        else:
            key = "none_of_one_wide" if checked == 1 else "none_wide"
            pattern = npgettext(
                "sms",
                "No store within {radius} shows {product} in stock (1 store checked {clock}). Reply ALERT for one text "
                "when it is back.",
                "No store within {radius} shows {product} in stock ({n} stores checked {clock}). Reply ALERT for one "
                "text when it is back.",
                checked,
            )
        return Draft(key, pattern, slots, frozenset({"product", "place"}))

    def all_shown(self, product: str, *, radius_m: float, wider_m: float | None) -> Draft:
        """There is no more to show."""
        pgettext = self._words.pgettext
        slots = {
            "product": product,
            "radius": self.phrases.radius(radius_m),
            "wider": "" if wider_m is None else self.phrases.radius(wider_m),
        }
        if wider_m is None:
            pattern = pgettext("sms", "These are all stores within {radius} for {product}.")
        else:
            pattern = pgettext("sms", "These are all stores within {radius} for {product}. Reply WIDER for {wider}.")
        return Draft("all_shown" + ("" if wider_m else "_wide"), pattern, slots, frozenset({"product"}))

    def here(self) -> str:
        """What a position without a name is called: "near you"."""
        return self._words.pgettext("sms near", "you")


def _numbered(pattern: str, number: int) -> str:
    """A line's pattern with its number, and slots of its own."""
    return _SLOT.sub(rf"{{\1_{number}}}", pattern.replace("{n}", str(number)))
