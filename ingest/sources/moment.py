"""The instant that a pulled file speaks of."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from ingest.sources.visit import Arrival, FetchFailed
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.retailer import Retailer

RECEIVED = "received"


def moment_of(profile: FeedProfile, retailer: Retailer, arrival: Arrival, received_at: dt.datetime) -> dt.datetime:
    """As the profile says, and never later than the receipt.

    Raises:
        FetchFailed: The file's name is not the one that the profile describes.
    """
    if profile.as_of == RECEIVED:
        return received_at
    at = arrival.modified
    if profile.as_of is not None:
        try:
            at = dt.datetime.strptime(arrival.name or "", profile.as_of)
        except ValueError:
            raise FetchFailed("fetch_name", f"{arrival.name!r} is not like {profile.as_of!r}.") from None
        if at.tzinfo is None:
            at = at.replace(tzinfo=ZoneInfo(profile.timezone or retailer.timezone or "UTC"))
    return received_at if at is None else min(at, received_at)
