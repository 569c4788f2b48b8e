"""Everything that is said by text message, as drafts: patterns in the reader's language, with slots.

The English patterns are the keys of the catalogs, in the context ``sms``. A translation may leave slots out, and may
use any that its draft has: what fits in 134 letters differs from language to language.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from inventory_api.channels.sms.segments import is_gsm7, measure
from inventory_api.channels.sms.talk.fitting import SLOT_CHARS, Draft, distinct, fits
from inventory_api.channels.sms.talk.phrases import Phrases
from inventory_api.channels.sms.talk.regions import country_name, region_name
from inventory_api.domain.availability import Availability
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.place import Place
from inventory_api.domain.store import Store
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import wording_of
from inventory_api.lookup.answer import Hit

_EXAMPLES = {"US": "94103", "PK": "54000", "IN": "500001"}
_SPOKEN_IN = {Language.URDU: "PK", Language.ROMAN_URDU: "PK", Language.TELUGU: "IN", Language.ROMAN_TELUGU: "IN"}
_ENOUGH = 2
_READABLE = 12
"""Letters that a name keeps, where fewer stores could be shown instead."""

MAX_BRAND_UNITS = 20
_NUMBERED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who we are: our name, and where people get help.

    Raises:
        InvalidInput: Every text that must name us would not fit in one segment.
    """

    brand: str
    contact: str

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        if not self.brand or not is_gsm7(self.brand) or measure(self.brand).units > MAX_BRAND_UNITS:
            raise InvalidInput(
                f"{self.brand!r} cannot be the name that texts begin with: it must have 1 to {MAX_BRAND_UNITS} units "
                "of the GSM 7-bit alphabet",
                parameter="INVENTORY_BRAND_NAME",
            )
        if not fits(Texts(Language.ENGLISH, "IN", self).help(), Language.ENGLISH):
            raise InvalidInput(
                f"{self.contact!r} is too long: the help text must name it and fit in one text message",
                parameter="INVENTORY_HELP_CONTACT",
            )


class Texts:
    """The texts in one language, for a reader who asks about one country.

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

    # -- answers --------------------------------------------------------------------------------------

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
        slots = {"product": product, "place": place, "choices": self.phrases.choices(len(hits))}
        if misspelt is None:
            head = pgettext("sms", "{product} near {place}:")
        else:
            head = pgettext("sms", 'Searched "{understood}" (you wrote {written}) near {place}:')
            slots |= {"understood": misspelt[0], "written": misspelt[1]}
        lines, names = [], {"product", "place", "understood", "written"} & slots.keys()
        for number, hit in enumerate(hits, start=1):
            lines.append(_numbered(pgettext("sms", "{n} {store} {distance} - {status}"), number))
            slots |= {
                f"n_{number}": str(number),
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
        key = f"list_{len(hits)}{'_typo' if misspelt else ''}{'_more' if has_more else ''}"
        return Draft(key, "\n".join([head, *lines, foot]), slots, frozenset(names))

    def details(self, product: str, hit: Hit, now: dt.datetime) -> Draft:
        """One store: what it had and when, until when it is open, how to call it."""
        pgettext, store = self._words.pgettext, hit.store
        hours, hour = self.phrases.hours(store, now)
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
        name = pgettext("sms", "{store}.")
        head = pgettext("sms", "{store}, {street}.") if store.street else name
        stock, status = self._stock(hit)
        if not slots["price"]:
            stock = stock.replace(" {price}", "")
        phone = pgettext("sms", "Tel {phone}.") if slots["phone"] else ""
        caveat = pgettext("sms", "Stock can change and is not held")
        back = pgettext("sms", "Stock can change and is not held. Reply BACK or a new item")
        told = ("_price" if slots["price"] else "") + ("_hours" if hours else "") + ("_tel" if phone else "")
        key, names = f"details_{status}{told}", frozenset({"store", "street", "product"})
        # The first that fits: with its names whole, or else readable.
        choices = [
            ("_street_back", (head, stock, hours, phone, back)),
            ("_street", (head, stock, hours, phone, caveat)),
            ("", (name, stock, hours, phone, caveat)),
            ("_brief", (name, stock, phone, caveat)),
        ]
        drafts = [Draft(key + more, " ".join(filter(None, parts)), slots, names) for more, parts in choices]
        readable = (draft for draft in drafts[1:] if fits(draft, self.language, _READABLE))
        return drafts[0] if fits(drafts[0], self.language) else next(readable, drafts[-1])

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
            key = "none"
            pattern = npgettext(
                "sms",
                "No store within {radius} shows {product} in stock (1 store checked {clock}). Reply ALERT for one text "
                "when it is back, or WIDER for {wider}.",
                "No store within {radius} shows {product} in stock ({n} stores checked {clock}). Reply ALERT for one "
                "text when it is back, or WIDER for {wider}.",
                checked,
            )
        else:
            key = "none_wide"
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

    # -- questions ------------------------------------------------------------------------------------

    def choose(self, place: str | None, titles: Sequence[str]) -> Draft:
        """Which of these products is meant."""
        pgettext = self._words.pgettext
        head = pgettext("sms", "Which one?") if place is None else pgettext("sms", "Which one near {place}?")
        foot = pgettext("sms", "Reply {choices}, or add words")
        slots = {"place": place or "", "choices": self.phrases.choices(len(titles))}
        key = f"choose{'' if place is None else '_near'}"
        return self._menu(key, head, foot, distinct(titles), slots, {"place"})

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
        slots = {"name": name, "choices": self.phrases.choices(len(places))}
        return self._menu("which", head, foot, lines, slots, {"name"})

    def _menu(
        self, key: str, head: str, foot: str, lines: Sequence[str], slots: dict[str, str], names: set[str]
    ) -> Draft:
        patterns = [f"{number} {{item_{number}}}" for number in range(1, len(lines) + 1)]
        items = {f"item_{number}": line for number, line in enumerate(lines, start=1)}
        return Draft(
            f"{key}_{len(lines)}",
            # A language may do without the last line.
            "\n".join([head, *patterns, *filter(str.strip, [foot])]),
            slots | items,
            frozenset(names | items.keys()),
        )

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

    # -- alerts ---------------------------------------------------------------------------------------

    def watching(self, product: str, place: str, *, radius_m: float, days: int) -> Draft:
        """One text will be sent."""
        pgettext = self._words.pgettext
        pattern = pgettext(
            "sms",
            "OK. We will send one text if {product} is back within {radius} of {place} in the next {days} days. Reply "
            "NOALERT to undo, STOP to end all texts.",
        )
        slots = {"product": product, "place": place, "radius": self.phrases.radius(radius_m), "days": str(days)}
        return Draft("watch", pattern, slots, frozenset({"product", "place"}))

    def alert(self, product: str, store: Store, distance_m: float, seen: dt.datetime) -> Draft:
        """It is back. ``seen``: in the store's zone."""
        pgettext = self._words.pgettext
        slots = {
            "brand": self._sender.brand,
            "product": product,
            "store": store.name,
            "distance": self.phrases.distance(distance_m),
            "clock": self.phrases.clock(seen),
            "phone": self.phrases.phone(store),
        }
        if slots["phone"]:
            pattern = pgettext(
                "sms",
                "{brand}: {product} is back at {store} {distance}, seen {clock}. It may sell out, call {phone}. This "
                "was your only alert. STOP to opt out",
            )
        else:
            pattern = pgettext(
                "sms",
                "{brand}: {product} is back at {store} {distance}, seen {clock}. It may sell out. This was your only "
                "alert. STOP to opt out",
            )
        return Draft("alert" if slots["phone"] else "alert_no_tel", pattern, slots, frozenset({"product", "store"}))

    def alert_undone(self) -> Draft:
        """The last watch is gone."""
        return Draft("alert_undone", self._words.pgettext("sms", "OK, no alert will be sent for it."), {})

    def no_alert(self) -> Draft:
        """There was no watch to undo."""
        return Draft("no_alert", self._words.pgettext("sms", "You have no alert to undo."), {})

    def nothing_to_watch(self) -> Draft:
        """An alert for what?"""
        pattern = self._words.pgettext("sms", "Send an item and a place first, e.g. MILK {example}.")
        return Draft("nothing_to_watch", pattern, {"example": self._example})

    def too_many(self, count: int) -> Draft:
        """No more watches."""
        pattern = self._words.pgettext("sms", "You have {n} alerts already. Reply NOALERT to undo the last one.")
        return Draft("too_many", pattern, {"n": str(count)})

    def no_alerts_here(self) -> Draft:
        """Texts unasked cannot be sent from here."""
        return Draft("no_alerts_here", self._words.pgettext("sms", "Sorry, we cannot send alerts to your number."), {})

    # -- manners --------------------------------------------------------------------------------------

    def help(self) -> Draft:
        """Who we are, what this is, whom to ask, how to stop."""
        if not self._sender.contact:
            pattern = self._words.pgettext(
                "sms",
                "{brand}: text item + place (MILK {example}) or barcode digits. MORE, ALERT, LANG, FORGET. Msg&data "
                "rates may apply. STOP to end",
            )
            return Draft("help_no_contact", pattern, self._slots())
        pattern = self._words.pgettext(
            "sms",
            "{brand}: text item + place (MILK {example}) or barcode digits. MORE, ALERT, LANG, FORGET. Help: "
            "{contact}. Msg&data rates may apply. STOP to end",
        )
        return Draft("help", pattern, self._slots())

    def stopped(self) -> Draft:
        """The last text."""
        pattern = self._words.pgettext(
            "sms", "{brand}: you are opted out and will get no more texts. Reply START to come back."
        )
        return Draft("stop", pattern, self._slots())

    def started(self) -> Draft:
        """Back again."""
        pattern = self._words.pgettext(
            "sms", "{brand}: welcome back. Text item + place, e.g. MILK {example}. STOP to end"
        )
        return Draft("start", pattern, self._slots())

    def languages(self) -> Draft:
        """Which language to answer in."""
        pattern = self._words.pgettext("sms", "1 English\n2 Urdu\n3 Roman Urdu\n4 Telugu\n5 Roman Telugu\nReply 1-5")
        return Draft("lang", pattern, {})

    def language_set(self) -> Draft:
        """It is this one from now on."""
        return Draft("lang_set", self._words.pgettext("sms", "OK, we answer in English from now on."), {})

    def forgotten(self) -> Draft:
        """Nothing is remembered."""
        pattern = self._words.pgettext("sms", "Done. Your place, language, searches and alerts are deleted.")
        return Draft("forgotten", pattern, {})

    def error(self) -> Draft:
        """We cannot answer now."""
        pattern = self._words.pgettext(
            "sms",
            "Sorry, we cannot check stock right now. Nothing is lost: we keep your search. Reply AGAIN in a few "
            "minutes.",
        )
        return Draft("error", pattern, {})

    def slow_down(self) -> Draft:
        """Too many texts."""
        pattern = self._words.pgettext("sms", "That is more texts than we can answer. Please try again in an hour.")
        return Draft("slow_down", pattern, {})

    def _slots(self) -> dict[str, str]:
        return {"brand": self._sender.brand, "contact": self._sender.contact, "example": self._example}


def _numbered(pattern: str, number: int) -> str:
    """A line's pattern with slots of its own."""
    return _NUMBERED.sub(rf"{{\1_{number}}}", pattern)
