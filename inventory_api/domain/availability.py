"""What a retailer's statement is worth to a shopper now. The only place that computes it."""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum

import numpy as np

from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.stock import NO_QUANTITY


class Availability(StrEnum):
    """The answer, in the words of the API. ``rank`` of a status is its place in this list."""

    IN_STOCK = "in_stock"
    LOW_STOCK = "low_stock"
    ON_DISPLAY_TO_ORDER = "on_display_to_order"
    UNKNOWN = "unknown"
    OUT_OF_STOCK = "out_of_stock"
    NOT_CARRIED = "not_carried"

    # Enum's own is a call of Python code, and words are looked up for every store of every answer.
    __hash__ = str.__hash__


STATUSES = tuple(Availability)
STATUS_WORDS = tuple(status.value for status in STATUSES)
"""As plain strings: a member's own costs ten times as much to print."""

IN_STOCK, LOW_STOCK, ON_DISPLAY, UNKNOWN, OUT_OF_STOCK, NOT_CARRIED = range(len(STATUSES))

_OF_CLAIM = np.array([UNKNOWN, OUT_OF_STOCK, LOW_STOCK, IN_STOCK, ON_DISPLAY, LOW_STOCK, IN_STOCK, UNKNOWN], np.int64)


_OF_ONE_CLAIM: list[int] = _OF_CLAIM.tolist()


def claimed(claim: Ints, quantity: Ints, low_stock_at: Ints) -> Ints:
    """The status that statements claim, whatever their age: the lower of claim and quantity.

    Args:
        claim: ``Claim`` of each record.
        quantity: Units, or ``NO_QUANTITY``.
        low_stock_at: Of each record's retailer: this many units or fewer are "low".

    Returns:
        Indices into ``STATUSES``.
    """
    status: Ints = _OF_CLAIM[claim]
    # NO_QUANTITY is above every threshold: an unknown quantity is neither low nor zero.
    status[(status == IN_STOCK) & (quantity <= low_stock_at)] = LOW_STOCK
    status[(status <= LOW_STOCK) & (quantity == 0)] = OUT_OF_STOCK
    return status


def claimed_of_one(claim: int, quantity: int, low_stock_at: int) -> int:
    """``claimed`` of one record."""
    status = _OF_ONE_CLAIM[claim]
    if status == IN_STOCK and quantity <= low_stock_at:
        status = LOW_STOCK
    return OUT_OF_STOCK if status <= LOW_STOCK and quantity == 0 else status


def boolean_of(claimed: Ints, quantity: Ints, boolean: Mask) -> tuple[Ints, Ints]:
    """What of statuses and quantities the public may know, where ``boolean`` retailers disclose only *there or not*.

    Done before anything is counted, filtered, rated or shown: what later rules do not know they cannot tell.
    """
    few = boolean & (claimed == LOW_STOCK)
    return np.where(few, IN_STOCK, claimed), np.where(boolean, NO_QUANTITY, quantity)


def boolean_of_one(claimed: int) -> tuple[int, int]:
    """``boolean_of`` one record of such a retailer."""
    return (IN_STOCK if claimed == LOW_STOCK else claimed), NO_QUANTITY


def classify(status: Ints, age_s: Ints, expires_s: Ints) -> Ints:
    """Say whether a shopper can expect to find the product, record by record.

    A statement older than ``expires_s`` gives ``UNKNOWN``: an old zero is no more to be trusted
    than an old ten. Never ``OUT_OF_STOCK`` unless the retailer said so recently.

    Args:
        status: What each statement claims, as ``claimed`` gives it.
        age_s: How long ago it was last known to be true.
        expires_s: Of its retailer.

    Returns:
        Indices into ``STATUSES``.
    """
    return np.where(age_s > expires_s, UNKNOWN, status)


BUCKETS = ("0", "1-2", "3-9", "10+", "unknown")
"""The bands of quantities, for retailers that do not disclose exact counts."""

_LEAST = [0, 1, 3, 10, NO_QUANTITY]
"""Of each band."""

_FLOORS = np.array(_LEAST)


def bucket(quantity: Ints) -> Ints:
    """The band of each quantity, as an index of ``BUCKETS``."""
    found: Ints = _FLOORS.searchsorted(quantity, side="right") - 1
    return found


def bucket_of_one(quantity: int) -> int:
    """``bucket`` of one quantity."""
    return bisect_right(_LEAST, quantity) - 1


def bucket_floor(quantity: Ints) -> Ints:
    """The least that the band of each quantity stands for; negative ones stay."""
    return np.where(quantity < 0, quantity, _FLOORS[bucket(quantity)])
