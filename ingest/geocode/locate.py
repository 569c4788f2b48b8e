"""Gives the stores of a feed their place, and doubts coordinates that do not fit the address.

What the retailer gives as coordinates is never changed. An address is looked up in the gazetteer, and where
that knows no more than a city, the geocoder that the operator chose is asked; a place found is replaced by
any better one given or found later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ingest.geocode.addresses import Address, AddressBook
from ingest.normalize.stores import StoreInput
from ingest.notices import NoticeBook, Severity
from inventory_api.domain.geo import geodesic_m
from inventory_api.domain.store import FROM_FEED, Position, Precision, Store

FAR_M = 100_000.0
"""From the place of its postcode or city: of 3,500 real ones in the United States the two beyond it are wrong."""

Ask = Callable[[Address], Position | None]

_ADDRESS = ("street", "city", "region", "postal_code", "country")
_COUNTRIES = {"USD": "US", "INR": "IN", "PKR": "PK"}


def locate(
    rows: Sequence[StoreInput],
    known: Mapping[str, Store],
    notices: NoticeBook,
    *,
    book: AddressBook,
    currency: str | None = None,
    ask: Ask | None = None,
) -> list[StoreInput]:
    """The rows, each with the place that its address tells where it gives no coordinates.

    Args:
        rows: Of a stores feed.
        known: The retailer's stores so far, by code; a row adds to what is known.
        notices: Told of every place found by address, and of coordinates that do not fit theirs.
        book: The gazetteer, asked by address.
        currency: The retailer's: tells the country of an address that names none.
        ask: A geocoder, asked where the gazetteer knows no more than a city; slow, limited, or None.
    """
    return [_located(row, known.get(row.store_code), notices, book, currency, ask) for row in rows]


def _located(
    row: StoreInput,
    store: Store | None,
    notices: NoticeBook,
    book: AddressBook,
    currency: str | None,
    ask: Ask | None,
) -> StoreInput:
    address = _address(row, store, book, currency)
    if row.latitude is not None and row.longitude is not None:
        doubt = _doubt(row.latitude, row.longitude, address, book)
        if doubt:
            at = f"{row.latitude}, {row.longitude}"
            notices.add(
                "coordinates_implausible", Severity.WARNING, line=row.line, column="lat", value=at, message=doubt
            )
        return row
    if store is not None and store.latitude is not None and store.position_source in (None, FROM_FEED):
        return row
    found = book.find(address)
    if ask is not None and address.street and (found is None or found.precision is Precision.CITY):
        asked = ask(book.understood(address))
        # A namesake in another town is no better than the town itself.
        if asked and (
            found is None or (_apart_m(asked, found) <= FAR_M and asked.precision.is_finer_than(found.precision))
        ):
            found = asked
    if found is None or not _is_better(found, address, store, currency):
        return row
    notices.add(
        "coordinates_from_address",
        Severity.INFO,
        line=row.line,
        column="lat",
        value=str(address),
        message=f"Placed at {found.latitude}, {found.longitude}, known by {found.precision.replace('_', ' ')} alone.",
    )
    return replace(
        row,
        latitude=found.latitude,
        longitude=found.longitude,
        position_source=found.source,
        position_precision=str(found.precision),
    )


def _is_better(found: Position, address: Address, store: Store | None, currency: str | None) -> bool:
    """Whether to move the store: not from a finer place to a coarser one while its address is the same."""
    if store is None or store.latitude is None or store.position_precision is None:
        return True
    before = Address(*(getattr(store, name) for name in _ADDRESS))
    same = address == replace(before, country=before.country or _COUNTRIES.get(currency or ""))
    return not same or not Precision(store.position_precision).is_finer_than(found.precision)


def _address(row: StoreInput, store: Store | None, book: AddressBook, currency: str | None) -> Address:
    said = {name: getattr(row, name) or getattr(store, name, None) for name in _ADDRESS}
    if said["country"] is None:
        alone = book.understood(Address(**said))
        said["country"] = alone.country or _COUNTRIES.get(currency or "")
    return Address(**said)


def _doubt(latitude: float, longitude: float, address: Address, book: AddressBook) -> str | None:
    """Why the coordinates can hardly be the address's, None where they can."""
    expected = book.find(address)

    def fits(latitude: float, longitude: float) -> bool:
        if expected is not None:
            return geodesic_m(latitude, longitude, expected.latitude, expected.longitude) <= FAR_M
        return address.country is None or book.is_in_country(address.country, latitude, longitude)

    if fits(latitude, longitude):
        return None
    if abs(longitude) <= 90 and fits(longitude, latitude):
        return "Latitude and longitude look swapped: the other way round they fit the address."
    if fits(latitude, -longitude) or fits(-latitude, longitude):
        return "A minus sign looks wrong: with the other one they fit the address."
    if expected is None:
        return f"They lie outside {address.country}."
    away = geodesic_m(latitude, longitude, expected.latitude, expected.longitude) / 1000
    what = "city" if expected.precision is Precision.CITY else "postcode"
    return f"They lie {away:,.0f} km from the {what} of the address."


def _apart_m(one: Position, other: Position) -> float:
    return geodesic_m(one.latitude, one.longitude, other.latitude, other.longitude)
