"""Coordinates as people write and paste them: decimal degrees, degrees with minutes and seconds, links to maps."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"\d{1,3}(?:\.\d{1,15})?"
_ANGLE = rf"[+-]?{_NUMBER}\s?[°º]\s?(?:{_NUMBER}\s?['\u2032\u2019]?\s?(?:{_NUMBER}\s?(?:[\"\u2033\u201d]|'')?\s?)?)?"
_SIGNED = r"[+-]?\d{1,3}\.\d{1,15}"
_SIDED = rf"(?:[NSEW]\s?(?:{_ANGLE}|{_SIGNED})|(?:{_ANGLE}|{_SIGNED}\s?)[NSEW](?!\w)|{_ANGLE})"
_POINT = re.compile(
    rf"(?<![\w.])(?:({_SIDED})[\s,;+]{{0,3}}({_SIDED})"
    rf"|(?:geo:)?({_SIGNED})\s{{0,3}}(?:[,;]|%2C)\s{{0,3}}({_SIGNED})(?:[;?]\S*)?)",
    re.IGNORECASE,
)
"""What is a point among other words, too: fractions with a comma between them, or degrees, or sides of the world."""

_BARE = re.compile(
    rf"(?:geo:)?\(?\s*(?:([+-]?{_NUMBER})\s*[,;]\s*([+-]?{_NUMBER})|({_SIGNED})\s+([+-]?{_NUMBER}))\s*\)?"
)
"""Two numbers are a point where nothing else is said; without a comma or fractions they may be a postal code."""

_LINKS = ("geo:", "http://", "https://")


@dataclass(frozen=True, slots=True)
class Point:
    """Coordinates found in a text, in degrees, and where they stand in it."""

    latitude: float
    longitude: float
    begin: int
    end: int

    @property
    def is_on_earth(self) -> bool:
        """Whether there are such degrees."""
        return abs(self.latitude) <= 90 and abs(self.longitude) <= 180


def find_point(text: str) -> Point | None:
    """The first point on earth that a text holds among its words."""
    for match in _POINT.finditer(text):
        found = _point(match)
        if found is not None and found.is_on_earth:
            return found
    return None


def read_point(text: str) -> Point | None:
    """What a whole text means: coordinates and nothing else, on earth or not, or a link to a map that shows some."""
    text = text.strip()
    bare = _BARE.fullmatch(text)
    if bare is not None:
        return _point(bare)
    if text.lower().startswith(_LINKS):
        return find_point(text)
    whole = _POINT.fullmatch(text)
    return None if whole is None else _point(whole)


def _point(match: re.Match[str]) -> Point | None:
    first, second = (part.upper() for part in match.groups() if part is not None)
    if re.search("[EW]", first) and re.search("[NS]", second):
        first, second = second, first
    if re.search("[EW]", first) or re.search("[NS]", second):
        return None
    return Point(_degrees(first), _degrees(second), match.start(), match.end())


def _degrees(angle: str) -> float:
    parts = [float(number) for number in re.findall(_NUMBER, angle)]
    value = sum(part / 60.0**place for place, part in enumerate(parts))
    return -value if re.search("[-SW]", angle) else value
