"""Distance on the WGS 84 ellipsoid, fast and exact.

Stores are held as points in space (metres from the earth's centre). The straight chord ``c`` between
two such points, lengthened to ``c + c^3 / 24 R^2``, is within 0.05 m of the geodesic up to 160 km,
poles and antimeridian included; only what lies within a metre of the edge of a radius needs Karney's
exact (45 us) geodesic.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray

from inventory_api.domain.arrays import Floats
from inventory_api.domain.errors import InvalidCoordinates

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)
MEAN_RADIUS_M = 6_371_000.0
MILE_M = 1609.344
EDGE_M = 1.0
"""Closer than this to the radius, the chord formula may not decide."""

Point = tuple[float, float, float]
Space = NDArray[np.float64]
"""(3, n): x, y, z of many places, each contiguous, in metres from the earth's centre."""

Chord = TypeVar("Chord", float, Floats)

_STRETCH = 1 / (24 * MEAN_RADIUS_M**2)


def check_coordinates(*, latitude: float, longitude: float) -> None:
    """Refuse what is no point on earth, NaN and infinity included.

    Raises:
        InvalidCoordinates: Latitude outside -90..90 or longitude outside -180..180.
    """
    if not -90 <= latitude <= 90:
        hint = "; are latitude and longitude swapped?" if abs(latitude) <= 180 else ""
        raise InvalidCoordinates(f"latitude {latitude} is outside -90..90{hint}", parameter="lat")
    if not -180 <= longitude <= 180:
        raise InvalidCoordinates(f"longitude {longitude} is outside -180..180", parameter="lon")


def to_space(*, latitude: Floats, longitude: Floats) -> Space:
    """Turn degrees into places in space; NaN stays NaN."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    sin_phi, cos_phi = np.sin(phi), np.cos(phi)
    normal = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_2 * sin_phi * sin_phi)
    return np.stack(
        [normal * cos_phi * np.cos(lam), normal * cos_phi * np.sin(lam), normal * (1 - ECCENTRICITY_2) * sin_phi],
    )


def point_to_space(*, latitude: float, longitude: float) -> Point:
    """``to_space`` of one point, without arrays: the hot path calls it once a question."""
    phi, lam = math.radians(latitude), math.radians(longitude)
    sin_phi, cos_phi = math.sin(phi), math.cos(phi)
    normal = SEMI_MAJOR_M / math.sqrt(1 - ECCENTRICITY_2 * sin_phi * sin_phi)
    return normal * cos_phi * math.cos(lam), normal * cos_phi * math.sin(lam), normal * (1 - ECCENTRICITY_2) * sin_phi


def chords_m(point: Point, places: Space) -> Floats:
    """Straight metres through the earth from one point in space to each place (squared sums: no cancellation)."""
    apart = places - np.array(point)[:, None]
    apart *= apart
    chords: Floats = np.sqrt(np.add.reduce(apart))
    return chords


def chord_m(point: Point, other: Point) -> float:
    """``chords_m`` of one place, to the last bit."""
    x, y, z = other[0] - point[0], other[1] - point[1], other[2] - point[2]
    return math.sqrt(x * x + y * y + z * z)


def along_surface_m(chord: Chord) -> Chord:
    """Geodesic metres of a chord or many, within 0.05 m up to 160 km."""
    return chord + chord * chord * chord * _STRETCH


def geodesic_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Exact WGS 84 geodesic between two points, in metres.

    Without geopy around it: that is three times slower, and its kilometres lose the last digit, so that a
    radius equal to the distance would not be inclusive.
    """
    line = Geodesic.WGS84.Inverse(latitude, longitude, other_latitude, other_longitude, Geodesic.DISTANCE)
    return float(line["s12"])
