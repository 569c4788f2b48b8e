"""May this feed be used at all? Decided once everything was counted, before anything is published."""

from __future__ import annotations

from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import RowCounts

MOSTLY_BAD = 0.5
ENOUGH_ROWS = 100
"""Below this many rows a few trailer lines must not sink a corner shop's file."""


def refuse_hopeless(counts: RowCounts) -> None:
    """Refuse a feed of which nothing, or less than half, could be used.

    Raises:
        FeedRejected: With code ``row_errors``.
    """
    usable = counts.accepted + counts.parked
    if counts.read == 0:
        raise FeedRejected("empty_feed", "The file has no data row.")
    if usable == 0:
        raise FeedRejected("row_errors", f"None of the {counts.read:,} rows could be used.")
    if counts.read >= ENOUGH_ROWS and counts.rejected > MOSTLY_BAD * counts.read:
        raise FeedRejected("row_errors", f"{counts.rejected:,} of {counts.read:,} rows could not be used.")
