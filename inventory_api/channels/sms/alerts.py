"""Alerts as text messages: ``domain.ports.AlertSender``."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from inventory_api.channels.sms.message import Reply
from inventory_api.channels.sms.outbox import Outbox
from inventory_api.channels.sms.talk.fitting import fit
from inventory_api.channels.sms.talk.roman import name_of
from inventory_api.channels.sms.talk.texts import Texts
from inventory_api.channels.sms.talk.voice import Sender
from inventory_api.domain.ports import Alert
from inventory_api.locales.catalog import Language, language_of_tag


class SmsAlerts:
    """Says what an alert has to say, and sends it.

    Args:
        outbox: Sends.
        sender: Who we are.
    """

    def __init__(self, outbox: Outbox, sender: Sender) -> None:
        self._outbox = outbox
        self._sender = sender

    async def send(self, phone: str, alert: Alert) -> None:
        """Hand one text over; what it raises is the outbox's."""
        await self._outbox.send(phone, words_of(alert, self._sender))


def words_of(alert: Alert, sender: Sender) -> Reply:
    """An alert in words, in the language of the wish."""
    language = language_of_tag(alert.locale) or Language.ENGLISH
    store, name = alert.store, name_of(alert.product, language)
    seen = alert.observed_at.astimezone(ZoneInfo(store.timezone or alert.timezone))
    return fit(Texts(language, store.country, sender).alert(name, store, alert.distance_m, seen), language)
