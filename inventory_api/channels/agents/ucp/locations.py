"""A store as the protocol's ``Location``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ucp_sdk.models.schemas.common.location_lookup import LookupLocation
from ucp_sdk.models.schemas.common.types.location import Location

from inventory_api.domain.store import Store
from inventory_api.domain.text import fold
from inventory_api.domain.timetable import FULL_DAY, Shift, Timetable, timetable_of
from inventory_api.locales.catalog import Language, texts_of

PICKUP = "dev.ucp.amenity.shopping.in_store_pickup"
CURBSIDE = "dev.ucp.amenity.shopping.curbside_pickup"
PARKING = "dev.ucp.amenity.parking"
WI_FI = "dev.ucp.amenity.wi_fi"


def _(message: str) -> str:
    """Marks a text for the catalogs."""
    return message


_DESCRIPTIONS = {
    PICKUP: _("In-store pickup"), CURBSIDE: _("Curbside pickup"), PARKING: _("On-site parking"), WI_FI: _("Wi-Fi"),
}  # fmt: skip
_AMENITIES = {
    "pickup": PICKUP, "in store pickup": PICKUP, "instore pickup": PICKUP, "store pickup": PICKUP,
    "curbside": CURBSIDE, "curbside pickup": CURBSIDE, "kerbside pickup": CURBSIDE,
    "parking": PARKING, "car park": PARKING, "parking lot": PARKING,
    "wifi": WI_FI, "wi fi": WI_FI, "free wifi": WI_FI, "free wi fi": WI_FI,
}  # fmt: skip
"""Services as retailers write them, folded."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def amenities_of(store: Store) -> list[str]:
    """The amenities that the protocol has an identifier for; retailers' other services have none."""
    found = (_AMENITIES.get(fold(service)) for service in store.services)
    return list(dict.fromkeys(amenity for amenity in found if amenity is not None))


def location_of(store: Store, now: dt.datetime, language: Language) -> Location:
    """A store, with exceptions from yesterday on; its shape is checked by the protocol's model. 0.1 ms."""
    return Location.model_validate(_told(store, now, language))


def looked_up(store: Store, named: list[str], now: dt.datetime, language: Language) -> LookupLocation:
    """The same with the identifiers by which it was asked for, as they were sent."""
    return LookupLocation.model_validate(_told(store, now, language) | {"inputs": [{"id": name} for name in named]})


def _told(store: Store, now: dt.datetime, language: Language) -> dict[str, Any]:
    told: dict[str, Any] = {"id": store.public_id, "name": store.name}
    address = {
        "street_address": store.street,
        "address_locality": store.city,
        "address_region": store.region,
        "address_country": store.country,
        "postal_code": store.postal_code,
        "phone_number": store.phone,
    }
    if any(address.values()):
        told["address"] = address
    if store.latitude is not None and store.longitude is not None:
        told["geo"] = {"latitude": store.latitude, "longitude": store.longitude}
    if amenities := amenities_of(store):
        gettext = texts_of(language).gettext
        told["amenities"] = {amenity: {"description": gettext(_DESCRIPTIONS[amenity])} for amenity in amenities}
    return told | _hours_of(store, now)


def _hours_of(store: Store, now: dt.datetime) -> dict[str, Any]:
    """``hours``, ``exception_hours`` and the ``timezone`` that they are in; nothing where hours are unknown."""
    table = timetable_of(store, now)
    if table is None:
        return {}
    told: dict[str, Any] = {"timezone": store.timezone}
    if table.week is not None:
        told["hours"] = [
            {"day": day} | _times(shift) for day, shifts in zip(_WEEKDAYS, table.week, strict=True) for shift in shifts
        ]
    if table.exceptions:
        told["exception_hours"] = _exceptions(table)
    return told


def _exceptions(table: Timetable) -> list[dict[str, Any]]:
    told = []
    for exception in table.exceptions:
        # Dates as text: the models are read as JSON has them.
        days = {"valid_from": exception.first.isoformat(), "valid_through": exception.last.isoformat()}
        told += [days | _times(shift) for shift in exception.shifts] or [days]
    return told


def _times(shift: Shift) -> dict[str, str]:
    opens, closes = shift
    # The protocol's way to write the whole day.
    return {"opens": _clock(opens), "closes": "23:59" if closes == FULL_DAY else _clock(closes)}


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
