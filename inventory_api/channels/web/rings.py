"""A map without tiles: rings of distance around the shopper, and each store where it lies, by its number.

Drawn here as SVG: it needs no script and no third party, prints, and says in words what it shows.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from inventory_api.domain.geo import MILE_M, geodesic_m
from inventory_api.locales.wording import Wording

SIZE = 320
"""Pixels each way, before the style scales it."""

_MOST_RINGS = 4
_MARGIN = 22
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
"""Kilometers or miles between rings."""

_DOT = 9
_APART = 2 * _DOT
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
"""Turns by it come by no direction twice."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A numbered store at its place."""

    number: int
    latitude: float
    longitude: float
    availability: str


def rings_of(latitude: float, longitude: float, spots: Sequence[Spot], wording: Wording) -> Markup:
    """The map around a point; north is up. A store that another one would hide is drawn beside it."""
    polar = [_polar(latitude, longitude, spot) for spot in spots]
    farthest = max(distance for distance, _ in polar)
    unit = MILE_M if wording.in_miles else 1000
    step = next((step * unit for step in _STEPS if step * unit * _MOST_RINGS >= farthest), _STEPS[-1] * unit)
    rings = max(1, math.ceil(farthest / step))
    middle = SIZE / 2
    scale = (middle - _MARGIN) / (step * rings)
    parts = [f'<circle cx="{middle:g}" cy="{middle:g}" r="4" class="here"/>']
    for ring in range(1, rings + 1):
        radius = ring * step * scale
        label = escape(wording.radius(ring * step))
        parts.append(f'<circle cx="{middle:g}" cy="{middle:g}" r="{radius:.1f}" class="ring"/>')
        parts.append(f'<text x="{middle:g}" y="{middle - radius - 3:.1f}" class="far">{label}</text>')
    taken = [(middle, middle)]
    for spot, (distance, bearing) in zip(spots, polar, strict=True):
        x, y = middle + distance * scale * math.sin(bearing), middle - distance * scale * math.cos(bearing)
        taken.append(next(at for at in _around(x, y) if all(math.dist(at, other) >= _APART for other in taken)))
        x, y = taken[-1]
        parts.append(
            f'<g class="spot {escape(spot.availability)}"><circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT}"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}">{spot.number}</text></g>'
        )
    title = escape(wording.gettext("Stores around you by distance, north is up"))
    return Markup(  # noqa: S704 - every text above is escaped or a number
        f'<svg viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{title}" class="rings">{"".join(parts)}</svg>'
    )


def _polar(latitude: float, longitude: float, spot: Spot) -> tuple[float, float]:
    """Meters from the middle, and the bearing in radians from north."""
    east = math.radians((spot.longitude - longitude + 180) % 360 - 180) * math.cos(math.radians(latitude))
    north = math.radians(spot.latitude - latitude)
    return geodesic_m(latitude, longitude, spot.latitude, spot.longitude), math.atan2(east, north)


def _around(x: float, y: float) -> Iterator[tuple[float, float]]:
    """The point itself, then ever farther ones in all directions, none outside the picture."""
    for turn in itertools.count():
        reach, angle = 2 * math.sqrt(turn), turn * _GOLDEN_ANGLE
        yield _inside(x + reach * math.cos(angle)), _inside(y + reach * math.sin(angle))


def _inside(at: float) -> float:
    return min(max(at, _DOT), SIZE - _DOT)
