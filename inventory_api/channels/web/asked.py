"""What a URL of the page asks, and the URLs that ask something else.

Everything that a page depends on stands in its URL: it can be shared, kept, gone back to and cached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from starlette.requests import Request

from inventory_api.locales.catalog import Language, language_of_header, language_of_tag
from inventory_api.lookup.coordinates import read_point

SHOWN_LANGUAGES = (Language.ENGLISH, Language.URDU, Language.TELUGU)
"""Offered by name; the others are answered where somebody asks for them."""

MAX_CHARS = 120
_MAX_LINK = 400
"""Of a map, pasted as a place."""

_RADII_M = {False: (16_000, 40_000, 80_000, 160_000), True: (16_093, 40_234, 80_467, 160_000)}
"""Steps of *wider*: round numbers in kilometers, in miles."""

_METERS = re.compile(r"[0-9]{3,6}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a shopper; empty texts where nothing was said.

    ``gtin`` and ``store`` name a product and a store for certain, ``radius_m`` is None for the usual one.
    """

    language: Language
    path: str
    q: str = ""
    near: str = ""
    gtin: str = ""
    store: str = ""
    radius_m: int | None = None
    chosen_language: Language | None = None

    @classmethod
    def of(cls, request: Request, **named: str) -> Self:
        """Read a request. Nothing is refused: what makes no sense is as good as not said.

        Args:
            request: The request.
            named: What its path says.
        """
        query = request.query_params
        chosen = language_of_tag(query.get("lang", ""))
        language = chosen or language_of_header(request.headers.get("accept-language", "").encode("latin-1"))
        radius = query.get("radius", "")
        return cls(
            language=language,
            path=request.url.path,
            q=query.get("q", "").strip()[:MAX_CHARS],
            near=_vague(query.get("near", "").strip()),
            gtin=named.get("gtin", query.get("gtin", "")).strip()[:20],
            store=named.get("store", query.get("store", "")).strip()[:20],
            radius_m=int(radius) if _METERS.fullmatch(radius) and 100 <= int(radius) <= 160_000 else None,
            chosen_language=chosen,
        )

    def url(self, path: str | None = None, **changes: object) -> str:
        """The URL of this question with some of it changed."""
        other = replace(self, **changes)  # type: ignore[arg-type]
        said = {
            "q": other.q,
            "near": other.near,
            "gtin": other.gtin,
            "store": other.store,
            "radius": other.radius_m,
            "lang": other.chosen_language and other.chosen_language.value,
        }
        path = self.path if path is None else path
        # What the path names need not be said twice; words may be spelled as a part of it by chance.
        named = {name for name in ("gtin", "store") if said[name] in path.split("/")}
        said = {name: value for name, value in said.items() if value and name not in named}
        return f"{path}?{urlencode(said)}" if said else path

    def wider_m(self, radius_m: float, *, in_miles: bool) -> int | None:
        """The next wider radius, None at the widest."""
        return next((step for step in _RADII_M[in_miles] if step > radius_m + 1), None)


def _vague(near: str) -> str:
    """A place as it was written, but a point to three decimals: a hundred meters are enough; a link tells no more."""
    point = read_point(near[:_MAX_LINK])
    return near[:MAX_CHARS] if point is None else f"{round(point.latitude, 3):g},{round(point.longitude, 3):g}"


def usual_radius_m(*, in_miles: bool) -> int:
    """Where a search begins."""
    return _RADII_M[in_miles][0]
