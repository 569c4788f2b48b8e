"""What feeds say, as words: rows as a test draws them, their text, and what the rules make of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from inventory_api.domain.stock import Basis, Claim
from tests.model import Place, Record, Shelves

GTINS = {"tide": "00037000185062", "milk": "04006381333931", "rice": "08901030865275"}
"""Three products that everybody knows by their code; ``bread`` is a retailer's own."""

PRODUCTS = (*GTINS, "bread")
OWN_ID = {"bread": "B-1"}
OPEN = ("001", "002", "003")
NEW = "004"
"""A store that rows may name before a stores feed does."""

HEADER = "store_code,id,gtin,quantity,price,timestamp,instore_product_location"


class Row(NamedTuple):
    """One line. ``time``: seconds of the index, None for none, ``soon`` for what is no time.

    ``fault``: ``blank`` (no quantity: rejected, product known), ``key`` (no product can be told), ``torn``
    (too many cells: it may have been about any store), or empty.
    """

    product: str
    store: str
    quantity: int = 5
    price: int | None = None
    time: int | str | None = None
    aisle: str | None = None
    fault: str = ""


def text_of(rows: Sequence[Row], stamp: dict[int, str]) -> str:
    """Write a file; ``stamp`` spells the times."""
    lines = [HEADER]
    for row in rows:
        gtin = "00037000185069" if row.fault == "key" else GTINS.get(row.product, "")
        own = "" if row.fault == "key" else OWN_ID.get(row.product, "")
        time = row.time if isinstance(row.time, str) else "" if row.time is None else stamp[row.time]
        price = "" if row.price is None else f"{row.price / 100:.2f} USD"
        cells = [row.store, own, gtin, "" if row.fault == "blank" else str(row.quantity), price, time, row.aisle or ""]
        lines.append(",".join(cells + (["x"] * 3 if row.fault == "torn" else [])))
    return "\n".join(lines) + "\n"


def statement(row: Row, observed: int, basis: Basis = Basis.FEED) -> Record:
    """What a good row says."""
    claim = Claim.IN_STOCK if row.quantity else Claim.OUT_OF_STOCK
    extra = b'{"aisle":"%s"}' % row.aisle.encode() if row.aisle else None
    return Record(claim, row.quantity, row.price, observed, basis=basis, extra=extra)


@dataclass
class Reading:
    """What the rules make of a file before anything is compared: ``observed`` is 0 where a row gave no time."""

    good: list[tuple[Place, Record]] = field(default_factory=list)
    parked: list[tuple[Place, Record]] = field(default_factory=list)
    unconfirmed: set[Place] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    is_torn: bool = False
    known: set[str] = field(default_factory=set)

    rows: int = 0

    @property
    def is_doubtful(self) -> bool:
        """More than half of its few rows cannot be used: the run is quarantined."""
        return 2 * (len(self.good) + len(self.parked)) < self.rows

    @property
    def named(self) -> set[str]:
        """Stores that it has rows of."""
        return {s for (_, s), _ in self.good} | {s for _, s in self.unconfirmed} | self.broken

    @property
    def is_hopeless(self) -> bool:
        """Nothing in it can be used: the run is rejected."""
        return not self.good and not self.parked


def read(
    rows: Sequence[Row], *, is_full: bool, only: str | None, stores: Collection[str], known: Collection[str]
) -> Reading:
    """Read a file as the normalizer should.

    Args:
        rows: Of the file.
        is_full: Else a delta, in which a row without a readable time has no place.
        only: The one store that the file was sent for.
        stores: Codes that a stores feed has named.
        known: Own products that have a number.
    """
    found = Reading(known=set(known), rows=len(rows))
    for row in rows:
        place = (row.product, row.store)
        if row.fault == "torn":
            found.is_torn = True
        elif only not in (None, row.store):
            continue
        elif row.fault == "key":
            found.broken |= {row.store} & set(stores)
        elif row.fault == "blank" or (row.time == "soon" and not is_full):
            if row.store in stores and (row.product in GTINS or row.product in found.known):
                found.unconfirmed.add(place)
        else:
            found.known |= {row.product} & set(OWN_ID)
            observed = row.time if isinstance(row.time, int) else 0
            (found.good if row.store in stores else found.parked).append((place, statement(row, observed)))
    return found


def apply_full(
    shelves: Shelves,
    reading: Reading,
    as_of: int,
    only: str | None,
    *,
    given_up: Collection[str] = (),
    withdrawn_up_to: int = 0,
) -> int:
    """Make a full feed the truth of the stores that it names, or of the one that it is about.

    Args:
        shelves: Changed in place.
        reading: Of the file.
        as_of: Of the file.
        only: The one store that it is about.
        given_up: Stores that it leaves out on purpose: nothing is known of them any more.
        withdrawn_up_to: It goes back behind newer ones, which spoke up to this time.

    Returns:
        The newest time that it speaks of a store.
    """
    named = reading.named | set(given_up)
    times: dict[str | int, int] = dict.fromkeys(named if only is None else {only}, as_of)
    told = Counter((store, record.observed) for (_, store), record in reading.good if record.observed)
    rows_of = Counter(store for (_, store), _ in reading.good)
    for (store, observed), count in sorted(told.items()):
        if store in times and 2 * count >= rows_of[store]:
            times[store] = observed
    rows = {
        place: record._replace(observed=record.observed or times.get(place[1], as_of)) for place, record in reading.good
    }
    broken = set(times) if reading.is_torn else reading.broken | set(given_up)
    if withdrawn_up_to:
        shelves.withdraw(times, withdrawn_up_to)
    shelves.full(rows, times, broken=broken, unconfirmed=reading.unconfirmed)
    return max(times.values(), default=0)


def apply_changes(shelves: Shelves, rows: Sequence[tuple[Place, Record]], as_of: int) -> None:
    """Hear a delta feed, or rows that were parked: each statement by itself."""
    for place, record in rows:
        shelves.change(place, record._replace(observed=record.observed or as_of))
