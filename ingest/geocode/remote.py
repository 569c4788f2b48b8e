"""The geocoder that the operator chose, asked for the addresses of a stores feed."""

from __future__ import annotations

from ingest.geocode.addresses import Address
from ingest.geocode.locate import Ask
from inventory_api.domain.place import Place, PlaceKind
from inventory_api.domain.store import Position, Precision
from inventory_api.storage.geocoder.geocoder import Geocoder, Query

MAX_QUESTIONS = 200
"""Of one feed: the rest of a long one is asked by the next, so that no retailer waits behind it for an hour."""

PATIENCE_S = 30.0
"""For our turn; shoppers who ask at the same time have theirs between ours."""

_PRECISION = {
    PlaceKind.ADDRESS: Precision.ADDRESS,
    PlaceKind.STREET: Precision.STREET,
    PlaceKind.AREA: Precision.NEIGHBORHOOD,
    PlaceKind.POSTAL_CODE: Precision.POSTAL_CODE,
    PlaceKind.CITY: Precision.CITY,
}


def asking(geocoder: Geocoder, *, most: int = MAX_QUESTIONS) -> Ask:
    """What answers the questions of one feed: by memory, or by asking; None where nobody knows, or can be asked now."""
    questions = 0

    def ask(address: Address) -> Position | None:
        nonlocal questions
        query = Query(str(address))
        places = geocoder.recall(query)
        if places is None and questions < most:
            questions += 1
            places = geocoder.find(query, patience_s=PATIENCE_S)
        return _position(places[0]) if places else None

    return ask


def _position(place: Place) -> Position:
    return Position(place.latitude, place.longitude, _PRECISION[place.kind], place.source)
