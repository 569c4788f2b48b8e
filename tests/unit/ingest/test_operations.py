"""Deletions and adjustments against a plain loop: whatever the order and however often, the same end."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import reconcile
from ingest.normalize.operations import absent_value, parse_delta, parse_op
from ingest.notices import NoticeBook
from ingest.operations import Rows, hear, settle
from ingest.rows import ADJUST_ZERO, NO_SEQ, OP_SHIFT, Numbered, Op
from inventory_api.domain.feed import FeedSequence
from inventory_api.domain.profile import Absence, FeedProfile
from inventory_api.domain.stock import Basis, Claim, StockTable, pack_keys, pack_state, pack_value
from tests.integration.world import Record, as_records

NOTHING = np.zeros(0, np.uint32)
BEGINNING = FeedSequence()
PRICE = 549


class Event(NamedTuple):
    """One row of a delta feed about one store's product; ``units`` is a quantity or a difference."""

    seq: int
    op: Op
    product: int
    store: int
    units: int
    observed: int


def word(quantity: int, price: int | None = None) -> int:
    return pack_value(pack_state(Claim.IN_STOCK if quantity else Claim.OUT_OF_STOCK, Basis.FEED), quantity, price)


def table(events: list[Event]) -> Rows:
    values = {
        Op.UPSERT: lambda e: word(e.units, PRICE),
        Op.DELETE: lambda e: absent_value(Absence.OUT_OF_STOCK) | int(Op.DELETE) << OP_SHIFT,
        Op.ADJUST: lambda e: (e.units + ADJUST_ZERO) << 8 | int(Op.ADJUST) << OP_SHIFT,
    }
    stock = StockTable(
        pack_keys(np.array([e.product for e in events], np.uint64), np.array([e.store for e in events], np.int64)),
        np.array([values[e.op](e) for e in events], np.uint64),
        np.array([e.observed for e in events], np.uint32),
        np.zeros(len(events), np.uint64),
    )
    return Rows(stock, np.arange(len(events), dtype=np.int64), np.array([e.seq for e in events], np.int64))


class Source:
    """A store's stock, and a source whose files are applied to it one after another."""

    def __init__(self, profile: FeedProfile | None = None, before: FeedSequence = BEGINNING) -> None:
        self.stock = StockTable.empty()
        self.snapshots = NOTHING
        self.sequence = before
        self.notices = NoticeBook()
        self.profile = profile or FeedProfile()
        self.refused = 0

    def send(self, *events: Event) -> None:
        rows = table(list(events))
        numbered = [Numbered(rows.line, rows.seq, rows.table.observed)]
        heard = hear(numbered, self.sequence, 1, self.notices)
        records, refused = settle(rows, self.stock, self.snapshots, heard, self.profile, self.notices)
        self.stock = reconcile.fold(self.stock, self.snapshots, records)
        self.sequence = heard.after
        self.refused += refused

    def full(self, observed: int, quantities: dict[tuple[int, int], int], *, stores: int = 4) -> None:
        events = [Event(NO_SEQ, Op.UPSERT, p, s, q, observed) for (p, s), q in sorted(quantities.items())]
        rows = table(events).table
        feed = reconcile.FullFeed(np.full(stores, observed, np.uint32), np.zeros(stores, bool), np.empty(0, np.uint64))
        self.stock, _ = reconcile.apply_full(self.stock, self.snapshots, rows, feed)
        self.snapshots = np.maximum(feed.snapshots, np.resize(self.snapshots, stores) if len(self.snapshots) else 0)

    def records(self) -> dict[tuple[int, int], Record]:
        return as_records(self.stock)

    def quantities(self) -> dict[tuple[int, int], int | None]:
        return {place: record.quantity for place, record in self.records().items()}


def expected(events: list[Event]) -> dict[tuple[int, int], int]:
    """The oracle: one event after another; nothing is adjusted that was never counted."""
    found: dict[tuple[int, int], int] = {}
    for event in sorted(events):
        place = (event.product, event.store)
        if event.op is Op.UPSERT:
            found[place] = event.units
        elif event.op is Op.DELETE:
            found[place] = 0
        elif place in found:
            found[place] = max(0, found[place] + event.units)
    return found


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events as a point of sale has them: numbered without gaps, times that never go back but often stand still."""
    events, observed = [], 100
    for seq in range(1, draw(st.integers(1, 25)) + 1):
        observed += draw(st.integers(0, 2))
        op = draw(st.sampled_from(list(Op)))
        units = draw(st.integers(-5, 5)) if op is Op.ADJUST else draw(st.integers(0, 9))
        events.append(Event(seq, op, draw(st.integers(1, 3)), draw(st.integers(0, 1)), units, observed))
    return events


@given(events=histories(), data=st.data())
@settings(deadline=None, max_examples=200)
def test_rows_shuffled_and_repeated_within_files_give_the_same_end(events: list[Event], data: st.DataObject) -> None:
    source, sent = Source(), 0
    while sent < len(events):
        end = data.draw(st.integers(sent + 1, len(events)))
        again = data.draw(st.lists(st.sampled_from(events[:end]), max_size=5))
        source.send(*data.draw(st.permutations(events[sent:end] + again)))
        sent = end

    assert source.quantities() == expected(events)
    assert source.notices.count("delta_gap") == 0


@given(events=histories(), data=st.data())
@settings(deadline=None, max_examples=200)
def test_files_late_lost_or_repeated_are_settled_by_the_next_full_feed(
    events: list[Event], data: st.DataObject
) -> None:
    source = Source()
    files = [events[at : at + 3] for at in range(0, len(events), 3)]
    delivered = data.draw(st.lists(st.sampled_from(files), min_size=0, max_size=2 * len(files)))
    for file in delivered:
        source.send(*data.draw(st.permutations(file)))
    truth = expected(events)
    source.full(events[-1].observed, truth)
    for file in delivered:
        source.send(*file)
    assert {place: units for place, units in source.quantities().items() if place in truth} == truth

    heard = source.sequence.last or 0
    later = events[-1].observed + 1
    following = [Event(heard + 1 + n, Op.ADJUST, *place, 1, later) for n, place in enumerate(sorted(truth))]
    source.send(*following)
    assert {p: u for p, u in source.quantities().items() if p in truth} == {p: u + 1 for p, u in truth.items()}


@given(events=histories(), data=st.data())
@settings(deadline=None, max_examples=200)
def test_whole_statements_need_no_order(events: list[Event], data: st.DataObject) -> None:
    absolute = [
        event._replace(op=Op.UPSERT if event.op is Op.ADJUST else event.op, units=abs(event.units), observed=100 + n)
        for n, event in enumerate(events)
    ]
    source = Source()
    for event in data.draw(st.permutations(absolute)):
        source.send(event)

    assert source.quantities() == expected(absolute)


def upsert(seq: int, units: int, observed: int = 100, *, store: int = 0) -> Event:
    return Event(seq, Op.UPSERT, 7, store, units, observed)


def adjust(seq: int, units: int, observed: int = 100, *, store: int = 0) -> Event:
    return Event(seq, Op.ADJUST, 7, store, units, observed)


def test_a_gap_stops_adjustments_until_a_full_feed_that_is_newer() -> None:
    source = Source()
    source.send(upsert(1, 10), adjust(2, -1, 101))
    source.send(adjust(4, -1, 103))
    assert (source.quantities(), source.refused) == ({(7, 0): 9}, 1)
    source.full(102, {(7, 0): 8})
    source.send(adjust(5, -1, 104))
    assert (source.quantities(), source.refused) == ({(7, 0): 8}, 2)
    source.full(104, {(7, 0): 5})
    source.send(adjust(6, -1, 105))

    assert (source.quantities(), source.refused) == ({(7, 0): 4}, 2)
    assert source.notices.count("delta_gap") == 1 + 2


def test_what_stands_before_a_gap_in_a_file_is_applied() -> None:
    source = Source()
    source.send(upsert(1, 10), adjust(2, -1), adjust(4, -1), upsert(5, 3, store=1))

    assert source.quantities() == {(7, 0): 9, (7, 1): 3}


def test_a_full_feed_of_one_store_makes_good_for_that_store() -> None:
    source = Source()
    source.send(upsert(1, 10), upsert(2, 10, store=1))
    source.send(upsert(9, 10, store=2))
    source.full(100, {(7, 0): 6}, stores=1)
    source.send(adjust(10, -1, 101), adjust(11, -1, 101, store=1))

    assert source.quantities() == {(7, 0): 5, (7, 1): 10, (7, 2): 10}


def test_an_adjustment_needs_a_count() -> None:
    source = Source()
    source.send(adjust(1, -1))
    unknown, banded = (pack_value(pack_state(c, Basis.FEED), q, None) for c, q in ((3, None), (6, 3)))
    for store, value in enumerate((unknown, banded)):
        rows = table([upsert(2 + store, 1, store=store)])
        rows.table.value[:] = value
        source.stock = reconcile.fold(source.stock, NOTHING, rows.table)
    source.send(adjust(2, -1), adjust(3, -1, store=1))

    assert source.notices.count("adjust_without_quantity") == source.refused == 3
    assert source.sequence == FeedSequence(3)


def test_an_adjustment_older_than_the_count_is_in_it_already() -> None:
    source = Source()
    source.send(upsert(1, 10, 200))
    source.send(adjust(2, -1, 150))

    assert source.quantities() == {(7, 0): 10}


@pytest.mark.parametrize(("is_normal", "told"), [(False, 1), (True, 0)])
def test_nobody_has_less_than_nothing(is_normal: bool, told: int) -> None:
    source = Source(FeedProfile(negative_is_normal=is_normal))
    source.send(upsert(1, 1), adjust(2, -5))

    [record] = source.records().values()
    assert (record.claim, record.quantity, record.price) == (Claim.OUT_OF_STOCK, 0, PRICE)
    assert source.notices.count("quantity_negative") == told


def test_a_deletion_says_what_absence_says() -> None:
    gone = Event(2, Op.DELETE, 7, 0, 0, 101)
    found: dict[Absence, Any] = {}
    for absence in Absence:
        source = Source(FeedProfile(absence=absence))
        rows = table([gone])
        rows.table.value[:] = absent_value(absence) | int(Op.DELETE) << OP_SHIFT
        source.send(upsert(1, 10))
        heard = hear([Numbered(rows.line, rows.seq, rows.table.observed)], source.sequence, 1, source.notices)
        records, _ = settle(rows, source.stock, NOTHING, heard, source.profile, source.notices)
        [record] = as_records(reconcile.fold(source.stock, NOTHING, records)).values()
        found[absence] = (record.claim, record.quantity, record.price)

    assert found == {
        Absence.OUT_OF_STOCK: (Claim.OUT_OF_STOCK, 0, PRICE),
        Absence.UNKNOWN: (Claim.UNKNOWN, None, PRICE),
        Absence.RETAIN: (Claim.IN_STOCK, 10, PRICE),
    }


@pytest.mark.parametrize(("text", "op"), [("", Op.UPSERT), ("Delete", Op.DELETE), ("ADJUST", Op.ADJUST), ("x", None)])
def test_ops_in_any_letter_case(text: str, op: Op | None) -> None:
    assert parse_op(text) is op


@pytest.mark.parametrize(
    ("text", "units"), [("-1", -1), ("+2", 2), ("3.0", 3), ("", None), ("1.5", None), ("x", None), ("40000", None)]
)
def test_deltas_are_whole_numbers(text: str, units: int | None) -> None:
    assert parse_delta(text) == units
