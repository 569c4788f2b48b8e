"""How well a retailer's feeds keep its promise to shoppers: a summary, from its stores and its runs."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from inventory_api.domain.feed import FINAL, FeedKind, FeedMode, FeedRun, RunStatus
from inventory_api.domain.freshness import Freshness
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import from_observed
from inventory_api.domain.store import Store
from inventory_api.domain.trust import Outcomes

MAX_LISTED = 100
"""Stores named at most of each trouble; the counts are exact."""


@dataclass(frozen=True, slots=True)
class StoreAge:
    """A store and the age of its last full feed in seconds; None: it never had one."""

    store: Store
    age_s: int | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What ``/v1/retailers/{id}/quality`` tells.

    Attributes:
        freshness: Stores by the freshness of their last full feed.
        never: Stores that no full feed ever named.
        median_age_s, oldest_age_s: Of the stores that had one; None where none had.
        kept: Share of all stores whose last full feed is within the retailer's promise; None without stores.
        stale: Stores beyond the promise, the oldest first.
        never_stocked: Stores without any record, by code.
        imprecise: Stores that were placed by their address, or are nowhere.
        runs: Inventory runs that ended, by status.
        reject_rate: Rejected rows of all that these runs read; None where they read none.
        notice_rates: Notices a row read, by code, most frequent first.
        last: Newest ended run of each kind.
        outcomes: What shoppers reported; None: nothing.
    """

    retailer: Retailer
    stores: int
    freshness: dict[Freshness, int]
    never: int
    median_age_s: int | None
    oldest_age_s: int | None
    kept: float | None
    stale: list[StoreAge]
    stale_count: int
    never_stocked: list[Store]
    never_stocked_count: int
    imprecise: int
    runs: dict[RunStatus, int]
    reject_rate: float | None
    notice_rates: dict[str, float]
    last: list[FeedRun]
    outcomes: Outcomes | None


def assess(
    retailer: Retailer,
    stores: Sequence[Store],
    stocked: Collection[int],
    runs: Sequence[FeedRun],
    now: dt.datetime,
    outcomes: Outcomes | None = None,
) -> Quality:
    """Sum it up.

    Args:
        retailer: Whose promise counts.
        stores: All of them.
        stocked: Ids of those that ever had a record.
        runs: Its newest runs, the newest first, trials included: they are passed over.
        now: The aware instant that ages are told at.
        outcomes: What shoppers reported.
    """
    aged = [StoreAge(store, _age_s(store, now)) for store in stores]
    known = [each.age_s for each in aged if each.age_s is not None]
    labels = Counter(retailer.freshness.label(age_s) for age_s in known)
    stale = sorted(
        (each for each in aged if each.age_s is not None and each.age_s > retailer.freshness.expires_s),
        key=lambda each: (-(each.age_s or 0), each.store.store_code),
    )
    bare = sorted((store for store in stores if store.id not in stocked), key=lambda store: store.store_code)
    ended = [run for run in runs if run.status in FINAL and not run.dry_run]
    stock = [run for run in ended if run.kind is FeedKind.INVENTORY]
    read = sum(run.rows.read for run in stock)
    counts: Counter[str] = Counter()
    for run in stock:
        counts.update({notice["code"]: notice["count"] for notice in run.notices})
    return Quality(
        retailer=retailer,
        stores=len(stores),
        freshness={label: labels[label] for label in Freshness},
        never=len(stores) - len(known),
        median_age_s=round(statistics.median(known)) if known else None,
        oldest_age_s=max(known, default=None),
        kept=(len(known) - len(stale)) / len(stores) if stores else None,
        stale=stale[:MAX_LISTED],
        stale_count=len(stale),
        never_stocked=bare[:MAX_LISTED],
        never_stocked_count=len(bare),
        imprecise=sum(store.precision != "point" for store in stores),
        runs=dict(Counter(run.status for run in stock)),
        reject_rate=sum(run.rows.rejected for run in stock) / read if read else None,
        notice_rates={code: count / read for code, count in counts.most_common()} if read else {},
        outcomes=outcomes,
        last=[found for kind in FeedKind for found in _newest(ended, kind)],
    )


def _newest(runs: Sequence[FeedRun], kind: FeedKind) -> list[FeedRun]:
    """The newest full one of a kind, else its newest, else none."""
    of_kind = [run for run in runs if run.kind is kind]
    return ([run for run in of_kind if run.mode is FeedMode.FULL] or of_kind)[:1]


def _age_s(store: Store, now: dt.datetime) -> int | None:
    return max(0, int((now - from_observed(store.snapshot_at)).total_seconds())) if store.snapshot_at else None
