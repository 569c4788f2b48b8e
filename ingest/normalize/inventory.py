"""The rules of a row of stock, applied to a batch at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.normalize import availability, quantity, time
from ingest.normalize.availability import AvailabilityReader, agree
from ingest.normalize.cells import Cells, Residue, Rows
from ingest.normalize.extras import ExtraWriter
from ingest.normalize.gtin import GtinReader
from ingest.normalize.identity import UNKNOWN, Catalogue, StoreBook
from ingest.normalize.ledger import Ledger
from ingest.normalize.money import PriceRules
from ingest.normalize.operations import OperationReader, plain_values
from ingest.normalize.quantity import QuantityReader
from ingest.normalize.resolve import ProductResolver, Products
from ingest.normalize.terms import TermRules
from ingest.normalize.time import TimeReader
from ingest.notices import NoticeBook, Severity
from ingest.rows import FeedContext, RawBatch, StockBatch
from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.identifiers import MAX_SKU_BYTES
from inventory_api.domain.profile import QuantityKind, UnknownProducts
from inventory_api.domain.stock import (
    HAS_EXTRA,
    MAX_QUANTITY,
    NO_PRICE,
    NO_QUANTITY,
    Basis,
    Claim,
    StockTable,
    pack_keys,
)

U64 = np.uint64
_CONTROL = ("\x00", "\x1a")
_BASIS_OF = {basis.name.lower(): int(basis) for basis in (Basis.FEED, Basis.POS_EVENT, Basis.COUNT)}
"""What a retailer may say of a row's origin; what shoppers found is not the retailer's to say."""


class InventoryNormalizer:
    """Turns the raw batches of one inventory feed, in file order, into stock.

    Args:
        context: The retailer's defaults and the feed's times.
        stores: The retailer's stores; learns their currency and pickup terms.
        catalogue: The retailer's article ids; learns new ones.
        notices: Where everything goes that was not plain.
    """

    def __init__(self, context: FeedContext, stores: StoreBook, catalogue: Catalogue, notices: NoticeBook) -> None:
        self._context = context
        self._stores = stores
        self._catalogue = catalogue
        self._notices = notices
        self._zone = stores.zones.number(context.timezone)
        self._quantities = QuantityReader(context.decimal)
        self._availabilities = AvailabilityReader()
        self._times = TimeReader(stores.zones, context.received_at, context.date_order)
        self._prices = PriceRules(context, stores)
        self._terms = TermRules(context, stores)
        self._products = ProductResolver(
            catalogue,
            GtinReader(upce=context.upce),
            is_full=context.is_full,
            holds_unknown=context.profile.on_unknown_product is UnknownProducts.PARK,
        )
        self._extras = ExtraWriter()
        self._bases = Residue(lambda text: (_BASIS_OF.get(text.strip().casefold(), UNKNOWN),))
        self._operations = OperationReader(context)

    def normalize(self, batch: RawBatch) -> StockBatch:
        """Normalize one batch.

        A row is rejected for its key, for saying nothing of stock, and in a delta for an unreadable
        time, without which its order is unknown. Every other defect costs only the cell.
        """
        ledger = Ledger(batch.line, self._notices)
        columns = {name: Cells.of(column, len(batch)) for name, column in batch.columns.items()}
        blank = Cells.of(None, len(batch))

        def column(name: str) -> Cells:
            return columns.get(name, blank)

        self._tell_invisible(columns, ledger)
        operations = self._operations.read(columns, blank, ledger)
        store, by_case = self._find_stores(column("store_code"), ledger)
        has_key = _is_given(column("id")) | _is_given(column("gtin"))
        if operations is not None:
            has_key &= operations.is_upsert
            columns = operations.without_stock(batch, columns)
        claim, units = self._read_stock(column("availability"), column("quantity"), has_key, ledger)
        observed = self._read_times(column("timestamp"), store, ledger)
        self._reject_control(column("id"), "id", ledger)
        self._reject_long(column("id"), ledger)
        products = self._products.resolve(column("id"), column("gtin"), ledger)
        self._tell_stores(column("store_code"), store, by_case, ledger)
        prices = self._prices.read(column("price"), column("sale_price"), store, ledger)
        attributes = self._terms.read(columns, blank, prices, store, ledger)
        extra, documents = self._extras.write(attributes)
        basis = self._read_basis(column("basis"), ledger)
        value = _pack(claim, units, prices.minor, basis, extra)
        if operations is not None:
            value, extra = operations.apply(value, extra)
            operations.refuse_to_wait(store < 0, "store_code", column("store_code"), ledger)
            operations.refuse_to_wait(products.held, "id", column("id"), ledger)
            value = np.where((store < 0) | products.held, plain_values(value), value)

        waits = (store < 0) | products.held
        accepted = ~ledger.rejected & ~waits
        parked = np.flatnonzero(~ledger.rejected & waits)
        product = np.maximum(products.product, 0).astype(U64)
        key = pack_keys(product, np.maximum(store, 0))
        table = StockTable(key, value, observed.astype(np.uint32), extra, documents)
        kept: slice | Mask = slice(None) if accepted.all() else accepted
        return StockBatch(
            table=table.take(kept),
            line=batch.line[kept],
            parked=table.take(parked),
            parked_codes=self._awaited_codes(parked, store, column("store_code")),
            parked_skus=products.awaited(parked, column("id"), column("gtin")),
            seq=None if operations is None else operations.seq[kept],
            parked_seq=None if operations is None else operations.seq[parked],
            unconfirmed=np.unique(key[ledger.rejected & (store >= 0) & (products.product >= 0)]),
            broken_stores=_broken_stores(store, products),
            rejected_stores=store[ledger.rejected & (store >= 0)],
            read=len(batch),
            rejected=int(ledger.rejected.sum()),
            repaired=int((ledger.changed & accepted).sum()),
        )

    def _tell_invisible(self, columns: dict[str, Cells], ledger: Ledger) -> None:
        for name, cells in columns.items():
            if cells.odd is not None and cells.odd.any():
                rows = np.flatnonzero(cells.spread(cells.odd))
                ledger.tell("control_character", Severity.WARNING, rows, name, cells)

    def _reject_control(self, cells: Cells, name: str, ledger: Ledger) -> None:
        if np.any((cells.texts.data == 0) | (cells.texts.data == 0x1A)):
            bad = np.array([any(mark in text for mark in _CONTROL) for text in cells.texts.array.to_pylist()], np.bool_)
            ledger.tell("control_character", Severity.ERROR, np.flatnonzero(cells.spread(bad)), name, cells)

    def _reject_long(self, cells: Cells, ledger: Ledger) -> None:
        rows = np.flatnonzero(cells.spread(cells.texts.length > MAX_SKU_BYTES))
        message = f"An id has at most {MAX_SKU_BYTES} bytes; a shortened one would be another product's."
        ledger.tell("column_value_too_long", Severity.ERROR, rows, "id", cells, message=message)

    def _find_stores(self, cells: Cells, ledger: Ledger) -> tuple[Ints, Mask]:
        """The store number of each row, and where only letter case was wrong."""
        cells = cells.encoded()
        scope = self._context.store_code or ""
        found = [self._stores.find(self._code(code) or scope) for code in cells.texts.array.to_pylist()]
        number = np.array([number for number, _ in found], np.int64)
        by_case = np.array([is_folded for _, is_folded in found], np.bool_)
        if scope:
            foreign = (cells.texts.length > 0) & (number != self._stores.find(scope)[0])
            number[foreign] = UNKNOWN
            ledger.tell(
                "store_code_conflict", Severity.ERROR, np.flatnonzero(cells.spread(foreign)), "store_code", cells
            )
        else:
            missing = np.flatnonzero(cells.spread(cells.texts.length == 0))
            ledger.tell("store_code_missing", Severity.ERROR, missing, "store_code", cells)
        return cells.spread(number), cells.spread(by_case)

    def _code(self, location: str) -> str:
        """The store code that the profile gives a sender's location."""
        return self._context.profile.locations.get(location, location)

    def _awaited_codes(self, rows: Rows, store: Ints, cells: Cells) -> list[str | None]:
        is_known = (store[rows] >= 0).tolist()
        return [None if known else self._code(code) for code, known in zip(cells.strings(rows), is_known, strict=True)]

    def _tell_stores(self, cells: Cells, store: Ints, by_case: Mask, ledger: Ledger) -> None:
        ledger.tell("store_code_case", Severity.WARNING, np.flatnonzero(by_case), "store_code", cells)
        parked = np.flatnonzero((store == UNKNOWN) & ~ledger.rejected)
        ledger.tell("store_unknown", Severity.WARNING, parked, "store_code", cells, changes=False)

    def _read_stock(self, words: Cells, counts: Cells, has_key: Mask, ledger: Ledger) -> tuple[Ints, Ints]:
        """Claim and quantity of each row, negative where unknown.

        A row without a key is a trailer more often than not: its missing stock is not worth a notice.
        """
        claims, word_flags = self._availabilities.read(words.texts)
        numbers, count_flags = self._quantities.read(counts.texts)
        claim, units = words.spread(claims), counts.spread(numbers)
        has_overflow = bool(np.any(count_flags & quantity.OVERFLOW))
        says_nothing = (claim == 0) & (units < 0)
        if has_overflow:
            says_nothing &= counts.spread(count_flags & quantity.OVERFLOW) == 0
        if says_nothing.any():
            is_missing = has_key & ~_is_given(words) & ~_is_given(counts)
            ledger.tell("quantity_missing", Severity.ERROR, np.flatnonzero(is_missing), "quantity", counts)
        self._tell_stock("availability", availability.CODES, words, word_flags, says_nothing, ledger)
        self._tell_stock("quantity", quantity.CODES, counts, count_flags, says_nothing, ledger)
        kind = self._context.profile.quantity_kind
        is_banded = np.full(len(claim), kind is QuantityKind.BANDED)
        if np.any(count_flags & quantity.BANDED):
            is_banded |= counts.spread(count_flags & quantity.BANDED) != 0
        agreed, units, disagree = agree(claim, units, is_banded)
        ledger.tell("availability_conflict", Severity.WARNING, np.flatnonzero(disagree), "availability", words)
        if kind is QuantityKind.UNKNOWN:
            units = np.where(agreed == Claim.OUT_OF_STOCK, units, quantity.UNKNOWN)
        return agreed, units

    def _tell_stock(
        self,
        name: str,
        codes: tuple[str, ...],
        cells: Cells,
        flags: NDArray[np.uint8],
        says_nothing: Mask,
        ledger: Ledger,
    ) -> None:
        """Report one of the two columns; what cannot be read is an error unless the other decides."""
        for bit, code in enumerate(codes):
            is_normal = code == "quantity_negative" and self._context.profile.negative_is_normal
            if is_normal or not np.any(flags & np.uint8(1 << bit)):
                continue
            rows = np.flatnonzero(cells.spread(flags & np.uint8(1 << bit)))
            severity = _STOCK_SEVERITY.get(code)
            if severity is None:
                ledger.tell(code, Severity.ERROR, rows[says_nothing[rows]], name, cells)
                ledger.tell(code, Severity.WARNING, rows[~says_nothing[rows]], name, cells)
            else:
                ledger.tell(code, severity, rows, name, cells)

    def _read_basis(self, cells: Cells, ledger: Ledger) -> Ints:
        """Where the statement of each row came from, where it says more than that it is in the feed."""
        by_text = np.full(len(cells.texts), int(Basis.FEED), np.int64)
        self._bases.read_into(cells.texts, cells.texts.length > 0, by_text)
        unknown = by_text == UNKNOWN
        if unknown.any():
            rows = np.flatnonzero(cells.spread(unknown))
            ledger.tell("basis_unknown", Severity.WARNING, rows, "basis", cells)
            by_text[unknown] = Basis.FEED
        return cells.spread(by_text)

    def _read_times(self, cells: Cells, store: Ints, ledger: Ledger) -> Ints:
        """Observed time of each row, 0 where it gives none."""
        observed, flags = self._times.read(cells, self._stores.zone_of(store, self._zone))
        invalid = Severity.WARNING if self._context.is_full else Severity.ERROR
        severities = (invalid, Severity.WARNING, Severity.INFO)
        ledger.tell_flags(flags, tuple(zip(time.CODES, severities, strict=True)), "timestamp", cells)
        return observed


_STOCK_SEVERITY = {
    "quantity_not_integer": Severity.WARNING,
    "quantity_negative": Severity.WARNING,
    "quantity_overflow": Severity.WARNING,
    "quantity_decimal": Severity.INFO,
    "quantity_banded": Severity.INFO,
    "availability_case": Severity.INFO,
    "availability_alias": Severity.INFO,
}
"""Codes that are absent here are errors where nothing else says what is on the shelf."""


def _is_given(cells: Cells) -> Mask:
    return cells.spread(cells.texts.length > 0)


def _pack(claim: Ints, units: Ints, price: Ints, basis: Ints, extra: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """``stock.pack_value`` for arrays; negative quantities and prices are none."""
    state = claim << 4 | basis << 2 | (extra != 0) * HAS_EXTRA
    counted = np.where(units < 0, NO_QUANTITY, np.minimum(units, MAX_QUANTITY))
    priced = np.where(price < 0, NO_PRICE, price)
    value: NDArray[np.uint64] = (priced << 24 | counted << 8 | state).astype(U64)
    return value


def _broken_stores(store: Ints, products: Products) -> set[int]:
    return set(store[products.broken & (store >= 0)].tolist())
