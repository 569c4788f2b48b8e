"""Who carries text messages: one file each, all behind ``SmsProvider``.

No library in Python speaks to several of them both ways; each is a signature, a parser and one call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import ValidationError

from inventory_api.channels.sms.providers.africas_talking import AfricasTalking
from inventory_api.channels.sms.providers.android import Android
from inventory_api.channels.sms.providers.console import Console
from inventory_api.channels.sms.providers.infobip import Infobip
from inventory_api.channels.sms.providers.kannel import Kannel
from inventory_api.channels.sms.providers.plivo import Plivo
from inventory_api.channels.sms.providers.provider import Call, SmsProvider
from inventory_api.channels.sms.providers.twilio import Twilio
from inventory_api.channels.sms.providers.vonage import Vonage
from inventory_api.domain.errors import InvalidInput
from inventory_api.domain.ports import SmsChannel

__all__ = ["PROVIDERS", "Call", "Console", "SmsProvider", "check_options", "provider_of"]

Provider = SmsProvider[Any]

PROVIDERS: Mapping[str, type[Provider]] = {
    provider.name: provider for provider in (Twilio, Vonage, Kannel, Android, Plivo, Infobip, AfricasTalking)
}
"""By their names in URLs. The console is none: it is never called over HTTP."""


def provider_of(channel: SmsChannel, client: httpx.AsyncClient) -> Provider:
    """The adapter for a channel."""
    return PROVIDERS[channel.provider](channel, client)


def check_options(provider: str, options: Mapping[str, Any]) -> None:
    """Make sure that a channel can be set up so.

    Raises:
        InvalidInput: No such provider, or an option is missing, unknown or of the wrong kind.
    """
    if provider not in PROVIDERS:
        raise InvalidInput(f"{provider} is none of {', '.join(PROVIDERS)}")
    try:
        PROVIDERS[provider].options_of.model_validate(dict(options))
    except ValidationError as error:
        # Not the whole of it: it repeats what was given, and that is a secret.
        first = error.errors()[0]
        raise InvalidInput(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
