"""From records to candidates: whose they are, how far away, and what they are worth now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inventory_api.domain import availability as av
from inventory_api.domain import geo, stock
from inventory_api.domain.arrays import Floats, Ints, Mask
from inventory_api.domain.ports import Records
from inventory_api.domain.store import Store
from inventory_api.lookup.answer import Question
from inventory_api.lookup.directory import Map, within


@dataclass(slots=True)
class Candidates:
    """Columns of the stores in scope that have a record (or were named), one element a store.

    ``at`` is the store's position in the map; ``distance`` is NaN where none was asked; ``observed`` is
    when the record was last known to be true, 0 for never; ``status`` and ``claimed`` (whatever the age)
    are indices of ``av.STATUSES``.
    """

    at: Ints
    distance: Floats
    state: Ints
    quantity: Ints
    price: Ints
    observed: Ints
    age: Ints
    status: Ints
    claimed: Ints

    def keep(self, which: Mask | Ints) -> Candidates:
        """The candidates of a mask, or of positions."""
        return Candidates(*(getattr(self, name)[which] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class Reach:
    """The records of the stores within the radius: position in the entry, in the map, and metres."""

    record: Ints
    at: Ints
    distance: Floats


def in_reach(version: Map, question: Question, records: Records, rows: Ints, point: geo.Point) -> Reach:
    """Those within the radius, of the retailers and services asked for. ``rows`` are the tiles asked."""
    at = version.positions(rows, records.asked, records.slot)
    known = np.flatnonzero(at >= 0) if len(at) and at.min() < 0 else None
    at = at if known is None else at[known]
    inside, distance = within(
        version, at, latitude=question.latitude, longitude=question.longitude, point=point, radius_m=question.radius_m
    )
    reach = Reach(inside if known is None else known[inside], at[inside], distance)
    mask = _in_scope(version, question, reach.at)
    return reach if mask is None else Reach(reach.record[mask], reach.at[mask], distance[mask])


def in_circle(version: Map, records: Records, reach: Reach, now: int) -> Candidates:
    """The stores in reach; ``now`` in observed seconds."""
    return _judged(version, records, reach.record, reach.at, reach.distance, now)


def in_tiles(version: Map, records: Records, rows: Ints, now: int) -> Candidates:
    """Every known store with a record in these tiles, no distance asked; ``now`` in observed seconds."""
    at = version.positions(rows, records.asked, records.slot)
    known = np.flatnonzero(at >= 0)
    return _judged(version, records, known, at[known], np.full(len(known), np.nan), now)


def of_stores(version: Map, question: Question, records: Records, rows: Ints, named: list[int], now: int) -> Candidates:
    """The stores named by the caller (positions in the map), those without a record included."""
    mask = _in_scope(version, question, np.array(named, np.int64))
    named = named if mask is None else [position for position, is_in in zip(named, mask, strict=True) if is_in]
    at = version.positions(rows, records.asked, records.slot)
    wanted = np.flatnonzero(np.isin(at, named))
    found = _judged(version, records, wanted, at[wanted], np.full(len(wanted), np.nan), now)
    return _with_silent(version, found, named, now)


def _judged(version: Map, records: Records, which: Ints, at: Ints, distance: Floats, now: int) -> Candidates:
    said = records.read(which)
    state, quantity = said.state, said.quantity
    # A dated record is as old as it says, any other as its store's last full feed.
    renewed = np.where(state & stock.DATED, 0, version.snapshot_at[at])
    seen = np.maximum(said.observed, renewed)
    age = np.maximum(now - seen, 0)
    claimed = av.claimed(state >> 4, quantity, version.low_stock_at[at])
    boolean = version.boolean[at]
    if boolean.any():
        claimed, quantity = av.boolean_of(claimed, quantity, boolean)
    return Candidates(
        at=at,
        distance=distance,
        state=state,
        quantity=quantity,
        price=said.price,
        observed=seen,
        age=age,
        status=av.classify(claimed, age, version.expires_s[at]),
        claimed=claimed,
    )


def _with_silent(version: Map, found: Candidates, named: list[int], now: int) -> Candidates:
    """Add the stores that were named and have no record: not carried after a full feed, else unknown."""
    silent = np.array(sorted(set(named) - set(found.at.tolist())), np.int64)
    if len(silent) == 0:
        return found
    told = version.snapshot_at[silent]
    age = np.maximum(now - told, 0)
    claimed = np.where(told > 0, av.NOT_CARRIED, av.UNKNOWN)
    added = Candidates(
        at=silent,
        distance=np.full(len(silent), np.nan),
        state=np.zeros(len(silent), np.int64),
        quantity=np.full(len(silent), stock.NO_QUANTITY),
        price=np.full(len(silent), stock.NO_PRICE),
        observed=told,
        age=age,
        status=av.classify(claimed, age, version.expires_s[silent]),
        claimed=claimed,
    )
    columns = (np.concatenate([getattr(found, name), getattr(added, name)]) for name in Candidates.__slots__)
    return Candidates(*columns)


def _in_scope(version: Map, question: Question, at: Ints) -> Mask | None:
    """Which stores are of the retailers and offer the services asked for; None where all do."""
    if question.retailer_ids is None and not question.services:
        return None
    return np.array([is_in_scope(question, version.stores[i]) for i in at.tolist()], bool)


def is_in_scope(question: Question, store: Store) -> bool:
    """Whether a store is of the retailers asked for, and offers the services."""
    wanted = question.retailer_ids
    return (wanted is None or store.retailer_id in wanted) and question.services.issubset(store.services)
