"""What shoppers' reports teach about the confidence of later answers.

A report says how a visit ended: the product was there or not. Statements are counted in cells, by how old they were
and how much they promised, and a cell's share of kept promises moves the confidence of later statements like it:

    pooled   = (W * prior + kept of all retailers)   / (W + told of all retailers)
    retailer = (W * pooled + kept of this retailer)  / (W + told by this retailer)

a beta-binomial mean, twice: with no report it is the prior, with many it is what was observed. Deliberately nothing
here estimates sales. A report changes no stock, and each reporter has few voices (``voice_weight``), so that who
reports a thousand times says no more than who reports thrice.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from inventory_api.domain.arrays import Floats, Ints
from inventory_api.domain.availability import (
    IN_STOCK,
    LOW_STOCK,
    NOT_CARRIED,
    OUT_OF_STOCK,
    UNKNOWN,
    bucket,
    bucket_of_one,
)

PRIOR_WEIGHT = 10.0
"""Reports that the prior, and what is known of all retailers, are worth beside a cell's own."""

VOICES = 3
"""Reports of one reporter that count whole; more share their weight."""

WINDOW = dt.timedelta(days=30)
"""Reports that count. A shop that mends its stock keeping is forgiven within a month."""

_AGES = (15 * 60, 3_600, 4 * 3_600, 12 * 3_600, 86_400)
_AGE_BOUNDS = np.array(_AGES)
_NONE, _FEW, _SOME, _MANY, _UNSAID, _DISPLAY = range(6)
_PROMISES = 6
_BY_BUCKET = [_FEW, _FEW, _SOME, _MANY, _UNSAID]
_PROMISE = [_BY_BUCKET, [_FEW] * 5, [_DISPLAY] * 5, *[[_NONE] * 5] * 3]
"""What each status promises with the quantity of each bucket."""

_PROMISE_OF = np.array(_PROMISE)
CELLS = (len(_AGES) + 1) * _PROMISES


class Outcome(StrEnum):
    """How a visit ended. With a wrong price the product was there."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    WRONG_PRICE = "wrong_price"


@dataclass(frozen=True, slots=True)
class Report:
    """What a shopper found, beside what we had said.

    ``cell`` is that of the statement, None where nothing was promised; ``kept`` whether it came true; ``stated`` its
    confidence. Where the shopper was is not part of it.
    """

    retailer_id: str
    store_id: int
    product_id: int
    outcome: Outcome
    cell: int | None
    kept: bool
    stated: float
    reported_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A retailer's reports within ``WINDOW``, by outcome.

    ``kept``: of statements that promised something, the weighted share that came true; ``stated``: their mean
    confidence. None where nothing was promised.
    """

    counts: Mapping[Outcome, int]
    kept: float | None
    stated: float | None


Cell = tuple[float, float]
"""Confidence is prior * first + second."""


class Trust:
    """How the reports of all retailers move the prior. Immutable.

    Args:
        tallies: By retailer and cell: weight of the reports, and of those whose statement was kept.
    """

    def __init__(self, tallies: Mapping[tuple[str, int], tuple[float, float]] | None = None) -> None:
        tallies = tallies or {}
        told, kept = [0.0] * CELLS, [0.0] * CELLS
        for (_, cell), (weight, right) in tallies.items():
            told[cell] += weight
            kept[cell] += right
        self._pooled = [_shrunk((1.0, 0.0), weight, right) for weight, right in zip(told, kept, strict=True)]
        self._own: dict[str, list[Cell]] = {}
        for (retailer_id, cell), (weight, right) in tallies.items():
            own = self._own.setdefault(retailer_id, list(self._pooled))
            own[cell] = _shrunk(self._pooled[cell], weight, right)

    def of(self, retailer_id: str) -> list[Cell]:
        """A retailer's cells; those of all retailers where nobody reported on it."""
        return self._own.get(retailer_id, self._pooled)

    def table(self, retailer_ids: Sequence[str]) -> NDArray[np.float64]:
        """The cells of these retailers: retailer x cell x (factor, summand)."""
        return np.array([self.of(retailer_id) for retailer_id in retailer_ids]).reshape(-1, CELLS, 2)


def _shrunk(base: Cell, weight: float, right: float) -> Cell:
    factor, summand = base
    whole = PRIOR_WEIGHT + weight
    return PRIOR_WEIGHT * factor / whole, (PRIOR_WEIGHT * summand + right) / whole


UNTAUGHT = Trust()
"""Nobody has reported anything: the prior counts."""


def voice_weight(reports: int) -> float:
    """What each report of a reporter counts who sent so many within ``WINDOW``."""
    return min(1.0, VOICES / reports)


def cells(status: Ints, age_s: Ints, quantity: Ints) -> Ints:
    """The cell of each statement; of an unknown one it means nothing."""
    found: Ints = _AGE_BOUNDS.searchsorted(age_s) * _PROMISES + _PROMISE_OF[status, bucket(quantity)]
    return found


def cell_of_one(status: int, age_s: int, quantity: int) -> int:
    """``cells`` of one statement."""
    promise = _PROMISE[status][bucket_of_one(quantity)]
    return bisect_left(_AGES, age_s) * _PROMISES + promise


def is_kept(status: int, outcome: Outcome) -> bool:
    """Whether a visit ended as a status had said."""
    return (outcome is not Outcome.NOT_FOUND) is (status not in (OUT_OF_STOCK, NOT_CARRIED))


def confidence(status: Ints, age_s: Ints, expires_s: Ints, quantity: Ints, cell: Floats) -> Floats:
    """How likely a visit ends as each status says. Two decimals; 0 for an unknown status.

    The prior falls linearly with age from 0.95 to 0.5 at expiry, one or two units left cost a tenth; ``cell``
    (record x (factor, summand)) is what reports made of it.
    """
    prior = 0.95 - 0.45 * np.minimum(1.0, age_s / expires_s)
    prior -= 0.1 * ((status == LOW_STOCK) | ((status == IN_STOCK) & (quantity <= 2)))
    sure = prior * cell[:, 0] + cell[:, 1]
    sure[status == UNKNOWN] = 0.0
    rounded: Floats = sure.round(2)
    return rounded


def confidence_of_one(status: int, age_s: int, expires_s: int, quantity: int, cell: Cell) -> float:
    """``confidence`` of one record, to the last bit."""
    if status == UNKNOWN:
        return 0.0
    prior = 0.95 - 0.45 * min(1.0, age_s / expires_s)
    prior -= 0.1 * (status == LOW_STOCK or (status == IN_STOCK and quantity <= 2))
    return round((prior * cell[0] + cell[1]) * 100) / 100
