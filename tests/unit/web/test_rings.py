"""The map of rings shows stores where they are."""

from __future__ import annotations

import math
import re

import pytest

from inventory_api.channels.web.rings import SIZE, Spot, rings_of
from inventory_api.domain.geo import MILE_M
from inventory_api.locales.catalog import Language
from inventory_api.locales.wording import Wording, wording_of

LATITUDE, LONGITUDE = 17.385, 78.4867
KM = wording_of(Language.ENGLISH, "IN")
MILES = wording_of(Language.ENGLISH, "US")


def spots_at(*distances_km: float) -> list[Spot]:
    """Stores due east, numbered as a list has them."""
    degree_km = 111.3 * math.cos(math.radians(LATITUDE))
    return [
        Spot(number, LATITUDE, LONGITUDE + km / degree_km, "in_stock")
        for number, km in enumerate(distances_km, start=1)
    ]


def drawn(spots: list[Spot], wording: Wording) -> tuple[list[tuple[float, float]], list[tuple[float, str]]]:
    """Where stores are drawn, and the rings with their labels."""
    svg = rings_of(LATITUDE, LONGITUDE, spots, wording)
    places = re.findall(r'<g class="spot in_stock"><circle cx="([\d.-]+)" cy="([\d.-]+)"', svg)
    rings = re.findall(r'r="([\d.]+)" class="ring"/><text [^>]*>([^<]+)</text>', svg)
    return [(float(x), float(y)) for x, y in places], [(float(radius), label) for radius, label in rings]


def test_a_crowd_of_stores_stays_in_the_picture_and_near_where_it_is() -> None:
    places, rings = drawn(spots_at(*[0.1 * n for n in range(40)], 15.9), KM)
    assert len(places) == 41
    assert all(9 <= x <= SIZE - 9 and 9 <= y <= SIZE - 9 for x, y in places)
    assert min(math.dist(a, b) for i, a in enumerate(places) for b in places[:i]) >= 17.9
    outer_px, label = rings[-1]
    scale = outer_px / float(label.removesuffix(" km"))
    true = [(SIZE / 2 + 0.1 * n * scale, SIZE / 2) for n in range(40)]
    assert max(math.dist(place, at) for place, at in zip(places, true, strict=False)) < 80
    assert math.dist(places[-1], (SIZE / 2 + 15.9 * scale, SIZE / 2)) < 1


@pytest.mark.parametrize(
    ("farthest_km", "wording", "labels"),
    [
        (15.9, KM, ["5 km", "10 km", "15 km", "20 km"]),
        (2.9, KM, ["1 km", "2 km", "3 km"]),
        (0.35, KM, ["0.1 km", "0.2 km", "0.3 km", "0.4 km"]),
        (0.0, KM, ["0.1 km"]),
        (2.3 * MILE_M / 1000, MILES, ["1 mi", "2 mi", "3 mi"]),
        (159.9, KM, ["50 km", "100 km", "150 km", "200 km"]),
    ],
)
def test_rings_are_round_numbers_of_the_readers_measure(
    farthest_km: float, wording: Wording, labels: list[str]
) -> None:
    assert [label for _, label in drawn(spots_at(farthest_km), wording)[1]] == labels


def test_a_store_at_the_door_does_not_hide_where_one_stands() -> None:
    [place], _ = drawn(spots_at(0.0), KM)
    assert math.dist(place, (SIZE / 2, SIZE / 2)) >= 13
