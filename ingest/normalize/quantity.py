"""Units on hand."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ingest.normalize.cells import Residue, Texts, flags_of
from ingest.normalize.number import split_number
from inventory_api.domain.arrays import Ints

UNKNOWN = -1
MAX_READ = 2**31 - 1
"""Above this a quantity is some system's "infinite", not a count."""

CODES = (
    "quantity_not_a_number",
    "quantity_not_integer",
    "quantity_negative",
    "quantity_overflow",
    "quantity_decimal",
    "quantity_banded",
)
NOT_A_NUMBER = 1 << CODES.index("quantity_not_a_number")
BANDED = 1 << CODES.index("quantity_banded")
OVERFLOW = 1 << CODES.index("quantity_overflow")
_NEVER_THERE = "not stocked"
"""Shopify's word for what a location does not have at all."""

_BAND = re.compile(r"([0-9][^+]*?)\s*\+|>\s*(=?)\s*([0-9].*)")


def parse_quantity(text: str, decimal: str = ".") -> tuple[int, tuple[str, ...]]:
    """Read one quantity.

    Args:
        text: A trimmed cell; blank says nothing.
        decimal: The decimal mark of the feed's locale.

    Returns:
        Units, ``UNKNOWN`` where the cell is blank or cannot be read, and the notice codes. A band
        such as ``10+`` gives its lower end.
    """
    if text == "":
        return UNKNOWN, ()
    if text.casefold() == _NEVER_THERE:
        return 0, ()
    band = _BAND.fullmatch(text)
    if band is not None:
        least, or_equal, above = band.groups()
        units, codes = parse_quantity(least or above, decimal)
        if units == UNKNOWN or "quantity_banded" in codes:
            return UNKNOWN, ("quantity_not_a_number",)
        return units + (above is not None and not or_equal), (*codes, "quantity_banded")
    number = split_number(text, decimal)
    if number is None:
        return UNKNOWN, ("quantity_not_a_number",)
    fraction = number.fraction.strip("0")
    whole = number.whole.lstrip("0")
    if number.negative and (whole or fraction):
        return 0, ("quantity_negative",)
    if len(whole) > 10 or int(whole or 0) > MAX_READ:
        return UNKNOWN, ("quantity_overflow",)
    if fraction:
        return int(whole or 0), ("quantity_not_integer",)
    return int(whole or 0), ("quantity_decimal",) if number.mark else ()


class QuantityReader:
    """``parse_quantity`` for whole columns of one feed."""

    def __init__(self, decimal: str = ".") -> None:
        def read(text: str) -> tuple[int, int]:
            units, codes = parse_quantity(text, decimal)
            return units, flags_of(codes, CODES)

        self._residue = Residue(read)

    def read(self, texts: Texts) -> tuple[Ints, NDArray[np.uint8]]:
        """Units and code bits of each text."""
        units, is_plain = texts.whole_numbers(9)
        flags = np.zeros(len(texts), np.uint8)
        self._residue.read_into(texts, ~is_plain, units, flags)
        return units, flags
