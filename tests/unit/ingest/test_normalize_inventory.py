"""The rules of a row of stock: what is kept, what is left out, what is learned."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.normalize.identity import Catalogue, StoreBook
from ingest.normalize.inventory import InventoryNormalizer
from ingest.notices import NoticeBook
from ingest.rows import OP_SHIFT, FeedContext, Op, RawBatch, StockBatch
from inventory_api.domain.identifiers import OWN_BASE
from inventory_api.domain.profile import FeedProfile, QuantityKind, UnknownProducts
from inventory_api.domain.stock import (
    HAS_EXTRA,
    NO_PRICE,
    NO_QUANTITY,
    Basis,
    Claim,
    StockTable,
    from_observed,
    pack_state,
    pack_value,
    to_observed,
)
from inventory_api.domain.store import Store

NOON = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
CONTEXT = FeedContext(received_at=NOON, as_of=NOON - dt.timedelta(hours=1), currency="USD", timezone="America/New_York")
GTIN = "4006381333931"


@dataclass
class Feed:
    """A normalizer with what it was given and what it wrote."""

    context: FeedContext = CONTEXT
    stores: list[Store] = field(default_factory=lambda: [a_store("US00017", 0), a_store("US00018", 1)])
    known: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reserved = 0
        self.notices = NoticeBook()
        self.book = StoreBook(self.stores)
        self.catalogue = Catalogue(self.known.items(), self._reserve)
        self.normalizer = InventoryNormalizer(self.context, self.book, self.catalogue, self.notices)

    def _reserve(self, count: int) -> int:
        first, self.reserved = self.reserved, self.reserved + count
        return first

    def read(self, *rows: dict[str, str], first_line: int = 2) -> StockBatch:
        names = {name: None for row in rows for name in row}
        columns = {name: pa.array([row.get(name, "") for row in rows], pa.string()) for name in names}
        columns = {
            name: column.dictionary_encode() if i % 2 else column for i, (name, column) in enumerate(columns.items())
        }
        return self.normalizer.normalize(RawBatch(np.arange(len(rows), dtype=np.int64) + first_line, columns))

    def codes(self) -> set[str]:
        return {notice["code"] for notice in self.notices.report()}


def a_store(code: str, number: int, **changes: Any) -> Store:
    given = {"timezone": "America/New_York", "currency": "USD"} | changes
    return Store(number + 1, "r", code, number, code, **given)


def a_row(**changes: str) -> dict[str, str]:
    return {"store_code": "US00017", "gtin": GTIN, "quantity": "3"} | changes


def described(table: StockTable, row: int = 0) -> dict[str, Any]:
    value = int(table.value[row])
    quantity, price, extra = value >> 8 & 0xFFFF, value >> 24, int(table.extra[row])
    assert bool(value & HAS_EXTRA) == bool(extra)
    return {
        "product": int(table.product[row]),
        "store": int(table.store[row]),
        "claim": Claim(value >> 4 & 7),
        "quantity": None if quantity == NO_QUANTITY else quantity,
        "price": None if price == NO_PRICE else price,
        "observed": from_observed(int(table.observed[row])).isoformat() if table.observed[row] else None,
        "extra": json.loads(table.extras[extra]) if extra else None,
    }


def test_a_plain_row() -> None:
    feed = Feed()
    batch = feed.read(a_row(price="5.49 USD", timestamp="2026-11-05T06:00:00-05:00"))
    assert described(batch.table) == {
        "product": int(GTIN),
        "store": 0,
        "claim": Claim.IN_STOCK,
        "quantity": 3,
        "price": 549,
        "observed": "2026-11-05T11:00:00+00:00",
        "extra": None,
    }
    assert (batch.read, batch.rejected, batch.repaired, batch.line.tolist()) == (1, 0, 0, [2])
    assert feed.notices.report() == []


@pytest.mark.parametrize(
    ("availability", "quantity", "claim", "units"),
    [
        ("in_stock", "", Claim.IN_STOCK, None),
        ("limited_availability", "50", Claim.LOW_STOCK, 50),
        ("", "2", Claim.IN_STOCK, 2),
        ("", "0", Claim.OUT_OF_STOCK, 0),
        ("out_of_stock", "5", Claim.OUT_OF_STOCK, 0),
        ("in_stock", "-1", Claim.OUT_OF_STOCK, 0),
        ("on_display_to_order", "0", Claim.ON_DISPLAY, 0),
        ("on_display_to_order", "10+", Claim.ON_DISPLAY, None),
        ("", "10+", Claim.IN_STOCK_BANDED, 10),
        ("limited_availability", ">=1", Claim.LOW_STOCK_BANDED, 1),
        ("nonsense", "1", Claim.IN_STOCK, 1),
        ("in_stock", "N/A", Claim.IN_STOCK, None),
        ("", "9999999999", Claim.UNKNOWN, None),
        ("in_stock", "70000", Claim.IN_STOCK, 65534),
    ],
)
def test_the_lower_of_claim_and_quantity_wins(availability: str, quantity: str, claim: Claim, units: int) -> None:
    found = described(Feed().read(a_row(availability=availability, quantity=quantity)).table)
    assert (found["claim"], found["quantity"]) == (claim, units)


def test_a_rejected_row_is_no_absence() -> None:
    feed = Feed(known={"A": int(GTIN)})
    batch = feed.read(
        a_row(id="A", gtin="", quantity="x"), a_row(id="B", gtin="x"), a_row(store_code="US00018", gtin="")
    )
    assert batch.unconfirmed.tolist() == [int(GTIN) << 17]
    assert batch.broken_stores == {0, 1}
    assert (batch.rejected, len(batch.table)) == (3, 0)


def test_rows_of_unknown_stores_are_parked() -> None:
    batch = Feed().read(
        a_row(), a_row(store_code=" US99 ", price="5.49 USD", quantity="9"), a_row(store_code="", quantity="1")
    )
    assert batch.parked_codes == ["US99"]
    assert described(batch.parked)["price"] == 549
    assert (batch.read, len(batch.table), batch.rejected) == (3, 1, 1)


def test_the_store_of_the_call() -> None:
    feed = Feed(replace(CONTEXT, store_code="US00018"))
    row = a_row()
    del row["store_code"]
    assert described(feed.read(row).table)["store"] == 1


def test_an_unreadable_time() -> None:
    row = a_row(timestamp="yesterday")
    full = Feed().read(row)
    assert (described(full.table)["observed"], full.repaired) == (None, 1)
    delta = Feed(replace(CONTEXT, is_full=False)).read(row)
    assert (delta.rejected, delta.unconfirmed.tolist()) == (1, [int(GTIN) << 17])


def test_a_row_whose_gtin_is_a_word_for_none_counts_by_its_id() -> None:
    """Else a shop whose till writes 0 for each article without a barcode would lose them all."""
    feed = Feed()
    batch = feed.read(a_row(id="A", gtin="N/A"), a_row(id="B", gtin="0"), a_row(gtin="Does not apply"))
    assert (len(batch.table), batch.rejected) == (2, 1)
    assert feed.codes() == {"product_unknown", "id_missing"}


def test_a_store_learns_its_currency_and_pickup() -> None:
    feed = Feed(replace(CONTEXT, currency=None), stores=[a_store("US00017", 0, currency=None)])
    terms = {"pickup_method": "ship to store", "pickup_sla": "2-day"}
    batch = feed.read(
        a_row(price="5.49", **terms),
        a_row(price="5.49 EUR", pickup_method="reserve", pickup_sla="same day"),
        a_row(price="6", **terms),
        a_row(price="7.00 USD"),
    )
    prices = [described(batch.table, row)["price"] for row in range(4)]
    # A bare amount before the first currency belongs to none.
    assert prices == [None, 549, 600, None]
    assert [described(batch.table, row)["extra"] for row in range(4)] == [
        None,
        {"pickup": ["reserve", "same_day"]},
        None,
        None,
    ]
    assert feed.book.learned == {0: {"currency": "EUR", "pickup_method": "ship_to_store", "pickup_sla": "two_day"}}
    assert feed.notices.count("price_currency") == 1


def test_where_nobody_named_a_currency_a_bare_amount_is_in_the_one_of_the_country() -> None:
    places = {"US00017": "US", "IN1": "IN", "US2": "US", "NOWHERE": None}
    stores = [a_store(code, n, currency=None, country=country) for n, (code, country) in enumerate(places.items())]
    feed = Feed(replace(CONTEXT, currency=None), stores=stores)
    batch = feed.read(
        a_row(price="$5.49"),
        a_row(store_code="IN1", price="549"),
        a_row(store_code="US2", price="5.00 EUR"),
        a_row(store_code="US2", price="6"),
        a_row(store_code="NOWHERE", price="7"),
        a_row(price="8.00 EUR"),
        a_row(store_code="IN1", price="9.00 INR"),
    )
    assert [described(batch.table, row)["price"] for row in range(7)] == [549, 54900, 500, 600, None, None, 900]
    assert feed.book.learned == {0: {"currency": "USD"}, 1: {"currency": "INR"}, 2: {"currency": "EUR"}}
    assert feed.notices.count("price_currency") == 1
    assert feed.notices.count("price_invalid") == 1


def test_a_bare_amount_is_in_the_currency_of_its_store() -> None:
    feed = Feed(stores=[a_store("US00017", 0), a_store("JP1", 1, currency="JPY")])
    batch = feed.read(a_row(price="549"), a_row(store_code="JP1", price="549"))
    assert [described(batch.table, row)["price"] for row in range(2)] == [54900, 549]


def test_an_id_is_never_cut() -> None:
    feed = Feed()
    batch = feed.read({"store_code": "US00017", "id": "x" * 257, "quantity": "1"}, a_row(id="x" * 256))
    assert (batch.read, batch.rejected, len(batch.table)) == (2, 1, 1)
    assert feed.codes() == {"column_value_too_long"}


@pytest.mark.parametrize("is_full", [True, False])
def test_rows_of_other_stores_in_the_file_of_one(is_full: bool) -> None:
    feed = Feed(replace(CONTEXT, is_full=is_full, store_code="US00017"))
    batch = feed.read(
        a_row(store_code=""), a_row(store_code="US00018"), a_row(store_code="us00017"), a_row(store_code="ZZ")
    )
    assert (batch.rejected, batch.table.store.tolist(), len(batch.parked)) == (2, [0, 0], 0)
    assert len(batch.unconfirmed) == 0
    assert batch.broken_stores == set()
    assert [notice["code"] for notice in feed.notices.report()] == ["store_code_conflict", "store_code_case"]


def test_extras() -> None:
    feed = Feed()
    sale = {"sale_price": "4.49 USD", "sale_price_effective_date": "2026-11-01T00:00-05:00/2026-11-30T23:59-05:00"}
    batch = feed.read(
        a_row(price="5.49 USD", instore_product_location="Aisle 4", **sale),
        a_row(price="5.49 USD", sale_price="4.49 USD", sale_price_effective_date="2026-11-01T00:00 null"),
        a_row(instore_product_location="Gang ääääääääääääää"),
        a_row(price="5.49 USD", sale_price="4.49 USD", sale_price_effective_date="soon"),
    )
    begin = to_observed(dt.datetime(2026, 11, 1, 5, tzinfo=dt.UTC))
    end = to_observed(dt.datetime(2026, 12, 1, 4, 59, tzinfo=dt.UTC))
    extras = [described(batch.table, row)["extra"] for row in range(4)]
    assert extras[0] == {"aisle": "Aisle 4", "sale": {"price": 449, "from": begin, "to": end}}
    assert extras[1] == {"sale": {"price": 449, "from": begin - 3600, "to": None}}
    assert extras[2] == {"aisle": "Gang ääääääää"[:12]}
    assert extras[3] is None
    assert all(
        raw == json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        for raw in batch.table.extras.values()
    )


def test_ids() -> None:
    feed = Feed(known={"KNOWN": 42100005264, "OWN": OWN_BASE + 5})
    feed.reserved = 7
    batch = feed.read(
        a_row(id="KNOWN", gtin=GTIN),
        a_row(id="NEW", gtin=GTIN),
        a_row(id="NEW", gtin=""),
        a_row(id="BARE", gtin=""),
        a_row(id="BARE", gtin=""),
        a_row(id="OWN", gtin=""),
        a_row(id="OWN", gtin=GTIN),
        a_row(gtin="2012345678903"),
    )
    assert [described(batch.table, row)["product"] for row in range(8)] == [
        42100005264,
        int(GTIN),
        int(GTIN),
        OWN_BASE + 7,
        OWN_BASE + 7,
        OWN_BASE + 5,
        int(GTIN),
        OWN_BASE + 8,
    ]
    assert feed.catalogue.learned == {
        "NEW": int(GTIN),
        "BARE": OWN_BASE + 7,
        "OWN": int(GTIN),
        "2012345678903": OWN_BASE + 8,
    }
    assert feed.notices.count("product_unknown") == 3
    assert feed.notices.count("gtin_conflict") == 1


def test_in_a_delta_an_own_number_stays() -> None:
    feed = Feed(replace(CONTEXT, is_full=False), known={"OWN": OWN_BASE + 5})
    assert described(feed.read(a_row(id="OWN")).table)["product"] == OWN_BASE + 5
    assert feed.notices.report() == []


def test_no_rows() -> None:
    batch = Feed().read()
    assert (batch.read, len(batch.table), len(batch.parked)) == (0, 0, 0)


cells = st.fixed_dictionaries(
    {
        "store_code": st.sampled_from(["US00017", "us00018", "US99", "", " US00018"]),
        "id": st.sampled_from(["", "A", "B", "C", "K"]),
        "gtin": st.sampled_from(["", GTIN, "042100005264", "4006381333930", "2012345678903", "x"]),
        "availability": st.sampled_from(["", "in_stock", "yes", "out_of_stock", "?"]),
        "quantity": st.sampled_from(["", "0", "3", "10+", "1,200", "x", "-1"]),
        "price": st.sampled_from(["", "", "5.49 USD", "5.49", "7 EUR", "0.00 USD", "5,49 €"]),
        "sale_price": st.sampled_from(["", "4.49 USD", "4.49", "6 EUR"]),
        "sale_price_effective_date": st.sampled_from(["", "null/2026-11-30T23:59Z", "2026-11-01 null", "x"]),
        "instore_product_location": st.sampled_from(["", "A1", "B" * 30]),
        "pickup_method": st.sampled_from(["", "buy", "reserve", "teleport"]),
        "pickup_sla": st.sampled_from(["", "same day", "next_day"]),
        "timestamp": st.sampled_from(
            ["", "2026-11-05T06:00:00Z", "2026-11-05 06:00:00", "11/05/2026", "2027-01-01T00:00:00Z"]
        ),
    }
)


@given(
    st.lists(cells, max_size=10),
    st.lists(st.integers(0, 12), max_size=3),
    st.booleans(),
    st.sampled_from([None, "USD"]),
)
def test_any_division_into_batches_gives_the_same(
    rows: list[dict[str, str]], cuts: list[int], is_full: bool, currency: str | None
) -> None:
    def run(bounds: list[int]) -> tuple[object, ...]:
        stores = [a_store("US00017", 0, currency=None), a_store("US00018", 1, currency="EUR", pickup_method="buy")]
        feed = Feed(
            replace(CONTEXT, is_full=is_full, currency=currency),
            stores=stores,
            known={"K": 42100005264, "C": OWN_BASE + 90},
        )
        feed.reserved = 100
        parts = [feed.read(*rows[a:b], first_line=2 + a) for a, b in pairwise(bounds)]
        tables = [StockTable.join([getattr(part, name) for part in parts]) for name in ("table", "parked")]
        notices = [
            {**notice, "samples": sorted(notice["samples"], key=lambda sample: (sample["line"], sample["column"]))}
            for notice in feed.notices.report()
        ]
        return (
            [[described(table, row) for row in range(len(table))] for table in tables],
            [line for part in parts for line in part.line.tolist()],
            [code for part in parts for code in part.parked_codes],
            sorted({key for part in parts for key in part.unconfirmed.tolist()}),
            {store for part in parts for store in part.broken_stores},
            [sum(getattr(part, name) for part in parts) for name in ("read", "rejected", "repaired")],
            feed.book.learned,
            feed.catalogue.learned,
            notices,
        )

    assert run([0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]) == run([0, len(rows)])


def with_profile(**fields: Any) -> Feed:
    return Feed(replace(CONTEXT, profile=FeedProfile(**fields)))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (QuantityKind.EXACT, [(Claim.IN_STOCK, 3), (Claim.OUT_OF_STOCK, 0), (Claim.LOW_STOCK, 2)]),
        (QuantityKind.BANDED, [(Claim.IN_STOCK_BANDED, 3), (Claim.OUT_OF_STOCK, 0), (Claim.LOW_STOCK_BANDED, 2)]),
        (QuantityKind.UNKNOWN, [(Claim.IN_STOCK, None), (Claim.OUT_OF_STOCK, 0), (Claim.LOW_STOCK, None)]),
    ],
)
def test_a_profile_says_how_far_a_quantity_may_be_shown(
    kind: QuantityKind, expected: list[tuple[Claim, int | None]]
) -> None:
    low = a_row(quantity="2", availability="limited_availability")
    table = with_profile(quantity_kind=kind).read(a_row(), a_row(quantity="0"), low).table
    rows = [described(table, row) for row in range(3)]
    assert [(row["claim"], row["quantity"]) for row in rows] == expected


def test_where_negative_is_normal_it_is_nothing_without_a_word() -> None:
    feed = with_profile(negative_is_normal=True)
    assert described(feed.read(a_row(quantity="-2")).table)["quantity"] == 0
    assert feed.codes() == set()


def test_a_profile_names_the_store_of_a_location() -> None:
    feed = with_profile(locations={"5412345000020": "US00018", "x": "NOWHERE"})
    batch = feed.read(a_row(store_code="5412345000020"), a_row(store_code="x"))
    assert (described(batch.table)["store"], batch.parked_codes) == (1, ["NOWHERE"])


def test_operations_ride_on_the_value_word_and_only_in_delta_feeds() -> None:
    rows = [
        a_row(op="upsert", seq="1"),
        a_row(op="delete", seq="2", quantity="", price="x"),
        a_row(op="adjust", seq="3", quantity="many", delta="-1"),
    ]
    delta = Feed(replace(CONTEXT, is_full=False))
    batch = delta.read(*rows)
    assert [value >> OP_SHIFT for value in batch.table.value.tolist()] == [Op.UPSERT, Op.DELETE, Op.ADJUST]
    assert batch.seq is not None
    assert batch.seq.tolist() == [1, 2, 3]
    assert delta.codes() == {"price_invalid"}

    full = Feed()
    assert full.read(*rows).rejected == 2
    assert "op_invalid" in full.codes()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"op": "add"}, "op_invalid"),
        ({"op": "adjust", "seq": "1"}, "delta_invalid"),
        ({"op": "adjust", "delta": "-1"}, "seq_invalid"),
        ({"op": "adjust", "delta": "-1", "seq": "one"}, "seq_invalid"),
        ({"op": "adjust", "delta": "-1", "seq": "1", "store_code": "US99999"}, "adjust_without_quantity"),
    ],
)
def test_an_operation_that_cannot_be_read_costs_the_row(changes: dict[str, str], code: str) -> None:
    feed = Feed(replace(CONTEXT, is_full=False))
    batch = feed.read(a_row(**changes))
    assert (batch.rejected, len(batch.table), len(batch.parked)) == (1, 0, 0)
    assert code in feed.codes()


def test_what_waits_for_its_store_waits_as_a_whole_statement() -> None:
    feed = Feed(replace(CONTEXT, is_full=False))
    batch = feed.read(a_row(op="delete", seq="1", store_code="US99999"))
    assert batch.parked.value.tolist() == [pack_value(pack_state(Claim.OUT_OF_STOCK, Basis.FEED), 0, None)]


def test_rows_of_articles_that_nobody_named_may_be_parked() -> None:
    profile = FeedProfile(on_unknown_product=UnknownProducts.PARK)
    feed = Feed(replace(CONTEXT, profile=profile), known={"mine": OWN_BASE + 7})
    rows = [a_row(gtin="", id=name) for name in ("mine", "new", "new")]
    batch = feed.read(*rows, a_row(id="other"), a_row(gtin="", id="new", store_code="US99999"), a_row(gtin="1", id=""))

    assert batch.table.product.tolist() == [OWN_BASE + 7, int(GTIN)]
    assert (batch.parked_codes, batch.parked_skus) == ([None, None, "US99999"], ["new", "new", "new"])
    assert (batch.parked.key.tolist(), batch.rejected, batch.read) == ([0, 0, 0], 1, 6)
    assert feed.notices.count("product_unknown") == 3
    assert (feed.reserved, feed.catalogue.learned) == (0, {"other": int(GTIN)})


def test_an_adjustment_waits_for_no_article() -> None:
    profile = FeedProfile(on_unknown_product=UnknownProducts.PARK)
    feed = Feed(replace(CONTEXT, is_full=False, profile=profile))
    adjust = {"gtin": "", "id": "new", "quantity": "", "op": "adjust", "delta": "-1", "seq": "1"}
    batch = feed.read(a_row(**adjust), a_row(**adjust | {"op": "delete"}))
    assert (batch.rejected, batch.parked_skus, feed.notices.count("adjust_without_quantity")) == (1, ["new"], 1)
    assert batch.parked.value.tolist() == [pack_value(pack_state(Claim.OUT_OF_STOCK, Basis.FEED), 0, None)]


def test_a_row_may_say_that_somebody_counted() -> None:
    feed = Feed()
    batch = feed.read(*(a_row(basis=word) for word in ("count", " Count", "", "feed", "pos_event", "shopper_report")))
    assert [Basis(int(value) >> 2 & 3) for value in batch.table.value] == [
        Basis.COUNT, Basis.COUNT, Basis.FEED, Basis.FEED, Basis.POS_EVENT, Basis.FEED,
    ]  # fmt: skip
    assert (batch.rejected, feed.codes()) == (0, {"basis_unknown"})
