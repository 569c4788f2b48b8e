"""A feed checked without an installation: the same stages, notices and rails, but for those that need a history."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.checks import rails
from ingest.formats.feed import read_feed
from ingest.geocode.addresses import AddressBook
from ingest.geocode.locate import locate
from ingest.normalize.identity import Catalogue, StoreBook
from ingest.normalize.products import normalize_products
from ingest.normalize.stores import StoreInput, normalize_stores
from ingest.notices import NoticeBook, Severity
from ingest.parse import parse_stock
from ingest.rows import FeedContext
from ingest.segment import duplicates
from ingest.spill import Spill
from inventory_api.domain.errors import FeedRejected
from inventory_api.domain.feed import FeedKind, FeedMode, RowCounts, RunStatus
from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.retailer import Retailer

ACCEPTED = "accepted"
"""What no run ends as: nothing of the file was compared with anything, and nothing sent."""


def check_file(
    path: Path,
    *,
    kind: FeedKind,
    mode: FeedMode,
    store_code: str | None,
    retailer: Retailer,
    work: Path,
    progress: Callable[[str, int, int], None],
    book: AddressBook | None = None,
    profile: FeedProfile | None = None,
    now: dt.datetime | None = None,
) -> dict[str, Any]:
    """Read a whole file and report on it, every store and product taken as known.

    Its status is ``accepted``, or ``rejected`` or ``quarantined`` where a run would end so.

    Args:
        work: An existing folder for what does not fit in memory.
        profile: How to read it, where that is declared.
        progress: Told ("parsing", done, all) in bytes.
        book: Finds the addresses of a stores feed; None leaves them unchecked.
        now: The aware instant at which it is taken to arrive, and that it speaks of; None for this one.
    """
    now = now or dt.datetime.now(dt.UTC)
    context = FeedContext.of(
        retailer,
        received_at=now,
        as_of=now,
        is_full=mode is FeedMode.FULL,
        store_code=store_code,
        profile=profile,
    )
    notices, counts, status = NoticeBook(), RowCounts(), ACCEPTED
    size = path.stat().st_size

    def on_progress(done: int) -> None:
        progress("parsing", done, size)

    try:
        if kind is FeedKind.INVENTORY:
            counts = _stock(path, context, notices, work, on_progress)
            limits = rails.Limits.of(context.profile.thresholds)
            rails.refuse_hopeless(counts, limits)
            for verdict in rails.row_errors(counts, limits) if context.is_full else ():
                notices.add(verdict.code, Severity.WARNING, message=verdict.message)
                status = RunStatus.QUARANTINED
        else:
            normalize = normalize_stores if kind is FeedKind.STORES else normalize_products
            raws = read_feed(path, kind=kind, context=context, notices=notices, on_progress=on_progress)
            for raw in raws:
                batch = normalize(raw, context, notices)
                if book is not None:
                    stores = [row for row in batch.rows if isinstance(row, StoreInput)]
                    locate(stores, {}, notices, book=book, currency=context.currency)
                counts.read += batch.read + raw.rejected
                counts.rejected += batch.rejected + raw.rejected
                counts.repaired += batch.repaired
            counts.accepted = counts.read - counts.rejected
            rails.refuse_hopeless(counts)
    except FeedRejected as refusal:
        notices.add(refusal.code, Severity.ERROR, line=refusal.line, message=refusal.reason)
        status = RunStatus.REJECTED
    return {
        "status": status,
        "kind": kind,
        "mode": mode,
        "rows": {name: getattr(counts, name) for name in counts.__slots__},
        "notices": notices.report(),
    }


def _stock(
    path: Path, context: FeedContext, notices: NoticeBook, work: Path, on_progress: Callable[[int], None]
) -> RowCounts:
    numbers = itertools.count()

    def reserve(count: int) -> int:
        first = next(numbers)
        for _ in range(count - 1):
            next(numbers)
        return first

    with Spill(work) as spill:
        parsed = parse_stock(
            path,
            context=context,
            stores=StoreBook((), create_unknown=True),
            catalogue=Catalogue((), reserve, knows_all=True),
            notices=notices,
            spill=spill,
            parked_path=work / "parked.parquet",
            on_progress=on_progress,
        )
        # Rows that count themselves may speak of one product as often as they like.
        if not parsed.numbered:
            duplicates(spill, notices)
    return parsed.counts
