"""The channel on a terminal: every line is a text, through the same code as a provider's, without its limits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Iterable
from typing import Any

import orjson

from inventory_api.channels.sms.gateway import Gateway
from inventory_api.channels.sms.message import Inbound
from inventory_api.channels.sms.pacing import NoLimits
from inventory_api.channels.sms.phone import country_of, e164
from inventory_api.channels.sms.ports import SmsPorts
from inventory_api.channels.sms.providers import Console
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.ports import SmsChannel

SENDER = "+14155550100"
"""Whose texts they are where nobody says."""


async def converse(ports: SmsPorts, lines: Iterable[str], *, sender: str = SENDER) -> AsyncIterator[dict[str, Any]]:
    """Answer texts, one after the other.

    Args:
        ports: The world; neither ``channels`` nor ``client`` is used, sessions are kept as ever.
        lines: A text each.
        sender: Whose phone it is, E.164.

    Yields:
        ``reply`` (None: nothing is said), ``encoding`` (``GSM-7`` or ``UCS-2``), ``units`` and ``segments``.

    Raises:
        InvalidInput: The sender is no phone number.
    """
    number = e164(sender)
    if number is None:
        raise InvalidInput(f"{sender} is no phone number; write it as +14155550100", parameter="from")
    country = country_of(number) or "US"
    console = Console(SmsChannel("console", Console.name, number, country, (country,)), ports.client)
    gateway = Gateway(ports, limits=NoLimits())
    for line in lines:
        text = line.rstrip("\r\n")
        inbound = Inbound(Console.name, uuid.uuid4().hex, number, number, text, dt.datetime.now(dt.UTC))
        said = console.render_inline(await gateway.answer(console, inbound))
        yield orjson.loads(bytes(said.body))
