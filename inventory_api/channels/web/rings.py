"""A map without tiles: rings of distance around the shopper, and each store where it lies, by its number.

Drawn here as SVG: it needs no script and no third party, prints, and says in words what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from inventory_api.domain.geo import geodesic_m
from inventory_api.locales.wording import Wording

SIZE = 320
"""Pixels each way, before the style scales it."""

_RINGS = 3
_MARGIN = 22
_STEPS_M = (250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class Spot:
    """A numbered store at its place."""

    number: int
    latitude: float
    longitude: float
    availability: str


def rings_of(latitude: float, longitude: float, spots: Sequence[Spot], wording: Wording) -> Markup:
    """The map around a point; north is up. Stores that would hide one another are moved apart a little."""
    polar = [_polar(latitude, longitude, spot) for spot in spots]
    farthest = max(distance for distance, _ in polar)
    step = next((step for step in _STEPS_M if step * _RINGS >= farthest), _STEPS_M[-1])
    scale = (SIZE / 2 - _MARGIN) / (step * _RINGS)
    middle = SIZE / 2
    parts = [f'<circle cx="{middle:g}" cy="{middle:g}" r="4" class="here"/>']
    for ring in range(1, _RINGS + 1):
        radius = ring * step * scale
        label = escape(wording.distance(ring * step))
        parts.append(f'<circle cx="{middle:g}" cy="{middle:g}" r="{radius:.1f}" class="ring"/>')
        parts.append(f'<text x="{middle:g}" y="{middle - radius - 3:.1f}" class="far">{label}</text>')
    taken: list[tuple[float, float]] = []
    for spot, (distance, bearing) in zip(spots, polar, strict=True):
        x, y = middle + distance * scale * math.sin(bearing), middle - distance * scale * math.cos(bearing)
        while any(math.hypot(x - a, y - b) < 18 for a, b in taken):
            x, y = x + 7, y + 5
        taken.append((x, y))
        parts.append(
            f'<g class="spot {escape(spot.availability)}"><circle cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
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
