"""What passes between the stages: raw rows of a file, then normalized stock rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import StockTable

_COMMA_LOCALES = frozenset({"cs", "da", "de", "es", "fi", "fr", "it", "nl", "pl", "pt", "sv", "tr"})
"""Languages whose numbers have a decimal comma."""


@dataclass(frozen=True, slots=True)
class RawBatch:
    """A block of a file's rows as text.

    Attributes:
        line: Physical line on which each record begins, from 1 (header included).
        columns: Canonical column name -> ``pa.StringArray`` or dictionary-encoded strings of
            one length, outer white space still in place. Absent columns are not there.
        rejected: Rows of the block that never became records; blank rows do not count.
    """

    line: NDArray[np.int64]
    columns: dict[str, pa.Array]
    rejected: int = 0

    def __len__(self) -> int:
        return len(self.line)


@dataclass(frozen=True, slots=True)
class FeedContext:
    """What a normalizer must know beyond the row: the retailer's defaults and the feed's own time.

    ``currency``, ``timezone`` fill gaps; ``decimal`` is ``.`` or ``,`` (a number is then read in
    that locale); ``date_order`` is None (slash dates are refused), ``mdy`` or ``dmy``.
    ``received_at`` bounds future times; both instants are aware UTC.
    """

    received_at: dt.datetime
    as_of: dt.datetime
    is_full: bool = True
    currency: str | None = None
    timezone: str | None = None
    decimal: str = "."
    date_order: str | None = None
    encoding: str = "cp1252"
    store_code: str | None = None
    upce: bool = False

    @classmethod
    def of(
        cls,
        retailer: Retailer,
        *,
        received_at: dt.datetime,
        as_of: dt.datetime,
        is_full: bool,
        store_code: str | None,
    ) -> FeedContext:
        """The context that a retailer's own defaults give."""
        return cls(
            received_at=received_at,
            as_of=as_of,
            is_full=is_full,
            currency=retailer.currency,
            timezone=retailer.timezone,
            decimal="," if retailer.locale.split("-")[0] in _COMMA_LOCALES else ".",
            store_code=store_code,
        )


@dataclass(slots=True)
class StockBatch:
    """Normalized inventory rows of one raw batch, in file order, rejected rows left out.

    Attributes:
        table: The rows of known stores; ``observed`` is 0 where the row gave no time of its own.
        line: Physical line of each row of ``table``.
        parked: Well-formed rows of unknown stores, with the store code of each.
        parked_codes: Store code of each parked row.
        unconfirmed: Keys of known stores and products whose row was rejected: no absence.
        broken_stores: Store numbers with rows rejected for their product key.
        read, rejected, repaired: Counts of rows.
    """

    table: StockTable
    line: NDArray[np.int64]
    parked: StockTable
    parked_codes: list[str] = field(default_factory=list)
    unconfirmed: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    broken_stores: set[int] = field(default_factory=set)
    read: int = 0
    rejected: int = 0
    repaired: int = 0
