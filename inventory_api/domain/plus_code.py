"""Plus Codes (Open Location Code): a place as ``8J3PG87F+3C``, or short as ``G87F+3C`` with a town beside it.

The library of the standard's makers was last published in 2019; of the standard we need the way in alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = "23456789CFGHJMPQRVWX"
_BASE = len(_DIGITS)
_BEFORE_PLUS = 8
_GRID_FROM, _GRID_ROWS, _GRID_COLUMNS = 10, 5, 4
"""From the eleventh digit on a cell is cut in five rows and four columns."""

_CODE = re.compile(rf"([{_DIGITS}]{{2,8}})(0*)\+([{_DIGITS}]*)", re.IGNORECASE)
_MAX_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Cell:
    """The middle of a cell, and the degrees that it is high and wide."""

    latitude: float
    longitude: float
    height: float
    width: float


def is_plus_code(text: str) -> bool:
    """Whether a text is written as a code, full or short."""
    return _parts(text) is not None


def is_full(code: str) -> bool:
    """Whether a code says by itself where it is. Of what is no code: False."""
    return code.find("+") == _BEFORE_PLUS and is_plus_code(code)


def decode(code: str) -> Cell:
    """The cell of a full code.

    Raises:
        ValueError: It is none, or lies beyond a pole.
    """
    parts = _parts(code)
    if parts is None or not is_full(code):
        raise ValueError(f"{code[:20]!r} is no full Plus Code")
    values = [_DIGITS.index(digit) for digit in parts]
    south, west, size = -90.0, -180.0, float(_BASE)
    pairs = values[:_GRID_FROM]
    for row, column in zip(pairs[::2], pairs[1::2], strict=True):
        south, west = south + row * size, west + column * size
        size /= _BASE
    height = width = size * _BASE
    for value in values[_GRID_FROM:_MAX_DIGITS]:
        height, width = height / _GRID_ROWS, width / _GRID_COLUMNS
        south, west = south + value // _GRID_COLUMNS * height, west + value % _GRID_COLUMNS * width
    if south >= 90 or west >= 180:
        raise ValueError(f"{code[:20]!r} is not on earth")
    return Cell(south + height / 2, west + width / 2, height, width)


def recover(code: str, *, latitude: float, longitude: float) -> Cell:
    """The cell of a short code that is nearest to a point.

    Raises:
        ValueError: It is no short code.
    """
    missing = _BEFORE_PLUS - code.find("+")
    if not is_plus_code(code) or missing <= 0:
        raise ValueError(f"{code[:20]!r} is no short Plus Code")
    cell = decode(_first_digits(latitude, longitude, missing) + code)
    # Of the cells with these last digits the nearest is at most half of what the missing ones tell away.
    span = float(_BASE) ** (2 - missing / 2)
    north = cell.latitude + _step(latitude, cell.latitude, span)
    east = cell.longitude + _step(longitude, cell.longitude, span)
    if abs(north) > 90:
        north = cell.latitude
    return Cell(north, (east + 180) % 360 - 180, cell.height, cell.width)


def _parts(text: str) -> str | None:
    """The digits of a code in capitals, without padding; None where it is none."""
    match = _CODE.fullmatch(text)
    if match is None:
        return None
    before, padding, behind = match[1], match[2], match[3]
    if len(before) % 2 or len(behind) == 1 or (padding and (behind or len(before) + len(padding) != _BEFORE_PLUS)):
        return None
    return (before + behind).upper()


def _first_digits(latitude: float, longitude: float, count: int) -> str:
    row, column = min(max(latitude, -90), 89.9999) + 90, (longitude + 180) % 360
    size, found = float(_BASE), ""
    for _ in range(count // 2):
        found += _DIGITS[int(row // size)] + _DIGITS[int(column // size)]
        row, column, size = row % size, column % size, size / _BASE
    return found


def _step(wanted: float, found: float, span: float) -> float:
    if found - wanted > span / 2:
        return -span
    return span if wanted - found > span / 2 else 0.0
