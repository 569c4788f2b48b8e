"""One number as people and spreadsheets write it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHAPE = re.compile(r"([+\-\u2212]?)([0-9.,'\u2019 \u00a0\u2009\u202f]*[0-9])")
_SEPARATOR = re.compile(r"[.,'\u2019 \u00a0\u2009\u202f]")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:-[0-9]{2,3})*-[0-9]{3}")


@dataclass(frozen=True, slots=True)
class Number:
    """Digits before and after the decimal mark, which is empty where there was none."""

    negative: bool
    whole: str
    fraction: str
    mark: str


def split_number(text: str, decimal: str) -> Number | None:
    """Read ``1,299.00``, ``1.299,00``, ``1 299,00``, ``1'299.00``, ``1,29,900`` or ``12``.

    With both marks the last is the decimal one. A single mark is the decimal one where it is the
    locale's or not followed by exactly three digits: ``5,49`` is 5.49 everywhere, ``1,200`` is 1200
    unless ``decimal`` is a comma.

    Returns:
        None where the text is no number, or its groups are none.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    sign, body = match.groups()
    cut = _decimal_at(body, decimal)
    whole, fraction, mark = (body, "", "") if cut < 0 else (body[:cut], body[cut + 1 :], body[cut])
    separators = set(_SEPARATOR.findall(whole))
    if mark in separators or len(separators) > 1 or not (fraction.isdigit() or cut < 0):
        return None
    if separators and not _GROUPED.fullmatch(_SEPARATOR.sub("-", whole)):
        return None
    return Number(sign not in ("", "+"), _SEPARATOR.sub("", whole) or "0", fraction, mark)


def _decimal_at(body: str, decimal: str) -> int:
    """Where the decimal mark stands, or -1."""
    last = max(body.rfind("."), body.rfind(","))
    if last < 0:
        return -1
    mark = body[last]
    if ("," if mark == "." else ".") in body:
        return last
    if body.count(mark) > 1:
        return -1
    is_group = mark != decimal and _GROUPED.fullmatch(_SEPARATOR.sub("-", body)) is not None
    return -1 if is_group else last
