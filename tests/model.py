"""What is true about one retailer's stock, in dictionaries: the rules as words, against which the arrays are held."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from inventory_api.domain.stock import Basis, Claim

WEEK_S = 7 * 24 * 3600


class Record(NamedTuple):
    """One record as a test wants to read it; ``observed`` in seconds of the index, ``price`` in minor units."""

    claim: Claim
    quantity: int | None
    price: int | None
    observed: int
    dated: bool = False
    basis: Basis = Basis.FEED
    extra: bytes | None = None

    @property
    def said(self) -> tuple[object, ...]:
        """The statement without its time."""
        return (self.claim, self.quantity, self.price, self.basis, self.extra)


Place = tuple[int, str | int]
"""(product, store): in whatever way a test names a store."""


@dataclass
class Shelves:
    """One retailer's records and the time of each store's newest full feed."""

    records: dict[Place, Record] = field(default_factory=dict)
    snapshots: dict[str | int, int] = field(default_factory=dict)

    def age(self, place: Place) -> int:
        """Say when a record was last known to be true: a full feed renews all that it did not single out."""
        record = self.records[place]
        return record.observed if record.dated else max(record.observed, self.snapshots.get(place[1], 0))

    def change(self, place: Place, new: Record) -> None:
        """Hear one statement made by itself: a row of a delta feed, a change over the API, a parked row."""
        old = self.records.get(place)
        if new.observed >= self.snapshots.get(place[1], 0):
            if old is None or new.observed >= self.age(place):
                self.records[place] = new._replace(dated=False)
        # It comes late: the full feed has spoken since for everything, except for what it could not confirm.
        elif old is not None and old.dated and new.observed >= old.observed:
            self.records[place] = new._replace(dated=True)

    def withdraw(self, stores: Collection[str | int], up_to: int) -> None:
        """Go back behind what these stores said up to a time: it is as old as can be; newer events stand."""
        withdrawn = {store for store in stores if self.snapshots.get(store, 0) <= up_to}
        for place in self.records:
            if place[1] in withdrawn and self.age(place) <= up_to:
                self.records[place] = self.records[place]._replace(observed=0)
        for store in withdrawn:
            self.snapshots.pop(store, None)

    def full(
        self,
        rows: Mapping[Place, Record],
        times: Mapping[str | int, int],
        *,
        broken: Collection[str | int] = (),
        unconfirmed: Collection[Place] = (),
    ) -> None:
        """Hear a full feed.

        Args:
            rows: The accepted rows, the last of each place; ``observed`` is the row's own time, or its
                store's, which is what makes it ``dated``.
            times: The time that the feed speaks of each store in its scope.
            broken: Stores of which rows were lost.
            unconfirmed: Places whose row was rejected.
        """
        late = {store for store, time in times.items() if time < self.snapshots.get(store, 0)}
        for place in sorted(set(self.records) | set(rows), key=str):
            store = place[1]
            if store not in times:
                assert place not in rows
            elif place in rows:
                self._listed(place, rows[place], times[store], is_late=store in late)
            elif place in unconfirmed:
                self._not_renewed(place, times[store])
            else:
                self._absent(place, times[store], is_broken=store in broken, is_late=store in late)
        for store, time in times.items():
            self.snapshots[store] = max(time, self.snapshots.get(store, 0))

    def _listed(self, place: Place, new: Record, time: int, *, is_late: bool) -> None:
        old = self.records.get(place)
        if is_late and new.observed < self.snapshots[place[1]]:
            self.change(place, new)
            return
        new = new._replace(dated=new.observed != time)
        if old is None:
            self.records[place] = new
        elif new.observed < self.age(place):
            self._not_renewed(place, time)
        elif new.said != old.said or new.dated or old.dated:
            self.records[place] = new
        # else it only repeats: its store's snapshot renews it.

    def _not_renewed(self, place: Place, time: int) -> None:
        """Keep a record at its age, whatever the snapshot says of the rest of the store."""
        age = self.age(place)
        if age < time:
            self.records[place] = self.records[place]._replace(observed=age, dated=True)

    def _absent(self, place: Place, time: int, *, is_broken: bool, is_late: bool) -> None:
        old = self.records[place]
        if self.age(place) > time:
            return
        claim, quantity = (Claim.UNKNOWN, None) if is_broken else (Claim.OUT_OF_STOCK, 0)
        if not is_broken and old.claim is Claim.OUT_OF_STOCK and time - old.observed > WEEK_S:
            del self.records[place]
        elif old.claim is not claim or old.dated:
            self.records[place] = Record(claim, quantity, old.price, time, dated=is_late)
