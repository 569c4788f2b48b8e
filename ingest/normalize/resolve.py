"""From a row's id and gtin to the product id it is kept under."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.normalize import gtin
from ingest.normalize.cells import Cells, Rows
from ingest.normalize.gtin import GtinReader, unwrap
from ingest.normalize.identity import UNKNOWN, Catalogue
from ingest.normalize.ledger import Ledger
from ingest.notices import Severity
from inventory_api.domain.arrays import Ints, Mask
from inventory_api.domain.identifiers import OWN_BASE


@dataclass(frozen=True, slots=True)
class Products:
    """``product`` of each row, ``UNKNOWN`` where it is rejected and no product is known.

    ``broken`` marks rows rejected because of their key, ``held`` well-formed ones of articles that nobody named.
    """

    product: Ints
    broken: Mask
    held: Mask

    def awaited(self, rows: Rows, ids: Cells, codes: Cells) -> list[str | None]:
        """The article id that must be named before each of these rows can count; None where its product is known."""
        texts = zip(ids.strings(rows), codes.strings(rows), self.held[rows].tolist(), strict=True)
        return [(id_text or unwrap(code_text)) if is_held else None for id_text, code_text, is_held in texts]


class ProductResolver:
    """Resolves the product keys of one feed.

    The id decides: a known one keeps its product whatever the gtin says, an unknown one is learned
    as its gtin, else it gets a number of our own. In a full feed an id that had only such a number
    moves to its gtin. A code that means something only inside the retailer's shops counts as an id.

    Args:
        is_full: Whether the feed is a full one.
        holds_unknown: An unknown id without a gtin gets no number: its rows wait until a feed names it.
    """

    def __init__(self, catalogue: Catalogue, gtins: GtinReader, *, is_full: bool, holds_unknown: bool = False) -> None:
        self._catalogue = catalogue
        self._gtins = gtins
        self._is_full = is_full
        self._holds_unknown = holds_unknown and not catalogue.knows_all

    def resolve(self, ids: Cells, codes: Cells, ledger: Ledger) -> Products:
        """Resolve each row; rows already rejected keep a known product but teach nothing."""
        column = self._gtins.parse_gtins(codes.texts)
        coded = codes.spread(column.product.astype(np.int64))
        notice = codes.spread(column.notice)
        has_id = ids.spread(ids.texts.length > 0)
        known = ids.spread(self._known(ids))
        by_code = np.flatnonzero(~has_id & (notice == gtin.RESTRICTED))
        if len(by_code):
            known[by_code] = self._catalogue.lookup([unwrap(text) for text in codes.strings(by_code)])
        product = np.where(known >= 0, known, np.where(coded > 0, coded, UNKNOWN))

        needs_sku = has_id | (notice == gtin.RESTRICTED)
        open_rows = needs_sku & (known < 0)
        if self._is_full and (needs_sku & (known >= OWN_BASE) & (coded > 0)).any():
            open_rows |= needs_sku & (known >= OWN_BASE)
        rows = np.flatnonzero(open_rows)
        if len(rows):
            teaches = ~ledger.rejected[rows] & (notice[rows] < gtin.SCIENTIFIC)
            known[rows], product[rows] = self._learn(rows, ids, codes, coded[rows], known[rows], teaches)

        says_nothing = ~has_id & (notice == 0) & (coded == 0)
        broken = self._tell_codes(ids, codes, notice, known, says_nothing, ledger)
        differs = (known >= 0) & (known < OWN_BASE) & (coded > 0) & (coded != known)
        ledger.tell("gtin_conflict", Severity.WARNING, np.flatnonzero(differs), "gtin", codes)
        held = (product == UNKNOWN) & ~broken & ~ledger.rejected
        ledger.tell("product_unknown", Severity.WARNING, np.flatnonzero(held), "id", ids, changes=False)
        self._tell_unknown(product, ids, codes, has_id, ledger)
        return Products(product, broken, held)

    def _known(self, ids: Cells) -> Ints:
        known = self._catalogue.lookup_utf8(ids.texts.utf8())
        known[ids.texts.length == 0] = UNKNOWN
        return known

    def _tell_codes(
        self, ids: Cells, codes: Cells, notice: NDArray[np.uint8], known: Ints, says_nothing: Mask, ledger: Ledger
    ) -> Mask:
        """Report what the codes are, and return the rows that this leaves without a product."""
        broken = np.zeros(len(notice), np.bool_)
        for index in np.flatnonzero(np.bincount(notice, minlength=len(gtin.CODES))[1:]) + 1:
            rows = np.flatnonzero(notice == index)
            code = gtin.CODES[index]
            if index >= gtin.SCIENTIFIC:
                saved = known[rows] >= 0
                broken[rows[~saved]] = True
                ledger.tell(code, Severity.ERROR, rows[~saved], "gtin", codes)
                ledger.tell(code, Severity.WARNING, rows[saved], "gtin", codes)
            elif index in (gtin.UPCE, gtin.ISBN):
                ledger.tell(code, Severity.INFO, rows, "gtin", codes)
            else:
                ledger.tell(code, Severity.WARNING, rows, "gtin", codes, changes=index == gtin.PADDED)
        ledger.tell("id_missing", Severity.ERROR, np.flatnonzero(says_nothing), "id", ids)
        return broken | says_nothing

    def _learn(
        self, rows: Rows, ids: Cells, codes: Cells, coded: Ints, known: Ints, teaches: Mask
    ) -> tuple[Ints, Ints]:
        """Learn ids in the order of the file, so that its division into batches changes nothing.

        Returns:
            The product that each row's id was known by before it, and the row's product.
        """
        learned = self._catalogue.learned
        own: dict[str, int] = {}
        befores: list[int] = []
        products: list[int] = []
        texts = zip(ids.strings(rows), codes.strings(rows), strict=True)
        for (id_text, code_text), code, at_start, is_lesson in zip(
            texts, coded.tolist(), known.tolist(), teaches.tolist(), strict=True
        ):
            sku = id_text or unwrap(code_text)
            product = learned.get(sku)
            if product is None:
                product = own.get(sku, at_start)
            befores.append(product)
            is_own = product != UNKNOWN and not 0 <= product < OWN_BASE
            if code > 0 and (product == UNKNOWN or (is_own and self._is_full and is_lesson)):
                product = code
                if is_lesson:
                    learned[sku] = code
            elif product == UNKNOWN and is_lesson and not self._holds_unknown:
                # Below UNKNOWN until the numbers of the whole batch are reserved in one call.
                product = own[sku] = UNKNOWN - 1 - len(own)
            products.append(product)
        both = np.array([befores, products], np.int64)
        if own:
            first = self._catalogue.reserve(len(own))
            for sku, placeholder in own.items():
                learned.setdefault(sku, first + UNKNOWN - 1 - placeholder)
            is_new = both < UNKNOWN
            both[is_new] = first + UNKNOWN - 1 - both[is_new]
        return both[0], both[1]

    def _tell_unknown(self, product: Ints, ids: Cells, codes: Cells, has_id: Mask, ledger: Ledger) -> None:
        first = self._catalogue.first_own
        if first is None:
            return
        unknown = (product >= first) & ~ledger.rejected
        for rows, column, cells in ((unknown & has_id, "id", ids), (unknown & ~has_id, "gtin", codes)):
            ledger.tell("product_unknown", Severity.WARNING, np.flatnonzero(rows), column, cells, changes=False)
