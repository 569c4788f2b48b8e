"""Channels of text messages in SQL: their secrets hashed, their options sealed."""

from __future__ import annotations

import pytest

from inventory_api.domain.errors import Forbidden, NotFound
from inventory_api.storage.sql.engine import Database
from inventory_api.storage.sql.sms_desk import REMEMBERED_S, SqlSmsChannels
from inventory_api.storage.vault import Vault


def test_a_channel_is_found_by_the_secret_of_its_address(database: Database) -> None:
    now = [0.0]
    channels = SqlSmsChannels(database, Vault(bytes(32)), clock=lambda: now[0])
    options = {"account_sid": "AC", "auth_tokens": ["canary"]}
    about = {"provider": "twilio", "number": "+14155550199", "country": "US", "countries": ["US", "CA"]}
    secret = channels.put("us", options=options, **about)  # type: ignore[arg-type]
    found = channels.find("twilio", secret)

    assert (found.id, found.number, found.countries, found.options) == ("us", "+14155550199", ("US", "CA"), options)
    assert channels.list() == [found]
    for provider, wrong in (("vonage", secret), ("twilio", secret[:-1]), ("twilio", "")):
        with pytest.raises(Forbidden):
            channels.find(provider, wrong)
    with database.read() as tx:
        [row] = tx.sms_channels.list()
    assert b"canary" not in row.options
    assert secret not in str(row)

    again = channels.put("us", options=options, **about)  # type: ignore[arg-type]
    assert again != secret
    assert channels.find("twilio", secret) == found
    now[0] = REMEMBERED_S
    with pytest.raises(Forbidden):
        channels.find("twilio", secret)
    channels.remove("us")
    with pytest.raises(NotFound):
        channels.remove("us")
