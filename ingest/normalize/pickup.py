"""How and how soon an article can be picked up, in Google's words."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

METHODS = ("buy", "reserve", "ship_to_store", "not_supported")
SLAS = (
    "same_day",
    "next_day",
    "two_day",
    "three_day",
    "four_day",
    "five_day",
    "six_day",
    "seven_day",
    "multi_week",
)
NONE = 0
"""Packed pickup terms of a row or store that gives none."""

_DIGITS = {"2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven"}
_METHOD_OF = {method.replace("_", ""): method for method in METHODS}
_SLA_OF = {sla.replace("_", ""): sla for sla in SLAS}
_BETWEEN = re.compile(r"[\s_-]+")


def parse_method(text: str) -> str | None:
    """Read ``ship to store`` or ``SHIP_TO_STORE``; None where it is none of ``METHODS``."""
    return _METHOD_OF.get(_BETWEEN.sub("", text.lower()))


def parse_sla(text: str) -> str | None:
    """Read ``same day``, ``2-day``, ``TWO_DAY``; None where it is none of ``SLAS``."""
    word = _BETWEEN.sub("", text.lower())
    return _SLA_OF.get(_DIGITS.get(word[:1], word[:1]) + word[1:])


def pack_pickup(method: str | None, sla: str | None) -> int:
    """Pickup terms as a small integer, ``NONE`` without a method that we know."""
    if method not in METHODS:
        return NONE
    return 1 + METHODS.index(method) * (len(SLAS) + 1) + (SLAS.index(sla) + 1 if sla in SLAS else 0)


def pack_pickups(method: NDArray[np.int64], sla: NDArray[np.int64]) -> NDArray[np.int16]:
    """``pack_pickup`` for arrays of 1 + index into ``METHODS`` and ``SLAS``, 0 for none."""
    return np.where(method > 0, 1 + (method - 1) * (len(SLAS) + 1) + sla, NONE).astype(np.int16)


def unpack_pickup(packed: int) -> tuple[str, str | None]:
    """What ``pack_pickup`` packed."""
    method, sla = divmod(packed - 1, len(SLAS) + 1)
    return METHODS[method], SLAS[sla - 1] if sla else None
