"""What passes between the stages: raw rows of a file, then normalized stock rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from inventory_api.domain.profile import FeedProfile
from inventory_api.domain.retailer import Retailer
from inventory_api.domain.stock import StockTable

DEFAULT_ENCODING = "cp1252"

_COMMA_LOCALES = frozenset({"cs", "da", "de", "es", "fi", "fr", "it", "nl", "pl", "pt", "sv", "tr"})
"""Languages whose numbers have a decimal comma."""


OP_SHIFT = 56
"""The value word of a stock record leaves its highest byte free: between normalizer and log an ``Op`` rides there."""

ADJUST_ZERO = 1 << 15
"""An adjustment carries its units in place of the quantity, counted from here."""

NO_SEQ = -1


class Op(IntEnum):
    """What a row of a delta feed does to the record; the words of the feed in lower case."""

    UPSERT = 0
    DELETE = 1
    ADJUST = 2


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
    ``received_at`` bounds future times; both instants are aware UTC. ``profile`` is what the source
    declared; where it meets the retailer's defaults the fields before it hold the outcome.
    """

    received_at: dt.datetime
    as_of: dt.datetime
    is_full: bool = True
    currency: str | None = None
    timezone: str | None = None
    decimal: str = "."
    date_order: str | None = None
    encoding: str = DEFAULT_ENCODING
    store_code: str | None = None
    upce: bool = False
    profile: FeedProfile = field(default_factory=FeedProfile)

    @classmethod
    def of(
        cls,
        retailer: Retailer,
        *,
        received_at: dt.datetime,
        as_of: dt.datetime,
        is_full: bool,
        store_code: str | None,
        profile: FeedProfile | None = None,
    ) -> FeedContext:
        """The context that a source's profile gives, and the retailer's own defaults behind it."""
        profile = profile or FeedProfile()
        return cls(
            received_at=received_at,
            as_of=as_of,
            is_full=is_full,
            currency=profile.currency or retailer.currency,
            timezone=profile.timezone or retailer.timezone,
            decimal=profile.decimal or ("," if retailer.locale.split("-")[0] in _COMMA_LOCALES else "."),
            date_order=profile.date_order,
            encoding=profile.encoding or DEFAULT_ENCODING,
            store_code=store_code,
            upce=profile.upce,
            profile=profile,
        )


@dataclass(frozen=True, slots=True)
class Numbered:
    """Rows that were heard and count themselves: their lines, numbers (``NO_SEQ`` for none) and observed times."""

    line: NDArray[np.int64]
    seq: NDArray[np.int64]
    observed: NDArray[np.uint32]


@dataclass(slots=True)
class StockBatch:
    """Normalized inventory rows of one raw batch, in file order, rejected rows left out.

    Attributes:
        table: The rows of known stores; ``observed`` is 0 where the row gave no time of its own.
        line: Physical line of each row of ``table``.
        parked: Well-formed rows of a store, or an article, that nobody named yet: its part of the key is 0.
        parked_codes: Store code that each parked row waits for; None where its store is known.
        parked_skus: Article id that each parked row waits for; None where its product is known.
        seq: Number of each row of ``table`` in its source's count, ``NO_SEQ`` where it gave none; None where
            no row of the batch did. With it ``table`` may hold an ``Op`` in its value words.
        parked_seq: The same of each parked row.
        unconfirmed: Keys of known stores and products whose row was rejected: no absence.
        broken_stores: Store numbers with rows rejected for their product key.
        rejected_stores: Store number of each rejected row of a known store.
        read, rejected, repaired: Counts of rows.
    """

    table: StockTable
    line: NDArray[np.int64]
    parked: StockTable
    parked_codes: list[str | None] = field(default_factory=list)
    parked_skus: list[str | None] = field(default_factory=list)
    seq: NDArray[np.int64] | None = None
    parked_seq: NDArray[np.int64] | None = None
    unconfirmed: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    broken_stores: set[int] = field(default_factory=set)
    rejected_stores: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    read: int = 0
    rejected: int = 0
    repaired: int = 0
