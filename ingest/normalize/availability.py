"""The retailer's word for a shelf, and what it is worth beside a quantity."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ingest.normalize.cells import Residue, Texts, flags_of
from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.stock import Claim

CODES = ("availability_unknown", "availability_case", "availability_alias")
UNREADABLE = 1 << CODES.index("availability_unknown")

_WORDS = {
    "in_stock": Claim.IN_STOCK,
    "out_of_stock": Claim.OUT_OF_STOCK,
    "limited_availability": Claim.LOW_STOCK,
    "low_stock": Claim.LOW_STOCK,
    "on_display_to_order": Claim.ON_DISPLAY,
}
_ALIASES = {word.replace("_", ""): claim for word, claim in _WORDS.items()}
_ALIASES |= dict.fromkeys(("instoreonly", "available", "yes", "y", "true", "1"), Claim.IN_STOCK)
_ALIASES |= dict.fromkeys(("soldout", "no", "n", "false", "0"), Claim.OUT_OF_STOCK)
_ALIASES |= dict.fromkeys(("limitedstock",), Claim.LOW_STOCK)
_SCHEMA_ORG = re.compile(r"https?://(?:www\.)?schema\.org/", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s_-]+")


def parse_availability(text: str) -> tuple[Claim, tuple[str, ...]]:
    """Read one availability.

    Args:
        text: A trimmed cell; blank says nothing.

    Returns:
        The claim, ``Claim.UNKNOWN`` where the cell is blank or the word is not ours, and the codes.
    """
    if text == "":
        return Claim.UNKNOWN, ()
    claim = _WORDS.get(text)
    if claim is not None:
        return claim, ()
    spelled = _BETWEEN.sub("_", text.lower())
    if spelled in _WORDS:
        return _WORDS[spelled], ("availability_case",)
    claim = _ALIASES.get(_SCHEMA_ORG.sub("", text).lower().replace("_", "").replace(" ", "").replace("-", ""))
    if claim is not None:
        return claim, ("availability_alias",)
    return Claim.UNKNOWN, ("availability_unknown",)


class AvailabilityReader:
    """``parse_availability`` for whole columns of one feed."""

    def __init__(self) -> None:
        def read(text: str) -> tuple[int, int]:
            claim, codes = parse_availability(text)
            return int(claim), flags_of(codes, CODES)

        self._residue = Residue(read)

    def read(self, texts: Texts) -> tuple[Ints, NDArray[np.uint8]]:
        """Claim and code bits of each text."""
        claims = np.zeros(len(texts), np.int64)
        flags = np.zeros(len(texts), np.uint8)
        self._residue.read_into(texts, texts.length > 0, claims, flags)
        return claims, flags


def agree(claim: Ints, quantity: Ints, is_banded: Mask) -> tuple[Ints, Ints, Mask]:
    """Reconcile claims and quantities, row by row: the lower wins.

    A quantity alone claims in or out of stock; whether it is low is decided when it is read, by the
    retailer's threshold. Something on display to order needs no quantity, and keeps none of a band.

    Args:
        claim: ``Claim`` of each row, ``UNKNOWN`` where it gave none.
        quantity: Units, negative where unknown.
        is_banded: Where the quantity is the lower end of a band.

    Returns:
        Claims, quantities, and where the two disagreed.
    """
    is_empty = quantity == 0
    on_shelf = (claim == Claim.IN_STOCK) | (claim == Claim.LOW_STOCK)
    is_out = claim == Claim.OUT_OF_STOCK
    disagree = (is_out & (quantity > 0)) | (on_shelf & is_empty)
    from_quantity = np.where(is_empty, Claim.OUT_OF_STOCK, Claim.IN_STOCK)
    agreed = np.where((claim == Claim.UNKNOWN) & (quantity >= 0), from_quantity, claim)
    agreed[disagree] = Claim.OUT_OF_STOCK
    quantity = np.where(disagree, 0, quantity)
    if is_banded.any():
        quantity[is_banded & (agreed == Claim.ON_DISPLAY)] = -1
        agreed[is_banded & (agreed == Claim.IN_STOCK)] = Claim.IN_STOCK_BANDED
        agreed[is_banded & (agreed == Claim.LOW_STOCK)] = Claim.LOW_STOCK_BANDED
    return agreed, quantity, disagree
