"""How old knowledge may be before it stops being knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from inventory_api.domain.arrays import Ints


class Freshness(StrEnum):
    """The age of a statement in words."""

    LIVE = "live"
    RECENT = "recent"
    STALE = "stale"
    EXPIRED = "expired"

    # Enum's own is a call of Python code, and words are looked up for every store of every answer.
    __hash__ = str.__hash__


FRESHNESS = tuple(Freshness)


@dataclass(frozen=True, slots=True)
class FreshnessPolicy:
    """Upper bounds in seconds, inclusive. A retailer may have its own."""

    live_s: int = 15 * 60
    recent_s: int = 60 * 60
    expires_s: int = 24 * 60 * 60

    def label(self, age_s: int) -> Freshness:
        """Name the age of a statement."""
        if age_s > self.expires_s:
            return Freshness.EXPIRED
        if age_s <= self.live_s:
            return Freshness.LIVE
        return Freshness.RECENT if age_s <= self.recent_s else Freshness.STALE


def freshness(age_s: Ints, live_s: Ints, recent_s: Ints, expires_s: Ints) -> Ints:
    """``FreshnessPolicy.label`` of many statements, by the bounds of their retailers: indices into ``FRESHNESS``."""
    label: Ints = np.where(age_s <= live_s, 0, np.where(age_s <= recent_s, 1, 2))
    label[age_s > expires_s] = 3
    return label
