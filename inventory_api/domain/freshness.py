"""How old knowledge may be before it stops being knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Freshness(StrEnum):
    """The age of a statement in words."""

    LIVE = "live"
    RECENT = "recent"
    STALE = "stale"
    EXPIRED = "expired"


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
