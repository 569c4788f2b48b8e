"""What is said of alerts and of ourselves: help, opting out, languages, excuses."""

from __future__ import annotations

import datetime as dt

from inventory_api.channels.sms.talk.fitting import Draft
from inventory_api.channels.sms.talk.voice import Voice
from inventory_api.domain.store import Store


class Notices(Voice):
    """Texts about alerts and about this service."""

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

    def error(self, *, keeps_search: bool) -> Draft:
        """We cannot answer now; whether the shopper need not tell again what they look for."""
        if not keeps_search:
            pattern = self._words.pgettext("sms", "Sorry, that did not work. Please send it again in a few minutes.")
            return Draft("error_not_kept", pattern, {})
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
